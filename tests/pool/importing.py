"""What the tests of the import share: a file through its steps, without a browser."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from expo.kit import jobs
from expo.kit.access import Actor
from expo.kit.files import store_bytes
from expo.pool import actions_imports, queries_imports
from expo.pool.importing.opening import guessed, opened
from expo.pool.models_imports import TicketImport


def sheet(rows: Sequence[Sequence[object]], header: str = "单号,标题,简介,单位,城市,类别", encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header.split(","), *rows])
    return out.getvalue().encode(encoding)


def work() -> None:
    for number in jobs.list_waiting():
        jobs.run_job(number)


def checked(content: bytes, by: Actor, name: str = "x.csv", **defaults: Any) -> TicketImport:
    """Upload and check."""
    received = store_bytes(content, name, "text/csv", "sheet")
    with opened(received.key) as table:
        places = guessed(table).places
    started = actions_imports.receive_import(received, places, by=by)
    actions_imports.check_import(started.id, places, defaults, by=by)
    work()
    return queries_imports.get_import(started.id)


def imported(content: bytes, by: Actor, **defaults: Any) -> TicketImport:
    """Upload, check, store."""
    found = checked(content, by, **defaults)
    actions_imports.confirm_import(found.id, by=by)
    work()
    return queries_imports.get_import(found.id)
