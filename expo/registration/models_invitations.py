"""Who may come by whose leave: places, invitation codes, delegations and their lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Json, Model, RegionPath, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.places.models import Region
from expo.registration.models import BadgeKind

#: As a quota's organisation: each organisation has so many places.
EACH = "*"


class PlaceQuota(Model):
    """How many may come of a kind, in a zone, of an organisation; what is left open counts all of them."""

    __tablename__ = "place_quota"
    __table_args__ = (
        sa.Index("uq_place_quota", "edition_id", sa.text("coalesce(badge_kind, '')"), "zone", "organisation_name",
                 unique=True),
        sa.CheckConstraint("places >= 0", name="places"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    badge_kind: Mapped[BadgeKind | None]
    zone: Mapped[str] = mapped_column(sa.String(40), default="")
    # A name, ``EACH`` for every organisation by itself, or empty.
    organisation_name: Mapped[str] = mapped_column(sa.String(120), default="")
    places: Mapped[int]


class Invitation(Model):
    """A code that opens a kind of badge to whoever has it."""

    __tablename__ = "invitation"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "code"),
        sa.CheckConstraint("uses BETWEEN 0 AND most_uses", name="uses"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    code: Mapped[str] = mapped_column(sa.String(20), info={"personal": True})
    badge_kind: Mapped[BadgeKind]
    # For whom it was made: shown to organisers only.
    note: Mapped[str] = mapped_column(sa.String(200), default="", info={"personal": True})
    most_uses: Mapped[int] = mapped_column(default=1)
    uses: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # Who comes by it was chosen by name: nobody looks at the registration again, and it finds a place.
    is_approved: Mapped[bool] = mapped_column(default=True)
    region_path: Mapped[str] = mapped_column(RegionPath, default="/")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Delegation(Model):
    """A group that one contact person registers and keeps in order."""

    __tablename__ = "delegation"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "name"),
        sa.Index("ix_delegation_edition_region", "edition_id", "region_path"),
        sa.CheckConstraint("places >= 0", name="places"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    # Random part of the address under which the contact person works.
    token: Mapped[str] = mapped_column(sa.String(40), unique=True, info={"personal": True})
    name: Mapped[str] = mapped_column(sa.String(120))
    badge_kinds: Mapped[list[str]] = mapped_column(default=list)
    places: Mapped[int] = mapped_column(default=0)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("region.id"))
    region_path: Mapped[str] = mapped_column(RegionPath)
    contact_name: Mapped[str] = mapped_column(sa.String(80), info={"personal": True})
    contact_phone: Mapped[str] = mapped_column(sa.String(20), info={"personal": True})
    contact_email: Mapped[str | None] = mapped_column(sa.String(254), info={"personal": True})
    # Until then the contact person may change the list.
    open_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    region: Mapped[Region] = relationship()


class ListStatus(Labelled):
    CHECKED = "checked", _l("Checked, not taken over")
    RUNNING = "running", _l("Being taken over")
    DONE = "done", _l("Taken over")


class DelegationList(Model):
    """A sheet that a contact person has sent: what was read, row by row, and what became of each row."""

    __tablename__ = "delegation_list"
    __table_args__ = (sa.CheckConstraint("(status = 'done') = (done_at IS NOT NULL)", name="done"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delegation_id: Mapped[int] = mapped_column(sa.ForeignKey("delegation.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    status: Mapped[ListStatus] = mapped_column(default=ListStatus.CHECKED)
    # See ``rules_lists.ListRow``.
    rows: Mapped[list[Any]] = mapped_column(Json, default=list, info={"personal": True})
    errors: Mapped[list[Any]] = mapped_column(Json, default=list, info={"personal": True})
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    done_at: Mapped[datetime | None]
