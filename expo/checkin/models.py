"""Gates (the lists of check-in) and scans."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.checkin.models_devices import Device
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
    PRINT = "print", _l("Print")


class ScanResult(Labelled):
    ADMITTED = "admitted", _l("Admitted")
    READMITTED = "readmitted", _l("Back again")
    REPEATED = "repeated", _l("Already admitted")
    REFUSED = "refused", _l("Refused")
    # Let in by a device without network while another one had done so: one person is counted once.
    DOUBLE = "double", _l("Admitted twice while apart")
    UNDONE = "undone", _l("Taken back")


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
    WRONG_DAY = "wrong_day", _l("This check-in point is not open today")
    WRONG_ZONE = "wrong_zone", _l("The badge does not hold for this zone")
    OUTSIDE_TIME = "outside_time", _l("The gate is not open now")
    NOT_SIGNED_UP = "not_signed_up", _l("Has not signed up for this session")
    LIVE_MISSING = "live_missing", _l("Show the moving code on the phone; paper and pictures do not count here")
    LIVE_STALE = "live_stale", _l("The code is an old picture; open the badge on the phone again")
    LIVE_WRONG = "live_wrong", _l("The moving code is not genuine")
    FULL = "full", _l("It is full; wait until somebody leaves")
    INSIDE = "inside", _l("Is inside already")
    ONCE_A_DAY = "once_a_day", _l("Was here today already")
    ONCE = "once", _l("Was here already; one time is granted")
    BY_HAND = "by_hand", _l("Found by name or phone, without a code")
    NO_BADGE = "no_badge", _l("There is no approved registration")
    LATE = "late", _l("Entered later by an administrator")
    OVERRIDE = "override", _l("Let in against the rules, with a reason")
    NOT_IN_PACK = "not_in_pack", _l("Badge newer than the device's offline data")


class GateKind(Labelled):
    """What a check-in point is for."""

    ENTRANCE = "entrance", _l("Entrance")
    SESSION = "session", _l("Session")
    DAY = "day", _l("Day")
    ZONE = "zone", _l("Zone")
    MEAL = "meal", _l("Meal")
    VENUE = "venue", _l("Branch venue")


class Again(Labelled):
    """What becomes of somebody who comes a second time."""

    AFTER_EXIT = "after_exit", _l("Re-entry after an exit scan")
    ALWAYS = "always", _l("Re-entry at any time")
    ONCE_A_DAY = "once_a_day", _l("Once a day")
    ONCE = "once", _l("Once in the whole edition")


class Gate(Model):
    """A check-in point (签到点): what badges are scanned for, and the rules of whom it admits when.

    An entrance with several doors is one point, so that nobody is counted at two of them; the doors are devices.
    """

    __tablename__ = "gate"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "name"),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity"),
        sa.CheckConstraint("(day_from IS NULL) = (day_until IS NULL)", name="hours"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[GateKind] = mapped_column(default=GateKind.ENTRANCE, server_default="entrance")
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"))
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("session.id"))
    region_path: Mapped[str] = mapped_column(RegionPath)
    # Badge kinds admitted here; empty means every kind. Likewise days and zones.
    badge_kinds: Mapped[list[str]] = mapped_column(default=list)
    days: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    zones: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    # Hours of each day in the event's zone.
    day_from: Mapped[time | None]
    day_until: Mapped[time | None]
    # How many people may be inside at once; none: as many as come.
    capacity: Mapped[int | None]
    again: Mapped[Again] = mapped_column(default=Again.AFTER_EXIT, server_default="after_exit")
    # The code that changes every half minute is demanded: paper and screenshots are refused.
    needs_live: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Only people who have signed up are admitted; how many may do so is ``places`` (none: as many as want).
    needs_sign_up: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    places: Mapped[int | None]

    venue: Mapped[Venue] = relationship()

    @property
    def rules(self) -> dict[str, Any]:
        """What ``rules_lists.evaluate`` and the devices judge by (docs/checkin-protocol.md)."""
        return {
            "kinds": list(self.badge_kinds), "days": list(self.days), "zones": list(self.zones),
            "opens_at": self.opens_at.isoformat() if self.opens_at else None,
            "closes_at": self.closes_at.isoformat() if self.closes_at else None,
            "from": f"{self.day_from:%H:%M}" if self.day_from else None,
            "until": f"{self.day_until:%H:%M}" if self.day_until else None,
            "capacity": self.capacity, "again": self.again.value, "live": self.needs_live,
            "signed_up": self.needs_sign_up,
        }


class Scan(Model):
    """One reading of one badge at one gate. Failed ones are kept too. Nothing of it changes but that it is taken back.

    The index of first entries is the last judge of what many devices ask at once; ``Presence`` is what they are
    judged by. Rows are linked into the history in batches (``jobs_linking``), so that the chain is no door for all.
    """

    __tablename__ = "scan"
    __history__ = False
    __table_args__ = (
        sa.Index("uq_scan_first_entry", "gate_id", "registration_id", "day", unique=True,
                 sqlite_where=sa.text("result = 'admitted' AND kind = 'entry'"),
                 postgresql_where=sa.text("result = 'admitted' AND kind = 'entry'")),
        sa.Index("ix_scan_edition_at", "edition_id", "at"),
        # All that the day's figures ask of a scan, so that they need not look at the rows.
        sa.Index("ix_scan_edition_day", "edition_id", "day", "gate_id", "kind", "result", "at"),
        sa.Index("ix_scan_came", "edition_id", "day", "registration_id",
                 sqlite_where=sa.text("result = 'admitted' AND kind = 'entry'"),
                 postgresql_where=sa.text("result = 'admitted' AND kind = 'entry'")),
        sa.Index("ix_scan_merged", "edition_id", "result", sqlite_where=sa.text("merged_at IS NOT NULL"),
                 postgresql_where=sa.text("merged_at IS NOT NULL")),
        sa.Index("ix_scan_registration_id_at", "registration_id", "at"),
        sa.Index("ix_scan_unlinked", "id", sqlite_where=sa.text("batch IS NULL"), postgresql_where=sa.text("batch IS NULL")),
        sa.Index("ix_scan_batch", "batch", sqlite_where=sa.text("batch IS NOT NULL"),
                 postgresql_where=sa.text("batch IS NOT NULL")),
        sa.CheckConstraint("(result = 'undone') = (undone_at IS NOT NULL)", name="undone"),
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
    # The day in the event's zone on which it counts.
    day: Mapped[date]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    device_id: Mapped[int | None] = mapped_column(sa.ForeignKey("device.id"))
    # Made without network and handed in later, at this moment.
    merged_at: Mapped[datetime | None]
    # What the device had decided then.
    decided: Mapped[str | None] = mapped_column(sa.String(20))
    # Why it was entered by hand (补签) or let in against the rules, if it was.
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    undone_at: Mapped[datetime | None]
    # The result before it was taken back.
    was: Mapped[str | None] = mapped_column(sa.String(20))
    # The history's row that covers it.
    batch: Mapped[int | None] = mapped_column(sa.BigInteger)

    gate: Mapped[Gate] = relationship()
    badge: Mapped[Badge | None] = relationship()
    registration: Mapped[Registration | None] = relationship()
    by: Mapped[Person | None] = relationship()
    device: Mapped[Device | None] = relationship()


class Presence(Model):
    """Where a badge's holder has been let in last, one row per person and gate: what the next scan is judged by.

    Kept by scanning, and made anew from the scans whenever it is in doubt.
    """

    __tablename__ = "presence"
    __history__ = False
    __table_args__ = (
        sa.Index("ix_presence_gate_day", "gate_id", "day", "inside", "registration_id"),
    )

    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), primary_key=True)
    gate_id: Mapped[int] = mapped_column(sa.ForeignKey("gate.id"), primary_key=True)
    # The last day with an entry, its first entry, and the last moment of coming or going.
    day: Mapped[date]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    inside: Mapped[bool]


class SignUp(Model):
    """Somebody has a place at a check-in point that asks for sign-up."""

    __tablename__ = "sign_up"
    __table_args__ = (sa.UniqueConstraint("gate_id", "registration_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    gate_id: Mapped[int] = mapped_column(sa.ForeignKey("gate.id"))
    registration_id: Mapped[int] = mapped_column(sa.ForeignKey("registration.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
