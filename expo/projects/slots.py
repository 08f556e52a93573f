"""A place on a project's public page for rooms above: the sessions in which it is shown, for example.

A room above registers at import, from its views::

    from expo.projects.slots import page_parts
    page_parts.append(show_sessions)        # (Project) -> markup, or "" when there is nothing to show

What such a part shows is kept with the page: whoever changes it calls ``renew_pages(f"edition/{edition_id}")``.
"""

from __future__ import annotations

from expo.kit.page_parts import PageParts
from expo.projects.models import Project

page_parts: PageParts[Project] = PageParts()
#: What the rooms above have to say about a project, in the order of their floors.
parts_of = page_parts.of
