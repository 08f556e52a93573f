"""Lists as sheets to take away: one way for every room.

The rows may be a generator over the database: they are read while they are sent, in the event's zone, and texts that
look like formulas are disarmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response, stream_with_context

from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.sheets import OutColumn, csv_chunks, workbook_chunks, xlsx_chunks
from expo.kit.storage import content_disposition

Columns = Sequence[OutColumn | str]
KINDS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def sheet_chunks(kind: str, columns: Columns, rows: Iterable[Sequence[Any]], *, title: str = "") -> Iterator[bytes]:
    """The file piece by piece; a ``kind`` other than csv and xlsx does not exist (:class:`NotFound`)."""
    if kind not in KINDS:
        raise not_found()
    zone = current_config().timezone
    if kind == "csv":
        return csv_chunks(columns, rows, zone=zone)
    return xlsx_chunks(columns, rows, title=title[:31], zone=zone) if title else xlsx_chunks(columns, rows, zone=zone)


def sheet_response(kind: str, name: str, columns: Columns, rows: Iterable[Sequence[Any]], *,
                   title: str = "") -> Response:
    """The answer with the file ``name``.``kind``; the sheet inside is called ``title``."""
    chunks = sheet_chunks(kind, columns, rows, title=title)
    response = Response(stream_with_context(chunks), mimetype=KINDS[kind])
    response.headers["Content-Disposition"] = content_disposition(f"{name}.{kind}")
    return response


def workbook_response(name: str, tables: Iterable[tuple[str, Columns, Iterable[Sequence[Any]]]]) -> Response:
    """The answer with ``name``.xlsx, one sheet for each (title, columns, rows)."""
    response = Response(stream_with_context(workbook_chunks(tables, zone=current_config().timezone)), mimetype=KINDS["xlsx"])
    response.headers["Content-Disposition"] = content_disposition(f"{name}.xlsx")
    return response
