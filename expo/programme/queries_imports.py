"""What the names in a sheet may mean, loaded once for all its rows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from expo.editions.models import Edition, Industry
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.text import normal
from expo.people.models import Organisation, Person
from expo.places.models import Hall
from expo.places.queries import load_tree
from expo.programme import queries_absences
from expo.programme.models import EditionHall, Session, SessionHost, Slot
from expo.programme.queries_sessions import list_moderators
from expo.programme.rules_imports import AbsenceSheet, SessionSheet

FIELDS = ("title", "title_en", "summary", "kind", "language", "region_id", "industry_id", "minutes", "expected_audience",
          "is_streamed", "moderator_id", "allowed_days")


def load_session_sheet(edition: Edition, host_names: Collection[str]) -> SessionSheet:
    """Everything that a sheet of this edition's sessions may name."""
    sessions: dict[str, tuple[int, dict[str, Any], tuple[int, int] | None]] = {}
    taken: dict[tuple[int, int], str] = {}
    hosts: dict[int, list[int]] = {}
    for row in db.session.execute(sa.select(SessionHost.session_id, SessionHost.organisation_id).join(Session)
                                  .where(Session.edition_id == edition.id).order_by(SessionHost.position)):
        hosts.setdefault(row.session_id, []).append(row.organisation_id)
    for one in db.session.scalars(sa.select(Session).where(Session.edition_id == edition.id)):
        place = (one.hall_id, one.slot_id) if one.hall_id and one.slot_id else None
        present = {name: getattr(one, name) for name in FIELDS} | {"hosts": hosts.get(one.id, [])}
        sessions[one.code] = (one.id, present, place)
        if place:
            taken[place] = one.code
    moderators: dict[str, list[Person]] = {}
    for person in list_moderators(edition.id):
        moderators.setdefault(person.name, []).append(person)
    return SessionSheet(
        current_config().timezone, edition.starts_on, edition.ends_on, load_tree(), _industries(edition.id),
        _organisations(host_names), moderators, _halls(edition.id),
        {slot.starts_at: slot.id for slot in db.session.scalars(sa.select(Slot).where(Slot.edition_id == edition.id))},
        sessions, taken,
    )


def _industries(edition_id: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in db.session.scalars(sa.select(Industry).where(Industry.edition_id == edition_id)):
        found |= {normal(name): one.id for name in (one.name, one.name_en, one.code) if name}
    return found


def _organisations(names: Collection[str]) -> dict[str, int]:
    rows = db.session.execute(sa.select(Organisation.name, sa.func.min(Organisation.id)).where(Organisation.name.in_(names))
                              .group_by(Organisation.name))
    return {normal(name): number for name, number in rows}


def _halls(edition_id: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for hall in db.session.scalars(sa.select(Hall).join(EditionHall, EditionHall.hall_id == Hall.id)
                                   .where(EditionHall.edition_id == edition_id)):
        found |= {normal(name): hall.id for name in (hall.name, hall.name_en) if name}
    return found


def load_absence_sheet(edition: Edition, paths: tuple[str, ...], names: Collection[str]) -> AbsenceSheet:
    """Everybody whom a sheet of absences may name, as far as these organisers have to do with them."""
    people = queries_absences.find_known(edition.id, paths, names)
    ids = {person.id for found in people.values() for person in found}
    return AbsenceSheet(current_config().timezone, edition.starts_on, edition.ends_on, people,
                        queries_absences.list_needed_among(edition.id, paths, ids))
