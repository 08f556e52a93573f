"""The whole log, as auditors read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.entries import LARGEST
from expo.kit.history import HistoryHead, HistoryRow
from expo.kit.paging import Order, Page, keyset_page


def list_streams() -> list[tuple[str, int]]:
    """Every chain with the number of its rows."""
    return [(row.stream, row.number) for row in
            db.session.execute(sa.select(HistoryHead.stream, HistoryHead.number).order_by(HistoryHead.stream))]


def _matching(q: str, chosen: Mapping[str, str], since: date | None, until: date | None) -> sa.Select[HistoryRow]:
    statement = sa.select(HistoryRow)
    if q:
        statement = statement.where(_found_by(q))
    if stream := chosen.get("stream"):
        statement = statement.where(HistoryRow.stream == stream)
    if since is not None:
        statement = statement.where(HistoryRow.at >= _midnight(since))
    if until is not None:
        statement = statement.where(HistoryRow.at < _midnight(until + timedelta(days=1)))
    return statement


def _found_by(q: str) -> sa.ColumnElement[bool]:
    """By actor or action; "ticket/17" finds one record's rows, a number a person's."""
    kind, slash, number = q.partition("/")
    if slash:
        return sa.and_(HistoryRow.record_type == kind.strip(), HistoryRow.record_id == number.strip())
    if q.isdecimal() and int(q) <= LARGEST:
        return HistoryRow.person_id == int(q)
    return sa.or_(HistoryRow.actor == q, HistoryRow.action.startswith(q, autoescape=True))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), current_config().timezone)


def list_rows(q: str, chosen: Mapping[str, str], since: date | None, until: date | None, cursor: str | None,
              size: int) -> Page[HistoryRow]:
    """A page of the log, newest first. It is not counted: it grows for ever."""
    return keyset_page(_matching(q, chosen, since, until), [Order(HistoryRow.id, descending=True)], cursor, size)
