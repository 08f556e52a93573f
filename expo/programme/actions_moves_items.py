"""Moves of projects on the board: within a running order, from one to another, into one from nowhere and out again.

``seen`` and what comes of a move are as in ``actions_moves``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.programme import queries_moves, queries_projects, rules
from expo.programme import queries_sessions as queries
from expo.programme.actions_draft import Moved, editable, touch_plan
from expo.programme.actions_sessions import add_projects
from expo.programme.models import ItemPresenter, Session, SessionItem
from expo.programme.queries_what_if import list_presenters_of
from expo.programme.rules_instance import SHOWS_AGAIN


@action
def reorder_items(session_id: int, item_ids: Sequence[int], *, seen: int | None = None, by: Actor) -> Moved:
    """A session's running order in another sequence: all its items, each once."""
    session = editable(session_id, by)
    rules.require_unchanged(session, seen)
    before = [item.id for item in session.items]
    if sorted(before) != sorted(item_ids):
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    place = {item_id: position for position, item_id in enumerate(item_ids)}
    for item in session.items:
        item.position = place[item.id]
    record("order", "session", session.id, {"items": [before, list(item_ids)]})
    return Moved(touch_plan(session.edition_id, session), (session.id,),
                 {"do": "reorder", "session": session.id, "items": before})


@action
def set_item_minutes(session_id: int, item_id: int, minutes: int, pause_after: int | None = None, *,
                     seen: int | None = None, by: Actor) -> Moved:
    """How long a project of a running order gets, and the pause behind it."""
    session = editable(session_id, by)
    rules.require_unchanged(session, seen)
    item = next((item for item in session.items if item.id == item_id), None)
    if item is None:
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    pause = item.pause_after if pause_after is None else pause_after
    rules.require_minutes(minutes)
    rules.require_pause(pause)
    undo = {"do": "minutes", "session": session.id, "item": item.id, "minutes": item.minutes, "pause": item.pause_after}
    item.minutes, item.pause_after = minutes, pause
    return Moved(touch_plan(session.edition_id, session), (session.id,), undo)


@action
def move_items(item_ids: Sequence[int], session_id: int, position: int | None = None, *,
               seen: Mapping[int, int] | None = None, by: Actor) -> Moved:
    """Projects change into another session's running order, before ``position`` (none: at the end), in this sequence.

    ``seen`` maps each session concerned to its version.
    """
    seen = seen or {}
    target = editable(session_id, by)
    sources = {number: editable(number, by) for number in queries_moves.sessions_of_items(item_ids) if number != target.id}
    for session in (target, *sources.values()):
        rules.require_unchanged(session, seen.get(session.id))
    items = {item.id: item for session in (target, *sources.values()) for item in session.items}
    if any(number not in items for number in item_ids) or any(s.edition_id != target.edition_id for s in sources.values()):
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    moving = [items[number] for number in dict.fromkeys(item_ids)]
    _require_movable(target, moving)
    undo = {"do": "restore", "orders": {str(s.id): [i.id for i in s.items] for s in (target, *sources.values())}}
    staying = [item for item in target.items if item not in moving]
    at = len(staying) if position is None else max(0, min(position, len(staying)))
    orders = {target.id: [i.id for i in (*staying[:at], *moving, *staying[at:])]}
    orders |= {s.id: [i.id for i in s.items if i not in moving] for s in sources.values()}
    _set_orders(orders, items)
    record("moved", "session", target.id, {"items": [None, [item.id for item in moving]]})
    touched = (target, *sources.values())
    return Moved(touch_plan(target.edition_id, *touched), tuple(s.id for s in touched), undo)


def _require_movable(target: Session, moving: Sequence[Any]) -> None:
    there = {item.project_id for item in target.items if item not in moving}
    for item in moving:
        if item.session_id == target.id:
            continue
        if item.is_pinned:
            raise Refused(_l("A pinned project stays in its session. Unpin it before you move it."))
        if item.project_id in there:
            raise Refused(_l("“%(title)s” shows this project already.", title=target.title))


def _set_orders(orders: Mapping[int, Sequence[int]], items: Mapping[int, Any]) -> None:
    """Session → its items in their order."""
    for session_id, numbers in orders.items():
        for position, number in enumerate(numbers):
            items[number].session_id, items[number].position = session_id, position


@action
def restore_orders(orders: Mapping[int, Sequence[int]], *, seen: Mapping[int, int] | None = None, by: Actor) -> Moved:
    """Put the same items back into the sessions and sequences in which they stood before."""
    seen = seen or {}
    sessions = {number: editable(number, by) for number in orders}
    items = {item.id: item for session in sessions.values() for item in session.items}
    wanted = [number for numbers in orders.values() for number in numbers]
    if sorted(wanted) != sorted(items) or not sessions:
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    for session in sessions.values():
        rules.require_unchanged(session, seen.get(session.id))
    undo = {"do": "restore", "orders": {str(s.id): [i.id for i in s.items] for s in sessions.values()}}
    for session_id, numbers in orders.items():
        _require_movable(sessions[session_id], [items[number] for number in numbers])
    _set_orders(orders, items)
    for session in sessions.values():
        record("order", "session", session.id, {"items": [[i.id for i in session.items], list(orders[session.id])]})
    edition_id = next(iter(sessions.values())).edition_id
    return Moved(touch_plan(edition_id, *sessions.values()), tuple(sessions), undo)


@action
def pin_item(session_id: int, item_id: int, is_pinned: bool, *, seen: int | None = None, by: Actor) -> Moved:
    """A pinned project stays in its session, whatever the solver would like."""
    session = editable(session_id, by)
    rules.require_unchanged(session, seen)
    item = next((item for item in session.items if item.id == item_id), None)
    if item is None:
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    undo = {"do": "pin_item", "session": session.id, "item": item.id, "pinned": item.is_pinned}
    item.is_pinned = is_pinned
    return Moved(touch_plan(session.edition_id, session), (session.id,), undo)


@action
def show_projects(session_id: int, project_ids: Sequence[int], *, seen: int | None = None, by: Actor) -> Moved:
    """Published projects without a session are shown at the end of a session's running order."""
    session = editable(session_id, by)
    rules.require_unchanged(session, seen)
    home = queries_projects.find_home(session.edition_id, project_ids)
    if home is not None:
        raise Refused(_l("“%(title)s” shows this project already.", title=home.title))
    added = set(add_projects(session_id, project_ids, by=by))
    session = editable(session_id, by)
    items = [item.id for item in session.items if item.project_id in added]
    return Moved(touch_plan(session.edition_id, session), (session.id,), {"do": "take_out", "session": session.id, "items": items})


@action
def take_out_items(session_id: int, item_ids: Sequence[int], *, seen: int | None = None, by: Actor) -> Moved:
    """Projects leave a running order and wait for another session."""
    session = editable(session_id, by)
    rules.require_unchanged(session, seen)
    items = {item.id: item for item in session.items}
    if not item_ids or any(number not in items for number in item_ids):
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    leaving = [items[number] for number in dict.fromkeys(item_ids)]
    if any(item.is_pinned for item in leaving):
        raise Refused(_l("A pinned project stays in its session. Unpin it before you move it."))
    others: dict[int, list[int]] = {}
    for row in list_presenters_of([item.id for item in leaving]):
        others.setdefault(row.item_id, []).append(row.person_id)
    undo = {"do": "put_back", "session": session.id, "rows": [_kept(item, others.get(item.id, [])) for item in leaving]}
    for item in leaving:
        db.session.delete(item)
    for position, item in enumerate(item for item in session.items if item not in leaving):
        item.position = position
    record("taken_out", "session", session.id, {"items": [[item.id for item in leaving], None]})
    return Moved(touch_plan(session.edition_id, session), (session.id,), undo)


def _kept(item: SessionItem, others: Sequence[int]) -> dict[str, Any]:
    """All that a project's turn says, to be put back as it was."""
    return {"id": item.id, "project_id": item.project_id, "position": item.position, "minutes": item.minutes,
            "presenter_id": item.presenter_id, "presenter_name": item.presenter_name, "pause_after": item.pause_after,
            "others": list(others)}


@action
def put_back_items(session_id: int, rows: Sequence[Mapping[str, Any]], *, seen: int | None = None, by: Actor) -> Moved:
    """Projects that were taken out return to their turns. ``rows`` is what was stored then, never what somebody sends."""
    session = editable(session_id, by)
    rules.require_unchanged(session, seen)
    wanted = [row["project_id"] for row in rows]
    paths = by.region_paths(P.PROGRAMME_EDIT, session.edition_id)
    if len(queries.list_projects(session.edition_id, wanted, paths)) != len(set(wanted)):
        raise Refused(_l("Only published projects can be shown. Look at the project first."))
    if session.kind not in SHOWS_AGAIN and queries_projects.find_home(session.edition_id, wanted) is not None:
        raise Refused(_l("Another session shows this project by now."))
    order = list(session.items)
    others: dict[SessionItem, list[int]] = {}
    # SQLite gives the highest number away again: whoever has it by now keeps it.
    given = queries_moves.list_given([row["id"] for row in rows])
    for row in sorted(rows, key=lambda row: int(row["position"])):
        left_out = {"others", "id"} if row["id"] in given else {"others"}
        item = SessionItem(session_id=session.id, **{name: value for name, value in row.items() if name not in left_out})
        db.session.add(item)
        order.insert(min(int(row["position"]), len(order)), item)
        others[item] = row["others"]
    for position, item in enumerate(order):
        item.position = position
    db.session.flush()
    db.session.add_all([ItemPresenter(item_id=item.id, person_id=person) for item, people in others.items() for person in people])
    numbers = [item.id for item in others]
    record("put_back", "session", session.id, {"items": [None, numbers]})
    return Moved(touch_plan(session.edition_id, session), (session.id,),
                 {"do": "take_out", "session": session.id, "items": numbers})
