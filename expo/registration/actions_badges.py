"""Designs and desks of badges, and what goes to the printer. Printing is noted and admits nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.files import Received, keep_file
from expo.kit.jobs import Job, start_job
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.registration import queries, queries_badges, rules
from expo.registration.models import Badge, BadgeKind
from expo.registration.models_badges import (
    BadgeDesign,
    BadgeDesk,
    BadgePaperSize,
    BadgePrint,
    BadgeRun,
    BadgeSides,
    BadgeSize,
    PrintOrder,
)
from expo.registration.papers_designs import USUAL_COLOURS, built_in
from expo.registration.queries_keys import sign_code
from expo.registration.rules_designs import clean_colours, clean_css, clean_side
from expo.registration.rules_printing import require_letters


@dataclass(frozen=True)
class DesignEntry:
    """What an organiser has written into the designer."""

    name: str
    kinds: Sequence[str]
    front: str
    back: str
    css: str
    colours: Mapping[str, str]
    in_use: bool = False


def _require_designer(edition_id: int, by: Actor) -> None:
    rules.require_whole(by.region_paths(P.REGISTRATION_MANAGE, edition_id))


@action
def make_design(edition_id: int, name: str, size: BadgeSize, sides: BadgeSides, *, by: Actor) -> BadgeDesign:
    """A new design, a copy of the site's own one of this size. It is a draft until it is said to be used."""
    _require_designer(edition_id, by)
    rules.require_running(queries.get_edition(edition_id))
    _require_free_name(edition_id, name, None)
    own = built_in(size, sides)
    made = BadgeDesign(edition_id=edition_id, name=name.strip(), size=size, sides=sides, front=own.front, back=own.back,
                       css=own.css, kinds=[], colours={}, pictures={})
    db.session.add(made)
    db.session.flush()
    return made


@action
def save_design(edition_id: int, design_id: int, entry: DesignEntry, *, by: Actor) -> list[str]:
    """Keep what is harmless of it; returned are sentences about what was left out."""
    _require_designer(edition_id, by)
    rules.require_running(queries.get_edition(edition_id))
    design = queries_badges.get_design(edition_id, design_id, for_update=True)
    _require_free_name(edition_id, entry.name, design.id)
    kinds = [kind.value for kind in BadgeKind if kind.value in entry.kinds]
    if entry.in_use:
        _require_free_kinds(edition_id, design, kinds)
    sides = [clean_side(side, set(design.pictures)) for side in (entry.front, entry.back)]
    css = clean_css(entry.css)
    if not sides[0].text.strip():
        raise Refused(sides[0].faults[0] if sides[0].faults else _l("The front needs something on it."), "front")
    design.name, design.kinds, design.in_use = entry.name.strip(), kinds, entry.in_use
    design.front, design.back, design.css = sides[0].text, sides[1].text, css.text
    design.colours = clean_colours(dict(entry.colours), {kind.value: colour for kind, colour in USUAL_COLOURS.items()})
    design.changed_at = clock.now()
    return [str(fault) for part in (*sides, css) for fault in part.faults]


def _require_free_name(edition_id: int, name: str, own_id: int | None) -> None:
    if any(one.name == name.strip() and one.id != own_id for one in queries_badges.list_designs(edition_id)):
        raise Refused(_l("Another design has this name already."), "name")


def _require_free_kinds(edition_id: int, design: BadgeDesign, kinds: Sequence[str]) -> None:
    for other in queries_badges.list_designs(edition_id):
        if other.in_use and other.id != design.id and (set(other.kinds) & set(kinds) or (not kinds and not other.kinds)):
            raise Refused(_l("The design “%(name)s” is for these badges already. A kind has one design.", name=other.name),
                          "kinds")


@action
def delete_design(edition_id: int, design_id: int, *, by: Actor) -> None:
    """Its badges look as the other designs say from now on."""
    _require_designer(edition_id, by)
    db.session.delete(queries_badges.get_design(edition_id, design_id, for_update=True))


@action
def add_picture(edition_id: int, design_id: int, name: str, received: Received, *, by: Actor) -> None:
    """A logo or a ground for a design, under the name by which its HTML shows it."""
    _require_designer(edition_id, by)
    design = queries_badges.get_design(edition_id, design_id, for_update=True)
    if not name.isidentifier() or not name.isascii() or len(name) > 20:
        raise Refused(_l("Name the picture with up to 20 letters and digits, such as logo."), "picture_name")
    if len(design.pictures) >= 10 and name not in design.pictures:
        raise Refused(_l("A design has at most 10 pictures."), "picture_name")
    design.pictures = {**design.pictures, name: keep_file(received, by=by).id}
    design.changed_at = clock.now()


@action
def add_desk(edition_id: int, name: str, kinds: Sequence[str], first: str, last: str, *, by: Actor) -> BadgeDesk:
    """A desk that hands out badges of these kinds (all, if none) for names from one letter to another."""
    _require_designer(edition_id, by)
    require_letters(first, last)
    if any(desk.name == name.strip() for desk in queries_badges.list_desks(edition_id)):
        raise Refused(_l("Another desk has this name already."), "name")
    desk = BadgeDesk(edition_id=edition_id, name=name.strip(), kinds=[k.value for k in BadgeKind if k.value in kinds],
                     first_letter=first, last_letter=last)
    db.session.add(desk)
    return desk


@action
def remove_desk(edition_id: int, desk_id: int, *, by: Actor) -> None:
    """Its badges go to the others from now on."""
    _require_designer(edition_id, by)
    db.session.delete(queries_badges.get_desk(edition_id, desk_id))


@action
def start_run(edition_id: int, q: str, chosen: dict[str, str], ids: Sequence[int], order: PrintOrder,
              paper: BadgePaperSize, *, by: Actor) -> Job:
    """Have the badges of a list (or of those chosen in it) made as one PDF."""
    by.require(P.BADGES_PRINT, edition_id=edition_id)
    edition = queries.get_edition(edition_id)
    arguments = {"edition_id": edition_id, "paths": list(by.region_paths(P.BADGES_PRINT, edition_id)), "q": q,
                 "chosen": chosen, "ids": list(ids), "order": order.value, "paper": paper.value}
    return start_job("registration.print_badges", arguments, by=by,
                     title=_("Badges of %(edition)s", edition=edition.name))


@dataclass(frozen=True)
class Made:
    """What a run has made, and what is to be said about it."""

    order: PrintOrder
    paper: BadgePaperSize
    badge_ids: Sequence[int]
    again: int
    file: Received
    index: Received
    overflows: list[list[Any]] = field(default_factory=list)
    boxes: list[list[Any]] = field(default_factory=list)
    photoless: list[list[Any]] = field(default_factory=list)


@action
def keep_run(edition_id: int, job_id: int, made: Made, *, by: Actor) -> BadgeRun:
    """Keep a run's papers and note its prints, once however often the job is carried out."""
    existing = queries_badges.find_run_of(job_id)
    if existing is not None:
        return existing
    run = BadgeRun(
        edition_id=edition_id, job_id=job_id, order=made.order, paper=made.paper, badges=len(made.badge_ids),
        again=made.again, overflows=made.overflows, boxes=made.boxes, photoless=made.photoless,
        file_id=keep_file(made.file, by=by).id, index_id=keep_file(made.index, by=by).id, by_id=by.person_id,
    )
    db.session.add(run)
    db.session.flush()
    _note(edition_id, made.badge_ids, by, run.id)
    return run


@action
def note_print(edition_id: int, badge_id: int, *, by: Actor) -> None:
    """One badge went to a printer."""
    _note(edition_id, [badge_id], by, None)


def _note(edition_id: int, badge_ids: Sequence[int], by: Actor, run_id: int | None) -> None:
    now = clock.now()
    log: Any = BadgePrint.__table__
    for chunk in (badge_ids[start:start + 500] for start in range(0, len(badge_ids), 500)):
        db.session.execute(
            sa.update(Badge).where(Badge.id.in_(chunk)).values(prints=Badge.prints + 1, printed_at=now)
            .execution_options(synchronize_session=False)
        )
        counted = queries_badges.prints_of(chunk)
        db.session.execute(sa.insert(log), [
            {"edition_id": edition_id, "badge_id": badge_id, "nth": counted[badge_id], "at": now, "by_id": by.person_id,
             "run_id": run_id} for badge_id in chunk
        ])
    for badge_id in badge_ids:
        record("printed", "badge", badge_id)


@action(history=False)
def sign_unsigned(limit: int = 5000) -> int:
    """Keep the codes of badges that have none yet; how many that were. Nothing about them changes by it."""
    found = queries_badges.list_unsigned(limit)
    if found:
        table: Any = Badge.__table__
        db.session.execute(
            sa.update(table).where(table.c.id == sa.bindparam("badge")).values(signed=sa.bindparam("characters")),
            [{"badge": badge.id, "characters": sign_code(badge, edition)} for badge, edition in found],
        )
    return len(found)
