"""Branch venues: their screen that plays alone, their raised hand, and the organisers' wall of all of them."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.queries import get_edition, get_edition_by_id
from expo.kit import clock
from expo.kit.access import SYSTEM
from expo.kit.config import current_config
from expo.kit.db import get_record, not_found
from expo.kit.files import PICTURE, receive, send_stored
from expo.kit.forms import ActionForm
from expo.kit.language import _
from expo.kit.limits import limiter
from expo.kit.push import events_address
from expo.kit.web import access, current_actor, public
from expo.people.permissions import P
from expo.places.models import Venue
from expo.streaming import actions_venues, queries_channels, rules_keys
from expo.streaming import queries_venues as queries
from expo.streaming.models import Audience, VenueScreen
from expo.streaming.views import bp
from expo.streaming.views_player import player_box, screen_signed_in, title_of

#: A screen that was not seen for so long is away.
AWAY_S = 100


@bp.get("/work/<slug>/streaming/venues")
@access(P.STREAMING_READ)
def list_venues(slug: str) -> str:
    """The wall: each branch venue with its room, how many have come, and who has a hand up, those first."""
    edition = get_edition(slug)
    actor = current_actor()
    venues = queries.list_branch_venues(actor.region_paths(P.STREAMING_READ, edition.id))
    ids = [venue.id for venue in venues]
    screens = queries.list_screens(edition.id, ids)
    now = clock.now()
    here = {v for v, s in screens.items() if s.seen_at and (now - s.seen_at).total_seconds() < AWAY_S and not s.revoked_at}
    counts = queries.count_checked_in(edition.id, ids, clock.today(current_config().timezone))
    venues.sort(key=lambda v: (not (v.id in screens and screens[v.id].hand_up_at), v.id not in here, v.region_path, v.name))
    return render_template(
        "streaming/venues.html", edition=edition, venues=venues, screens=screens, here=here, counts=counts,
        total=sum(counts.values()), events=events_address(f"venues/{edition.id}"),
        hands=sum(1 for s in screens.values() if s.hand_up_at),
        may_direct={v.id for v in venues if actor.may(P.STREAMING_DIRECT, region_path=v.region_path, edition_id=edition.id)},
    )


@bp.post("/work/<slug>/streaming/venues/<int:venue_id>/<any(code, revoke, answer):what>")
@access(P.STREAMING_DIRECT)
def change_venue(slug: str, venue_id: int, what: str) -> Any:
    """A new code for a venue, its end, or "it was your turn"."""
    edition = get_edition(slug)
    actor = current_actor()
    if what == "code":
        _screen, text = actions_venues.issue_code(edition.id, venue_id, by=actor)
        return render_template("streaming/venue_code.html", edition=edition, venue=get_record(Venue, venue_id), code=text,
                               address=current_config().public_url + url_for(".sign_in_venue"))
    if what == "revoke":
        actions_venues.revoke_code(edition.id, venue_id, by=actor)
        flash(_("The venue's screens are signed out."), "success")
    else:
        actions_venues.answer_hand(edition.id, venue_id, by=actor)
    return redirect(url_for(".list_venues", slug=slug))


@bp.get("/work/<slug>/streaming/venues/<int:venue_id>/picture")
@access(P.STREAMING_READ)
def show_room(slug: str, venue_id: int) -> BaseResponse:
    """The picture that a venue took of its room; for those who may see the wall."""
    edition = get_edition(slug)
    venue = get_record(Venue, venue_id)
    screen = queries.list_screens(edition.id, [venue_id]).get(venue_id)
    if screen is None or screen.picture is None or not current_actor().may(
            P.STREAMING_READ, region_path=venue.region_path, edition_id=edition.id):
        raise not_found()
    return send_stored(screen.picture, size="card")


@bp.route("/venue/", methods=["GET", "POST"])
@public
@limiter.limit("20/minute", methods=["POST"])
def sign_in_venue() -> Any:
    """A branch venue's screen signs in with the venue's code."""
    if screen_signed_in() is not None:
        return redirect(url_for(".show_venue_screen"))
    wrong = False
    if ActionForm().validate_on_submit():
        screen = queries.find_by_code(rules_keys.digest_of(request.form.get("code", "")[:60]))
        if screen is not None:
            session["venue_screen"] = [screen.id, screen.digest[:16]]
            actions_venues.note_presence(screen.id)
            return redirect(url_for(".show_venue_screen"))
        wrong = True
    return render_template("streaming/venue_sign_in.html", wrong=wrong), 422 if wrong else 200


@bp.get("/venue/screen")
@public
def show_venue_screen() -> Any:
    """What is live, full, and by itself; with several at once the venue chooses."""
    screen = screen_signed_in()
    if screen is None:
        return redirect(url_for(".sign_in_venue"))
    edition = get_edition_by_id(screen.edition_id)
    live = [b for b in queries_channels.list_live(edition.id) if b.audience is not Audience.INVITED]
    chosen = next((b for b in live if str(b.id) == request.args.get("show")), live[0] if live else None)
    venue = get_record(Venue, screen.venue_id)
    counts = queries.count_checked_in(edition.id, [venue.id], clock.today(current_config().timezone))
    box = player_box(chosen) | {"autostart": True} if chosen else None
    return render_template(
        "streaming/venue_screen.html", edition=edition, screen=screen, venue=venue, live=[(b, title_of(b)) for b in live],
        chosen=chosen, box=box, title=title_of(chosen) if chosen else "", count=counts.get(venue.id, 0),
        events=events_address(f"venue/{screen.id}"),
    )


@bp.get("/venue/state")
@public
def show_venue_state() -> Response:
    """Asked once in a while by the screen: that it is there, what is live, how many have come."""
    screen = screen_signed_in()
    if screen is None:
        raise not_found()
    if screen.seen_at is None or (clock.now() - screen.seen_at).total_seconds() > AWAY_S / 3:
        actions_venues.note_presence(screen.id)
    live = [b.id for b in queries_channels.list_live(screen.edition_id) if b.audience is not Audience.INVITED]
    counts = queries.count_checked_in(screen.edition_id, [screen.venue_id], clock.today(current_config().timezone))
    answer = jsonify(live=live, count=counts.get(screen.venue_id, 0), hand=screen.hand_up_at is not None)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/venue/<any(up, down):what>")
@public
@limiter.limit("30/minute")
def raise_hand(what: str) -> BaseResponse:
    screen = _screen()
    if ActionForm().validate_on_submit():
        if what == "up":
            actions_venues.raise_hand(screen.id, request.form.get("question", ""))
        else:
            actions_venues.lower_hand(screen.id)
    return redirect(url_for(".show_venue_screen", show=request.form.get("show") or None))


@bp.post("/venue/room/upload")
@public
@limiter.limit("10/minute")
def show_own_room() -> BaseResponse:
    """A picture of the room, taken by the venue."""
    screen = _screen()
    if ActionForm().validate_on_submit():
        received = receive(request.files.get("picture"), PICTURE, field="picture")
        actions_venues.show_room(screen.id, received, by=SYSTEM)
        flash(_("The organisers see your room now."), "success")
    return redirect(url_for(".show_venue_screen", show=request.form.get("show") or None))


@bp.post("/venue/leave")
@public
def leave_venue() -> BaseResponse:
    session.pop("venue_screen", None)
    return redirect(url_for(".sign_in_venue"))


def _screen() -> VenueScreen:
    screen = screen_signed_in()
    if screen is None:
        raise not_found()
    return screen

