"""The player's questions: what is shown, from which address, and whether this visitor may see it.

A player asks once when its page opens, when it is told that something changed, and every hour for a new address. The
pictures themselves come from the edge without the app.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from flask import (
    Response,
    abort,
    jsonify,
    make_response,
    render_template,
    request,
    send_file,
    session,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.queries import get_edition_by_id
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.files import file_url, send_stored
from expo.kit.language import _, current_language
from expo.kit.push import events_address
from expo.kit.web import allow_source, current_actor, public
from expo.people.permissions import P
from expo.programme.queries import find_released_session
from expo.programme.rules_content import ShownSession
from expo.programme.slots import session_parts
from expo.registration.models import RegistrationStatus
from expo.registration.queries import find_registration_of
from expo.streaming import queries_broadcasts as queries
from expo.streaming import rules_external, rules_watching
from expo.streaming.actions_broadcasts import place_of
from expo.streaming.media import server
from expo.streaming.media.signing import pictures_prefix
from expo.streaming.models import Audience, Broadcast, BroadcastStatus, ChannelSource, VenueScreen
from expo.streaming.queries_clips import list_last_lines, pieces_of
from expo.streaming.queries_venues import find_open_screen
from expo.streaming.rules_captions import caption_vtt
from expo.streaming.rules_watching import Viewer, WatchState, watch_state
from expo.streaming.views import bp
from expo.streaming.words import LANGUAGES

_COOKIE = "viewer"
_DAY_S = 24 * 3600


@bp.get("/live/<int:broadcast_id>/ticket")
@public
def show_ticket(broadcast_id: int) -> Response:
    """Everything that a player must know, as JSON; the addresses in it are for this visitor only."""
    broadcast = queries.get_broadcast(broadcast_id)
    starts_at, ends_at = times_of(broadcast)
    cookie = request.cookies.get(_COOKIE, "")
    if not (len(cookie) == 32 and cookie.isascii() and cookie.isalnum()):
        cookie = secrets.token_hex(16)
    viewer = viewer_of(broadcast, cookie)
    state = watch_state(broadcast, starts_at, ends_at, clock.now())
    told: dict[str, Any] = {
        "state": state.value, "now": clock.now().isoformat(), "starts_at": starts_at.isoformat() if starts_at else None,
        "poster": poster_of(broadcast),
    }
    if state in {WatchState.LIVE, WatchState.REPLAY}:
        if rules_watching.may_watch(broadcast.audience, viewer):
            told |= _pictures(broadcast, state, viewer, cookie)
        else:
            told |= {"state": WatchState.REFUSED.value, "reason": str(rules_watching.reason_of(broadcast.audience, viewer)),
                     "sign_in": None if viewer.is_signed_in else url_for("people.sign_in", next=request.args.get("from", "/live"))}
    answer = jsonify(told)
    answer.headers["Cache-Control"] = "no-store"
    answer.set_cookie(_COOKIE, cookie, max_age=_DAY_S, httponly=True, samesite="Lax",
                      secure=current_config().public_url.startswith("https://"))
    return answer


def _pictures(broadcast: Broadcast, state: WatchState, viewer: Viewer, cookie: str) -> dict[str, Any]:
    channel = broadcast.channel
    captions: list[dict[str, str]] = []
    if state is WatchState.REPLAY:
        stamps = {t.language: int(t.uploaded_at.timestamp()) for t in queries.list_caption_tracks(broadcast.id)}
        languages = stamps.keys() | set(queries.list_caption_languages(broadcast.id))
        captions = [{"language": one, "label": LANGUAGES.get(one, one),
                     "url": url_for(".show_captions", broadcast_id=broadcast.id, language=one, v=stamps.get(one))}
                    for one in sorted(languages)]
    if state is WatchState.REPLAY:
        return {"replay": url_for(".show_replay", broadcast_id=broadcast.id), "captions": captions,
                "chapters": url_for(".show_chapters", broadcast_id=broadcast.id) if broadcast.session_id else None,
                "begins": broadcast.replay_starts_at.isoformat() if broadcast.replay_starts_at else None}
    if channel is not None and channel.source is ChannelSource.PLAYER:
        return {"player": channel.external_url}
    if channel is not None and channel.source is ChannelSource.HLS:
        return {"hls": channel.external_url, "is_foreign": True}
    assert broadcast.room
    if not server.has_pictures(current_config(), broadcast.room):
        return {"state": WatchState.MISSING.value, "again_in": 2}
    until = clock.real_now() + rules_watching.GOOD_FOR
    bound_to = "" if broadcast.audience is Audience.PUBLIC else cookie
    prefix = pictures_prefix(current_config(), broadcast.room, viewer.word, until, bound_to)
    minutes = queries.present_viewers([broadcast.id], clock.now() - queries.RECENT)
    return {
        "hls": prefix + "index.m3u8", "dvr": prefix + "dvr.m3u8", "prefix": prefix, "captions": captions,
        "voices": [{"language": one, "label": LANGUAGES.get(one, one), "hls": f"{prefix}{one}.m3u8", "dvr": f"{prefix}{one}_dvr.m3u8"}
                   for one in server.voices_of(current_config(), broadcast.room)],
        "renew_in": int(rules_watching.GOOD_FOR.total_seconds() // 2), "viewers": minutes.get(broadcast.id, 0),
        "begins": broadcast.started_at.isoformat() if broadcast.started_at else None,
        "lines": [[line.language, line.text] for line in list_last_lines(broadcast)],
    }


def viewer_of(broadcast: Broadcast, cookie: str) -> Viewer:
    """This visitor, with all that a right to watch may rest on."""
    actor = current_actor()
    region_path, edition_id = place_of(broadcast)
    venue_id = venue_signed_in(edition_id)
    if venue_id is not None:
        return Viewer(f"v{venue_id}", is_venue=True)
    if actor.person_id is None:
        return Viewer(f"a{cookie[:16]}")
    is_directing = actor.may(P.STREAMING_READ, region_path=region_path, edition_id=edition_id)
    registration = find_registration_of(edition_id, actor.person_id) if broadcast.audience is Audience.REGISTERED else None
    return Viewer(
        f"p{actor.person_id}", is_signed_in=True, is_directing=is_directing,
        is_registered=registration is not None and registration.status is RegistrationStatus.APPROVED,
        is_invited=broadcast.audience is Audience.INVITED and queries.has_invitation(broadcast.id, actor.person_id),
    )


def venue_signed_in(edition_id: int) -> int | None:
    """The branch venue that this browser stands in, if it has signed in as one."""
    screen = screen_signed_in()
    return screen.venue_id if screen and screen.edition_id == edition_id else None


def screen_signed_in() -> VenueScreen | None:
    """The venue's screen that this browser is, unless its code was revoked or replaced since."""
    signed_in = session.get("venue_screen")
    if not isinstance(signed_in, list) or len(signed_in) != 2:
        return None
    screen = find_open_screen(signed_in[0])
    return screen if screen is not None and screen.digest.startswith(str(signed_in[1])) else None


def may_see_replay(broadcast: Broadcast) -> bool:
    """Whoever might watch the stream, once it is released; who sees its broadcast in the workbench looks at it before."""
    viewer = viewer_of(broadcast, "")
    return viewer.is_directing or (broadcast.replay_published_at is not None and rules_watching.may_watch(broadcast.audience, viewer))


@bp.get("/live/<int:broadcast_id>/replay.mp4")
@public
def show_replay(broadcast_id: int) -> BaseResponse:
    """The whole recording; nginx sends it in ranges, so that players can jump in it."""
    broadcast = queries.get_broadcast(broadcast_id)
    if broadcast.replay is None or not may_see_replay(broadcast):
        raise not_found()
    answer = send_stored(broadcast.replay)
    answer.headers.pop("Content-Security-Policy", None)
    return answer


@bp.get("/live/<int:broadcast_id>/now.jpg")
@public
def show_still(broadcast_id: int) -> BaseResponse:
    """A small picture of what is on, for lists; of what everybody may watch only."""
    broadcast = queries.get_broadcast(broadcast_id)
    path = server.still_of(current_config(), broadcast.room or "")
    if broadcast.audience is not Audience.PUBLIC or broadcast.status is not BroadcastStatus.LIVE or path is None:
        raise not_found()
    answer = send_file(path, mimetype="image/jpeg", conditional=False)
    answer.headers["Cache-Control"] = "public, max-age=15"
    return answer


@bp.get("/live/<int:broadcast_id>/captions-<language>.vtt")
@public
def show_captions(broadcast_id: int, language: str) -> Response:
    """Captions of the replay: the uploaded ones, else what was typed while it was live."""
    broadcast = queries.get_broadcast(broadcast_id)
    if not may_see_replay(broadcast):
        raise not_found()
    track = queries.find_caption_track(broadcast.id, language)
    text = track.content if track else ""
    if not text:
        text = caption_vtt(queries.list_caption_lines(broadcast.id, language), pieces_of(broadcast.id))
    if not text:
        abort(404)
    return Response(text, mimetype="text/vtt")


@bp.get("/embed/<int:broadcast_id>")
@public
def show_embedded(broadcast_id: int) -> BaseResponse:
    """The bare player, for other sites on the broadcast's list; on any other site browsers refuse to show it."""
    broadcast = queries.get_broadcast(broadcast_id)
    if broadcast.audience is not Audience.PUBLIC or not broadcast.embed_hosts:
        raise not_found()
    for host in broadcast.embed_hosts.split():
        allow_source("frame-ancestors", f"https://{host}")
    answer = make_response(render_template("streaming/embed.html", broadcast=broadcast, box=player_box(broadcast),
                                           title=title_of(broadcast), edition=get_edition_by_id(place_of(broadcast)[1])))
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@bp.get("/live/<int:broadcast_id>")
@public
def show_broadcast(broadcast_id: int) -> Any:
    """The page of a broadcast without a session. A session's broadcast lives on its session's page."""
    broadcast = queries.get_broadcast(broadcast_id)
    if broadcast.session_id is not None or broadcast.status is BroadcastStatus.NOT_PLANNED:
        raise not_found()
    starts_at, ends_at = times_of(broadcast)
    edition = get_edition_by_id(place_of(broadcast)[1])
    return render_template("streaming/broadcast.html", broadcast=broadcast, box=player_box(broadcast), edition=edition,
                           title=title_of(broadcast), starts_at=starts_at, ends_at=ends_at)


def show_player(session: ShownSession) -> str:
    """The place of the picture on a session's page: the player when there is a stream, else the truth about it."""
    broadcast = queries.find_broadcast(session.id)
    if broadcast is not None and broadcast.status is not BroadcastStatus.NOT_PLANNED:
        return render_template("streaming/box.html", session=session, box=player_box(broadcast))
    return render_template("streaming/player.html", session=session)


session_parts.append(show_player)


def player_box(broadcast: Broadcast) -> dict[str, Any]:
    """What ``streaming/box.html`` needs; lets the page's policy know of foreign pictures."""
    allow_pictures(broadcast)
    starts_at, ends_at = times_of(broadcast)
    return {
        "broadcast": broadcast, "state": watch_state(broadcast, starts_at, ends_at, clock.now()), "states": WatchState,
        "starts_at": starts_at, "ends_at": ends_at,
        "events": events_address(f"public/broadcast/{broadcast.id}", public=True),
        "poster": poster_of(broadcast),
    }


def poster_of(broadcast: Broadcast) -> str | None:
    """The organisers' picture, else what was on some seconds ago; none: the player draws its own."""
    if broadcast.poster:
        return file_url(broadcast.poster, "large")
    is_open = broadcast.audience is Audience.PUBLIC and broadcast.status is BroadcastStatus.LIVE
    if not is_open or server.still_of(current_config(), broadcast.room or "") is None:
        return None
    # Another address every quarter of a minute, which is how often it is drawn.
    return url_for("streaming.show_still", broadcast_id=broadcast.id, t=int(clock.now().timestamp()) // 15)


def allow_pictures(broadcast: Broadcast) -> None:
    """Let this answer load pictures from where they lie: a CDN, or the site of a foreign source."""
    hosts = [current_config().media.hls_url]
    channel = broadcast.channel
    if channel is not None and channel.source is ChannelSource.PLAYER:
        allow_source("frame-src", rules_external.host_of(channel.external_url))
    elif channel is not None and channel.source is ChannelSource.HLS:
        hosts.append(rules_external.host_of(channel.external_url))
    for host in filter(None, hosts):
        allow_source("connect-src", host)
        allow_source("media-src", host)


def times_of(broadcast: Broadcast) -> tuple[datetime | None, datetime | None]:
    """When it is held: its session's released time, else its own."""
    if broadcast.session_id is None:
        return broadcast.starts_at, broadcast.ends_at
    found = find_released_session(broadcast.session_id)
    return (found[2].starts_at, found[2].ends_at) if found else (None, None)


def title_of(broadcast: Broadcast) -> str:
    """Its session's title, else its own, in the reader's language."""
    if broadcast.session_id is not None:
        found = find_released_session(broadcast.session_id)
        return found[2].label if found else _("Stream")
    return broadcast.title_en or broadcast.title if current_language() == "en" else broadcast.title
