"""A place on a project's public page for rooms above: the sessions in which it is shown, for example.

A room above registers at import, from its views::

    from expo.projects.slots import page_parts
    page_parts.append(show_sessions)        # (Project) -> markup, or "" when there is nothing to show

What such a part shows is kept with the page: whoever changes it calls ``renew_pages(f"edition/{edition_id}")``.
"""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from expo.projects.models import Project

page_parts: list[Callable[[Project], str]] = []


def parts_of(project: Project) -> list[Markup]:
    """What the rooms above have to say about a project, in the order of their floors."""
    return [Markup(text) for part in page_parts if (text := part(project))]  # noqa: S704  # rendered templates
