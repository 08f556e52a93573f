"""What is public of the programme, for the public pages and every room above: the latest release, and releases."""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from expo.editions.models import Edition
from expo.kit.db import db, get_record, not_found
from expo.kit.files import StoredFile
from expo.programme.models import Release, Session
from expo.programme.models_public import ReleasePaper
from expo.programme.rules_content import (
    Content,
    NowAndNext,
    Programme,
    ShownItem,
    ShownSession,
    now_and_next,
    read_content,
)
from expo.projects.models import Project, ProjectStatus

#: Contents never change, so each process keeps the last ones that it has read, by digest.
_MOST_KEPT = 6
#: Statements with long lists of numbers are cut into pieces: SQLite takes some thousands at most.
_PIECE = 2000
_kept: dict[tuple[int, str], Programme] = {}
_lock = threading.Lock()


def find_programme(edition_id: int) -> Programme | None:
    """The latest release of an edition, read; none before the first one."""
    row = db.session.execute(
        sa.select(Release.id, Release.number, Release.name, Release.released_at, Release.digest)
        .where(Release.edition_id == edition_id).order_by(Release.number.desc()).limit(1)
    ).first()
    if row is None:
        return None
    kept = _kept.get((row.id, row.digest))
    if kept is not None:
        return kept
    content = db.session.scalar(sa.select(Release.content).where(Release.id == row.id))
    assert content is not None
    programme = read_content(content, release_id=row.id, edition_id=edition_id, number=row.number, name=row.name,
                             released_at=row.released_at, digest=row.digest)
    with _lock:
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[row.id, row.digest] = programme
    return programme


def find_released_session(session_id: int) -> tuple[Edition, Programme, ShownSession] | None:
    """A session as it is public, with its edition; none for drafts."""
    edition = db.session.scalar(
        sa.select(Edition).join(Session, Session.edition_id == Edition.id).where(Session.id == session_id)
        .options(joinedload(Edition.venue))
    )
    programme = find_programme(edition.id) if edition else None
    if edition is None or programme is None or session_id not in programme.by_id:
        return None
    return edition, programme, programme.by_id[session_id]


def get_released_session(session_id: int) -> tuple[Edition, Programme, ShownSession]:
    """The same, or :class:`NotFound`."""
    found = find_released_session(session_id)
    if found is None:
        raise not_found()
    return found


def list_sessions_of_projects(project_ids: Collection[int]) -> dict[int, list[tuple[ShownSession, ShownItem]]]:
    """Project → the released sessions that show it with its turn there (``label``, ``starts_at``, ``hall.label``).

    Projects in no released session are missing. The number of statements does not grow with projects.
    """
    wanted = set(project_ids)
    if not wanted:
        return {}
    editions: set[int] = set()
    pieces = sorted(wanted)
    for start in range(0, len(pieces), _PIECE):
        editions |= set(db.session.scalars(
            sa.select(Project.edition_id).where(Project.id.in_(pieces[start:start + _PIECE])).distinct()
        ))
    found: dict[int, list[tuple[ShownSession, ShownItem]]] = {}
    for edition_id in sorted(editions):
        programme = find_programme(edition_id)
        if programme is not None:
            found |= {p: shown for p in wanted if (shown := programme.by_project.get(p))}
    return found


def sessions_now_and_next(edition_id: int, at: datetime) -> NowAndNext:
    """What is held at a moment and what begins next, from the latest release; both empty before the first one."""
    programme = find_programme(edition_id)
    return now_and_next(programme.sessions, at) if programme else NowAndNext((), ())


def list_shown_numbers(project_ids: Collection[int]) -> dict[int, Project]:
    """Of these projects the ones that are public at this moment, with their covers."""
    rows = db.session.scalars(
        sa.select(Project).where(Project.id.in_(project_ids), Project.status == ProjectStatus.PUBLISHED)
        .options(joinedload(Project.cover), joinedload(Project.city),
                 sa.orm.load_only(Project.number, Project.title, Project.cover_id, Project.city_id))
    )
    return {project.id: project for project in rows}


def list_releases(edition_id: int) -> list[Release]:
    """All releases, the latest first, without their contents."""
    return list(db.session.scalars(
        sa.select(Release).where(Release.edition_id == edition_id).order_by(Release.number.desc())
        .options(defer(Release.content, raiseload=True), joinedload(Release.released_by))
    ))


def get_release(edition_id: int, number: int) -> Release:
    """One release with its content."""
    release = db.session.scalar(
        sa.select(Release).where(Release.edition_id == edition_id, Release.number == number)
        .options(joinedload(Release.released_by))
    )
    if release is None:
        raise not_found()
    return release


def find_content_before(edition_id: int, number: int | None = None) -> tuple[int, Content] | None:
    """(number, content) of the release before ``number``, or of the latest one."""
    statement = sa.select(Release.number, Release.content).where(Release.edition_id == edition_id)
    if number is not None:
        statement = statement.where(Release.number < number)
    row = db.session.execute(statement.order_by(Release.number.desc()).limit(1)).first()
    return None if row is None else (row.number, row.content)


def get_release_by_id(release_id: int) -> Release:
    """One release with its content, by its id."""
    return get_record(Release, release_id)


def get_released(release_id: int) -> tuple[Edition, Programme]:
    """A release of whatever age, read, with its edition."""
    release = get_record(Release, release_id)
    edition = get_record(Edition, release.edition_id)
    return edition, read_content(release.content, release_id=release.id, edition_id=edition.id, number=release.number,
                                 name=release.name, released_at=release.released_at, digest=release.digest)


def find_paper_of(release_id: int) -> StoredFile | None:
    """The printed programme of a release, once it is made."""
    return db.session.scalar(
        sa.select(StoredFile).join(ReleasePaper, ReleasePaper.file_id == StoredFile.id)
        .where(ReleasePaper.release_id == release_id)
    )


def find_latest_paper(edition_id: int) -> StoredFile | None:
    """The newest printed programme: of the latest release, or of the one before while the latest is being printed."""
    return db.session.scalar(
        sa.select(StoredFile).join(ReleasePaper, ReleasePaper.file_id == StoredFile.id)
        .join(Release, Release.id == ReleasePaper.release_id).where(Release.edition_id == edition_id)
        .order_by(Release.number.desc()).limit(1)
    )


def has_later_release(edition_id: int, number: int) -> bool:
    """Whether something was released after this one."""
    later = sa.select(Release.id).where(Release.edition_id == edition_id, Release.number > number).limit(1)
    return db.session.scalar(later) is not None
