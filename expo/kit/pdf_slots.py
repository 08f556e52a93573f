"""Pages laid out once, with the places where each copy's own words come to stand.

The template is an ordinary HTML page. An element with `data-slot="name"` marks where a text goes; its place, size,
weight, colour and alignment come from the layout. `data-lines` says how many lines it may take (1), `data-smallest`
how small its letters may become to fit (the points, 60 % by default), `data-middle` centres the lines in the
element's height, `data-before` and `data-after` are words that stand with the value and are missing without it. An
element with a height is never left by its text. With `data-code="qr"` the slot takes a QR code instead, its quiet
zone included; with `data-picture` a picture that fills it.

Text of any length runs over pages and has no slot. `data-flow="name"` marks a sample of it: how it is set is read from
the layout of the sample, and kit.pdf_flow sets the text itself.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
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
class Passage:
    """How running text is set and where its sample stands, in points; `before` and `after` are its margins."""

    name: str
    x: float
    y: float
    width: float
    height: float
    size: float
    leading: float
    bold: bool
    colour: tuple[float, float, float]
    indent: float
    before: float
    after: float
    is_justified: bool

    @property
    def step(self) -> float:
        """From one line to the next."""
        return self.size * self.leading


@dataclass(frozen=True)
class StampTemplate:
    """A laid-out page with the places to be filled. `fixed` are values that are the same on all copies.

    Pages that were laid out together share their background, of which `page` is theirs; `top` and `bottom` are the
    edges between which text runs on this page.
    """

    background: bytes
    width: float
    height: float
    slots: tuple[Slot, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)
    page: int = 0
    passages: tuple[Passage, ...] = ()
    top: float = 0
    bottom: float = 0

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


def stamp_templates(html: str) -> list[StampTemplate]:
    """All pages of the HTML, laid out once, with their samples of running text."""
    with one_at_a_time:
        document = lay_out(html)
        background: bytes = document.write_pdf(pdf_identifier=b"background")
    return [_template(page, number, background) for number, page in enumerate(document.pages)]


def grounds_of(document: pikepdf.Pdf, templates: Sequence[StampTemplate]) -> list[pikepdf.Object]:
    """The laid-out pages as forms to be drawn in `document`; those that share a background share its fonts."""
    grounds: list[pikepdf.Object] = []
    with ExitStack() as stack:
        opened: dict[int, pikepdf.Pdf] = {}
        for template in templates:
            key = id(template.background)
            if key not in opened:
                opened[key] = stack.enter_context(pikepdf.open(io.BytesIO(template.background)))
            grounds.append(document.copy_foreign(opened[key].pages[template.page].as_form_xobject()))
    return grounds


def _template(page: Any, number: int, background: bytes) -> StampTemplate:
    box = page._page_box
    top = page.height - box.content_box_y()
    return StampTemplate(
        background, page.width * POINTS, page.height * POINTS, tuple(_slots(box, page.height)), page=number,
        passages=tuple(_passages(box, page.height)), top=top * POINTS, bottom=(top - box.height) * POINTS)


def _slots(box: Any, page_height: float) -> Iterator[Slot]:
    element = getattr(box, "element", None)
    # An element may own several boxes; the outermost one has its place.
    if element is not None and element.get("data-slot") and box.element_tag == element.tag:
        yield _slot(box, element, page_height)
        return
    for child in box.all_children() if hasattr(box, "all_children") else ():
        yield from _slots(child, page_height)


def _passages(box: Any, page_height: float, owner: Any = None) -> Iterator[Passage]:
    element = getattr(box, "element", None)
    # Its lines name the same element once more, within its own box.
    if element is not None and element is not owner and element.get("data-flow") and box.element_tag == element.tag:
        yield _passage(box, element.get("data-flow"), page_height)
    for child in box.all_children() if hasattr(box, "all_children") else ():
        yield from _passages(child, page_height, element)


def _passage(box: Any, name: str, page_height: float) -> Passage:
    style, size = box.style, box.style["font_size"] * POINTS
    return Passage(
        name=name,
        x=box.content_box_x() * POINTS,
        y=(page_height - box.content_box_y()) * POINTS,
        width=box.width * POINTS,
        height=box.height * POINTS,
        size=size,
        leading=_leading(style),
        bold=style["font_weight"] >= 600,
        colour=_colour(style),
        indent=style["text_indent"].value * POINTS,
        before=box.margin_top * POINTS,
        after=box.margin_bottom * POINTS,
        is_justified=style["text_align_all"] == "justify",
    )


def _slot(box: Any, element: Any, page_height: float) -> Slot:
    style = box.style
    size = style["font_size"] * POINTS
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
        colour=_colour(style),
        align=style["text_align_all"],
        leading=_leading(style),
        lines=max(1, int(_number(element.get("data-lines"), 1))),
        middle=element.get("data-middle") is not None,
        before=element.get("data-before") or "",
        after=element.get("data-after") or "",
    )


def _colour(style: Any) -> tuple[float, float, float]:
    red, green, blue = (round(float(part), 3) for part in style["color"].coordinates)
    return red, green, blue


def _leading(style: Any) -> float:
    leading = style["line_height"]
    return leading if isinstance(leading, int | float) else 1.4


def _number(said: str | None, otherwise: float) -> float:
    try:
        return min(max(float(said or otherwise), 1.0), 500.0)
    except ValueError:
        return otherwise
