"""Several people at the same moment, each in a thread and an application context of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flask import Flask

from expo.kit.db import db
from expo.kit.refusals import Refused

T = TypeVar("T")


def together(app: Flask, works: Sequence[Callable[[], T]]) -> list[T | Refused]:
    """Start all ``works`` at once; what each returned, or its refusal. Crashes are crashes."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T | Refused:
        with app.app_context():
            start.wait()
            try:
                return work()
            except Refused as refusal:
                return refusal
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        results = list(pool.map(run, works))
    db.session.rollback()  # This thread has still seen what was there before.
    return results
