"""Signing in and out, and who is behind a request."""

from __future__ import annotations

from flask import Blueprint, session

from expo.kit import clock
from expo.kit.access import ANONYMOUS, Actor
from expo.kit.web import actor_loader
from expo.people import queries
from expo.people.actions_sessions import NOTED_EVERY, note_use, token_hash

bp = Blueprint("people", __name__)
COOKIE_KEY = "sign_in"


def _actor_of_request() -> Actor:
    token = session.get(COOKIE_KEY)
    if not token:
        return ANONYMOUS
    found = queries.find_session(token_hash(token))
    if found is None:
        session.pop(COOKIE_KEY, None)
        return ANONYMOUS
    person_id, session_id = found.person_id, found.id
    if found.seen_at < clock.now() - NOTED_EVERY:
        note_use(session_id)
    return queries.load_actor(person_id, session_id)


actor_loader[:] = [_actor_of_request]
