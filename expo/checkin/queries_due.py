"""Who is expected and who of them has come: by county, by delegation, and person by person."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from expo.checkin.models import Gate, Scan
from expo.checkin.queries_figures import FIRST
from expo.kit import clock
from expo.kit.db import db, in_regions
from expo.kit.history import HistoryHead
from expo.kit.memo import forgotten_with_pages
from expo.kit.paging import Order, Page, keyset_page
from expo.places.models import Region
from expo.registration.models import Registration, RegistrationStatus
from expo.registration.models_invitations import Delegation

#: Questions about everybody whose answers one process keeps.
_MOST_KEPT = 64
_kept: OrderedDict[tuple[Any, ...], tuple[tuple[Any, ...], list[Due]]] = OrderedDict()


@forgotten_with_pages
def forget_due() -> None:
    """Keep nothing any more."""
    _kept.clear()


@dataclass
class Due:
    """People expected and people who came, of one county or one delegation."""

    key: str
    name: str
    due: int = 0
    present: int = 0
    above: str = ""


def _whole(paths: Iterable[str]) -> bool:
    """Whether somebody sees the whole province: people from elsewhere, too, and no condition on regions is needed."""
    return any(path.count("/") <= 2 for path in paths)


def _expected(edition_id: int, paths: Iterable[str]) -> list[Any]:
    """Approved registrations: whoever is approved has a badge."""
    asked = list(paths)
    clauses: list[Any] = [Registration.edition_id == edition_id, Registration.status == RegistrationStatus.APPROVED]
    return clauses if _whole(asked) else [*clauses, in_regions(Registration.region_path, asked)]


def _came(edition_id: int, day: date) -> Any:
    """Who came in anywhere on a day."""
    return sa.select(Scan.registration_id).where(Scan.edition_id == edition_id, Scan.day == day, *FIRST).distinct()


def _present(edition_id: int, paths: Iterable[str], day: date, *columns: Any) -> Any:
    """Expected people who came on a day: their number by columns."""
    came = _came(edition_id, day).subquery()
    return (
        sa.select(*columns, sa.func.count()).select_from(came)
        .join(Registration, Registration.id == came.c.registration_id).where(*_expected(edition_id, paths))
    )


def _as_of() -> tuple[Any, ...]:
    """What is another as soon as anybody was scanned or taken back, or a registration or delegation has changed.

    Each minute is another one as well: a scan may be committed after one with a higher number that was asked about.
    """
    heads = db.session.execute(
        sa.select(HistoryHead.stream, HistoryHead.number).where(HistoryHead.stream.in_(["registration", "delegation"]))
        .order_by(HistoryHead.stream))
    newest = db.session.execute(sa.select(
        sa.select(sa.func.max(Scan.id)).scalar_subquery(), sa.select(sa.func.max(Registration.id)).scalar_subquery())).one()
    return clock.now().replace(second=0, microsecond=0), *newest, *map(tuple, heads)


def _keeping(question: tuple[Any, ...], ask: Callable[[], list[Due]]) -> list[Due]:
    """The answer from before if it still holds: at 100,000 people a new one takes up to a tenth of a second."""
    present = _as_of()
    kept = _kept.get(question)
    if kept is None or kept[0] != present:
        kept = _kept[question] = (present, ask())
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return kept[1]


def due_by_region(edition_id: int, paths: Iterable[str], day: date) -> list[Due]:
    """Due and present by county (or by what somebody named), in the reader's regions."""
    asked = tuple(paths)
    return _keeping(("region", edition_id, asked, day), lambda: _by_region(edition_id, asked, day))


def due_by_delegation(edition_id: int, paths: Iterable[str], day: date, q: str = "", limit: int = 200) -> list[Due]:
    """Due and present by delegation, and by organisation of those who come without one; the largest first."""
    asked = tuple(paths)
    return _keeping(("delegation", edition_id, asked, day, q, limit), lambda: _by_delegation(edition_id, asked, day, q, limit))


def _by_region(edition_id: int, asked: Iterable[str], day: date) -> list[Due]:
    due = {row[0]: row[1] for row in db.session.execute(
        sa.select(Registration.region_id, sa.func.count()).where(*_expected(edition_id, asked)).group_by(Registration.region_id))}
    present = {row[0]: row[1] for row in db.session.execute(
        _present(edition_id, asked, day, Registration.region_id).group_by(Registration.region_id))}
    above = sa.orm.aliased(Region)
    regions = db.session.execute(
        sa.select(Region.id, Region.path, Region.name, above.name).outerjoin(above, above.id == Region.parent_id)
        .where(Region.id.in_([key for key in due if key is not None])).order_by(Region.path)
    )
    return [Due(path, name, due[key], present.get(key, 0), upper or "") for key, path, name, upper in regions]


def _by_delegation(edition_id: int, asked: Iterable[str], day: date, q: str, limit: int) -> list[Due]:
    keys = (Registration.delegation_id, Registration.organisation_name)
    clauses = [*_expected(edition_id, asked), sa.or_(Registration.delegation_id.is_not(None), Registration.organisation_name != "")]
    if q:
        named = sa.select(Delegation.id).where(Delegation.edition_id == edition_id, Delegation.name.contains(q, autoescape=True))
        clauses.append(sa.or_(Registration.delegation_id.in_(named), sa.and_(
            Registration.delegation_id.is_(None), Registration.organisation_name.contains(q, autoescape=True))))
    rows = db.session.execute(
        sa.select(*keys, sa.func.min(Registration.id), sa.func.count()).where(*clauses).group_by(*keys))
    groups: dict[tuple[int | None, str], Due] = {}
    for delegation, organisation, first, number in rows:
        key = (delegation, "" if delegation else organisation)
        group = groups.setdefault(key, Due(f"d{delegation}" if delegation else f"o{first}", organisation))
        group.due += number
    largest = sorted(groups.items(), key=lambda item: (-item[1].due, item[1].name))[:limit]
    if largest:
        for delegation, organisation, number in db.session.execute(
                _present(edition_id, asked, day, *keys).where(*clauses[len(_expected(edition_id, asked)):]).group_by(*keys)):
            found = groups.get((delegation, "" if delegation else organisation))
            if found is not None:
                found.present += number
    names = {row[0]: row[1] for row in db.session.execute(
        sa.select(Delegation.id, Delegation.name).where(Delegation.id.in_([key[0] for key, _group in largest if key[0]])))}
    for (delegation, _organisation), group in largest:
        group.name = names.get(delegation or 0, group.name)
    return [group for _key, group in largest]


def name_of_group(chosen: Mapping[str, str]) -> str:
    """The name of the region, delegation or organisation to which a list is narrowed."""
    if chosen.get("delegation", "")[1:].isdecimal():
        if chosen["delegation"][0] == "d":
            return db.session.scalar(sa.select(Delegation.name).where(Delegation.id == int(chosen["delegation"][1:10]))) or ""
        return db.session.scalar(
            sa.select(Registration.organisation_name).where(Registration.id == int(chosen["delegation"][1:10]))) or ""
    if region := chosen.get("region"):
        return db.session.scalar(sa.select(Region.name).where(Region.path == region)) or ""
    return ""


def _of_group(edition_id: int, key: str) -> Any:
    """SQL for "belongs to the delegation or organisation with this key"."""
    number = int(key[1:10]) if key[1:10].isdecimal() else 0
    if key.startswith("d"):
        return Registration.delegation_id == number
    other = sa.orm.aliased(Registration)
    name = sa.select(other.organisation_name).where(other.id == number, other.edition_id == edition_id).scalar_subquery()
    return sa.and_(Registration.organisation_name == name, Registration.delegation_id.is_(None))


def _narrowed(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str]) -> list[Any]:
    """Those who are expected, whether they have come or not."""
    clauses = _expected(edition_id, paths)
    if region := chosen.get("region"):
        clauses.append(Registration.region_path == region)
    if group := chosen.get("delegation"):
        clauses.append(_of_group(edition_id, group))
    if kind := chosen.get("kind"):
        clauses.append(Registration.badge_kind == kind)
    return clauses


def _in_state(edition_id: int, chosen: Mapping[str, str], day: date) -> list[Any]:
    came = sa.exists().where(Scan.registration_id == Registration.id, Scan.edition_id == edition_id, Scan.day == day, *FIRST)
    states: dict[str, list[Any]] = {"present": [came], "due": [~came]}
    return states.get(chosen.get("state", ""), [])


def list_due(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str], day: date, *, cursor: str | None,
             size: int) -> Page[Registration]:
    """People who are expected, one page of them."""
    clauses = [*_narrowed(edition_id, paths, chosen), *_in_state(edition_id, chosen, day)]
    statement = sa.select(Registration).where(*clauses).options(sa.orm.joinedload(Registration.region))
    return keyset_page(statement, [Order(Registration.id)], cursor, size)


def count_due(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str], day: date) -> int:
    """How many rows that list has: all, those who came, or the rest."""
    clauses = _narrowed(edition_id, paths, chosen)
    state = chosen.get("state")
    everybody, came = 0, 0
    if state != "present":
        everybody = db.session.scalar(sa.select(sa.func.count()).select_from(Registration).where(*clauses)) or 0
    if state in {"present", "due"}:
        people = _came(edition_id, day).subquery()
        came = db.session.scalar(
            sa.select(sa.func.count()).select_from(people)
            .join(Registration, Registration.id == people.c.registration_id).where(*clauses)) or 0
    return came if state == "present" else everybody - came


def list_due_for_export(edition_id: int, paths: Iterable[str], chosen: Mapping[str, str], day: date) -> list[Any]:
    """The list as plain rows: id, name, organisation, kind, region."""
    return list(db.session.execute(
        sa.select(Registration.id, Registration.name, Registration.organisation_name, Registration.badge_kind, Region.name)
        .outerjoin(Region, Region.id == Registration.region_id)
        .where(*_narrowed(edition_id, paths, chosen), *_in_state(edition_id, chosen, day))
        .order_by(Registration.organisation_name, Registration.id)
    ))


def first_entries(edition_id: int, registration_ids: Iterable[int], day: date) -> dict[int, tuple[Any, str]]:
    """When and where people came in first on a day."""
    found: dict[int, tuple[Any, str]] = {}
    rows = db.session.execute(
        sa.select(Scan.registration_id, Scan.at, Gate.name).join(Gate, Gate.id == Scan.gate_id)
        .where(Scan.registration_id.in_(list(registration_ids)), Scan.day == day, Scan.edition_id == edition_id, *FIRST)
        .order_by(Scan.at)
    )
    for person, at, gate in rows:
        found.setdefault(person or 0, (at, gate))
    return found


def people_of_delegation(edition_id: int, key: str, limit: int = 200) -> list[Registration]:
    """All who are expected from a delegation or an organisation, with badges."""
    return list(db.session.scalars(
        sa.select(Registration).where(*_expected(edition_id, ["/"]), _of_group(edition_id, key))
        .options(sa.orm.selectinload(Registration.badges)).order_by(Registration.id).limit(limit)
    ))
