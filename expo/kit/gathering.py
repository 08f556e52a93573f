"""Group commit: many small writes of one kind share one transaction, for doors through which thousands go.

An action pays for its own lock, BEGIN and COMMIT. Where that is too dear, a :class:`Gathering` lets whoever comes
first carry the work of all who have come meanwhile: one lock, one transaction, one commit, and each gets its answer
after it. The work is thin SQL on a connection and writes a log of its own; everything else belongs into an action.

Nobody waits for long: when the store does not answer in time, the caller gets :class:`StoreBusy` and may ask again,
so the work must be idempotent.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from expo.kit.db import db
from expo.kit.unit import write_lock

T = TypeVar("T")
R = TypeVar("R")


class StoreBusy(Exception):
    """The store cannot take anything now: it is locked, full, restarting or gone."""


class _Ticket(Generic[T, R]):
    __slots__ = ("answer", "error", "is_done", "item", "woken")

    def __init__(self, item: T) -> None:
        self.item = item
        self.answer: R | None = None
        self.error: BaseException | None = None
        self.is_done = False
        self.woken = threading.Lock()
        self.woken.acquire()


class Gathering(Generic[T, R]):
    """``work(connection, items)`` answers for each item, in order; it sees at most ``most`` of them at once."""

    def __init__(self, work: Callable[[Connection, Sequence[T]], list[R]], *, most: int = 64, patience_s: float = 3.0
                 ) -> None:
        self._work, self._most, self._patience_s = work, most, patience_s
        self._guard = threading.Lock()
        self._waiting: deque[_Ticket[T, R]] = deque()
        self._is_led = False
        self._led_since = 0.0

    def do(self, item: T) -> R:
        """The answer for ``item``, once it is safely stored."""
        ticket: _Ticket[T, R] = _Ticket(item)
        with self._guard:
            if self._is_led and time.monotonic() - self._led_since > self._patience_s:
                raise StoreBusy  # Somebody has been waiting for the store too long already.
            self._waiting.append(ticket)
            leads = not self._is_led
            if leads:
                self._is_led, self._led_since = True, time.monotonic()
        if not leads:
            if not ticket.woken.acquire(timeout=self._patience_s):
                self._leave(ticket)
            leads = not ticket.is_done
        if leads:
            self._lead()
        if ticket.error is not None:
            raise ticket.error
        if not ticket.is_done:
            raise StoreBusy
        return ticket.answer  # type: ignore[return-value]  # It is there as soon as the ticket is done.

    def _leave(self, ticket: _Ticket[T, R]) -> None:
        """Give up waiting, unless it is being done or led by us just now."""
        with self._guard:
            if ticket in self._waiting and not ticket.woken.acquire(blocking=False):
                self._waiting.remove(ticket)
                raise StoreBusy
            if not ticket.is_done and ticket not in self._waiting:
                raise StoreBusy  # It is in the hands of somebody who is stuck.

    def _lead(self) -> None:
        """Carry what waits, then let the next one lead."""
        with self._guard:
            batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            self._carry(batch)
        finally:
            with self._guard:
                for ticket in batch:
                    ticket.is_done = True
                    ticket.woken.release()
                if self._waiting:
                    self._led_since = time.monotonic()
                    self._waiting[0].woken.release()
                else:
                    self._is_led = False

    def _carry(self, batch: list[_Ticket[T, R]]) -> None:
        try:
            answers = carry_out(self._work, [ticket.item for ticket in batch])
        except StoreBusy as busy:
            for ticket in batch:
                ticket.error = busy
        except Exception as error:
            if len(batch) == 1:
                batch[0].error = error
                return
            # One bad item must not spoil the others' answers.
            for ticket in batch:
                self._carry([ticket])
        else:
            for ticket, answer in zip(batch, answers, strict=True):
                ticket.answer = answer


#: How long SQLite is asked again when a program of somebody else's (a backup, a shell) has locked it.
_LOCKED_MS, _USUAL_MS = 1500, 15000


@contextmanager
def _impatient() -> Iterator[Connection]:
    """A connection for writing that does not wait long for a locked database."""
    with db.engine.connect().execution_options(expo_write=True) as connection:
        if connection.dialect.name != "sqlite":
            yield connection
            return
        raw: Any = connection.connection.dbapi_connection
        raw.execute(f"PRAGMA busy_timeout={_LOCKED_MS}")
        try:
            yield connection
        finally:
            raw.execute(f"PRAGMA busy_timeout={_USUAL_MS}")


def carry_out(work: Callable[[Connection, Sequence[T]], R], items: Sequence[T]) -> R:
    """One transaction around ``work``; :class:`StoreBusy` when the store does not take it."""
    try:
        with write_lock(), _impatient() as connection, connection.begin():
            return work(connection, items)
    except OSError as error:  # The lock's file: a full or vanished disk.
        raise StoreBusy from error
    except DBAPIError as error:
        if error.connection_invalidated or type(error).__name__ in {"OperationalError", "InternalError", "InterfaceError"}:
            raise StoreBusy from error
        raise
