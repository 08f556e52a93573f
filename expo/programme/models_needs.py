"""What a session asks for beside its place: people, an order, a mix of projects, branch venues that follow it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.editions.words import ProjectKind
from expo.kit.db import Model, relationship
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Person
from expo.places.models import Venue


class SessionRole(Labelled):
    CHAIR = "chair", _l("Chair")
    LEADER = "leader", _l("Leader")
    EXPERT = "expert", _l("Commenting expert")


class SessionPerson(Model):
    """Somebody who should be at a session; ``is_required``: without them it cannot be held."""

    __tablename__ = "session_person"
    __table_args__ = (sa.UniqueConstraint("session_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[SessionRole]
    is_required: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    position: Mapped[int] = mapped_column(default=0, server_default="0")

    person: Mapped[Person] = relationship()


class SessionAfter(Model):
    """``session`` is held only once ``earlier`` has ended."""

    __tablename__ = "session_after"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "earlier_id"),
        sa.CheckConstraint("session_id <> earlier_id", name="itself"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    earlier_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), index=True)


class SessionQuota(Model):
    """How many projects of a kind a session shows, at least and at most."""

    __tablename__ = "session_quota"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "kind"),
        sa.CheckConstraint("least >= 0 AND (most IS NULL OR most >= least)", name="range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    kind: Mapped[ProjectKind]
    least: Mapped[int] = mapped_column(default=0, server_default="0")
    most: Mapped[int | None]


class SessionBranch(Model):
    """A branch venue in which people follow a session on a screen."""

    __tablename__ = "session_branch"
    __table_args__ = (sa.UniqueConstraint("session_id", "venue_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"), index=True)

    venue: Mapped[Venue] = relationship()
