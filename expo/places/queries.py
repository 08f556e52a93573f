"""Regions as read by every room above."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from expo.kit.db import db, get_record, in_regions, not_found
from expo.places.models import Region, RegionKind
from expo.places.rules import RegionTree, city_path_of

#: A county's number and a zone's key sort behind their city, as paths do.
_ORDER = (Region.path,)


def load_tree() -> RegionTree:
    """All regions with one statement, for a page or an import that looks up many."""
    return RegionTree(list(db.session.scalars(sa.select(Region).order_by(*_ORDER))))


def list_cities(paths: Iterable[str] = ("/",)) -> list[Region]:
    """The cities, those at or below ``paths``, in the order of their codes."""
    return list(
        db.session.scalars(
            sa.select(Region).where(Region.kind == RegionKind.CITY, in_regions(Region.path, paths)).order_by(*_ORDER)
        )
    )


def list_below(path: str) -> list[Region]:
    """The region at ``path`` and all regions below it."""
    return list(db.session.scalars(sa.select(Region).where(in_regions(Region.path, [path])).order_by(*_ORDER)))


def get_region(region_id: int) -> Region:
    """The region with this number."""
    return get_record(Region, region_id)


def get_region_at(path: str) -> Region:
    """The region with this path."""
    found = db.session.scalar(sa.select(Region).where(Region.path == path))
    if found is None:
        raise not_found()
    return found


def find_province() -> Region | None:
    """The root of the tree."""
    return db.session.scalar(sa.select(Region).where(Region.kind == RegionKind.PROVINCE).order_by(Region.id).limit(1))


def find_child(parent_id: int | None, name: str) -> Region | None:
    """The region of this name directly below another one."""
    return db.session.scalar(sa.select(Region).where(Region.parent_id == parent_id, Region.name == name))


def find_region_by_code(code: str) -> Region | None:
    """The region with this division code, or with this key for a zone without one."""
    return db.session.scalar(sa.select(Region).where(Region.key == code.strip()))


def city_of(region: Region) -> Region:
    """The city a region belongs to; the province for itself."""
    path = city_path_of(region.path)
    return region if path == region.path else get_region_at(path)


def region_choices(paths: Iterable[str]) -> list[tuple[int, str]]:
    """Choices of a form's select field (number, 成都市 · 青羊区), limited to ``paths``."""
    tree = load_tree()
    return [(region.id, tree.label(region)) for region in tree.below(paths)]


def region_groups(paths: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """The same choices grouped by city, for a select field with groups."""
    tree = load_tree()
    groups: dict[str, list[tuple[int, str]]] = {}
    for region in tree.below(paths):
        groups.setdefault(str(tree.city_of(region).label), []).append((region.id, str(region.label)))
    return groups


def city_choices(paths: Iterable[str] = ("/",)) -> list[tuple[str, str]]:
    """Choices of a list's city filter: (key such as 510100, name)."""
    return [(city.key, str(city.label)) for city in list_cities(paths)]
