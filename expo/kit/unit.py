"""The unit of work: one action, one transaction, one place that commits.

On SQLite the outermost action takes a process-wide lock and a file lock before ``BEGIN IMMEDIATE``: SQLite's own
waiting is polling, which starves writers for seconds when many meet. On PostgreSQL rows are locked by the queries.
"""

from __future__ import annotations

import fcntl
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, overload

from sqlalchemy import URL, event
from sqlalchemy.orm import ORMExecuteState, Session

from expo.kit import clock, events, history
from expo.kit.access import SYSTEM, Actor
from expo.kit.db import Model, db
from expo.kit.language import _l
from expo.kit.once import spend
from expo.kit.refusals import Refused

P = ParamSpec("P")
R = TypeVar("R")


class WriteOutsideAction(RuntimeError):
    """Something was about to be written without an action, so without a log entry and a commit."""


@dataclass
class Unit:
    """What the running action has gathered."""

    action: str
    by: Actor
    keep_history: bool
    entries: list[history.Entry] = field(default_factory=list)
    pending: list[tuple[Model, str, dict[str, Any]]] = field(default_factory=list)
    effects: list[Callable[[], None]] = field(default_factory=list)


_current: ContextVar[Unit | None] = ContextVar("expo_unit", default=None)
_process_lock = threading.RLock()
#: Set by kit.web for the length of a request: the once-token of the submitted form.
once_token: ContextVar[str | None] = ContextVar("expo_once", default=None)


@overload
def action(function: Callable[P, R]) -> Callable[P, R]: ...
@overload
def action(*, history: bool = True) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def action(function: Callable[P, R] | None = None, *, history: bool = True) -> Any:
    """Make a function one transaction: the outermost commits once, a nested one is a savepoint.

    The actor is the ``by`` keyword (the system, if the function has none). ``history=False`` is for technical
    rows only: progress of jobs, delivery of mail, sessions.
    """

    def decorate(inner: Callable[P, R]) -> Callable[P, R]:
        name = f"{inner.__module__.removeprefix('expo.').split('.')[0]}.{inner.__name__}"

        @functools.wraps(inner)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            by = kwargs.get("by")
            if _current.get() is not None:
                return _nested(inner, args, kwargs)
            unit = Unit(name, by if isinstance(by, Actor) else SYSTEM, history)
            with write_lock():
                result = _run(unit, inner, args, kwargs)
            for effect in unit.effects:
                effect()
            return result

        wrapped.is_action = True  # type: ignore[attr-defined]  # read by tests/test_house.py
        return wrapped

    return decorate(function) if function is not None else decorate


def announce(fact: Any) -> None:
    """Tell the rooms above, inside this transaction."""
    _unit()
    events.react(fact)


def after_commit(effect: Callable[[], None]) -> None:
    """Do ``effect`` once the outermost action is safely stored; never if it fails."""
    _unit().effects.append(effect)


def record(what: str, record_type: str, record_id: Any, changes: dict[str, Any] | None = None) -> None:
    """Log something that the session's own changes do not show: bulk writes, reads of personal data, exports."""
    unit = _unit()
    unit.entries.append(
        history.Entry(record_type, f"{unit.action}:{what}", record_type, str(record_id), changes or {})
    )


def in_action() -> bool:
    """Whether an action is running."""
    return _current.get() is not None


def acting() -> Actor:
    """Who runs the present action."""
    return _unit().by


def _unit() -> Unit:
    unit = _current.get()
    if unit is None:
        raise WriteOutsideAction("this belongs inside an @action")
    return unit


def _nested(inner: Callable[P, R], args: Any, kwargs: Any) -> R:
    unit = _unit()
    entries, effects = len(unit.entries), len(unit.effects)
    try:
        with db.session.begin_nested():
            result = inner(*args, **kwargs)
            db.session.flush()
            return result
    except BaseException:
        del unit.entries[entries:], unit.effects[effects:]
        raise


def _run(unit: Unit, inner: Callable[P, R], args: Any, kwargs: Any) -> R:
    session = db.session()
    # Reads made before the action belong to an older snapshot: the action starts on a fresh one.
    session.expunge_all()
    session.rollback()
    token = _current.set(unit)
    try:
        session.connection(execution_options={"expo_write": True})
        _spend_once_token(session)
        result = inner(*args, **kwargs)
        session.flush()
        if unit.keep_history and unit.entries:
            history.link(session, unit.entries, at=clock.now(), person_id=unit.by.person_id, actor=unit.by.name)
        session.commit()
        return result
    except BaseException:
        session.rollback()
        session.expunge_all()
        raise
    finally:
        _current.reset(token)


def _spend_once_token(session: Any) -> None:
    token = once_token.get()
    if token is None:
        return
    once_token.set(None)
    if not spend(session, token):
        raise _already_done()


def _already_done() -> Refused:
    return Refused(_l("This form was sent already; nothing was done twice."))


@contextmanager
def write_lock() -> Iterator[None]:
    """The lock under which this machine's processes write to SQLite; nothing on PostgreSQL. For the kit only."""
    path = _lock_path()
    if path is None:
        yield
        return
    with _process_lock, path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def _lock_path() -> Path | None:
    return _lock_beside(db.engine.url)


@functools.lru_cache(maxsize=8)
def _lock_beside(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database + ".lock")


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, _context: Any, _instances: Any) -> None:
    unit = _current.get()
    if unit is None:
        if any(session.is_modified(r) for r in session.dirty) or session.new or session.deleted:
            raise WriteOutsideAction("records were changed outside an @action")
        return
    if unit.keep_history:
        unit.pending = history.changes_in(session)


@event.listens_for(Session, "after_flush")
def _after_flush(session: Session, _context: Any) -> None:
    unit = _current.get()
    if unit is None:
        return
    for changed, verb, changes in unit.pending:
        kind = changed.__tablename__
        unit.entries.append(
            history.Entry(kind, f"{unit.action}:{verb}", kind, str(_key(changed)), changes)
        )
    unit.pending = []


def _key(changed: Model) -> Any:
    from sqlalchemy import inspect

    identity = inspect(type(changed)).primary_key_from_instance(changed)
    return identity[0] if len(identity) == 1 else "/".join(map(str, identity))


@event.listens_for(Session, "do_orm_execute")
def _no_write_outside(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and _current.get() is None:
        raise WriteOutsideAction("a bulk write was sent outside an @action")
