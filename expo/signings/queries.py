"""Signings as they are read: one, by its serial, an edition's list and totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from expo.kit.access import Actor
from expo.kit.db import db, get_record, in_regions, not_found
from expo.kit.paging import Order, Page, keyset_page
from expo.meetings.models import Interest, Meeting
from expo.people.models import Organisation, OrganisationKind
from expo.places.models import Region
from expo.projects.models import Project
from expo.signings.models import (
    AgreementKind,
    AgreementVersion,
    PartyRole,
    Signing,
    SigningParty,
    SigningStatus,
)

_SIGNED = (SigningStatus.SIGNED, SigningStatus.REGISTERED)
LAST = 9_999
_BATCH, _ORDER = sa.func.coalesce(Signing.batch, LAST), sa.func.coalesce(Signing.stage_order, LAST)
SORTS: dict[str, list[Order]] = {
    "newest": [Order(Signing.id, descending=True)],
    "amount": [Order(Signing.amount_fen, descending=True), Order(Signing.id)],
    "stage": [Order(_BATCH), Order(_ORDER), Order(Signing.id)],
}
#: Amounts in fen: (from, below) by the filter's value.
AMOUNTS: dict[str, tuple[int, int | None]] = {
    "none": (0, 1), "under100": (1, 100_000_000), "to1000": (100_000_000, 1_000_000_000), "over1000": (1_000_000_000, None),
}
_RECORD = (
    joinedload(Signing.edition), joinedload(Signing.region), joinedload(Signing.scan),
    joinedload(Signing.project).joinedload(Project.organisation),
    selectinload(Signing.parties).joinedload(SigningParty.organisation),
    selectinload(Signing.versions).joinedload(AgreementVersion.file),
)


def get_signing(signing_id: int, *, for_update: bool = False) -> Signing:
    """One signing with its parties, versions and files; :class:`NotFound` if there is none."""
    if for_update:
        get_record(Signing, signing_id, for_update=True)
    found = db.session.scalar(
        sa.select(Signing).where(Signing.id == signing_id).options(*_RECORD).execution_options(populate_existing=True)
    )
    if found is None:
        raise not_found()
    return found


def find_by_serial(serial: str) -> Signing | None:
    """The signing with exactly this serial, with what its check page shows."""
    return db.session.scalar(sa.select(Signing).where(Signing.serial == serial.strip().upper()).options(*_RECORD))


def last_serial(prefix: str) -> str | None:
    """The serial given last under a prefix such as ``QY-2026-``; asked under the edition's lock."""
    return db.session.scalar(
        sa.select(Signing.serial).where(Signing.serial.startswith(prefix, autoescape=True)).order_by(Signing.id.desc()).limit(1)
    )


def find_of_meeting(meeting_id: int) -> Signing | None:
    """The signing that came of a meeting, unless it is void."""
    return db.session.scalar(
        sa.select(Signing).where(Signing.meeting_id == meeting_id, Signing.status != SigningStatus.VOID).limit(1)
    )


def find_registered(number: str, but: int) -> Signing | None:
    """Another signing with this number of the contract registry, unless it is void."""
    return db.session.scalar(
        sa.select(Signing).where(Signing.registered_number == number, Signing.id != but,
                                 Signing.status != SigningStatus.VOID).limit(1)
    )


def get_meeting(meeting_id: int) -> Meeting:
    """A meeting with its project and who asked for it."""
    found = db.session.scalar(
        sa.select(Meeting).where(Meeting.id == meeting_id).options(
            joinedload(Meeting.project).joinedload(Project.organisation),
            joinedload(Meeting.interest).joinedload(Interest.organisation),
        )
    )
    if found is None:
        raise not_found()
    return found


def find_project(number: str) -> Project | None:
    """The project with this number, with its organisation."""
    return db.session.scalar(sa.select(Project).where(Project.number == number).options(joinedload(Project.organisation)))


def list_organisations(q: str, limit: int = 12) -> list[Organisation]:
    """Organisations whose name or credit code contains a text."""
    return list(db.session.scalars(
        sa.select(Organisation)
        .where(sa.or_(Organisation.name.contains(q, autoescape=True), Organisation.credit_code == q.upper()))
        .order_by(Organisation.name).limit(limit)
    ))


def get_organisation(organisation_id: int) -> Organisation:
    """The organisation with this number."""
    return get_record(Organisation, organisation_id)


def has_public_seller(signing: Signing) -> bool:
    """Whether a university or institute is among the loaded parties."""
    return any(p.organisation is not None and p.role is PartyRole.PARTY
               and p.organisation.kind in {OrganisationKind.UNIVERSITY, OrganisationKind.INSTITUTE} for p in signing.parties)


def list_signings(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], sort: str,
                  cursor: str | None, size: int) -> Page[Signing]:
    """One page of an edition's signings with region, project and parties."""
    statement = _narrowed(sa.select(Signing), edition_id, paths, q, chosen).options(
        joinedload(Signing.region), selectinload(Signing.parties)
    )
    return keyset_page(statement, SORTS[sort], cursor, size)


def iterate_signings(edition_id: int, paths: Iterable[str], q: str, chosen: Mapping[str, str], sort: str) -> Iterator[Signing]:
    """The same rows for an export, in batches."""
    cursor: str | None = None
    while True:
        statement = _narrowed(sa.select(Signing), edition_id, paths, q, chosen).options(
            joinedload(Signing.region), joinedload(Signing.project), selectinload(Signing.parties)
        )
        page = keyset_page(statement, SORTS[sort], cursor, 500)
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


@dataclass(frozen=True)
class Totals:
    """Counts and money; each has its rows behind it."""

    rows: int = 0
    amount_fen: int = 0
    signed: int = 0
    signed_fen: int = 0
    registered: int = 0
    technology_fen: int = 0


def count_totals(edition_id: int, paths: Iterable[str], q: str = "", chosen: Mapping[str, str] | None = None) -> Totals:
    """What the list adds up to, in one statement."""
    signed = Signing.status.in_(_SIGNED)
    registered = Signing.status == SigningStatus.REGISTERED
    wanted: Any = sa.select(
        sa.func.count(), _sum(Signing.amount_fen), _sum(sa.case((signed, 1), else_=0)),
        _sum(sa.case((signed, Signing.amount_fen), else_=0)), _sum(sa.case((registered, 1), else_=0)),
        _sum(sa.case((registered, sa.func.coalesce(Signing.technology_fen, 0)), else_=0)),
    )
    row = db.session.execute(_narrowed(wanted.select_from(Signing), edition_id, paths, q, chosen or {})).one()
    return Totals(*(int(value) for value in row))


def _sum(value: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(value), 0)


def count_by(column: Any, edition_id: int, paths: Iterable[str]) -> dict[str, int]:
    """Rows in scope by kind or status, for the filters' counts."""
    counting: Any = sa.select(column, sa.func.count().label("rows"))
    rows = db.session.execute(_narrowed(counting, edition_id, paths, "", {}).group_by(column))
    return {str(value.value): int(count) for value, count in rows}


def _narrowed(statement: sa.Select[Any], edition_id: int, paths: Iterable[str], q: str,
              chosen: Mapping[str, str]) -> sa.Select[Any]:
    statement = statement.where(Signing.edition_id == edition_id, in_regions(Signing.region_path, paths))
    if q:
        # An edition has some thousands of signings: looking through them is quicker than keeping an index.
        named = sa.exists().where(SigningParty.signing_id == Signing.id, SigningParty.name.icontains(q, autoescape=True))
        statement = statement.where(sa.or_(Signing.title.icontains(q, autoescape=True),
                                           Signing.serial.icontains(q, autoescape=True), named))
    if value := chosen.get("status"):
        statement = statement.where(Signing.status == SigningStatus(value))
    if value := chosen.get("kind"):
        statement = statement.where(Signing.kind == AgreementKind(value))
    if value := chosen.get("city"):
        statement = statement.where(in_regions(Signing.region_path, [value]))
    if value := chosen.get("signed"):
        statement = statement.where(Signing.status.in_(_SIGNED) if value == "yes" else Signing.status.not_in(_SIGNED))
    if value := chosen.get("batch"):
        statement = statement.where(Signing.batch.is_(None) if value == "none" else Signing.batch == int(value))
    if value := chosen.get("amount"):
        low, high = AMOUNTS[value]
        statement = statement.where(Signing.amount_fen >= low)
        statement = statement.where(Signing.amount_fen < high) if high is not None else statement
    return statement


def list_batch_numbers(edition_id: int, paths: Iterable[str]) -> list[int]:
    """The batches of an edition's ceremonies."""
    return [int(number) for number in db.session.scalars(
        sa.select(Signing.batch).where(Signing.edition_id == edition_id, Signing.batch.is_not(None),
                                       in_regions(Signing.region_path, paths))
        .distinct().order_by(Signing.batch)
    ) if number is not None]


def list_own(actor: Actor, limit: int = 200) -> list[Signing]:
    """Signings of the organisations that the actor acts for, newest first."""
    own = sa.exists().where(SigningParty.signing_id == Signing.id, SigningParty.role == PartyRole.PARTY,
                            SigningParty.organisation_id.in_(actor.organisation_ids))
    return list(db.session.scalars(
        sa.select(Signing).where(own).order_by(Signing.id.desc()).limit(limit)
        .options(joinedload(Signing.edition), selectinload(Signing.parties))
    ))


def get_region(region_id: int, paths: Iterable[str]) -> Region:
    """A region within one's own; :class:`NotFound` outside."""
    found = db.session.scalar(sa.select(Region).where(Region.id == region_id, in_regions(Region.path, paths)))
    if found is None:
        raise not_found()
    return found
