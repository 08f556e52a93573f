"""The one clock. Everything else asks it, so that tests and the demonstration can choose the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo

_offset = timedelta(0)
_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen or datetime.now(UTC) + _offset


def real_now() -> datetime:
    """The real moment, whatever clock the site shows: for setting the demonstration's clock."""
    return datetime.now(UTC)


def today(zone: tzinfo) -> date:
    """The calendar date at this moment in ``zone``."""
    return now().astimezone(zone).date()


def set_offset(offset: timedelta) -> None:
    """Let the clock run ahead of (or behind) the real one: the demonstration's second day is always today."""
    global _offset
    _offset = offset


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stand still at ``moment`` (aware) inside the block."""
    global _frozen
    if moment.tzinfo is None:
        raise ValueError("a frozen clock needs an aware datetime")
    before, _frozen = _frozen, moment.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before
