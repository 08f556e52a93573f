"""What projects tell the rooms above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProjectInvited:
    """A candidate of the final list, or a direct report, has become a project."""

    project_id: int


@dataclass(frozen=True)
class ProjectPublished:
    """A project's page is open to everybody."""

    project_id: int


@dataclass(frozen=True)
class ProjectWithdrawn:
    """A project takes no part any more; its page is closed."""

    project_id: int
    reason: str
