"""Places on the projects' pages for rooms above: the sessions in which a project is shown, for example.

What such a part shows is kept with the page: whoever changes it calls ``renew_pages(f"edition/{edition_id}")``.
"""

from __future__ import annotations

from expo.kit.page_parts import PageParts
from expo.projects.models import Project

#: Below the facts of a project's public page.
page_parts: PageParts[Project] = PageParts()
