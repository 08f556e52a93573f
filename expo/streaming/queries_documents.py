"""Documents of sessions and of the projects that they show."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from expo.kit.db import db, not_found
from expo.kit.files import StoredFile
from expo.projects.models import FileRole, Project, ProjectFile, ProjectStatus
from expo.streaming.models_documents import SessionDocument


def list_documents(session_id: int, *, released: bool = False) -> list[SessionDocument]:
    """A session's own documents in the order of coming; only released ones if asked."""
    statement = sa.select(SessionDocument).where(SessionDocument.session_id == session_id).options(joinedload(SessionDocument.file))
    if released:
        statement = statement.where(SessionDocument.released_at.is_not(None))
    return list(db.session.scalars(statement.order_by(SessionDocument.id)))


def get_document(session_id: int, document_id: int, *, for_update: bool = False) -> SessionDocument:
    """One document of this session; those of others do not exist."""
    statement = (sa.select(SessionDocument).where(SessionDocument.id == document_id, SessionDocument.session_id == session_id)
                 .options(joinedload(SessionDocument.file)).execution_options(populate_existing=True))
    found = db.session.scalar(statement.with_for_update(of=SessionDocument) if for_update else statement)
    if found is None:
        raise not_found()
    return found


def list_project_papers(project_ids: Collection[int]) -> dict[int, ProjectFile]:
    """Project → its public document, of the published ones among these."""
    rows = db.session.scalars(
        sa.select(ProjectFile).join(Project, ProjectFile.project_id == Project.id).join(ProjectFile.file)
        .where(Project.id.in_(project_ids), Project.status == ProjectStatus.PUBLISHED, ProjectFile.role == FileRole.DOCUMENT,
               StoredFile.is_public)
        .options(contains_eager(ProjectFile.file)).order_by(ProjectFile.id))
    return {paper.project_id: paper for paper in rows}
