"""The append-only log of who did what: audit trail, a record's timeline and proof against tampering.

Each stream (one per room, see ``stream_of``) is a chain: a row's hash covers its own content and the hash of the row
before it, so that a changed, removed or inserted row breaks the chain at a place that can be named.
Personal data never enters in clear: such columns are logged as changed, not with their values,
because the chain could not forget them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import get_history

from expo.kit.db import Json, Model, db

HIDDEN = "•••"


class HistoryRow(Model):
    """One thing that happened to one record."""

    __tablename__ = "history"
    __history__ = False
    __table_args__ = (
        sa.UniqueConstraint("stream", "number"),
        sa.Index("ix_history_record", "record_type", "record_id"),
        sa.Index("ix_history_at", "at"),
        sa.Index("ix_history_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    stream: Mapped[str] = mapped_column(sa.String(60))
    number: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[datetime]
    person_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(sa.String(120))
    action: Mapped[str] = mapped_column(sa.String(80))
    record_type: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[str] = mapped_column(sa.String(60))
    changes: Mapped[dict[str, Any]] = mapped_column(Json)
    previous: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))


class HistoryHead(Model):
    """The last link of each stream; its row is the lock under which the chain grows."""

    __tablename__ = "history_head"
    __history__ = False

    stream: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger)
    hash: Mapped[str] = mapped_column(sa.String(64))


@dataclass(frozen=True)
class Entry:
    """What a row will say, before it is linked into its chain."""

    stream: str
    action: str
    record_type: str
    record_id: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Break:
    """The first row of a stream that does not fit the chain."""

    stream: str
    number: int
    row_id: int | None
    why: str


def changes_in(session: Session) -> list[tuple[Model, str, dict[str, Any]]]:
    """Every record that the session is about to write: (record, "created" | "changed" | "deleted", changes)."""
    found: list[tuple[Model, str, dict[str, Any]]] = []
    for verb, records in (("created", session.new), ("changed", session.dirty), ("deleted", session.deleted)):
        for record in records:
            if not isinstance(record, Model) or not record.__history__:
                continue
            changes = _changes(record, verb)
            if changes or verb == "deleted":
                found.append((record, verb, changes))
    return found


def _changes(record: Model, verb: str) -> dict[str, Any]:
    mapper = sa.inspect(type(record))
    changes: dict[str, Any] = {}
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if column.info.get("derived"):
            continue
        if verb == "deleted":
            before, after = getattr(record, attribute.key), None
        else:
            history = get_history(record, attribute.key)
            if not history.has_changes():
                continue
            before = history.deleted[0] if history.deleted else None
            after = history.added[0] if history.added else None
        if before == after or (verb == "created" and after is None):
            continue
        if column.info.get("personal"):
            before, after = (HIDDEN if before is not None else None), (HIDDEN if after is not None else None)
        changes[attribute.key] = [_plain(before), _plain(after)]
    return changes


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}"
    if isinstance(value, str):
        return str(value)
    return value


def link(session: Session, entries: list[Entry], *, at: datetime, person_id: int | None, actor: str) -> None:
    """Append ``entries`` to their streams, in order; called once, last, by the unit of work."""
    rows: list[dict[str, Any]] = []
    for stream in sorted({entry.stream for entry in entries}):
        number, previous = _locked_head(session, stream)
        for entry in (e for e in entries if e.stream == stream):
            number += 1
            row = {
                "stream": stream, "number": number, "at": at, "person_id": person_id, "actor": actor[:120],
                "action": entry.action, "record_type": entry.record_type, "record_id": entry.record_id,
                "changes": entry.changes, "previous": previous,
            }
            previous = row["hash"] = row_hash(row)
            rows.append(row)
        session.execute(
            sa.update(HistoryHead).where(HistoryHead.stream == stream).values(number=number, hash=previous)
        )
    if rows:
        session.execute(sa.insert(HistoryRow), rows)


def row_hash(row: dict[str, Any]) -> str:
    """SHA-256 over the row's content and its predecessor's hash, in a canonical JSON form."""
    content = {key: _plain(row[key]) for key in (
        "stream", "number", "at", "person_id", "actor", "action", "record_type", "record_id", "changes", "previous"
    )}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _locked_head(session: Session, stream: str) -> tuple[int, str]:
    head = session.execute(
        sa.select(HistoryHead.number, HistoryHead.hash).where(HistoryHead.stream == stream).with_for_update()
    ).one_or_none()
    if head is None:
        insert = _insert_ignoring(session)(HistoryHead).values(stream=stream, number=0, hash="")
        session.execute(insert.on_conflict_do_nothing())
        head = session.execute(
            sa.select(HistoryHead.number, HistoryHead.hash).where(HistoryHead.stream == stream).with_for_update()
        ).one()
    return head[0], head[1]


def _insert_ignoring(session: Session) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    return postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert


#: Rooms that link rows of their own in batches prove here that the rows are still those that were linked.
proofs: list[Callable[[], list[Break]]] = []


def verify() -> list[Break]:
    """Walk every stream from its first row; the first break of each, none when all chains hold."""
    streams = db.session.execute(sa.select(HistoryHead.stream, HistoryHead.number, HistoryHead.hash)).all()
    known = {stream for stream, _, _ in streams}
    breaks = [found for stream, number, head in streams if (found := _verify_stream(stream, number, head))]
    orphans = db.session.scalars(sa.select(HistoryRow.stream).distinct()).all()
    breaks += [Break(s, 0, None, "the stream has rows but no head") for s in orphans if s not in known]
    return breaks + [found for proof in proofs for found in proof()]


def _verify_stream(stream: str, head_number: int, head_hash: str) -> Break | None:
    number, previous = 0, ""
    for row in _rows_of(stream):
        if row["number"] != number + 1:
            return Break(stream, number + 1, row["id"], f"row {number + 1} is missing")
        if row["previous"] != previous:
            return Break(stream, row["number"], row["id"], "it does not name the row before it")
        if row_hash(row) != row["hash"]:
            return Break(stream, row["number"], row["id"], "its content was changed")
        number, previous = row["number"], row["hash"]
    if (number, previous) != (head_number, head_hash):
        return Break(stream, number + 1, None, "the last rows are missing")
    return None


def _rows_of(stream: str) -> Iterator[dict[str, Any]]:
    rows = db.session.execute(
        sa.select(HistoryRow.__table__)
        .where(HistoryRow.stream == stream)
        .order_by(HistoryRow.number)
        .execution_options(yield_per=2000)
    ).mappings()
    for row in rows:
        yield dict(row)


def list_history(record_type: str, record_id: Any, limit: int = 200, *, without: str = "") -> list[HistoryRow]:
    """The timeline of one record, newest first; ``without`` leaves out what was only "exported", say."""
    but = [~HistoryRow.action.endswith(f":{without}", autoescape=True)] if without else []
    return list(
        db.session.scalars(
            sa.select(HistoryRow)
            .where(HistoryRow.record_type == record_type, HistoryRow.record_id == str(record_id), *but)
            .order_by(HistoryRow.id.desc())
            .limit(limit)
        )
    )
