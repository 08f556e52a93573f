"""Answers that say no in a sentence a visitor can read. Crashes are something else and stay crashes."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """The request is understood and against a rule; ``field`` names the form field to blame, if one is."""

    status = 409

    def __init__(self, message: Any, field: str | None = None) -> None:
        self.message = message
        self.field = field
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


class NotFound(Refused):
    """There is no such thing, or not for this reader: both look the same from outside."""

    status = 404


class Forbidden(Refused):
    """The reader lacks the permission."""

    status = 403
