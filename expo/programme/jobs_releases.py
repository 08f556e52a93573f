"""What follows a release: messages to those concerned, and the printed programme. Both may be killed and run again."""

from __future__ import annotations

from typing import Any

from expo.editions.queries import get_edition_by_id
from expo.kit.access import Actor
from expo.kit.files import store_bytes
from expo.kit.jobs import JobContext, job
from expo.kit.language import _n
from expo.programme import actions_prints, papers_programme, queries
from expo.programme.actions_telling import BATCH, concerned_by, tell_batch


@job("programme.tell")
def tell(ctx: JobContext, release_id: int) -> dict[str, Any]:
    """Everybody concerned gets one message about the release, however often this runs."""
    release = queries.get_release_by_id(release_id)
    before = queries.find_content_before(release.edition_id, release.number)
    people = concerned_by(before[1] if before else None, release.content)
    written = 0
    for start in range(0, len(people), BATCH):
        written += tell_batch(release_id, people[start:start + BATCH])
        ctx.progress(min(start + BATCH, len(people)), len(people))
    return {"summary": _n("%(num)s message was written.", "%(num)s messages were written.", written)}


@job("programme.print")
def print_programme(ctx: JobContext, release_id: int) -> dict[str, Any]:
    """Lay the release out once; visitors get the same file until the next one."""
    if queries.find_paper_of(release_id) is None:
        edition, programme = queries.get_released(release_id)
        made = papers_programme.make_programme(edition, programme)
        actions_prints.keep_paper(release_id, made)
    return {}


@job("programme.door_signs")
def print_door_signs(ctx: JobContext, edition_id: int, day: str) -> dict[str, Any]:
    """A sign for each session of a day, in the order of the halls."""
    programme = queries.find_programme(edition_id)
    assert programme is not None  # A release is never taken back.
    sessions = [s for s in programme.sessions if s.day.isoformat() == day and not s.is_cancelled]
    edition = get_edition_by_id(edition_id)
    pdf = papers_programme.make_door_signs(edition, sessions)
    made = store_bytes(pdf, f"door-signs-{edition.slug}-{day}.pdf", "application/pdf")
    by = Actor(ctx.person_id, "")
    return {"file_id": actions_prints.keep_signs(made, by=by),
            "summary": _n("%(num)s sign", "%(num)s signs", len(sessions))}
