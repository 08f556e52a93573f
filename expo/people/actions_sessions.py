"""Signed-in browsers: begun, seen, ended."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, find_record, get_record, not_found
from expo.kit.unit import action, record
from expo.people import queries_sign_in
from expo.people.models import SignInSession

#: A session's last use is noted at most this often, so that reading pages does not write.
NOTED_EVERY = timedelta(minutes=5)


def token_hash(token: str) -> str:
    """What the table keeps of a session's token."""
    return sha256(token.encode()).hexdigest()


@action(history=False)
def start_session(person_id: int, *, address: str = "", browser: str = "", second_factor: bool = False) -> str:
    """Begin a session; the token goes into the cookie and nowhere else."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignInSession(
            person_id=person_id, token_hash=token_hash(token), address=address[:60], browser=browser[:200],
            second_factor_at=clock.now() if second_factor else None,
        )
    )
    return token


@action(history=False)
def note_use(session_id: int) -> None:
    """Keep a session alive."""
    get_record(SignInSession, session_id, for_update=True).seen_at = clock.now()


@action(history=False)
def end_session(session_id: int) -> None:
    """Sign a browser out."""
    found = get_record(SignInSession, session_id, for_update=True)
    found.ended_at = found.ended_at or clock.now()


@action
def end_own_session(session_id: int, *, by: Actor) -> None:
    """Sign out one of one's own browsers from another one."""
    found = find_record(SignInSession, session_id)
    if found is None or found.person_id != by.person_id:
        raise not_found()
    end_session(session_id)
    record("ended_session", "person", by.person_id)


@action
def end_sessions(person_id: int, *, keep: int | None = None, by: Actor) -> int:
    """Sign a person out everywhere, except in the session to ``keep``; how many ended."""
    sessions = [s for s in queries_sign_in.list_sessions(person_id) if s.id != keep]
    for found in sessions:
        found.ended_at = clock.now()
    if sessions:
        record("ended_sessions", "person", person_id, {"sessions": [None, len(sessions)]})
    return len(sessions)
