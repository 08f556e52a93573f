"""Long work: a row written in the same transaction, carried out by the worker, found again by whoever started it.

A job may be killed at any moment and is then run again: it must do no harm twice. ``ctx.checkpoint`` keeps how far
it got. The sweep (once a minute) picks up what a crash left behind.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.access import MANAGE, Actor
from expo.kit.db import Json, Model, db, get_record
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.kit.unit import action, after_commit
from expo.kit.words import Labelled

log = logging.getLogger("expo.jobs")
STALE = timedelta(minutes=2)
MAX_ATTEMPTS = 3


class JobStatus(Labelled):
    QUEUED = "queued", _l("Waiting")
    RUNNING = "running", _l("Running")
    DONE = "done", _l("Done")
    FAILED = "failed", _l("Failed")
    STOPPED = "stopped", _l("Stopped")


LIFECYCLE = Lifecycle(
    {
        JobStatus.QUEUED: {JobStatus.RUNNING, JobStatus.STOPPED},
        JobStatus.RUNNING: {JobStatus.RUNNING, JobStatus.DONE, JobStatus.FAILED, JobStatus.QUEUED, JobStatus.STOPPED},
        JobStatus.DONE: set(),
        JobStatus.FAILED: {JobStatus.QUEUED},
        JobStatus.STOPPED: {JobStatus.QUEUED},
    }
)


class Job(Model):
    """One piece of long work."""

    __tablename__ = "job"
    __history__ = False
    __table_args__ = (
        sa.CheckConstraint("(status IN ('done', 'failed', 'stopped')) = (finished_at IS NOT NULL)", name="finished"),
        sa.Index("ix_job_person_id_id", "person_id", "id"),
        sa.Index("ix_job_status", "status"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(60))
    title: Mapped[str] = mapped_column(sa.String(200))
    arguments: Mapped[dict[str, Any]] = mapped_column(Json)
    person_id: Mapped[int | None]
    status: Mapped[JobStatus] = mapped_column(default=JobStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(sa.Text, default="")
    checkpoint: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    beat_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0

    @property
    def is_finished(self) -> bool:
        return self.status in {JobStatus.DONE, JobStatus.FAILED, JobStatus.STOPPED}


class JobStopped(Exception):
    """Somebody stopped the job while it ran."""


@dataclass
class JobContext:
    """What a running job holds on to."""

    job_id: int
    person_id: int | None
    attempt: int
    checkpoint: dict[str, Any]

    def progress(self, done: int, total: int, message: str = "", checkpoint: dict[str, Any] | None = None) -> None:
        """Say how far the work is; raises :class:`JobStopped` when somebody has stopped it."""
        _note_progress(self.job_id, done, total, message, checkpoint)
        if checkpoint is not None:
            self.checkpoint = checkpoint


_kinds: dict[str, Callable[..., dict[str, Any] | None]] = {}
#: Set by ``expo.worker``: hands a job's number to the queue.
enqueue: list[Callable[[int], None]] = []


def job(kind: str) -> Callable[[Callable[..., dict[str, Any] | None]], Callable[..., dict[str, Any] | None]]:
    """Declare the function that carries out jobs of ``kind``: ``(ctx, **arguments) -> result``.

    The result is shown to the starter; ``file_id`` (a stored file to download), ``url`` and ``summary`` in it
    are understood by the job page.
    """

    def decorate(function: Callable[..., dict[str, Any] | None]) -> Callable[..., dict[str, Any] | None]:
        _kinds[kind] = function
        return function

    return decorate


def start_job(kind: str, arguments: dict[str, Any], *, by: Actor, title: Any) -> Job:
    """Write a job's row in the running action; it starts after the commit."""
    if kind not in _kinds:
        raise LookupError(f"no job of kind {kind}")
    started = Job(kind=kind, arguments=arguments, person_id=by.person_id, title=str(title)[:200])
    db.session.add(started)
    db.session.flush()
    number = started.id
    after_commit(lambda: enqueue_job(number))
    return started


def enqueue_job(job_id: int) -> None:
    """Hand a stored job to the queue; a lost hand-over is found by the sweep."""
    for hand_over in enqueue:
        hand_over(job_id)


def run_job(job_id: int) -> None:
    """Carry out one job now, in this process."""
    claimed = _claim(job_id)
    if claimed is None:
        return
    kind, arguments, context = claimed
    try:
        result = _kinds[kind](context, **arguments)
    except JobStopped:
        db.session.rollback()
        return
    except Refused as refusal:
        db.session.rollback()
        _finish(job_id, JobStatus.FAILED, str(refusal), {})
    except Exception:
        db.session.rollback()
        log.error("job %s (%s) failed\n%s", job_id, kind, traceback.format_exc())
        _fail_or_retry(job_id)
    else:
        db.session.rollback()
        _finish(job_id, JobStatus.DONE, "", result or {})


@action(history=False)
def _claim(job_id: int) -> tuple[str, dict[str, Any], JobContext] | None:
    found = get_record(Job, job_id, for_update=True)
    abandoned = found.status is JobStatus.RUNNING and found.beat_at < clock.now() - STALE
    if found.status is not JobStatus.QUEUED and not abandoned:
        return None
    LIFECYCLE.move(found, JobStatus.RUNNING)
    found.attempts += 1
    found.beat_at = clock.now()
    return found.kind, found.arguments, JobContext(found.id, found.person_id, found.attempts, dict(found.checkpoint))


@action(history=False)
def _note_progress(job_id: int, done: int, total: int, message: str, checkpoint: dict[str, Any] | None) -> None:
    found = get_record(Job, job_id, for_update=True)
    if found.status is JobStatus.STOPPED:
        raise JobStopped
    found.done, found.total, found.message, found.beat_at = done, total, message, clock.now()
    if checkpoint is not None:
        found.checkpoint = checkpoint


@action(history=False)
def _finish(job_id: int, status: JobStatus, message: str, result: dict[str, Any]) -> None:
    found = get_record(Job, job_id, for_update=True)
    if found.status is JobStatus.STOPPED:
        return
    LIFECYCLE.move(found, status)
    found.message, found.result, found.finished_at = message, result, clock.now()
    if status is JobStatus.DONE:
        found.done = found.total


@action(history=False)
def _fail_or_retry(job_id: int) -> None:
    found = get_record(Job, job_id, for_update=True)
    if found.attempts < MAX_ATTEMPTS:
        LIFECYCLE.move(found, JobStatus.QUEUED)
        return
    LIFECYCLE.move(found, JobStatus.FAILED)
    found.finished_at = clock.now()
    found.message = str(_l("Something went wrong on our side; it was tried %(n)s times and has been noted.",
                           n=found.attempts))


@action(history=False)
def stop_job(job_id: int, *, by: Actor) -> None:
    """Stop one's own job; what it has stored so far stays."""
    found = get_record(Job, job_id, for_update=True)
    if found.person_id != by.person_id:
        by.require(MANAGE)
    LIFECYCLE.move(found, JobStatus.STOPPED)
    found.finished_at = clock.now()


@action(history=False)
def run_again(job_id: int, *, by: Actor) -> None:
    """Try a failed job from the start or its checkpoint, once what was wrong has been mended."""
    found = get_record(Job, job_id, for_update=True)
    if found.person_id != by.person_id:
        by.require(MANAGE)
    if found.status is not JobStatus.FAILED:
        raise Refused(_l("Only a failed job can be run again."))
    LIFECYCLE.move(found, JobStatus.QUEUED)
    found.finished_at, found.attempts, found.message = None, 0, ""
    after_commit(lambda: enqueue_job(job_id))


def list_unstarted() -> list[int]:
    """Jobs that wait although nobody carries them out: their hand-over was lost, or their worker died."""
    stale = clock.now() - STALE
    return list(
        db.session.scalars(
            sa.select(Job.id).where(
                sa.or_(
                    sa.and_(Job.status == JobStatus.QUEUED, Job.created_at < clock.now() - timedelta(seconds=30)),
                    sa.and_(Job.status == JobStatus.RUNNING, Job.beat_at < stale),
                )
            )
        )
    )


def list_waiting() -> list[int]:
    """All jobs that wait, oldest first."""
    return list(db.session.scalars(sa.select(Job.id).where(Job.status == JobStatus.QUEUED).order_by(Job.id)))


def find_job(job_id: int) -> Job | None:
    """The job as it stands in the database now."""
    return db.session.get(Job, job_id, populate_existing=True)


def list_jobs(person_id: int, limit: int = 50) -> list[Job]:
    """A person's jobs, newest first."""
    return list(db.session.scalars(
        sa.select(Job).where(Job.person_id == person_id).order_by(Job.id.desc()).limit(limit)
    ))


def list_failed(limit: int = 50) -> list[Job]:
    """Everybody's failed jobs, newest first."""
    return list(db.session.scalars(
        sa.select(Job).where(Job.status == JobStatus.FAILED).order_by(Job.id.desc()).limit(limit)
    ))


def count_active(person_id: int) -> int:
    """How many of a person's jobs wait or run."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(Job).where(
            Job.person_id == person_id, Job.status.in_([JobStatus.QUEUED, JobStatus.RUNNING])
        )
    ) or 0
