"""Files of tickets on their way into the pool, and where they disagree with what is there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Json, Model, relationship
from expo.kit.files import StoredFile
from expo.kit.jobs import Job
from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.people.models import Person
from expo.pool.models import Ticket


class ImportStatus(Labelled):
    RECEIVED = "received", _l("Columns to be assigned")
    CHECKING = "checking", _l("Being checked")
    CHECKED = "checked", _l("Checked, to be confirmed")
    STORING = "storing", _l("Being stored")
    DONE = "done", _l("Done")
    DROPPED = "dropped", _l("Dropped")


class Resolution(Labelled):
    OPEN = "open", _l("To be decided")
    TAKEN = "taken", _l("New values taken")
    KEPT = "kept", _l("Kept as it was")


class TicketImport(Model):
    """One uploaded file, how its columns are understood, and how far it has come."""

    __tablename__ = "ticket_import"
    __table_args__ = (
        sa.CheckConstraint("(status = 'done') = (finished_at IS NOT NULL)", name="finished"),
        sa.Index("ix_ticket_import_person_id_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    sheet_name: Mapped[str] = mapped_column(sa.String(80), default="")
    # Our field → place of its column in the file.
    places: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    # What holds where a cell is empty or a column missing: kind, region_id, source, prefix, unknown_region.
    defaults: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    status: Mapped[ImportStatus] = mapped_column(default=ImportStatus.RECEIVED)
    # Counts (new, unchanged, conflicting, wrong) of the check and of the storing.
    checked: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    stored: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, info={"derived": True})
    # The first wrong rows: [row, column, value, reason]; all of them are in the file of failed rows.
    errors: Mapped[list[Any]] = mapped_column(default=list, info={"personal": True})
    failed_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    # The checkpoint: rows up to this number are stored, tickets up to this id are searchable.
    row_done: Mapped[int] = mapped_column(default=0, info={"derived": True})
    indexed_to: Mapped[int] = mapped_column(default=0, info={"derived": True})
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]

    file: Mapped[StoredFile] = relationship(foreign_keys=[file_id])
    job: Mapped[Job | None] = relationship()
    person: Mapped[Person | None] = relationship()


class ImportConflict(Model):
    """A row of a file that says something else than the ticket of its number: shown, never taken by itself."""

    __tablename__ = "import_conflict"
    __table_args__ = (
        sa.UniqueConstraint("import_id", "ticket_id"),
        sa.CheckConstraint("(resolution = 'open') = (decided_at IS NULL)", name="decided"),
        sa.Index("ix_import_conflict_import_id_resolution", "import_id", "resolution", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket_import.id"))
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    row_number: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(32))
    # Field → [what the ticket said, what the file says].
    differences: Mapped[dict[str, Any]] = mapped_column(Json, info={"personal": True})
    resolution: Mapped[Resolution] = mapped_column(default=Resolution.OPEN)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]

    ticket: Mapped[Ticket] = relationship()
