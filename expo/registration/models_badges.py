"""How badges look on paper, which desks hand them out, and what went to the printer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Json, Model, relationship
from expo.kit.files import StoredFile
from expo.kit.language import _l
from expo.kit.words import Labelled


class BadgeSize(Labelled):
    A6 = "a6", _l("A6 (105 × 148 mm)")
    TALL = "90x130", _l("90 × 130 mm")
    CARD = "86x54", _l("Card, 86 × 54 mm")


class BadgeSides(Labelled):
    ONE = "one", _l("One side")
    TWO = "two", _l("Two sides")
    FOLDED = "folded", _l("Two sides on one sheet, to be folded")


class BadgePaperSize(Labelled):
    """On what badges are printed."""

    SINGLE = "single", _l("Each on a page of its own")
    A4 = "a4", _l("Several on A4, with cutting marks")
    A3 = "a3", _l("Several on A3, with cutting marks")


class PrintOrder(Labelled):
    ORGANISATION = "organisation", _l("By organisation")
    NAME = "name", _l("By name (pinyin)")
    DESK = "desk", _l("By desk")


class BadgeDesign(Model):
    """A template of badges: HTML for each side with named fields, and CSS; both were cleaned before they were kept."""

    __tablename__ = "badge_design"
    __table_args__ = (sa.UniqueConstraint("edition_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    size: Mapped[BadgeSize]
    sides: Mapped[BadgeSides]
    # A draft until it is said to be used.
    in_use: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Kinds of badges that look like this; empty: all for which there is no other design.
    kinds: Mapped[list[str]] = mapped_column(default=list)
    front: Mapped[str] = mapped_column(sa.Text)
    back: Mapped[str] = mapped_column(sa.Text, default="")
    css: Mapped[str] = mapped_column(sa.Text)
    # The band's colour for each kind, as #rrggbb; kinds without one have the usual colour.
    colours: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    # Pictures by the names under which the HTML shows them: numbers of stored files.
    pictures: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class BadgeDesk(Model):
    """A desk that hands badges out: for some kinds, for names from one letter to another."""

    __tablename__ = "badge_desk"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "name"),
        sa.CheckConstraint("first_letter <= last_letter", name="letters"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    name: Mapped[str] = mapped_column(sa.String(40))
    kinds: Mapped[list[str]] = mapped_column(default=list)
    first_letter: Mapped[str] = mapped_column(sa.String(1), default="A")
    last_letter: Mapped[str] = mapped_column(sa.String(1), default="Z")


class BadgeRun(Model):
    """Badges that were made as one PDF, with their index sheet and what did not fit."""

    __tablename__ = "badge_run"
    __table_args__ = (sa.Index("ix_badge_run_edition", "edition_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    job_id: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    order: Mapped[PrintOrder]
    paper: Mapped[BadgePaperSize]
    badges: Mapped[int]
    # How many of them had been printed before.
    again: Mapped[int] = mapped_column(default=0)
    # [registration, name, field, text] of what does not fit; [name, characters] of what no font has.
    overflows: Mapped[list[Any]] = mapped_column(Json, default=list, info={"personal": True})
    boxes: Mapped[list[Any]] = mapped_column(Json, default=list, info={"personal": True})
    # [registration, name] of those without the photo that their design shows.
    photoless: Mapped[list[Any]] = mapped_column(Json, default=list, info={"personal": True})
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    index_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    file: Mapped[StoredFile] = relationship(foreign_keys=[file_id])
    index: Mapped[StoredFile] = relationship(foreign_keys=[index_id])


class BadgePrint(Model):
    """A badge went to a printer. That admits nobody."""

    __tablename__ = "badge_print"
    __history__ = False  # The badge's own history has the print, too.
    __table_args__ = (sa.Index("ix_badge_print_edition", "edition_id", "id"),)

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"))
    badge_id: Mapped[int] = mapped_column(sa.ForeignKey("badge.id"), index=True)
    # The how-manieth print of this badge it was.
    nth: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("badge_run.id"), index=True)
