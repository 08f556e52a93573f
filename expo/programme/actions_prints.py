"""Keeping what was printed of a release."""

from __future__ import annotations

from expo.kit.access import SYSTEM, Actor
from expo.kit.db import db, not_found
from expo.kit.files import Received, keep_file
from expo.kit.jobs import Job, start_job
from expo.kit.language import _
from expo.kit.unit import action
from expo.people.permissions import P
from expo.programme.models_public import ReleasePaper
from expo.programme.queries import find_paper_of, find_programme


@action(history=False)
def keep_paper(release_id: int, made: Received, *, by: Actor = SYSTEM) -> None:
    """The printed programme of a release, for everybody; the first one stays."""
    if find_paper_of(release_id) is None:
        file = keep_file(made, is_public=True, by=by)
        db.session.add(ReleasePaper(release_id=release_id, file_id=file.id))


@action
def start_door_signs(edition_id: int, day: str, *, by: Actor) -> Job:
    """Begin to lay out the signs of a released day."""
    by.require(P.PROGRAMME_READ, edition_id=edition_id)
    programme = find_programme(edition_id)
    if programme is None or day not in {one.isoformat() for one in programme.days}:
        raise not_found()
    return start_job("programme.door_signs", {"edition_id": edition_id, "day": day}, by=by,
                     title=_("Door signs %(day)s", day=day))


@action(history=False)
def keep_signs(made: Received, *, by: Actor) -> int:
    """The file of a job, for whoever started it."""
    return keep_file(made, by=by).id
