"""Signed-in browsers: begun, seen, ended."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from expo.kit import clock
from expo.kit.db import db, get_record
from expo.kit.unit import action
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
