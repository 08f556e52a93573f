"""Publishing: the draft becomes a release that never changes."""

from __future__ import annotations

from datetime import datetime

from expo.editions.models import Edition
from expo.editions.queries import get_edition_by_id
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.jobs import start_job
from expo.kit.language import _, _l
from expo.kit.memo import renew_pages
from expo.kit.refusals import Refused
from expo.kit.unit import action, announce, record
from expo.people.permissions import P
from expo.places.queries import find_province
from expo.programme import (
    queries,
    queries_instance,
    queries_plan,
    queries_sessions,
    rules,
)
from expo.programme.actions_telling import start_telling
from expo.programme.events import ProgrammeReleased
from expo.programme.models import Release, Session, SessionStatus
from expo.programme.rules_conflicts import conflicts_in
from expo.programme.rules_content import Content, build_content, digest_of
from expo.programme.rules_plan import Plan


def draft_content(edition_id: int, plan: Plan, before: Content | None) -> Content:
    """What a release of this plan would say."""
    industries, cities = queries_plan.list_names_for_content(edition_id)
    return build_content(plan, industries=industries, cities=cities, zone=current_config().timezone, before=before)


@action
def publish_release(edition_id: int, name: str, notes: str = "", *, tell: bool = False, by: Actor,
                    at: datetime | None = None) -> Release:
    """Make the present draft public as the next release; ``tell`` those whom it concerns.

    ``at`` is now; the demonstration dates the release of a past edition back.
    """
    edition = get_edition_by_id(edition_id, for_update=True)
    by.require(P.PROGRAMME_RELEASE, region_path=root_path(), edition_id=edition_id)
    if at is None:
        rules.require_open(edition)
    sessions = queries_sessions.list_all_for_update(edition_id)
    plan = queries_plan.load_plan(edition_id)
    rules.require_releasable(plan, conflicts_in(queries_instance.load_draft(edition_id)))
    before = queries.find_content_before(edition_id)
    content = draft_content(edition_id, plan, before[1] if before else None)
    digest = digest_of(content)
    if before and digest == digest_of(before[1]):
        raise Refused(_l("Nothing has changed since release %(number)s.", number=before[0]))
    release = Release(
        edition_id=edition_id, number=(before[0] if before else 0) + 1, name=name, notes=notes, content=content,
        digest=digest, released_by_id=by.person_id, released_at=at or clock.now(),
    )
    db.session.add(release)
    _mark(sessions)
    db.session.flush()
    renew_pages(f"edition/{edition_id}")
    announce(ProgrammeReleased(edition_id, release.id))
    start_job("programme.print", {"release_id": release.id}, by=by,
              title=_("Printed programme of release %(number)s", number=release.number))
    if tell:
        start_telling(release, by=by)
    return release


@action
def tell_afterwards(edition_id: int, number: int, *, by: Actor) -> None:
    """Tell those concerned by the latest release who have not been told yet."""
    by.require(P.PROGRAMME_RELEASE, region_path=root_path(), edition_id=edition_id)
    latest = next(iter(queries.list_releases(edition_id)), None)
    if latest is None or latest.number != number:
        raise Refused(_l("Only the latest release is told to people: what an older one says is no longer true."))
    start_telling(latest, by=by)


def _mark(sessions: list[Session]) -> None:
    """Published is what stands in the latest release; what has lost its place is a draft again."""
    for session in sessions:
        if session.status is SessionStatus.DRAFT and session.slot_id:
            rules.LIFECYCLE.move(session, SessionStatus.PUBLISHED)
        elif session.status is SessionStatus.PUBLISHED and not session.slot_id:
            rules.LIFECYCLE.move(session, SessionStatus.DRAFT)


def root_path() -> str:
    """The region that holds the grid: the province."""
    province = find_province()
    return province.path if province else "/"


def require_grid(edition: Edition, by: Actor) -> None:
    """The grid is open, and the actor holds it."""
    rules.require_open(edition)
    rules.require_grid(by, edition, root_path())


@action
def note_export(edition_id: int, rows: int, view: dict[str, str], *, by: Actor) -> None:
    """Exports are remembered: who took how many rows of what."""
    record("exported", "edition", edition_id, {"sessions": rows, **view})
