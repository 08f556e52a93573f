"""Who may do what, and why: the grants behind every right."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import db, in_regions
from expo.people.models import Person, RoleGrant
from expo.people.permissions import P, Role, permissions_of
from expo.people.queries import is_in_force
from expo.places.models import Region
from expo.places.rules import paths_above

#: The edition lives on a higher floor: only its number and name are read here, to say for which one a right holds.
_edition = sa.table("edition", sa.column("id", sa.Integer), sa.column("name", sa.String), sa.column("starts_on", sa.Date))


#: More holders than this nobody reads; the page then asks for a region.
MOST_HOLDERS = 300


def list_edition_names() -> list[tuple[int, str]]:
    """(number, name) of every edition, newest first."""
    return [(row.id, row.name) for row in db.session.execute(
        sa.select(_edition.c.id, _edition.c.name).order_by(_edition.c.starts_on.desc()))]


def list_grants_with_reasons(person_id: int) -> list[RoleGrant]:
    """Every grant a person ever had, newest first, with region and granter."""
    return list(
        db.session.scalars(
            sa.select(RoleGrant)
            .where(RoleGrant.person_id == person_id)
            .options(joinedload(RoleGrant.region), joinedload(RoleGrant.granted_by))
            .order_by(RoleGrant.id.desc())
        )
    )


def list_holders(permission: P, region: Region | None, edition_id: int | None, visible: Iterable[str],
                 on: date | None = None, limit: int = MOST_HOLDERS) -> list[RoleGrant]:
    """The grants by which somebody may do ``permission`` in ``region`` (anywhere, if none is given), nearest first.

    Shown are those that lie in ``visible`` regions or above the region asked for: who is above is no secret to
    those whom they may direct.
    """
    statement = (
        sa.select(RoleGrant)
        .join(RoleGrant.person)
        .where(_gives(permission), is_in_force(on or clock.today(current_config().timezone)),
               Person.disabled_at.is_(None))
        .options(joinedload(RoleGrant.person), joinedload(RoleGrant.region), joinedload(RoleGrant.granted_by))
        .order_by(RoleGrant.region_path.desc(), RoleGrant.id)
        .limit(limit)
    )
    if region is not None:
        statement = statement.where(RoleGrant.region_path.in_(paths_above(region.path)))
    else:
        statement = statement.where(in_regions(RoleGrant.region_path, visible))
    if edition_id is not None:
        statement = statement.where(sa.or_(RoleGrant.edition_id.is_(None), RoleGrant.edition_id == edition_id))
    return list(db.session.scalars(statement))


def _gives(permission: P) -> sa.ColumnElement[bool]:
    """SQL for "the grant's role has this permission at the level of its region"."""
    level = sa.func.length(RoleGrant.region_path) - sa.func.length(sa.func.replace(RoleGrant.region_path, "/", "")) - 1
    clauses = []
    for role in Role:
        levels = [n for n in (1, 2, 3) if permission in permissions_of(role, "/x" * n + "/")]
        if levels == [1, 2, 3]:
            clauses.append(RoleGrant.role == role)
        elif levels:
            matching = level.in_(levels) if 3 not in levels else sa.or_(level.in_(levels), level > 3)
            clauses.append(sa.and_(RoleGrant.role == role, matching))
    return sa.or_(sa.false(), *clauses)


def rights_of(grants: Iterable[RoleGrant]) -> list[tuple[P, list[RoleGrant]]]:
    """What these grants allow together, each right with the grants behind it; ended and past ones give nothing."""
    today = clock.today(current_config().timezone)
    standing = [g for g in grants if g.ended_at is None and (g.until is None or g.until >= today)]
    found = [(p, [g for g in standing if p in permissions_of(g.role, g.region_path)]) for p in P]
    return [(permission, behind) for permission, behind in found if behind]
