"""An uploaded file as a table, found under its storage key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from expo.kit.files import storage
from expo.kit.sheets import Mapping, Sheet, guess_mapping, open_sheet
from expo.pool.importing.columns import import_columns


@contextmanager
def opened(key: str, sheet_name: str = "") -> Iterator[Sheet]:
    """The table while the block lasts; raises Refused when it is none."""
    with storage().open(key) as stream:
        yield open_sheet(stream, columns=import_columns(), sheet_name=sheet_name)


def guessed(sheet: Sheet) -> Mapping:
    """Which of the file's columns is which of ours."""
    return guess_mapping(sheet.header, import_columns())
