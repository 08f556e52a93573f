"""The edition's own industry list."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from expo.editions import queries
from expo.editions.models import Industry
from expo.editions.rules import require_known_codes, require_manager, require_not_archived
from expo.kit.access import Actor
from expo.kit.db import db, get_record
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action


@action
def add_industry(edition_id: int, code: str, name: str, name_en: str, gbt_codes: list[str], *,
                 by: Actor) -> Industry:
    """Add an industry at the end of the list."""
    listed = _list_changeable(edition_id, by)
    _require_unique(listed, None, code, name)
    require_known_codes(gbt_codes)
    industry = Industry(edition_id=edition_id, code=code, name=name, name_en=name_en, gbt_codes=gbt_codes,
                        position=max((i.position for i in listed), default=-1) + 1)
    db.session.add(industry)
    db.session.flush()
    return industry


@action
def change_industry(industry_id: int, code: str, name: str, name_en: str, gbt_codes: list[str], *,
                    by: Actor) -> None:
    """Change an industry's words and what it is mapped to."""
    industry = get_record(Industry, industry_id, for_update=True)
    _require_unique(_list_changeable(industry.edition_id, by), industry_id, code, name)
    require_known_codes(gbt_codes)
    industry.code, industry.name, industry.name_en, industry.gbt_codes = code, name, name_en, gbt_codes


@action
def move_industry(industry_id: int, step: int, *, by: Actor) -> None:
    """Move an industry up (-1) or down (1) by one place; at the end of the list it stays."""
    industry = get_record(Industry, industry_id, for_update=True)
    listed = _list_changeable(industry.edition_id, by)
    order = [i.id for i in listed]
    place = order.index(industry_id)
    target = min(max(place + step, 0), len(order) - 1)
    order.insert(target, order.pop(place))
    positions = {number: index for index, number in enumerate(order)}
    for one in listed:
        one.position = positions[one.id]


@action
def remove_industry(industry_id: int, *, by: Actor) -> None:
    """Take an industry off the list; refused while candidates or projects are sorted by it."""
    industry = get_record(Industry, industry_id, for_update=True)
    _list_changeable(industry.edition_id, by)
    try:
        with db.session.begin_nested():
            db.session.delete(industry)
    except IntegrityError as error:
        # Which tables point here is known to the floors above; their foreign keys answer for them.
        raise Refused(_l("Candidates or projects are sorted by this industry. Give them another one first.")) from error


def _list_changeable(edition_id: int, by: Actor) -> list[Industry]:
    require_manager(by, edition_id)
    require_not_archived(queries.get_edition_by_id(edition_id, for_update=True))
    return queries.list_industries(edition_id)


def _require_unique(listed: list[Industry], but: int | None, code: str, name: str) -> None:
    for industry in listed:
        if industry.id == but:
            continue
        if industry.code == code:
            raise Refused(_l("Another industry of this edition has this code."), field="code")
        if industry.name == name:
            raise Refused(_l("Another industry of this edition has this name."), field="name")
