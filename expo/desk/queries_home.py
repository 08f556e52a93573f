"""What the public home page shows."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.editions.models import Edition, Industry
from expo.kit.db import db
from expo.places.models import Region
from expo.programme.models import Session, SessionStatus
from expo.projects.models import Project, ProjectStatus
from expo.signings.models import Signing, SigningStatus


@dataclass(frozen=True)
class HomeFigures:
    """The big numerals, counted from rows."""

    projects: int
    sessions: int
    cities: int
    signed: int
    signed_fen: int


def count_home(edition: Edition) -> HomeFigures:
    """The figures of one edition with one statement."""
    shown = sa.and_(Project.edition_id == edition.id, Project.status == ProjectStatus.PUBLISHED)
    signed = sa.and_(Signing.edition_id == edition.id,
                     Signing.status.in_([SigningStatus.SIGNED, SigningStatus.REGISTERED]))
    row = db.session.execute(sa.select(
        sa.select(sa.func.count()).select_from(Project).where(shown).scalar_subquery(),
        sa.select(sa.func.count()).select_from(Session).where(
            Session.edition_id == edition.id, Session.status == SessionStatus.PUBLISHED).scalar_subquery(),
        sa.select(sa.func.count(sa.distinct(Project.city_id))).where(shown).scalar_subquery(),
        sa.select(sa.func.count()).select_from(Signing).where(signed).scalar_subquery(),
        sa.select(sa.func.coalesce(sa.func.sum(Signing.amount_fen), 0)).where(signed).scalar_subquery(),
    )).one()
    return HomeFigures(*(int(value) for value in row))


def list_newest_projects(edition_id: int, limit: int = 8) -> list[Project]:
    """The projects published last, each with a picture of its own: the same one twice says nothing."""
    rows = list(db.session.scalars(
        sa.select(Project).where(Project.edition_id == edition_id, Project.status == ProjectStatus.PUBLISHED)
        .options(joinedload(Project.cover), joinedload(Project.city), joinedload(Project.industry))
        .order_by(Project.published_at.desc(), Project.id).limit(limit * 5)
    ))
    of_cover = {project.cover_id or -project.id: project for project in reversed(rows)}
    return sorted(of_cover.values(), key=rows.index)[:limit]


def count_by_industry(edition_id: int) -> list[tuple[Industry, int]]:
    """Shown projects per entry of the industry list, in its order."""
    return [(industry, count) for industry, count in db.session.execute(
        sa.select(Industry, sa.func.count(Project.id))
        .join(Project, sa.and_(Project.industry_id == Industry.id, Project.status == ProjectStatus.PUBLISHED))
        .where(Industry.edition_id == edition_id).group_by(Industry.id).order_by(Industry.position)
    )]


def count_by_city(edition_id: int) -> list[tuple[Region, int]]:
    """Shown projects per city, most first."""
    count = sa.func.count(Project.id)
    return [(city, number) for city, number in db.session.execute(
        sa.select(Region, count).join(Project, Project.city_id == Region.id)
        .where(Project.edition_id == edition_id, Project.status == ProjectStatus.PUBLISHED)
        .group_by(Region.id).order_by(count.desc(), Region.id)
    )]
