"""Invitation codes: made, handed out, ended."""

from __future__ import annotations

import secrets
from datetime import datetime

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.permissions import P
from expo.registration import queries, queries_places, rules
from expo.registration.models import BadgeKind
from expo.registration.models_invitations import Invitation

#: Letters and digits that nobody mistakes for one another, on paper or by phone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10


def make_code() -> str:
    """Ten characters: nobody finds one of a thousand codes by trying, at sixty tries a minute."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


@action
def make_invitations(edition_id: int, kind: BadgeKind, count: int, most_uses: int, *, expires_at: datetime | None = None,
                     note: str = "", is_approved: bool = True, by: Actor) -> list[Invitation]:
    """New codes in the name of the maker's own regions."""
    edition = queries.get_edition(edition_id)
    by.require(P.REGISTRATION_MANAGE, edition_id=edition_id)
    rules.require_running(edition)
    if expires_at is not None and expires_at <= clock.now():
        raise Refused(_l("This moment is over. Choose a later one."), "expires_at")
    path = min(by.region_paths(P.REGISTRATION_MANAGE, edition_id), key=len)
    made = [Invitation(edition_id=edition_id, code=make_code(), badge_kind=kind, most_uses=most_uses, uses=0, note=note,
                       expires_at=expires_at, is_approved=is_approved, region_path=path) for _ in range(count)]
    db.session.add_all(made)
    db.session.flush()
    return made


@action
def end_invitation(edition_id: int, invitation_id: int, *, by: Actor) -> None:
    """The code opens nothing any more; who came by it stays."""
    found = queries_places.get_invitation(edition_id, invitation_id, by.region_paths(P.REGISTRATION_MANAGE, edition_id))
    if found.ended_at is None:
        found.ended_at = clock.now()
