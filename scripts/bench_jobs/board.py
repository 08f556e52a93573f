"""The programme's board: opening it with everything on it, what every place means, and a move, in the process.

Beside each stands what any page must do here: the smallest signed-in JSON answer of the same app (``board/undo`` with
nothing to undo, refused), measured the same way. The edition is the demonstration's: 101 sessions in 12 halls and 9
times with hosts, presenters and some 2,350 projects; the quick size takes the bare one of the job "pages".
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from expo.kit.db import db
from expo.places.models import Region
from scripts.measuring import Context, Result, median, percentile
from scripts.planned_edition import planned_edition

BOARD = "/work/2026/programme/board"
JSON = {"Accept": "application/json"}


def run(context: Context) -> list[Result]:
    with planned_edition(context, "board") as app:
        # As scripts/web.py does it: what was loaded before is not walked by the collector in between.
        gc.collect()
        gc.freeze()
        results = _measured(context, _organiser(app.test_client()))
        gc.unfreeze()
    return results


def _organiser(client: FlaskClient) -> FlaskClient:
    """A browser signed in as the province's organiser."""
    from expo.kit.unit import action
    from expo.people.actions_sessions import start_session
    from expo.people.models import Person, RoleGrant
    from expo.people.permissions import Role
    from expo.programme.actions import root_path

    @action
    def organiser() -> int:
        person = Person(name="组织者", email="bench@example.org")
        db.session.add(person)
        db.session.flush()
        region = db.session.scalars(sa.select(Region).where(Region.path == root_path())).one()
        db.session.add(RoleGrant(person_id=person.id, role=Role.ORGANISER, region_id=region.id, region_path=region.path))
        return int(person.id)

    token = start_session(organiser(), second_factor=True)
    with client.session_transaction() as cookie:
        cookie["sign_in"] = token
    return client


def _measured(context: Context, client: FlaskClient) -> list[Result]:
    from expo.programme import queries_board

    repeat = 3 if context.is_quick else 40
    floor = _times(repeat, lambda: client.post(f"{BOARD}/undo", json={}, headers=JSON), 409)

    def opened_cold() -> TestResponse:
        queries_board.forget_boards()
        return client.get(BOARD)

    state = client.get(f"{BOARD}/state", headers=JSON).json
    assert state is not None
    taken = {card["place"] for card in state["cards"]}
    session, free = next((card, place) for card in state["cards"] if card["place"]
                         for place in _cells(client, _meaning(card)) if place not in taken)
    meaning = _meaning(session)
    size = f"{len(state['cards'])} sessions, {_projects():,} projects"
    moves = _moves(client, session, session["place"], free)
    return [
        _result(context, f"opened, nothing kept ({size})", _times(repeat, opened_cold), floor),
        _result(context, "opened again", _times(repeat, lambda: client.get(BOARD)), floor),
        _result(context, "what each of all places means", _times(repeat, lambda: client.get(meaning)), floor),
        _result(context, "a move, with the board as it is then", _times(repeat, moves), floor),
        _result(context, "undo and redo", _times(repeat, _turns(client)), floor),
    ]


def _meaning(card: dict[str, Any]) -> str:
    return f"{BOARD}/sessions/{card['id']}/verdicts"


def _cells(client: FlaskClient, address: str) -> list[str]:
    answer = client.get(address).json
    assert answer is not None
    return [place for place, verdict in answer["cells"].items() if verdict["level"] != "blocked"]


def _projects() -> int:
    from expo.programme.models import Session, SessionItem

    return db.session.scalar(
        sa.select(sa.func.count(SessionItem.project_id.distinct())).join(Session).where(Session.edition.has(slug="2026"))) or 0


def _moves(client: FlaskClient, session: dict[str, Any], *places: str) -> Callable[[], TestResponse]:
    """A session to the places in turn."""
    known = {"version": session["version"], "turn": 0}

    def move() -> TestResponse:
        known["turn"] += 1
        hall, slot = map(int, places[known["turn"] % len(places)].split("-"))
        answer = client.post(f"{BOARD}/moves", headers=JSON, json={
            "move": {"do": "place", "session": session["id"], "hall": hall, "slot": slot},
            "seen": {session["id"]: known["version"]}})
        assert answer.json is not None
        known["version"] = answer.json["version"]
        return answer

    return move


def _turns(client: FlaskClient) -> Callable[[], TestResponse]:
    steps = ["undo", "redo"]

    def turn() -> TestResponse:
        steps.reverse()
        return client.post(f"{BOARD}/{steps[1]}", json={}, headers=JSON)

    return turn


def _times(repeat: int, ask: Callable[[], TestResponse], status: int = 200) -> list[float]:
    """Seconds of each request, after one that is not counted."""
    taken = []
    for _ in range(repeat + 1):
        begin = time.perf_counter()
        answer = ask()
        taken.append(time.perf_counter() - begin)
        assert answer.status_code == status, answer.text[:500]
    return taken[1:]


def _result(context: Context, variant: str, taken: list[float], floor: list[float]) -> Result:
    return Result("board", variant, context.size, context.database, median(taken), median(floor), "s",
                  percentile(taken, 50) * 1000, percentile(taken, 99) * 1000, note="in the process, without the server")
