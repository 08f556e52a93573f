"""A place on a page of a lower room for what rooms above have to say: a player on a session's page, for example.

The room below has ``session_parts: PageParts[ShownSession] = PageParts()`` and shows ``session_parts.of(session)``;
a room above registers at import, from its views: ``session_parts.append(show_player)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from markupsafe import Markup

T = TypeVar("T")


class PageParts(list[Callable[[T], str]]):
    """Functions that make markup about a thing, or "" when there is nothing to show; in the order of their floors."""

    def of(self, thing: T) -> list[Markup]:
        """What there is to say about ``thing``."""
        return [Markup(text) for part in self if (text := part(thing))]  # noqa: S704  # rendered templates
