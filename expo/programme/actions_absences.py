"""Absences written down by organisers: one by one, or many from a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from expo.editions.models import Edition
from expo.editions.queries import get_edition_by_id
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record, not_found
from expo.kit.language import _l
from expo.kit.refusals import Forbidden, Refused
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.programme import queries_absences, rules
from expo.programme.actions_draft import touch_plan
from expo.programme.models_planning import Absence
from expo.programme.rules_absences import require_within


@dataclass(frozen=True)
class Away:
    """What was written of one absence."""

    person_id: int
    starts_at: datetime
    ends_at: datetime
    reason: str = ""


@action
def add_absence(edition_id: int, away: Away, *, by: Actor) -> Absence:
    """Write down that somebody cannot be there; what overlaps it is joined to it."""
    edition, paths = _open(edition_id, by)
    absence = _add(edition, paths, away)
    touch_plan(edition_id)
    return absence


@action
def import_absences(edition_id: int, rows: Sequence[Away], *, by: Actor) -> int:
    """Write down many at once, all or none."""
    edition, paths = _open(edition_id, by)
    for away in rows:
        _add(edition, paths, away)
    record("imported", "edition", edition_id, {"absences": [None, len(rows)]})
    touch_plan(edition_id)
    return len(rows)


@action
def remove_absence(edition_id: int, absence_id: int, *, by: Actor) -> None:
    """Somebody can be there after all. An absence that the province has written down is not a city's to remove."""
    _edition, paths = _open(edition_id, by)
    absence = get_record(Absence, absence_id, for_update=True)
    if absence.edition_id != edition_id or not (
            absence.region_path.startswith(paths) or queries_absences.is_known(edition_id, paths, absence.person_id)):
        raise not_found()
    if not absence.region_path.startswith(paths):
        raise Forbidden(_l("The province's organisers have written this down. Ask them for the change."))
    db.session.delete(absence)
    touch_plan(edition_id)


def _open(edition_id: int, by: Actor) -> tuple[Edition, tuple[str, ...]]:
    edition = get_edition_by_id(edition_id, for_update=True)
    by.require(P.PROGRAMME_EDIT, edition_id=edition_id)
    rules.require_open(edition)
    return edition, by.region_paths(P.PROGRAMME_EDIT, edition_id)


def _add(edition: Edition, paths: tuple[str, ...], away: Away) -> Absence:
    if not queries_absences.is_known(edition.id, paths, away.person_id):
        raise not_found()
    if away.starts_at >= away.ends_at:
        raise Refused(_l("The absence ends after it begins."), "ends")
    require_within(away.starts_at, away.ends_at, edition.starts_on, edition.ends_on, current_config().timezone)
    starts, ends, reason = away.starts_at, away.ends_at, away.reason
    for other in queries_absences.list_of_persons(edition.id, [away.person_id]).get(away.person_id, []):
        if other.starts_at <= ends and starts <= other.ends_at:
            starts, ends, reason = min(starts, other.starts_at), max(ends, other.ends_at), reason or other.reason
            db.session.delete(other)
    db.session.flush()
    absence = Absence(edition_id=edition.id, person_id=away.person_id, region_path=paths[0], starts_at=starts, ends_at=ends,
                      reason=reason)
    db.session.add(absence)
    db.session.flush()
    return absence
