"""Many badges as one PDF, with an index sheet: in steps that need not be done twice."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any

from expo.kit.files import storage, store_bytes
from expo.kit.jobs import JobContext, job
from expo.kit.language import _, _n
from expo.kit.pdf_stamp import Drawn, Overflow, Press, Sheet
from expo.kit.refusals import Refused
from expo.people.queries import load_actor
from expo.registration.actions_badges import Made, keep_run
from expo.registration.models_badges import BadgePaperSize, BadgeRun, PrintOrder
from expo.registration.papers_badges import BadgePaper, desk_order, heading_of, name_order, unprintable
from expo.registration.papers_printing import Printer, photos_of
from expo.registration.papers_sheets import index_lines, index_pdf, sheets_of
from expo.registration.queries import get_edition
from expo.registration.queries_badges import BadgeRow, find_run_of, list_desks, list_rows_to_print
from expo.registration.rules_printing import desk_for, initial

CHUNK = 1000
Pair = tuple[BadgeRow, BadgePaper]


@job("registration.print_badges")
def print_badges(ctx: JobContext, edition_id: int, paths: list[str], q: str, chosen: dict[str, str], ids: list[int],
                 order: str = "organisation", paper: str = "single") -> dict[str, Any]:
    """The badges of a list in the order of a desk; printing is noted with each and admits nobody."""
    done = find_run_of(ctx.job_id)
    if done is not None:
        return _result(done, get_edition(edition_id).slug)
    edition = get_edition(edition_id)
    printer, heading = Printer.for_edition(edition), heading_of(edition)
    sorted_by, on = PrintOrder(order), BadgePaperSize(paper)
    rows = list_rows_to_print(edition_id, paths, q, chosen, ids)
    if not rows:
        raise Refused(_("None of these registrations has a valid badge. Approve them first."))
    pairs, labels = _in_order(rows, printer, sorted_by, edition_id)
    papers = [one for _row, one in pairs]
    photos = photos_of({one.photo for one in papers} - {""})
    press = Press(sheet for sheet, _places in sheets_of(heading, papers, printer.designs, on))
    drawn = _Drawn(ctx, press, len(papers), _seal(papers, printer))
    pdf = press.bound(drawn.sheets(sheets_of(heading, papers, printer.designs, on)), photos)
    # In the order of the pages: on larger sheets each shape of badges has pages of its own.
    places = sorted(drawn.first_page, key=lambda place: (drawn.first_page[place], place))
    lines = index_lines([labels[place] for place in places], [drawn.first_page[place] for place in places])
    made = Made(
        sorted_by, on, [row.badge_id for row, _one in pairs], sum(row.prints > 0 for row, _one in pairs),
        store_bytes(pdf, f"badges-{edition.slug}.pdf", "application/pdf", "badges"),
        store_bytes(index_pdf(_("Badges of %(edition)s", edition=edition.name), str(sorted_by.label), lines),
                    f"badges-{edition.slug}-index.pdf", "application/pdf", "badges"),
        overflows=[[pairs[place][0].registration_id, papers[place].name, slot, text] for place, slot, text in drawn.overflows],
        boxes=[[name, characters] for name, characters in unprintable(papers)],
        photoless=[[row.registration_id, row.name] for row, one in pairs
                   if printer.shows_photo(one.kind) and one.photo not in photos],
    )
    kept = keep_run(edition_id, ctx.job_id, made, by=load_actor(ctx.person_id or 0))
    drawn.tidy()
    return _result(kept, edition.slug)


def _result(run: BadgeRun, slug: str) -> dict[str, Any]:
    summary = _n("%(num)s badge, %(order)s.", "%(num)s badges, %(order)s.", run.badges, order=run.order.label)
    if run.overflows:
        summary += " " + _n("%(num)s text does not fit.", "%(num)s texts do not fit.", len(run.overflows))
    if run.boxes:
        summary += " " + _n("%(num)s badge has characters that no font has, shown as question marks.",
                            "%(num)s badges have characters that no font has, shown as question marks.", len(run.boxes))
    return {"file_id": run.file_id, "run_id": run.id, "summary": summary, "url": f"/work/{slug}/badges/{run.id}"}


def _in_order(rows: Sequence[BadgeRow], printer: Printer, order: PrintOrder, edition_id: int
              ) -> tuple[list[Pair], list[str]]:
    """The badges as they are handed out, and what the index says of each."""
    pairs = [(row, printer.paper(row, nth=row.prints + 1)) for row in rows]
    if order is PrintOrder.ORGANISATION:
        pairs.sort(key=lambda pair: desk_order(pair[1]))
        return pairs, [row.organisation_name for row, _one in pairs]
    if order is PrintOrder.NAME:
        pairs.sort(key=lambda pair: name_order(pair[1]))
        return pairs, [f"{initial(row.name)}　{row.name[:1]}" for row, _one in pairs]
    desks = list_desks(edition_id)
    at = {row.badge_id: desk_for(row.kind, row.name, desks) for row, _one in pairs}
    places = {desk.name: number for number, desk in enumerate(desks)}
    pairs.sort(key=lambda pair: (places.get(at[pair[0].badge_id], len(desks)), name_order(pair[1])))
    others = _("All other badges")
    return pairs, [f"{at[row.badge_id] or others}　{initial(row.name)}" for row, _one in pairs]


def _seal(papers: Sequence[BadgePaper], printer: Printer) -> str:
    """Changes with anything that stands on the badges. Parts drawn before such a change do not fit the others."""
    whole = sha256(repr([(one.front, one.back, one.css, one.colours) for one in printer.designs]).encode())
    for one in papers:
        whole.update(repr((one.kind, one.slots())).encode())
    return whole.hexdigest()


class _Drawn:
    """The sheets as they are drawn, kept in parts: after a crash those that are there are not drawn again."""

    def __init__(self, ctx: JobContext, press: Press, total: int, seal: str) -> None:
        self.ctx, self.press, self.total, self.seal = ctx, press, total, seal
        self.first_page: dict[int, int] = {}
        self.overflows: list[tuple[int, str, str]] = []
        kept = ctx.checkpoint["parts"] if ctx.checkpoint.get("seal") == seal else []
        # Parts that nobody asked for in days were cleared away.
        self._parts: list[str] = list(kept) if all(map(storage().exists, kept)) else []

    def sheets(self, all_sheets: Iterable[tuple[Sheet, list[int]]]) -> Iterator[Drawn]:
        """All sheets in order."""
        left, page, done = iter(all_sheets), 0, 0
        number = 0
        while chunk := list(islice(left, CHUNK)):
            part = self._kept(number) if number < len(self._parts) else self._new(chunk)
            for (content, width, height, pictures, cut), (_sheet, places) in zip(part, chunk, strict=True):
                page += 1
                for place in places:
                    done += place not in self.first_page
                    self.first_page.setdefault(place, page)
                self.overflows += [(places[at], slot, text) for at, slot, text in cut]
                yield Drawn(content.encode("ascii"), width, height, pictures)
            number += 1
            self.ctx.progress(done, self.total, _("Badges drawn"), {"seal": self.seal, "parts": self._parts})

    def _new(self, chunk: Sequence[tuple[Sheet, list[int]]]) -> list[Any]:
        part: list[Any] = []
        for sheet, places in chunk:
            cut: list[list[Overflow]] = []
            one = self.press.drawn(sheet, cut)
            # A badge that is folded has two copies on its sheet, so they are counted per badge.
            each = max(1, len(cut) // len(places))
            part.append([one.content.decode("ascii"), one.width, one.height, list(one.pictures),
                         [[number // each, over.slot, over.text] for number, overs in enumerate(cut) for over in overs]])
        received = store_bytes(zlib.compress(json.dumps(part).encode(), 3), "part", "application/octet-stream")
        self._parts.append(received.key)
        return part

    def _kept(self, number: int) -> list[Any]:
        with storage().open(self._parts[number]) as stream:
            return list(json.loads(zlib.decompress(stream.read())))

    def tidy(self) -> None:
        """What was kept for the case of a crash is not needed any more."""
        for key in self._parts:
            storage().delete(key)
