"""Pages laid out once, with the places where each copy's own words come to stand.

The template is an ordinary HTML page. An element with `data-slot="name"` marks where a text goes; its place, size,
weight, colour and alignment come from the layout. `data-lines` says how many lines it may take (1), `data-smallest`
how small its letters may become to fit (the points, 60 % by default), `data-middle` centres the lines in the
element's height, `data-before` and `data-after` are words that stand with the value and are missing without it. An
element with a height is never left by its text. With `data-code="qr"` the slot takes a QR code instead, its quiet
zone included; with `data-picture` a picture that fills it.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pikepdf

from expo.kit.pdf import lay_out, one_at_a_time

POINTS = 0.75  # A CSS pixel in points.
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Slot:
    """A place on the paper, in points from its lower left corner; `y` is the upper edge."""

    name: str
    x: float
    y: float
    width: float
    height: float
    is_code: bool = False
    is_picture: bool = False
    size: float = 10
    smallest: float = 6
    bold: bool = False
    colour: tuple[float, float, float] = (0, 0, 0)
    align: str = "start"
    leading: float = 1.4
    lines: int = 1
    middle: bool = False
    before: str = ""
    after: str = ""

    @property
    def is_text(self) -> bool:
        return not (self.is_code or self.is_picture)


@dataclass(frozen=True)
class StampTemplate:
    """A laid-out page with the places to be filled. `fixed` are values that are the same on all copies."""

    background: bytes
    width: float
    height: float
    slots: tuple[Slot, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)

    @property
    def own_slots(self) -> tuple[Slot, ...]:
        """The places that differ from copy to copy."""
        return tuple(slot for slot in self.slots if slot.name not in self.fixed)


def stamp_template(
    html: str, *, files: Mapping[str, bytes] | None = None, styles: Iterable[str] = (),
    fixed: Mapping[str, str] = _NOTHING,
) -> StampTemplate:
    """Lay the page out once. Only its first page counts; slots stay empty in it."""
    with one_at_a_time:
        document = lay_out(html, files=files, styles=styles)
        page = document.pages[0]
        # WeasyPrint keeps the tree of placed boxes to itself; its version is pinned and a test reads the places.
        slots = tuple(_slots(page._page_box, page.height))
        background: bytes = document.copy([page]).write_pdf(pdf_identifier=b"background")
    return StampTemplate(background, page.width * POINTS, page.height * POINTS, slots, dict(fixed))


def ground_of(document: pikepdf.Pdf, template: StampTemplate) -> pikepdf.Object:
    """The laid-out page as a form to be drawn in `document`."""
    with pikepdf.open(io.BytesIO(template.background)) as background:
        return document.copy_foreign(background.pages[0].as_form_xobject())


def _slots(box: Any, page_height: float) -> Iterator[Slot]:
    element = getattr(box, "element", None)
    # An element may own several boxes; the outermost one has its place.
    if element is not None and element.get("data-slot") and box.element_tag == element.tag:
        yield _slot(box, element, page_height)
        return
    for child in box.all_children() if hasattr(box, "all_children") else ():
        yield from _slots(child, page_height)


def _slot(box: Any, element: Any, page_height: float) -> Slot:
    style = box.style
    red, green, blue = (round(float(part), 3) for part in style["color"].coordinates)
    size = style["font_size"] * POINTS
    leading = style["line_height"]
    return Slot(
        name=element.get("data-slot"),
        x=box.content_box_x() * POINTS,
        y=(page_height - box.content_box_y()) * POINTS,
        width=box.width * POINTS,
        height=box.height * POINTS,
        is_code=element.get("data-code") == "qr",
        is_picture=element.get("data-picture") is not None,
        size=size,
        smallest=_number(element.get("data-smallest"), size * 0.6),
        bold=style["font_weight"] >= 600,
        colour=(red, green, blue),
        align=style["text_align_all"],
        leading=leading if isinstance(leading, int | float) else 1.4,
        lines=max(1, int(_number(element.get("data-lines"), 1))),
        middle=element.get("data-middle") is not None,
        before=element.get("data-before") or "",
        after=element.get("data-after") or "",
    )


def _number(said: str | None, otherwise: float) -> float:
    try:
        return min(max(float(said or otherwise), 1.0), 500.0)
    except ValueError:
        return otherwise
