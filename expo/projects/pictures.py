"""The picture that stands for a project, for pages of the rooms above."""

from __future__ import annotations

from expo.kit.files import file_url
from expo.projects.models import Project


def public_cover_url(project: Project, size: str = "card") -> str | None:
    """The cover's address if everybody may fetch it; ``project.cover`` must be loaded."""
    if project.cover is None or not project.cover.is_public:
        return None
    return file_url(project.cover, size)
