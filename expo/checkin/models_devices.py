"""Devices at the gates, and what is made ready for them to work without network."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Person


class DeviceStatus(Labelled):
    WAITING = "waiting", _l("Waiting to be enrolled")
    ENROLLED = "enrolled", _l("Enrolled")
    REVOKED = "revoked", _l("Out of use")


class DeviceRight(Labelled):
    """What a device may do besides scanning."""

    SEARCH = "search", _l("Search by name or phone")
    OVERRIDE = "override", _l("Let in against the rules, with a reason")
    STATISTICS = "statistics", _l("Figures")
    PRINT = "print", _l("Print badges")


class Device(Model):
    """A phone, tablet or scanner at a gate. It is trusted for its gates only, and no longer than somebody wants."""

    __tablename__ = "device"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "name"),
        sa.CheckConstraint("(status = 'waiting') = (token_hash IS NULL)", name="token"),
        sa.CheckConstraint("(status = 'revoked') = (revoked_at IS NOT NULL)", name="revoked"),
        sa.CheckConstraint("(status = 'waiting') = (secret_hash IS NOT NULL)", name="secret"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    # Where it stands, and further gates at which it may scan.
    gate_id: Mapped[int] = mapped_column(sa.ForeignKey("gate.id"), index=True)
    more_gate_ids: Mapped[list[int]] = mapped_column(default=list)
    # Gates that it had before: what it scanned there without network may still arrive.
    former_gate_ids: Mapped[list[int]] = mapped_column(default=list)
    rights: Mapped[list[str]] = mapped_column(default=list)
    status: Mapped[DeviceStatus] = mapped_column(default=DeviceStatus.WAITING)
    # SHA-256 of the one-time code, then of the token: neither can be read back.
    secret_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True, info={"personal": True})
    secret_expires_at: Mapped[datetime | None]
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), info={"personal": True})
    language: Mapped[str] = mapped_column(sa.String(10), default="zh_Hans")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    enrolled_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    made_by: Mapped[Person | None] = relationship()

    @property
    def gate_ids(self) -> list[int]:
        """All its gates, the one where it stands first."""
        return [self.gate_id, *(one for one in self.more_gate_ids if one != self.gate_id)]


class DeviceSign(Model):
    """The last sign of life of a device. Technical: written once a minute, so it stays out of the history."""

    __tablename__ = "device_sign"
    __history__ = False

    device_id: Mapped[int] = mapped_column(sa.ForeignKey("device.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime]
    queue: Mapped[int] = mapped_column(default=0)
    skew_ms: Mapped[int] = mapped_column(default=0)
    pack: Mapped[int] = mapped_column(default=0)


class CheckinStamp(Model):
    """Changes whenever a gate or a device does: what processes keep of them is good while the stamp is the same."""

    __tablename__ = "checkin_stamp"
    __history__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    stamp: Mapped[int] = mapped_column(sa.BigInteger)


class Pack(Model):
    """How far an edition's offline pack has come."""

    __tablename__ = "checkin_pack"
    __history__ = False

    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    # Tells this database's pack from another one's of the same version.
    stamp: Mapped[int] = mapped_column(sa.BigInteger)
    # What the boxes were made from: rows of the history up to these numbers, badges up to this one.
    badges_read: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    registrations_read: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    last_badge_id: Mapped[int] = mapped_column(default=0)
    # Whether live secrets are in the boxes.
    with_live: Mapped[bool] = mapped_column(default=False)


class PackEntry(Model):
    """One badge in the pack: its id there and its box, which only the badge's own code opens."""

    __tablename__ = "checkin_pack_entry"
    __history__ = False
    __table_args__ = (
        sa.Index("ix_pack_entry_version", "edition_id", "version"),
        sa.Index("ix_pack_entry_pack_id", "pack_id"),
    )

    badge_id: Mapped[int] = mapped_column(sa.ForeignKey("badge.id"), primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    version: Mapped[int]
    pack_id: Mapped[bytes] = mapped_column(sa.LargeBinary(8))
    box: Mapped[bytes] = mapped_column(sa.LargeBinary)
    # SHA-256 of the content, shortened: whether a badge must be boxed anew.
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(8))
