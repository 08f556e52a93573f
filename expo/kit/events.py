"""Facts that travel up the floors: announced where they happen, reacted to where they matter.

``expo/reactions.py`` is the one table of who reacts to what. Reactions run inside the announcing action's
transaction; what must wait for the commit is started by them with ``after_commit`` or a job.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

_reactions: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def on(event: type, reaction: Callable[[Any], None]) -> None:
    """Call ``reaction`` with every announced ``event``."""
    if reaction not in _reactions[event]:
        _reactions[event].append(reaction)


def react(event: Any) -> None:
    """Run the reactions to one announced event, in the order of their registration."""
    for reaction in _reactions[type(event)]:
        reaction(event)
