"""Places on the programme's pages for rooms above: the player on a session's page.

What such a part shows is kept with the page: whoever changes it calls ``renew_pages(f"edition/{edition_id}")``.
"""

from __future__ import annotations

from expo.kit.page_parts import PageParts
from expo.programme.rules_content import ShownSession

#: Where the picture is: first on a released session's page.
session_parts: PageParts[ShownSession] = PageParts()
