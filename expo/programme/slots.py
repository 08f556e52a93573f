"""Places on the programme's pages for rooms above: the player on a session's page, the batches of a ceremony.

What a part of a public page shows is kept with the page: whoever changes it calls ``renew_pages(f"edition/{edition_id}")``.
"""

from __future__ import annotations

from expo.editions.models import Edition
from expo.kit.page_parts import PageParts
from expo.programme.models import Session
from expo.programme.rules_content import ShownSession

#: Where the picture is: first on a released session's page.
session_parts: PageParts[ShownSession] = PageParts()

#: In a session's running order, for its organisers.
order_parts: PageParts[Session] = PageParts()
#: Below the conflicts of a draft: what rooms above find wrong with it.
edition_parts: PageParts[Edition] = PageParts()
