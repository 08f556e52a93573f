"""Thousands of small papers from one template: laid out once, then stamped with each one's words and code.

The template is an ordinary HTML page. An element with `data-slot="name"` marks where a text goes; its place, size,
weight, colour and alignment come from the layout. `data-lines` says how many lines it may take (1), `data-smallest`
how small its letters may become to fit (the points, 60 % by default), `data-middle` centres the lines in the
element's height. With `data-code="qr"` the slot takes a QR code instead, its quiet zone included.
"""

import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from expo.kit.linebreak import wrapped
from expo.kit.pdf import lay_out, one_at_a_time, saved
from expo.kit.pdf_fonts import Face, embedded, faces
from expo.kit.qr import Level, qr_modules

_POINTS = 0.75
_QUIET = 4


@dataclass(frozen=True)
class Slot:
    """A place on the paper, in points from its lower left corner; `y` is the upper edge."""

    name: str
    x: float
    y: float
    width: float
    height: float
    is_code: bool = False
    size: float = 10
    smallest: float = 6
    bold: bool = False
    colour: tuple[float, float, float] = (0, 0, 0)
    align: str = "start"
    leading: float = 1.4
    lines: int = 1
    middle: bool = False


@dataclass(frozen=True)
class StampTemplate:
    """A laid-out page with the places to be filled."""

    background: bytes
    width: float
    height: float
    slots: tuple[Slot, ...]


def stamp_template(
    html: str, *, files: Mapping[str, bytes] | None = None, styles: Iterable[str] = ()
) -> StampTemplate:
    """Lay the page out once. Only its first page counts; slots stay empty in it."""
    with one_at_a_time:
        document = lay_out(html, files=files, styles=styles)
        page = document.pages[0]
        # WeasyPrint keeps the tree of placed boxes to itself; its version is pinned and a test reads the places.
        slots = tuple(_slots(page._page_box, page.height))
        background: bytes = document.copy([page]).write_pdf(pdf_identifier=b"background")
    return StampTemplate(background, page.width * _POINTS, page.height * _POINTS, slots)


def stamp_copies(
    template: StampTemplate, copies: Iterable[Mapping[str, str]], *, level: Level = "M"
) -> bytes:
    """One PDF with a page for each copy; a slot without a value stays empty. Text can be searched and copied."""
    return stamp_mixed(((template, copy) for copy in copies), level=level)


def stamp_mixed(copies: Iterable[tuple[StampTemplate, Mapping[str, str]]], *, level: Level = "M") -> bytes:
    """The same with a template for each copy, all of one size: the fonts are shared, each ground stands once."""
    filled = [(template, {name: _tidy(value) for name, value in copy.items()}) for template, copy in copies]
    if not filled:
        raise ValueError("A paper needs at least one page.")
    templates = list({id(template): template for template, _copy in filled}.values())
    document = pikepdf.new()
    texts = {copy.get(slot.name, "") for template, copy in filled for slot in template.slots if not slot.is_code}
    pens = _Pens(document, [slot for template in templates for slot in template.slots], texts)
    grounds = {id(template): f"/B{place}" for place, template in enumerate(templates)}
    tree = document.Root.Pages
    # Size and resources stand once, at the root of all pages, which inherit them.
    tree.MediaBox = Array([0, 0, round(templates[0].width, 2), round(templates[0].height, 2)])
    tree.Resources = document.make_indirect(
        Dictionary(
            XObject=Dictionary({grounds[id(template)]: _ground(document, template) for template in templates}),
            Font=Dictionary(pens.fonts),
        )
    )
    pages = []
    for template, copy in filled:
        content = document.make_stream(_content(template, copy, pens, level, grounds[id(template)]))
        pages.append(document.make_indirect(Dictionary(Type=Name.Page, Parent=tree, Contents=content)))
    tree.Kids = Array(pages)
    tree.Count = len(pages)
    return saved(document)


def _ground(document: pikepdf.Pdf, template: StampTemplate) -> pikepdf.Object:
    with pikepdf.open(io.BytesIO(template.background)) as background:
        return document.copy_foreign(background.pages[0].as_form_xobject())


def _tidy(value: str) -> str:
    """Joined accents, plain spaces, and no invisible signs, which would be printed as question marks."""
    composed = " ".join(unicodedata.normalize("NFC", value).split())
    return "".join(character for character in composed if character.isprintable())


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
    size = style["font_size"] * _POINTS
    leading = style["line_height"]
    return Slot(
        name=element.get("data-slot"),
        x=box.content_box_x() * _POINTS,
        y=(page_height - box.content_box_y()) * _POINTS,
        width=box.width * _POINTS,
        height=box.height * _POINTS,
        is_code=element.get("data-code") == "qr",
        size=size,
        smallest=float(element.get("data-smallest") or size * 0.6),
        bold=style["font_weight"] >= 600,
        colour=(red, green, blue),
        align=style["text_align_all"],
        leading=leading if isinstance(leading, int | float) else 1.4,
        lines=int(element.get("data-lines") or 1),
        middle=element.get("data-middle") is not None,
    )


class _Pens:
    """The fonts of a batch: which one writes a character, how wide it is, and its code in the file."""

    def __init__(self, document: pikepdf.Pdf, slots: Iterable[Slot], texts: Iterable[str]) -> None:
        self.fonts: dict[str, pikepdf.Object] = {}  # Keyed as PDF names: `/Fr0`.
        self._faces = {bold: faces(bold=bold) for bold in (False, True)}
        self._pen: dict[tuple[bool, str], tuple[str, int, Face]] = {}
        characters = {character for text in texts for character in text} | {"…", "?"}
        for bold in sorted({slot.bold for slot in slots if not slot.is_code}):
            self._embed(document, bold, characters)

    def _embed(self, document: pikepdf.Pdf, bold: bool, characters: set[str]) -> None:
        left = {character for character in characters if character.isprintable()}
        for place, face in enumerate(self._faces[bold]):
            mine = {character for character in left if face.has(character)}
            left -= mine
            if not mine:
                continue
            name = f"/F{'b' if bold else 'r'}{place}"
            # The six letters before the plus sign mark a subset; they tell the batch's fonts apart.
            self.fonts[name], codes = embedded(document, face, mine, f"EXPO{'BR'[not bold]}{'ABC'[place]}")
            for character, code in codes.items():
                self._pen[bold, character] = (name, code, face)

    def main_face(self, bold: bool) -> Face:
        return self._faces[bold][0]

    def width(self, text: str, bold: bool) -> float:
        """The width in thousandths of the letter size."""
        return sum(self._of(character, bold)[2].width(character) for character in text)

    def shown(self, text: str, bold: bool) -> Iterator[tuple[str, str]]:
        """The text as runs of one font: its name and the codes in hexadecimal."""
        current, codes = "", ""
        for character in text:
            name, code, _face = self._of(character, bold)
            if name != current and codes:
                yield current, codes
                codes = ""
            current, codes = name, codes + f"{code:04x}"
        if codes:
            yield current, codes

    def _of(self, character: str, bold: bool) -> tuple[str, int, Face]:
        # A character that no font has becomes a question mark, which a reader notices, instead of nothing.
        return self._pen.get((bold, character)) or self._pen[bold, "?"]


def _content(template: StampTemplate, copy: Mapping[str, str], pens: _Pens, level: Level, ground: str) -> bytes:
    parts = [f"{ground} Do"]
    for slot in template.slots:
        value = copy.get(slot.name, "")
        if value:
            parts.append(_code(slot, value, level) if slot.is_code else _text(slot, value, pens))
    return "\n".join(parts).encode("ascii")


def _text(slot: Slot, value: str, pens: _Pens) -> str:
    size, lines = _set_lines(slot, value, pens)
    face = pens.main_face(slot.bold)
    step = size * slot.leading
    top = slot.y
    if slot.middle:
        top -= max(0.0, (slot.height - step * len(lines)) / 2)
    # The letters stand in the middle of their line's height, as browsers place them.
    rise = (step - size * (face.ascent - face.descent) / 1000) / 2 + size * face.ascent / 1000
    red, green, blue = slot.colour
    parts = [f"BT {red:g} {green:g} {blue:g} rg"]
    for number, line in enumerate(lines):
        spare = slot.width - pens.width(line, slot.bold) * size / 1000
        x = slot.x + {"center": spare / 2, "end": spare, "right": spare}.get(slot.align, 0.0)
        parts.append(f"1 0 0 1 {x:.2f} {top - rise - number * step:.2f} Tm")
        parts += [f"{name} {size:.4g} Tf <{codes}> Tj" for name, codes in pens.shown(line, slot.bold)]
    parts.append("ET")
    return " ".join(parts)


def _set_lines(slot: Slot, value: str, pens: _Pens) -> tuple[float, list[str]]:
    """The largest letters with which the text fits into its lines; the smallest ones and … when none do."""
    size = slot.size
    while True:
        room = slot.width * 1000 / size
        lines = wrapped(value, lambda text: pens.width(text, slot.bold), room)
        if len(lines) <= slot.lines:
            return size, lines
        if size <= slot.smallest:
            return size, wrapped(value, lambda text: pens.width(text, slot.bold), room, lines=slot.lines)
        size = max(slot.smallest, size * 0.94)


def _code(slot: Slot, value: str, level: Level) -> str:
    """The modules as an image mask of one bit each, drawn in black; written into the page itself, in hexadecimal."""
    side, bits = qr_modules(value, level=level)
    edge = min(slot.width, slot.height)
    module = edge / (side + 2 * _QUIET)
    inner = module * side
    x = slot.x + (slot.width - edge) / 2 + module * _QUIET
    y = slot.y - edge + module * _QUIET
    return (
        f"q 0 g {inner:.3f} 0 0 {inner:.3f} {x:.3f} {y:.3f} cm "
        f"BI /W {side} /H {side} /IM true /BPC 1 /D [1 0] /F /AHx ID {bits.hex()}> EI Q"
    )
