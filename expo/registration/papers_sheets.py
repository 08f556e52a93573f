"""Badges on larger sheets with lines to cut at, and the index sheet that tells a desk where to look."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pikepdf

from expo.kit.language import _
from expo.kit.pdf_slots import Slot, StampTemplate
from expo.kit.pdf_stamp import Placed, Sheet, stamp_copies
from expo.registration.models_badges import BadgePaperSize, BadgeSides
from expo.registration.papers_badges import BadgePaper, placed_badge
from expo.registration.papers_designs import Design, Heading, design_of
from expo.registration.rules_imposing import Grid, grid_for

_MM = 72 / 25.4
_ROWS, _COLUMNS = 52, 2


def sheets_of(heading: Heading, papers: Sequence[BadgePaper], designs: Sequence[Design], paper: BadgePaperSize
              ) -> Iterator[tuple[Sheet, list[int]]]:
    """The pages of many badges, each with the places in ``papers`` of what stands on it."""
    if paper is BadgePaperSize.SINGLE:
        for place, one in enumerate(papers):
            yield from ((sheet, [place]) for sheet in placed_badge(heading, one, designs))
        return
    # Badges of one shape follow each other in the order asked for; a sheet holds one shape only.
    shapes: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(papers):
        design = design_of(one.kind, designs)
        shapes.setdefault((design.size.value, design.sides.value), []).append(place)
    for (_size, sides), places in sorted(shapes.items()):
        yield from _imposed(heading, papers, places, designs, paper, BadgeSides(sides))


def _imposed(heading: Heading, papers: Sequence[BadgePaper], places: Sequence[int], designs: Sequence[Design],
             paper: BadgePaperSize, sides: BadgeSides) -> Iterator[tuple[Sheet, list[int]]]:
    first = placed_badge(heading, papers[places[0]], designs)[0]
    grid = grid_for(paper, (first.width / _MM, first.height / _MM))
    marks, cells, size = _lines(grid), grid.cells, len(grid.cells)
    for start in range(0, len(places), size):
        chosen = list(places[start:start + size])
        pages = [placed_badge(heading, papers[place], designs) for place in chosen]
        yield Sheet(grid.width * _MM, grid.height * _MM, _at(pages, 0, cells, range(size)),
                    "\n".join([marks, *_folds(pages, cells)])), chosen
        if sides is BadgeSides.TWO:
            yield Sheet(grid.width * _MM, grid.height * _MM, _at(pages, 1, cells, grid.mirrored)), chosen


def _at(pages: Sequence[list[Sheet]], side: int, cells: Sequence[tuple[float, float]], order: Sequence[int]) -> list[Placed]:
    return [
        Placed(one.template, one.copy, one.x + cells[order[number]][0] * _MM, one.y + cells[order[number]][1] * _MM, one.turned)
        for number, sheets in enumerate(pages) for one in sheets[side].placed
    ]


def _folds(pages: Sequence[list[Sheet]], cells: Sequence[tuple[float, float]]) -> list[str]:
    return [f"q 1 0 0 1 {cells[number][0] * _MM:.2f} {cells[number][1] * _MM:.2f} cm {sheets[0].marks} Q"
            for number, sheets in enumerate(pages) if sheets[0].marks]


def _lines(grid: Grid) -> str:
    drawn = [f"{x1 * _MM:.2f} {y1 * _MM:.2f} m {x2 * _MM:.2f} {y2 * _MM:.2f} l S" for x1, y1, x2, y2 in grid.marks()]
    return " ".join(["q 0 G 0.25 w", *drawn, "Q"])


@dataclass(frozen=True)
class IndexLine:
    """Where the badges of one group lie: how many, and from which page to which."""

    label: str
    badges: int
    first: int
    last: int


def index_lines(labels: Sequence[str], pages: Sequence[int]) -> list[IndexLine]:
    """A line for each run of equal labels; ``pages`` says on which page each badge begins."""
    lines: list[IndexLine] = []
    for label, page in zip(labels, pages, strict=True):
        if lines and lines[-1].label == label:
            last = lines[-1]
            lines[-1] = IndexLine(label, last.badges + 1, min(last.first, page), max(last.last, page))
        else:
            lines.append(IndexLine(label, 1, page, page))
    return lines


def index_pdf(title: str, note: str, lines: Sequence[IndexLine]) -> bytes:
    """The index sheet: A4, as many pages as it needs, two columns each."""
    size = _ROWS * _COLUMNS
    parts = [lines[start:start + size] for start in range(0, len(lines), size)]
    copies = []
    for number, part in enumerate(parts, start=1):
        copy = {"title": title, "note": note, "page": f"{number} / {len(parts)}"}
        for row, line in enumerate(part):
            where = str(line.first) if line.first == line.last else f"{line.first}–{line.last}"
            copy |= {f"label{row}": line.label or "—", f"count{row}": str(line.badges), f"where{row}": where}
        for column in range(_COLUMNS if len(part) > _ROWS else 1):
            copy |= {f"head{column}": _("Group"), f"headcount{column}": _("Badges"), f"headwhere{column}": _("On pages")}
        copies.append(copy)
    return stamp_copies(_index_template(), copies)


def _index_template() -> StampTemplate:
    width, height, margin, step = 210 * _MM, 297 * _MM, 14 * _MM, 4.9 * _MM
    slots = [Slot("title", margin, height - margin, width - 2 * margin, 20, size=15, bold=True),
             Slot("note", margin, height - margin - 22, width - 2 * margin, 14, size=9),
             Slot("page", margin, margin, width - 2 * margin, 12, size=8, align="right")]
    half = (width - 2 * margin - 6 * _MM) / 2
    for column in range(_COLUMNS):
        left, top = margin + column * (half + 6 * _MM), height - margin - 44
        slots += _index_row(f"head{column}", f"headcount{column}", f"headwhere{column}", left, top, half, bold=True)
        for row in range(_ROWS):
            number = column * _ROWS + row
            slots += _index_row(f"label{number}", f"count{number}", f"where{number}", left, top - (row + 1) * step, half)
    return StampTemplate(_blank(width, height), width, height, tuple(slots))


def _index_row(label: str, count: str, where: str, left: float, top: float, width: float, *, bold: bool = False) -> list[Slot]:
    look = {"y": top, "height": 12, "size": 8.5, "smallest": 6, "bold": bold}
    return [Slot(label, x=left, width=width - 78, **look),  # type: ignore[arg-type]  # one look for three slots
            Slot(count, x=left + width - 76, width=26, align="right", **look),  # type: ignore[arg-type]
            Slot(where, x=left + width - 48, width=48, align="right", **look)]  # type: ignore[arg-type]


def _blank(width: float, height: float) -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(width, height))
        made = io.BytesIO()
        document.save(made, deterministic_id=True)
    return made.getvalue()
