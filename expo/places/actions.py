"""Laying in the tree of regions, and zones that have no division code."""

from __future__ import annotations

import csv
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from expo.kit.access import SYSTEM, Actor
from expo.kit.db import db, get_record
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.places import queries
from expo.places.models import Region, RegionKind
from expo.places.permissions import PLACES_MANAGE
from expo.places.rules import require_place_for_zone

#: One province, its cities and counties (GB/T 2260, National Bureau of Statistics, 2023-06-30), and its zones.
SICHUAN = Path(__file__).with_name("sichuan.csv")


def read_regions(path: Path = SICHUAN) -> list[dict[str, str]]:
    """The rows of a file of regions, upper ones first: kind, key, code, name, name_en, parent_key."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@action
def load_regions(rows: Iterable[Mapping[str, str]], *, by: Actor) -> tuple[int, int]:
    """Lay in regions and bring their names up to date; how many are new and how many changed.

    Doing it again changes nothing, nothing is ever removed, and zones that people added stay.
    """
    by.require(PLACES_MANAGE)
    known = dict(queries.load_tree().by_key)
    new = changed = 0
    for row in rows:
        values = {"kind": RegionKind(row["kind"]), "code": row["code"] or None, "name": row["name"],
                  "name_en": row["name_en"]}
        region = known.get(row["key"])
        if region is None:
            known[row["key"]] = _add(row["key"], known.get(row["parent_key"]), values)
            new += 1
        elif any(getattr(region, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(region, name, value)
            changed += 1
    return new, changed


def _add(key: str, parent: Region | None, values: Mapping[str, object]) -> Region:
    path = f"{parent.path if parent else '/'}{key}/"
    region = Region(key=key, path=path, parent_id=parent.id if parent else None, **values)
    db.session.add(region)
    db.session.flush()
    return region


@action
def add_zone(parent_id: int, name: str, name_en: str = "", *, by: Actor) -> int:
    """Add a node without a division code (a hi-tech zone, a new area) below a city or county; its number."""
    parent = get_record(Region, parent_id)
    by.require(PLACES_MANAGE, region_path=parent.path)
    require_place_for_zone(parent)
    if queries.find_child(parent.id, name) is not None:
        raise Refused(_l("%(parent)s has a zone of this name already.", parent=parent.label), field="name")
    return int(_add(f"{parent.key[:13]}-{secrets.token_hex(3)}", parent,
                    {"kind": RegionKind.NODE, "code": None, "name": name, "name_en": name_en or ""}).id)


@action
def rename_region(region_id: int, name: str, name_en: str = "", *, by: Actor) -> None:
    """Give a region another name; its place in the tree stays."""
    region = get_record(Region, region_id, for_update=True)
    by.require(PLACES_MANAGE, region_path=region.path)
    namesake = queries.find_child(region.parent_id, name)
    if namesake is not None and namesake.id != region.id:
        raise Refused(_l("There is a region of this name already."), field="name")
    region.name, region.name_en = name, name_en or ""


def prepare_regions(_demo: bool) -> list[str]:
    """Before every start: the tree of regions as this version of the site knows it."""
    new, changed = load_regions(read_regions(), by=SYSTEM)
    return [f"Regions: {new} new, {changed} changed."] if new or changed else []
