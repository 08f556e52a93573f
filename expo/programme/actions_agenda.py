"""Starring sessions, and the address under which calendars follow the stars."""

from __future__ import annotations

import secrets

from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Forbidden
from expo.kit.unit import action
from expo.programme import queries_agenda
from expo.programme.models_public import AgendaKey, Star
from expo.programme.queries import get_released_session


@action(history=False)
def star_session(session_id: int, *, by: Actor) -> None:
    """Put a released session on one's agenda; once is enough."""
    person_id = _own(by)
    get_released_session(session_id)
    if not queries_agenda.is_starred(person_id, session_id):
        db.session.add(Star(person_id=person_id, session_id=session_id))


@action(history=False)
def unstar_session(session_id: int, *, by: Actor) -> None:
    """Take a session off one's agenda, released or not any more."""
    star = queries_agenda.find_star(_own(by), session_id)
    if star is not None:
        db.session.delete(star)


@action(history=False)
def renew_agenda_key(*, by: Actor) -> str:
    """A new secret address for one's agenda; calendars that follow the old one hear nothing any more."""
    person_id = _own(by)
    kept = queries_agenda.find_agenda_key(person_id)
    key = secrets.token_urlsafe(24)
    if kept is None:
        db.session.add(AgendaKey(person_id=person_id, key=key))
    else:
        kept.key = key
    return key


def _own(by: Actor) -> int:
    if by.person_id is None:
        raise Forbidden(_l("Sign in first."))
    return by.person_id
