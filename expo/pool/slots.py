"""Places on the pool's pages for rooms above: a ticket's candidacies and cases on its page."""

from __future__ import annotations

from expo.kit.page_parts import PageParts
from expo.pool.models import Ticket

#: Beside a ticket's service.
ticket_parts: PageParts[Ticket] = PageParts()
