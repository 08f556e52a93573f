"""Branch venues: their code, their presence, a raised hand, the picture of their room."""

from __future__ import annotations

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record, not_found
from expo.kit.files import Received, delete_file, keep_file
from expo.kit.language import _l
from expo.kit.push import push
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.permissions import P
from expo.places.models import Venue, VenueKind
from expo.streaming import queries_venues as queries
from expo.streaming import rules_keys
from expo.streaming.models import VenueScreen

_PURPOSE = "venue-code"
_LENGTH = 16
LONGEST_QUESTION = 200


@action
def issue_code(edition_id: int, venue_id: int, *, by: Actor) -> tuple[VenueScreen, str]:
    """A new code for a venue; the one before is dead, and its screens must sign in anew."""
    venue = _venue(venue_id, edition_id, by)
    if venue.kind is not VenueKind.BRANCH:
        raise Refused(_l("Only branch venues sign in to watch."))
    salt = rules_keys.new_salt()
    text = rules_keys.key_text(current_config().secret_key, _PURPOSE, salt, _LENGTH)
    screen = queries.find_screen_of(edition_id, venue_id)
    if screen is None:
        screen = VenueScreen(edition_id=edition_id, venue_id=venue_id, digest="", salt=salt)
        db.session.add(screen)
    screen.salt, screen.digest, screen.revoked_at = salt, rules_keys.digest_of(text), None
    db.session.flush()
    return screen, text


@action
def revoke_code(edition_id: int, venue_id: int, *, by: Actor) -> None:
    """The venue's screens are signed out at once."""
    _venue(venue_id, edition_id, by)
    screen = queries.get_screen_of(edition_id, venue_id)
    screen.revoked_at = screen.revoked_at or clock.now()


@action(history=False)
def note_presence(screen_id: int) -> None:
    """The venue's screen was there a moment ago."""
    get_record(VenueScreen, screen_id, for_update=True).seen_at = clock.now()


@action
def raise_hand(screen_id: int, question: str) -> VenueScreen:
    """The venue would like to ask something; the stage manager sees it at once."""
    screen = get_record(VenueScreen, screen_id, for_update=True)
    screen.hand_up_at, screen.question = clock.now(), " ".join(question.split())[:LONGEST_QUESTION]
    _tell(screen)
    return screen


@action
def lower_hand(screen_id: int) -> VenueScreen:
    """By the venue itself."""
    return _lower(get_record(VenueScreen, screen_id, for_update=True))


@action
def answer_hand(edition_id: int, venue_id: int, *, by: Actor) -> VenueScreen:
    """By the stage manager: it was their turn."""
    _venue(venue_id, edition_id, by)
    return _lower(queries.get_screen_of(edition_id, venue_id))


@action
def show_room(screen_id: int, received: Received, *, by: Actor) -> VenueScreen:
    """A picture of the room as it is now, for the organisers' wall; it is not public, and the one before is deleted:
    people are to be seen in it."""
    screen = get_record(VenueScreen, screen_id, for_update=True)
    before = screen.picture_id
    screen.picture_id, screen.picture_at = keep_file(received, by=by).id, clock.now()
    db.session.flush()
    if before is not None:
        delete_file(before)
    _tell(screen)
    return screen


def _lower(screen: VenueScreen) -> VenueScreen:
    screen.hand_up_at, screen.question = None, ""
    _tell(screen)
    return screen


def _venue(venue_id: int, edition_id: int, by: Actor) -> Venue:
    venue = get_record(Venue, venue_id)
    if not by.may(P.STREAMING_DIRECT, region_path=venue.region_path, edition_id=edition_id):
        raise not_found()
    return venue


def _tell(screen: VenueScreen) -> None:
    push(f"venues/{screen.edition_id}", "changed", {"venue": screen.venue_id})
    push(f"venue/{screen.id}", "changed", {})
