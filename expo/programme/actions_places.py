"""The grid: which halls an edition uses, and its time slots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from expo.editions.queries import get_edition_by_id
from expo.kit.access import Actor
from expo.kit.db import db, get_record, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.places.models import Hall
from expo.programme import queries_grid, rules_slots
from expo.programme import queries_sessions as queries
from expo.programme.actions import require_grid
from expo.programme.actions_draft import touch_plan
from expo.programme.models import EditionHall, Session, Slot


@action
def set_halls(edition_id: int, hall_ids: Sequence[int], *, by: Actor) -> int:
    """The halls that the edition uses, in this order. A hall with sessions stays."""
    edition = get_edition_by_id(edition_id, for_update=True)
    require_grid(edition, by)
    present = {one.hall_id: one for one in queries.list_edition_halls(edition_id)}
    used, _slots = queries.count_sessions_by(edition_id)
    wanted = list(dict.fromkeys(hall_ids))
    for hall_id, one in present.items():
        if hall_id in wanted:
            continue
        if hall_id in used:
            raise Refused(_l("%(number)s sessions are placed in %(hall)s. Move them first.", number=used[hall_id],
                             hall=one.hall.name))
        _require_no_pins(queries_grid.list_pinned_to(edition_id, hall_id=hall_id))
        db.session.delete(one)
    for position, hall_id in enumerate(wanted):
        if hall_id in present:
            present[hall_id].position = position
        else:
            db.session.add(EditionHall(edition_id=edition_id, hall_id=get_record(Hall, hall_id).id, position=position))
    touch_plan(edition_id)
    record("halls", "edition", edition_id, {"halls": [len(present), len(wanted)]})
    return len(wanted)


@action
def add_slots(edition_id: int, slots: Sequence[tuple[datetime, datetime]], *, by: Actor) -> tuple[int, int]:
    """Add time slots of a pattern; returns (added, left out because they overlap one that is there)."""
    edition = get_edition_by_id(edition_id, for_update=True)
    require_grid(edition, by)
    present = [(slot.starts_at, slot.ends_at) for slot in queries.list_slots(edition_id)]
    new, left_out = rules_slots.without_existing(slots, present)
    if len(present) + len(new) > rules_slots.MOST_SLOTS:
        raise Refused(_l("An edition takes %(most)s time slots at most.", most=rules_slots.MOST_SLOTS), "times")
    if not new:
        raise Refused(_l("All these slots are there already, or overlap one that is."), "times")
    db.session.add_all([Slot(edition_id=edition_id, starts_at=starts, ends_at=ends) for starts, ends in new])
    touch_plan(edition_id)
    return len(new), left_out


@action
def remove_slot(edition_id: int, slot_id: int, *, by: Actor) -> None:
    """Take a time slot away; one with sessions stays."""
    edition = get_edition_by_id(edition_id, for_update=True)
    require_grid(edition, by)
    slot = queries.find_slot(edition_id, slot_id)
    if slot is None:
        raise not_found()
    _halls, used = queries.count_sessions_by(edition_id)
    if slot_id in used:
        raise Refused(_l("%(number)s sessions are placed in this slot. Move them first.", number=used[slot_id]))
    _require_no_pins(queries_grid.list_pinned_to(edition_id, slot_id=slot_id))
    for closed in queries_grid.list_closed(edition_id):
        if closed.slot_id == slot_id:
            db.session.delete(closed)
    db.session.delete(slot)
    touch_plan(edition_id)


def _require_no_pins(pinned: Sequence[Session]) -> None:
    if pinned:
        raise Refused(_l("“%(title)s” is pinned there. Unpin it first.", title=pinned[0].title))
