"""Designs, desks, runs and prints of badges, and what stands on each badge, thinly: these are read by the thousand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.editions.models import Edition
from expo.kit.db import db, find_record, get_record, not_found
from expo.kit.files import StoredFile
from expo.people.models import Person
from expo.places.models import Region
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.models_badges import BadgeDesign, BadgeDesk, BadgePrint, BadgeRun
from expo.registration.queries import narrowed

#: The key of an own field of type "document or picture" whose picture stands on badges.
PHOTO_FIELD = "photo"


class BadgeRow(NamedTuple):
    """A valid badge and its holder, as far as they are printed."""

    badge_id: int
    kind: BadgeKind
    code: str
    signed: str
    prints: int
    registration_id: int
    name: str
    organisation_name: str
    job_title: str
    zone: str
    seat: str
    answers: dict[str, Any]
    city: str | None


_ROW = (Badge.id, Badge.kind, Badge.code, Badge.signed, Badge.prints, Registration.id, Registration.name,
        Registration.organisation_name, Registration.job_title, Registration.zone, Registration.seat, Registration.answers,
        Region.name)


def _rows() -> Any:
    return (
        sa.select(*_ROW).select_from(Badge).join(Badge.registration)
        .join(Region, Region.id == Registration.region_id, isouter=True)
        .where(Badge.status == BadgeStatus.VALID, Registration.status == RegistrationStatus.APPROVED)
    )


def list_rows_to_print(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str],
                       ids: Collection[int] = ()) -> list[BadgeRow]:
    """The valid badges of a list as it is narrowed down, or of those chosen in it."""
    statement = _rows().where(*narrowed(edition_id, paths, q, chosen))
    if ids:
        statement = statement.where(Registration.id.in_(ids))
    return [BadgeRow(*row) for row in db.session.execute(statement.order_by(Badge.id))]


def count_to_print(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], ids: Collection[int] = ()
                   ) -> tuple[int, int]:
    """How many badges that would be, and how many of them were printed before."""
    statement = (
        sa.select(sa.func.count(), sa.func.count(sa.case((Badge.prints > 0, 1)))).select_from(Badge).join(Badge.registration)
        .where(Badge.status == BadgeStatus.VALID, Registration.status == RegistrationStatus.APPROVED,
               *narrowed(edition_id, paths, q, chosen))
    )
    number, again = db.session.execute(statement.where(Registration.id.in_(ids)) if ids else statement).one()
    return int(number), int(again)


def list_samples(edition_id: int, kinds: Collection[str], limit: int = 3) -> list[BadgeRow]:
    """Real badges that are hard to set: the longest names and organisations of these kinds (of all, if none)."""
    statement = _rows().where(Registration.edition_id == edition_id)
    if kinds:
        statement = statement.where(Badge.kind.in_([BadgeKind(kind) for kind in kinds]))
    length = sa.func.length(Registration.name) * 4 + sa.func.length(Registration.organisation_name)
    return [BadgeRow(*row) for row in db.session.execute(statement.order_by(length.desc(), Badge.id).limit(limit))]


def find_row(registration_id: int) -> BadgeRow | None:
    """One person's valid badge."""
    found = db.session.execute(_rows().where(Registration.id == registration_id)).first()
    return BadgeRow(*found) if found else None


def list_designs(edition_id: int) -> list[BadgeDesign]:
    """An edition's designs by name."""
    return list(db.session.scalars(
        sa.select(BadgeDesign).where(BadgeDesign.edition_id == edition_id).order_by(BadgeDesign.name)
    ))


def get_design(edition_id: int, design_id: int, *, for_update: bool = False) -> BadgeDesign:
    """One design of the edition, or NotFound."""
    found = get_record(BadgeDesign, design_id, for_update=for_update)
    if found.edition_id != edition_id:
        raise not_found()
    return found


def list_files(ids: Collection[int]) -> dict[int, StoredFile]:
    """Stored files by number."""
    return {one.id: one for one in db.session.scalars(sa.select(StoredFile).where(StoredFile.id.in_(ids)))} if ids else {}


def list_desks(edition_id: int) -> list[BadgeDesk]:
    """The desks in the order of their names."""
    return list(db.session.scalars(sa.select(BadgeDesk).where(BadgeDesk.edition_id == edition_id).order_by(BadgeDesk.name)))


def get_desk(edition_id: int, desk_id: int) -> BadgeDesk:
    """One desk of the edition, or NotFound."""
    found = get_record(BadgeDesk, desk_id, for_update=True)
    if found.edition_id != edition_id:
        raise not_found()
    return found


def list_runs(edition_id: int, limit: int = 50) -> list[tuple[BadgeRun, str | None]]:
    """The latest runs with who started them."""
    return [(run, name) for run, name in db.session.execute(
        sa.select(BadgeRun, Person.name).join(Person, Person.id == BadgeRun.by_id, isouter=True)
        .where(BadgeRun.edition_id == edition_id).order_by(BadgeRun.id.desc()).limit(limit)
    )]


def get_run(edition_id: int, run_id: int) -> BadgeRun:
    """One run of the edition with its files, or NotFound."""
    found = find_record(BadgeRun, run_id, options=[joinedload(BadgeRun.file), joinedload(BadgeRun.index)])
    if found is None or found.edition_id != edition_id:
        raise not_found()
    return found


def find_run_of(job_id: int) -> BadgeRun | None:
    """What a job has made."""
    return db.session.scalar(sa.select(BadgeRun).where(BadgeRun.job_id == job_id))


class Printed(NamedTuple):
    """One line of the print log."""

    at: datetime
    nth: int
    by: str | None
    run_id: int | None
    name: str
    registration_id: int


def list_prints(edition_id: int, *, registration_id: int | None = None, single: bool = False, limit: int = 100
                ) -> list[Printed]:
    """The print log, newest first; with ``single`` only prints that were no part of a run."""
    statement = (
        sa.select(BadgePrint.at, BadgePrint.nth, Person.name, BadgePrint.run_id, Registration.name, Registration.id)
        .join(Badge, Badge.id == BadgePrint.badge_id).join(Registration, Registration.id == Badge.registration_id)
        .join(Person, Person.id == BadgePrint.by_id, isouter=True)
        .where(BadgePrint.edition_id == edition_id).order_by(BadgePrint.id.desc()).limit(limit)
    )
    if registration_id is not None:
        statement = statement.where(Registration.id == registration_id)
    if single:
        statement = statement.where(BadgePrint.run_id.is_(None))
    return [Printed(*row) for row in db.session.execute(statement)]


def prints_of(ids: Collection[int]) -> dict[int, int]:
    """How often each of some badges has been printed."""
    rows = db.session.execute(sa.select(Badge.id, Badge.prints).where(Badge.id.in_(ids)))
    return {int(badge_id): int(prints) for badge_id, prints in rows}


def list_unsigned(limit: int) -> list[tuple[Badge, Edition]]:
    """Badges whose code was not kept when they were issued, with their editions; codes that were forgotten stay so."""
    return [(badge, edition) for badge, edition in db.session.execute(
        sa.select(Badge, Edition).join(Edition, Edition.id == Badge.edition_id)
        .join(Registration, Registration.id == Badge.registration_id)
        .where(Badge.signed == "", Registration.anonymised_at.is_(None)).limit(limit))]
