"""What arrives in addresses and forms, before any view reads it: no character and no number that a database refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.routing import BaseConverter, IntegerConverter, PathConverter, UnicodeConverter, ValidationError

#: The largest number of a record: PostgreSQL's INTEGER. What is beyond it crashes there and finds nothing elsewhere.
LARGEST = 2**31 - 1
#: PostgreSQL stores no NUL and no half of a surrogate pair; the other control characters belong into no text.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def writable(text: str) -> str:
    """``text`` without the characters that no text holds."""
    return _UNWRITABLE.sub("", text)


def number(text: Any) -> int:
    """A number that fits a column; :class:`ValueError` otherwise."""
    try:
        found = int(text)
    except OverflowError as error:  # JSON may hold an infinite one.
        raise ValueError(text) from error
    if abs(found) > LARGEST:
        raise ValueError(text)
    return found


class Entries(ImmutableMultiDict[str, Any]):
    """The values of an address or a form: texts are writable; ``type=int`` takes what fits a column, else the default."""

    def __init__(self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        pairs = mapping.items() if isinstance(mapping, Mapping) else mapping
        if isinstance(mapping, ImmutableMultiDict):
            pairs = mapping.items(multi=True)
        super().__init__(None if pairs is None else [
            (key, writable(value) if isinstance(value, str) else value) for key, value in pairs
        ])

    # The argument is called ``type`` by all who ask, as in Werkzeug.
    def get(self, key: str, default: Any = None, type: Callable[[Any], Any] | None = None) -> Any:  # type: ignore[override]  # noqa: A002
        return super().get(key, default, _fitting(type))

    def getlist(self, key: str, type: Callable[[Any], Any] | None = None) -> list[Any]:  # noqa: A002
        return super().getlist(key, _fitting(type))


def _fitting(kind: Callable[[Any], Any] | None) -> Any:
    return number if kind is int else kind


class CheckedRequest(Request):
    """A request whose values are :class:`Entries`."""

    parameter_storage_class = Entries

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """As ever; what is nested deeper than anything can be read is no JSON either."""
        try:
            return super().get_json(force=force, silent=silent, cache=cache)
        except RecursionError as error:
            if silent:
                return None
            raise BadRequest from error


class NumberConverter(IntegerConverter):
    """``<int:…>`` in an address: a number that no record can have finds nothing."""

    def to_python(self, value: str) -> int:
        try:
            return number(value)
        except ValueError:
            raise ValidationError from None


class WordConverter(UnicodeConverter):
    """``<…>`` in an address: a word with characters that no text holds finds nothing."""

    def to_python(self, value: str) -> str:
        return _written(super().to_python(value))


class WordsConverter(PathConverter):
    """``<path:…>`` likewise."""

    def to_python(self, value: str) -> str:
        return _written(super().to_python(value))


def _written(value: str) -> str:
    if _UNWRITABLE.search(value):
        raise ValidationError
    return value


CONVERTERS: dict[str, type[BaseConverter]] = {
    "int": NumberConverter, "default": WordConverter, "string": WordConverter, "path": WordsConverter,
}
