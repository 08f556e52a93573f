"""An uploaded file as a table, found under its storage key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from expo.kit.files import storage
from expo.kit.sheets import Limits, Mapping, Sheet, guess_mapping, open_sheet
from expo.pool.importing.columns import import_columns

#: The whole pool with its texts, 400,000 rows, is a list of some 330 MB; it is read row by row.
_LIMITS = Limits(size=800 << 20)


@contextmanager
def opened(key: str, sheet_name: str = "") -> Iterator[Sheet]:
    """The table while the block lasts; raises Refused when it is none."""
    with storage().open(key) as stream:
        yield open_sheet(stream, columns=import_columns(), sheet_name=sheet_name, limits=_LIMITS)


def guessed(sheet: Sheet) -> Mapping:
    """Which of the file's columns is which of ours."""
    return guess_mapping(sheet.header, import_columns())
