"""Addresses of projects: the public hall and pages, the exhibitor's own pages, the organisers' review."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for

from expo.kit import clock
from expo.kit.files import StoredFile, file_url
from expo.kit.history import list_history
from expo.kit.language import said
from expo.kit.timeline import Line, timeline_of
from expo.projects.models import FileRole, Project, ProjectFile, ProjectStatus
from expo.projects.pictures import public_cover_url
from expo.projects.views_history import FIELDS, SENTENCES

bp = Blueprint("projects", __name__)


def cover_url(project: Project, size: str = "card") -> str | None:
    """The cover's address: the public one if it is public, else the one that checks who asks."""
    if project.cover is None or project.cover.is_public:
        return public_cover_url(project, size)
    return _address(project, project.cover, size)


def _address(project: Project, file: StoredFile, size: str | None) -> str:
    if file.is_public:
        return file_url(file, size)
    return url_for("projects.show_material", number=project.number, file_id=file.id, size=size)


def material_of(project: Project) -> dict[str, Any]:
    """Pictures (cover first), document and video with their addresses."""
    def pictures() -> list[ProjectFile]:
        found = [one for one in project.files if one.role is FileRole.PICTURE]
        return sorted(found, key=lambda one: (one.file_id != project.cover_id, one.position))

    def only(role: FileRole) -> dict[str, Any] | None:
        one = next((f for f in project.files if f.role is role), None)
        if one is None:
            return None
        return {"id": one.id, "url": _address(project, one.file, None), "name": one.file.name, "size": one.file.size,
                "media_type": one.file.media_type}

    shown = [
        {"id": one.id, "url": _address(project, one.file, "large"), "thumb": _address(project, one.file, "card"),
         "alt": one.caption or said(project, "title"), "caption": one.caption,
         "is_cover": one.file_id == project.cover_id, "position": one.position}
        for one in pictures()
    ]
    return {"pictures": shown, "document": only(FileRole.DOCUMENT), "video": only(FileRole.VIDEO)}


_PATH = (ProjectStatus.INVITED, ProjectStatus.CONFIRMED, ProjectStatus.HANDED_IN, ProjectStatus.ACCEPTED,
         ProjectStatus.PUBLISHED)


def path_of(project: Project) -> list[dict[str, Any]]:
    """The steps of a project's life with what is done, for the bar above its pages."""
    if project.status not in _PATH:
        return []
    place = _PATH.index(project.status)
    moments = (project.invited_at, None, project.handed_in_at, project.accepted_at, project.published_at)
    return [
        {"label": status.label, "done": index < place or (status is ProjectStatus.PUBLISHED and index == place),
         "current": index == place, "at": moment if index <= place else None}
        for index, (status, moment) in enumerate(zip(_PATH, moments, strict=True))
    ]


def history_of(project: Project) -> list[Line]:
    """What happened to a project, newest first."""
    return timeline_of(list_history("project", project.id, 60), SENTENCES, FIELDS)


def days_left(closes: Any) -> int | None:
    """Whole days until a deadline; none when it is over or unknown."""
    if closes is None or closes <= clock.now():
        return None
    return int((closes - clock.now()).days)
