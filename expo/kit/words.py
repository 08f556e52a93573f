"""Enumerations whose values carry the words that people read."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self


class Labelled(StrEnum):
    """``SUPPLY = "supply", _l("Supply")``: the value is stored, the label is shown in the reader's language."""

    label: Any

    def __new__(cls, value: str, label: Any = None) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label if label is not None else value
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, Any]]:
        """Pairs for a form's select field."""
        return [(member.value, member.label) for member in cls]
