"""Sessions of the draft: opened, filled in, cancelled, and their running orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from expo.editions.queries import get_edition_by_id
from expo.kit.access import Actor
from expo.kit.db import db, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.places.queries import get_region
from expo.programme import queries_sessions as queries
from expo.programme import rules
from expo.programme.actions import require_grid, root_path
from expo.programme.actions_draft import editable, touch_plan
from expo.programme.models import ItemPresenter, Session, SessionHost, SessionItem, SessionStatus
from expo.programme.queries_what_if import list_presenters_of

MOST_ITEMS = 60


@action
def open_session(edition_id: int, values: dict[str, Any], *, by: Actor) -> Session:
    """A new session in the draft, without a place."""
    edition = get_edition_by_id(edition_id, for_update=True)
    require_grid(edition, by)
    values = dict(values)
    hosts = values.pop("hosts", [])
    region = get_region(values["region_id"])
    values["code"] = values.get("code") or next_code(queries.last_code(edition_id))
    _require_code_free(edition_id, values["code"], None)
    session = Session(edition_id=edition_id, region_path=region.path, **values)
    db.session.add(session)
    db.session.flush()
    _set_hosts(session, [], hosts)
    touch_plan(edition_id, session)
    return session


@action
def change_session(session_id: int, values: dict[str, Any], *, by: Actor) -> Session:
    """Write down what changes of a session; what belongs to the grid is the province's to change."""
    session = editable(session_id, by)
    values = dict(values)
    hosts = values.pop("hosts", None)
    frame = {name: value for name, value in values.items()
             if name in rules.FRAME_FIELDS and getattr(session, name) != value}
    if frame:
        rules.require_grid(by, session.edition, root_path())
    if "code" in frame:
        _require_code_free(session.edition_id, frame["code"], session)
    if "region_id" in frame:
        session.region_path = get_region(frame["region_id"]).path
    for name, value in values.items():
        setattr(session, name, value)
    if hosts is not None:
        _set_hosts(session, session.hosts, hosts)
    touch_plan(session.edition_id, session)
    return session


def next_code(last: str | None) -> str:
    """S101 → S102; S001 for the first."""
    digits = "".join(c for c in last or "" if c.isdigit())
    return f"S{int(digits or 0) + 1:03d}"


def _require_code_free(edition_id: int, code: str, session: Session | None) -> None:
    other = queries.find_session_by_code(edition_id, code)
    if other is not None and other is not session:
        raise Refused(_l("“%(title)s” has the code %(code)s already.", title=other.title, code=code), "code")


def _set_hosts(session: Session, present: Sequence[SessionHost], wanted: Iterable[int]) -> None:
    """Organisations in their order; the first one leads."""
    order = list(dict.fromkeys(wanted))
    before = [host.organisation_id for host in present]
    if order == before:
        return
    kept = {host.organisation_id: host for host in present}
    for organisation_id, host in kept.items():
        if organisation_id not in order:
            db.session.delete(host)
    for position, organisation_id in enumerate(order):
        if organisation_id in kept:
            kept[organisation_id].position = position
        else:
            db.session.add(SessionHost(session_id=session.id, organisation_id=organisation_id, position=position))
    record("hosts", "session", session.id, {"hosts": [before, order]})


@action
def cancel_session(session_id: int, reason: str, *, by: Actor) -> Session:
    """Call a session off: its place becomes free, and the next release says so."""
    session = queries.get_for_update(session_id)
    rules.require_in_scope(session, by, P.PROGRAMME_READ)
    require_grid(session.edition, by)
    if not reason.strip():
        raise Refused(_l("Say why, so that the hosts can be told."), "reason")
    rules.LIFECYCLE.move(session, SessionStatus.CANCELLED)
    session.hall_id = session.slot_id = None
    session.pinned_hall_id = session.pinned_slot_id = session.pinned_day = None
    session.cancelled_reason = reason.strip()
    touch_plan(session.edition_id, session)
    return session


@action
def reinstate_session(session_id: int, *, by: Actor) -> Session:
    """Take a cancellation back: a draft again, without a place."""
    session = queries.get_for_update(session_id)
    rules.require_in_scope(session, by, P.PROGRAMME_READ)
    require_grid(session.edition, by)
    rules.LIFECYCLE.move(session, SessionStatus.DRAFT)
    session.cancelled_reason = ""
    touch_plan(session.edition_id, session)
    return session


@action
def add_projects(session_id: int, project_ids: Sequence[int], *, by: Actor) -> list[int]:
    """Put published projects at the end of a running order; returns those that were added.

    The minutes are what is left of the session, shared out, four at most.
    """
    session = editable(session_id, by)
    paths = by.region_paths(P.PROGRAMME_EDIT, session.edition_id)
    projects = queries.list_projects(session.edition_id, project_ids, paths)
    if not projects:
        raise Refused(_l("Choose published projects of your region first."))
    present = {item.project_id for item in session.items}
    new = [project for project in projects if project.id not in present]
    if len(present) + len(new) > MOST_ITEMS:
        raise Refused(_l("A session shows %(most)s projects at most.", most=MOST_ITEMS))
    left = session.minutes - sum(item.minutes for item in session.items)
    minutes = max(1, min(4, left // len(new))) if new else 0
    for place, project in enumerate(new, len(present)):
        db.session.add(SessionItem(session_id=session.id, project_id=project.id, position=place, minutes=minutes,
                                   presenter_id=project.exhibitor_id))
    if new:
        record("added", "session", session.id, {"projects": [None, [project.number for project in new]]})
        touch_plan(session.edition_id, session)
    return [project.id for project in new]


@dataclass(frozen=True)
class Turn:
    """What an organiser wrote beside a project of a running order."""

    item_id: int
    minutes: int
    presenter_id: int | None
    presenter_name: str = ""
    #: None of these: as it is.
    pause_after: int | None = None
    others: tuple[int, ...] | None = None
    is_pinned: bool | None = None


@action
def set_running_order(session_id: int, turns: Sequence[Turn], *, by: Actor) -> Session:
    """The running order as written: what is not in it any more is taken out."""
    session = editable(session_id, by)
    items = {item.id: item for item in session.items}
    unknown = [turn for turn in turns if turn.item_id not in items]
    if unknown or len({turn.item_id for turn in turns}) != len(turns):
        raise Refused(_l("Somebody else has changed this running order in the meantime. Look at it again."))
    members = _require_known_presenters(items, turns)
    before = len(items)
    for place, turn in enumerate(turns):
        item = items.pop(turn.item_id)
        rules.require_minutes(turn.minutes)
        item.position, item.minutes = place, turn.minutes
        item.presenter_id, item.presenter_name = turn.presenter_id, turn.presenter_name[:80]
        if turn.pause_after is not None:
            rules.require_pause(turn.pause_after)
            item.pause_after = turn.pause_after
        if turn.is_pinned is not None:
            item.is_pinned = turn.is_pinned
        if turn.others is not None:
            _set_others(item, members.get(item.id, []), turn)
    for gone in items.values():
        db.session.delete(gone)
    record("order", "session", session.id, {"items": [before, len(turns)]})
    touch_plan(session.edition_id, session)
    return session


def _require_known_presenters(items: dict[int, SessionItem], turns: Sequence[Turn]) -> dict[int, list[ItemPresenter]]:
    """A presenter is the project's exhibitor, acts for its organisation, or stood there before.

    Returns item → those who present it besides the first.
    """
    projects = queries.list_projects_of_items(items)
    members = queries.list_members({p.organisation_id for p in projects.values() if p.organisation_id})
    present: dict[int, list[ItemPresenter]] = {}
    for row in list_presenters_of(list(items)):
        present.setdefault(row.item_id, []).append(row)
    for turn in turns:
        item = items[turn.item_id]
        project = projects[item.project_id]
        allowed = {None, item.presenter_id, project.exhibitor_id}
        allowed |= {person.id for person in members.get(project.organisation_id or 0, [])}
        allowed |= {row.person_id for row in present.get(turn.item_id, [])}
        if turn.presenter_id not in allowed or not set(turn.others or ()) <= allowed:
            raise not_found()
    return present


def _set_others(item: SessionItem, present: Sequence[ItemPresenter], turn: Turn) -> None:
    """Who presents together with the first presenter."""
    wanted = [person for person in dict.fromkeys(turn.others or ()) if person != turn.presenter_id]
    for row in present:
        if row.person_id not in wanted:
            db.session.delete(row)
    known = {row.person_id for row in present}
    db.session.add_all([ItemPresenter(item_id=item.id, person_id=person) for person in wanted if person not in known])


@action
def spread_minutes(session_id: int, *, by: Actor) -> int:
    """Share the session's minutes out evenly; returns what each project gets."""
    session = editable(session_id, by)
    if not session.items:
        raise Refused(_l("There are no projects in this session yet."))
    minutes = max(1, session.minutes // len(session.items))
    for item in session.items:
        item.minutes = minutes
    record("order", "session", session.id, {"minutes": [None, minutes]})
    touch_plan(session.edition_id, session)
    return minutes
