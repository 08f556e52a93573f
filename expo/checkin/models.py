"""Gates and scans."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, RegionPath, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Person
from expo.places.models import Venue
from expo.registration.models import Badge, Registration


class ScanKind(Labelled):
    ENTRY = "entry", _l("Entry")
    EXIT = "exit", _l("Exit")


class ScanResult(Labelled):
    ADMITTED = "admitted", _l("Admitted")
    READMITTED = "readmitted", _l("Back again")
    REPEATED = "repeated", _l("Already admitted")
    REFUSED = "refused", _l("Refused")


class ScanReason(Labelled):
    """Why a scan was refused, or how it was made when not by a code."""

    NONE = "", _l("—")
    UNKNOWN_CODE = "unknown_code", _l("This is not a badge of this expo")
    FORGED = "forged", _l("The code is forged or damaged")
    EXPIRED = "expired", _l("The badge's code has expired")
    OTHER_EDITION = "other_edition", _l("The badge belongs to another edition")
    REPLACED = "replaced", _l("This badge was replaced; only the new one is valid")
    CANCELLED = "cancelled", _l("This badge was cancelled")
    WRONG_KIND = "wrong_kind", _l("This kind of badge is not admitted here")
    OUTSIDE_TIME = "outside_time", _l("The gate is not open now")
    BY_HAND = "by_hand", _l("Found by name or phone, without a code")
    NO_BADGE = "no_badge", _l("There is no approved registration")
    LATE = "late", _l("Entered later by an administrator")


class Gate(Model):
    """A place where badges are scanned, and whom it admits when."""

    __tablename__ = "gate"
    __table_args__ = (sa.UniqueConstraint("edition_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"))
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("session.id"))
    region_path: Mapped[str] = mapped_column(RegionPath)
    # Badge kinds admitted here; empty means every kind.
    badge_kinds: Mapped[list[str]] = mapped_column(default=list)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]

    venue: Mapped[Venue] = relationship()


class Scan(Model):
    """One reading of one badge at one gate, never changed afterwards. Failed ones are kept too.

    Two indexes decide what many devices may ask at once: one first entry per gate, badge holder and day, and one
    return per exit. Whoever comes second finds the row of the first.
    """

    __tablename__ = "scan"
    __table_args__ = (
        sa.Index("uq_scan_first_entry", "gate_id", "registration_id", "day", unique=True,
                 sqlite_where=sa.text("result = 'admitted' AND kind = 'entry'"),
                 postgresql_where=sa.text("result = 'admitted' AND kind = 'entry'")),
        sa.Index("ix_scan_edition_at", "edition_id", "at"),
        sa.Index("ix_scan_edition_day", "edition_id", "day", "gate_id"),
        sa.Index("ix_scan_registration_id_at", "registration_id", "at"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    # Made by the device, so that a repeated transmission counts once.
    client_id: Mapped[str] = mapped_column(sa.String(40), unique=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    gate_id: Mapped[int] = mapped_column(sa.ForeignKey("gate.id"), index=True)
    badge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("badge.id"))
    registration_id: Mapped[int | None] = mapped_column(sa.ForeignKey("registration.id"))
    kind: Mapped[ScanKind] = mapped_column(default=ScanKind.ENTRY)
    result: Mapped[ScanResult]
    reason: Mapped[ScanReason] = mapped_column(default=ScanReason.NONE)
    # The exit after which somebody came back in; each exit opens the gate once more.
    after_exit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("scan.id"), unique=True)
    # The day in the event's zone on which it counts.
    day: Mapped[date]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    # Why it was entered by hand (补签), if it was.
    note: Mapped[str] = mapped_column(sa.String(200), default="")

    gate: Mapped[Gate] = relationship()
    badge: Mapped[Badge | None] = relationship()
    registration: Mapped[Registration | None] = relationship()
    by: Mapped[Person | None] = relationship()
