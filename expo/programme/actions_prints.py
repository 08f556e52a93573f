"""Keeping what was printed of a release."""

from __future__ import annotations

from expo.kit.access import SYSTEM, Actor
from expo.kit.db import db
from expo.kit.files import Received, keep_file
from expo.kit.unit import action
from expo.programme.models_public import ReleasePaper
from expo.programme.queries import find_paper_of


@action(history=False)
def keep_paper(release_id: int, made: Received, *, by: Actor = SYSTEM) -> None:
    """The printed programme of a release, for everybody; the first one stays."""
    if find_paper_of(release_id) is None:
        file = keep_file(made, is_public=True, by=by)
        db.session.add(ReleasePaper(release_id=release_id, file_id=file.id))
