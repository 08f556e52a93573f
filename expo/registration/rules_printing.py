"""Which desk hands a badge out, and how often one badge is printed."""

from __future__ import annotations

from collections.abc import Sequence

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.text import pinyin_key
from expo.registration.models import BadgeKind
from expo.registration.models_badges import BadgeDesk


def initial(name: str) -> str:
    """The letter under which a name is looked for, by its sound; ``#`` for others."""
    letter = pinyin_key(name)[:1].upper()
    return letter if "A" <= letter <= "Z" else "#"


def desk_for(kind: BadgeKind, name: str, desks: Sequence[BadgeDesk]) -> str:
    """The first desk that serves the kind and the name's letter; nothing if there is none."""
    letter = initial(name)
    return next((desk.name for desk in desks if (not desk.kinds or kind.value in desk.kinds)
                 and (desk.first_letter <= letter <= desk.last_letter or (letter == "#" and desk.last_letter == "Z"))), "")


def require_letters(first: str, last: str) -> None:
    """A desk serves names from one letter to another."""
    if not (len(first) == len(last) == 1 and "A" <= first <= last <= "Z"):
        raise Refused(_l("Give two letters from A to Z, the earlier one first."), "first_letter")
