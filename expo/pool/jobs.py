"""Checking and storing imports, and large exports: long work that may be killed and run again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Any

from expo.editions.words import ProjectKind
from expo.kit.files import store_stream
from expo.kit.jobs import JobContext, job
from expo.kit.language import _
from expo.kit.refusals import Refused
from expo.kit.sheets import Row, Sheet, failed_rows
from expo.people.permissions import P
from expo.people.queries import load_actor
from expo.places.queries import load_tree
from expo.pool import actions_imports, queries_imports
from expo.pool.importing.cleaning import Cleaned, Cleaner, Defaults, Problem, Wrong
from expo.pool.importing.comparing import differences
from expo.pool.importing.opening import opened
from expo.pool.models_imports import ImportStatus, TicketImport

BATCH = 2_000
_TELL_EVERY = 0.7


@job("pool.check_import")
def check_import(ctx: JobContext, import_id: int) -> dict[str, Any]:
    """Read the whole file, compare it with the pool, keep the wrong rows for download; nothing is stored."""
    found = queries_imports.get_import(import_id)
    by = load_actor(found.person_id or 0)
    address = f"/work/pool/imports/{import_id}"
    if found.status is not ImportStatus.CHECKING:
        return {"url": address}
    try:
        with opened(found.file.key, found.sheet_name) as sheet, tempfile.TemporaryFile() as failures:
            check = _Check(found, sheet)
            for chunk in failed_rows(sheet.header, check.failures(ctx), reason_label=_("Reason")):
                failures.write(chunk)
            failures.seek(0)
            name = f"{found.file.name.rsplit('.', 1)[0]}-{_('failed rows')}.csv"
            failed = store_stream(failures, name, "text/csv") if check.counts["wrong"] else None
    except Refused:
        actions_imports.fail_check(import_id, by=by)
        raise
    actions_imports.finish_check(import_id, check.counts, check.errors, failed, by=by)
    return {"url": address, "summary": summary(check.counts)}


@job("pool.store_import")
def store_import(ctx: JobContext, import_id: int) -> dict[str, Any]:
    """Store the good rows batch by batch from where the import stands, then make them searchable."""
    found = queries_imports.get_import(import_id)
    by = load_actor(found.person_id or 0)
    address = f"/work/pool/imports/{import_id}"
    if found.status is not ImportStatus.STORING:
        return {"url": address}
    total = max(sum(found.checked.values()), 1)
    told = _Telling(ctx)
    done = sum(found.stored.values())
    with opened(found.file.key, found.sheet_name) as sheet:
        cleaner = make_cleaner(found)
        named = set(found.places)
        for rows, wrong, last_row in _batches(sheet, cleaner, found.row_done):
            counts = actions_imports.store_batch(import_id, rows, len(wrong), last_row, named, by=by)
            done += sum(counts.values())
            told.tell(done, total * 2, _("Stored: %(done)s of %(total)s", done=f"{done:,}", total=f"{total:,}"))
    fresh = max(sum(queries_imports.get_import(import_id).stored.get(n, 0) for n in ("new",)), 1)
    searchable = 0
    while count := actions_imports.index_batch(import_id):
        searchable += count
        told.tell(total + total * searchable // fresh, total * 2,
                  _("Stored. Searchable: %(done)s of %(total)s", done=f"{searchable:,}", total=f"{fresh:,}"))
    finished = actions_imports.finish_import(import_id, by=by)
    return {"url": address, "summary": summary(finished.stored)}


def summary(counts: dict[str, int]) -> str:
    """What came of an import, in a line."""
    return _("New: %(new)s, unchanged: %(unchanged)s, conflicting: %(conflicting)s, wrong: %(wrong)s",
             **{name: f"{counts.get(name, 0):,}" for name in actions_imports.COUNTED})


def make_cleaner(found: TicketImport) -> Cleaner:
    """The cleaner for an import, with what its starter may import into now."""
    chosen = found.defaults
    tree = load_tree()
    scope = load_actor(found.person_id or 0).region_paths(P.POOL_IMPORT)
    defaults = Defaults(
        kind=ProjectKind(chosen["kind"]) if chosen.get("kind") else None,
        region=tree.by_id.get(int(chosen["region_id"])) if chosen.get("region_id") else None,
        source=chosen.get("source") or "", prefix=chosen.get("prefix") or "",
        takes_unknown_regions=bool(chosen.get("takes_unknown_regions")),
    )
    return Cleaner({name: int(place) for name, place in found.places.items()}, defaults, tree, scope)


def _batches(
    sheet: Sheet, cleaner: Cleaner, done: int = 0
) -> Iterator[tuple[list[Cleaned], list[tuple[Row, list[Problem]]], int]]:
    """(good rows, wrong rows with their problems, number of the last row) of every batch beyond row ``done``."""
    good: list[Cleaned] = []
    wrong: list[tuple[Row, list[Problem]]] = []
    clean, number = cleaner.clean, done
    for row in sheet.rows():
        number, cells = row
        if number <= done:
            continue
        try:
            good.append(clean(number, cells))
        except Wrong as error:
            wrong.append((row, error.problems))
        if len(good) + len(wrong) >= BATCH:
            yield good, wrong, number
            good, wrong = [], []
    if good or wrong:
        yield good, wrong, number


class _Check:
    """The dry run: counts, the first errors, and all wrong rows as they come."""

    def __init__(self, found: TicketImport, sheet: Sheet) -> None:
        self.sheet, self.cleaner, self.named = sheet, make_cleaner(found), set(found.places)
        self.header = {name: sheet.header[place] for name, place in self.cleaner.places.items() if place < len(sheet.header)}
        self.counts = dict.fromkeys(actions_imports.COUNTED, 0)
        self.errors: list[tuple[int, str, str, str]] = []
        # Numbers met as new, as whole numbers: a text of each would be four times as large.
        self.met: dict[int, int] = {}

    def failures(self, ctx: JobContext) -> Iterator[tuple[Sequence[str], str]]:
        """Every wrong row with its reasons."""
        told, total = _Telling(ctx), max(self.sheet.estimated_rows, 1)
        for rows, wrong, last_row in _batches(self.sheet, self.cleaner):
            self._count(rows)
            for row, problems in wrong:
                self.counts["wrong"] += 1
                reasons = []
                for problem in problems:
                    header = self.header.get(problem.field, "")
                    reasons.append(f"{header}{_(': ') if header else ''}{problem.reason}")
                    if len(self.errors) < actions_imports.SHOWN_ERRORS:
                        self.errors.append((row.number, header, problem.value[:80], str(problem.reason)))
                yield row.cells, _("; ").join(reasons)
            told.tell(min(last_row, total), total, summary(self.counts))

    def _count(self, rows: Sequence[Cleaned]) -> None:
        fresh, unchanged, differing = actions_imports.sorted_out(rows)
        self.counts["unchanged"] += unchanged
        for row in fresh:
            key, said = hash(row.number), hash(row.digest)
            if key not in self.met:
                self.met[key] = said
                self.counts["new"] += 1
            else:
                self.counts["unchanged" if self.met[key] == said else "conflicting"] += 1
        tickets = queries_imports.list_by_numbers([row.number for row in differing])
        for row in differing:
            ticket = tickets.get(row.number)
            conflicts = ticket is None or differences(ticket, row, self.named)
            self.counts["conflicting" if conflicts else "unchanged"] += 1


class _Telling:
    """Progress now and then: each word of it is a small transaction."""

    def __init__(self, ctx: JobContext) -> None:
        self.ctx, self.last = ctx, 0.0

    def tell(self, done: int, total: int, message: str) -> None:
        if monotonic() - self.last >= _TELL_EVERY:
            self.ctx.progress(done, total, message)
            self.last = monotonic()


from expo.pool import jobs_export  # noqa: E402, F401  # Its job is declared by being imported.
