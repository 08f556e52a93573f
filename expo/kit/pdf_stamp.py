"""Thousands of small papers from laid-out templates, stamped with each one's words, code and picture.

A `Press` is loaded with all words of a batch, since its fonts hold just those characters; then it draws sheet by
sheet, each with one copy or with several, and binds them to one PDF. Copies are mappings from slot names to texts.
"""

import hashlib
import io
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from expo.kit.linebreak import in_whole_words, wrapped
from expo.kit.pdf import saved
from expo.kit.pdf_pens import Line, Pens, set_line
from expo.kit.pdf_slots import Slot, StampTemplate, grounds_of, stamp_template
from expo.kit.qr import Level, qr_modules

__all__ = ["Heading", "Overflow", "Placed", "Press", "Sheet", "StampTemplate", "stamp_copies", "stamp_mixed",
           "stamp_template"]

_QUIET = 4
Copy = Mapping[str, str]


@dataclass(frozen=True)
class Placed:
    """A copy on a sheet; `x` and `y` are its lower left corner. `turned`: upside down, for folding."""

    template: StampTemplate
    copy: Copy
    x: float = 0
    y: float = 0
    turned: bool = False


@dataclass(frozen=True)
class Sheet:
    """A page with its copies; `marks` is drawn on top (lines to cut and fold at), and so is running text."""

    width: float
    height: float
    placed: Sequence[Placed]
    marks: str = ""
    lines: Sequence[Line] = ()


@dataclass(frozen=True)
class Overflow:
    """A text that does not fit into its slot even in the smallest letters, and was cut with …."""

    slot: str
    text: str


def stamp_copies(template: StampTemplate, copies: Iterable[Copy], *, level: Level = "M") -> bytes:
    """One PDF with a page for each copy; a slot without a value stays empty. Text can be searched and copied."""
    return stamp_mixed(((template, copy) for copy in copies), level=level)


def stamp_mixed(copies: Iterable[tuple[StampTemplate, Copy]], *, level: Level = "M") -> bytes:
    """The same with a template for each copy: the fonts are shared, each ground stands once."""
    sheets = [Sheet(template.width, template.height, [Placed(template, copy)]) for template, copy in copies]
    press = Press(sheets, level=level)
    return press.bound(press.drawn(sheet) for sheet in sheets)


@dataclass(frozen=True)
class Drawn:
    """A sheet's content in the language of PDF, its size, and the names of the pictures it shows."""

    content: bytes
    width: float
    height: float
    pictures: Sequence[str] = ()


@dataclass(frozen=True)
class Heading:
    """An entry of the table of contents that readers show beside the pages."""

    title: str
    page: int
    y: float


class Press:
    """One batch: all templates and all words are known before the first sheet is drawn."""

    def __init__(self, sheets: Iterable[Sheet], *, level: Level = "M") -> None:
        self.level = level
        self._document = pikepdf.new()
        templates: dict[int, StampTemplate] = {}
        written: dict[int, list[tuple[str, bool]]] = {}
        # Keyed by weight: each font holds only what is written in it.
        words: dict[bool, set[str]] = {False: set(), True: set()}
        running: dict[bool, set[str]] = {False: set(), True: set()}
        for sheet in sheets:
            for line in sheet.lines:
                running[line.bold].update(line.parts)
            for one in sheet.placed:
                key = id(one.template)
                if key not in templates:
                    templates[key] = one.template
                    written[key] = [(slot.name, slot.bold) for slot in one.template.own_slots if slot.is_text]
                for name, bold in written[key]:
                    words[bold].add(one.copy.get(name, ""))
        if not templates:
            raise ValueError("A paper needs at least one page.")
        self._templates = list(templates.values())
        self._names = {id(template): f"/B{place}" for place, template in enumerate(self._templates)}
        self._own = {id(template): template.own_slots for template in self._templates}
        for template in self._templates:
            for slot in template.slots:
                if slot.is_text:
                    words[slot.bold].update((slot.before, slot.after, template.fixed.get(slot.name, "")))
        self._pens = Pens(self._document, {bold: {_tidy(word) for word in some} | running[bold]
                                           for bold, some in words.items() if some or running[bold]})

    def drawn(self, sheet: Sheet, overflows: list[list[Overflow]] | None = None) -> Drawn:
        """One sheet; with `overflows` a list is added to it for each copy."""
        parts: list[str] = []
        pictures: list[str] = []
        alone = len(sheet.placed) == 1 and not sheet.marks
        for one in sheet.placed:
            cut: list[Overflow] = []
            shown = self._copy(one, cut, pictures)
            parts.append(shown if alone and not (one.x or one.y or one.turned) else f"q {_moved(one)} cm {shown} Q")
            if overflows is not None:
                overflows.append(cut)
        if sheet.marks:
            parts.append(sheet.marks)
        parts += [f"BT {set_line(line, self._pens)} ET" for line in sheet.lines]
        return Drawn("\n".join(parts).encode("ascii"), sheet.width, sheet.height, pictures)

    def bound(self, sheets: Iterable[Drawn], pictures: Mapping[str, bytes] | None = None, *, title: str = "",
              outline: Sequence[Heading] = ()) -> bytes:
        """The PDF of drawn sheets. `pictures` are JPEGs by the values of picture slots."""
        document, tree = self._document, self._document.Root.Pages
        objects = {_picture_name(key): _picture(document, jpeg) for key, jpeg in (pictures or {}).items()}
        grounds = {self._names[id(template)]: self._ground(template, laid_out) for template, laid_out
                   in zip(self._templates, grounds_of(document, self._templates), strict=True)}
        resources = Dictionary(XObject=Dictionary({**grounds, **objects}), Font=Dictionary(self._pens.fonts))
        pages = []
        boxes: dict[tuple[float, float], int] = {}
        for sheet in sheets:
            size = (round(sheet.width, 2), round(sheet.height, 2))
            # Packed at once: thousands of open pages would be held until the last one.
            content = document.make_stream(zlib.compress(sheet.content), Filter=Name.FlateDecode)
            page = Dictionary(Type=Name.Page, Parent=tree, Contents=content)
            if boxes.setdefault(size, len(boxes)):
                page.MediaBox = Array([0, 0, *size])
            pages.append(document.make_indirect(page))
        # Size and resources stand once, at the root of all pages, which inherit them.
        tree.MediaBox = Array([0, 0, *next(iter(boxes))])
        tree.Resources = document.make_indirect(resources)
        tree.Kids, tree.Count = Array(pages), len(pages)
        if title:
            document.docinfo.Title = pikepdf.String(title)
            document.Root.Lang = pikepdf.String("zh-Hans")
        if outline:
            document.Root.Outlines = _outlines(document, outline, pages)
        return saved(document)

    def _ground(self, template: StampTemplate, laid_out: pikepdf.Object) -> pikepdf.Object:
        """The laid-out page with what is the same on all copies: words, and white under the codes."""
        parts = [_white(slot) for slot in template.slots if slot.is_code]
        values = ((slot, _tidy(template.fixed.get(slot.name, ""))) for slot in template.slots if slot.is_text)
        parts += [_text(slot, f"{slot.before}{value}{slot.after}", self._pens, []) for slot, value in values if value]
        if not parts:
            return laid_out
        return self._document.make_indirect(self._document.make_stream(
            "\n".join(["/Laid Do", *parts]).encode("ascii"), Type=Name.XObject, Subtype=Name.Form,
            BBox=Array([0, 0, round(template.width, 2), round(template.height, 2)]),
            Resources=Dictionary(XObject=Dictionary({"/Laid": laid_out}), Font=Dictionary(self._pens.fonts)),
        ))

    def _copy(self, one: Placed, cut: list[Overflow], pictures: list[str]) -> str:
        parts = [f"{self._names[id(one.template)]} Do"]
        for slot in self._own[id(one.template)]:
            value = one.copy.get(slot.name, "")
            if not value:
                continue
            if slot.is_code:
                parts.append(_code(slot, value, self.level))
            elif slot.is_picture:
                parts.append(_shown_picture(slot, value))
                pictures.append(value)
            elif value := _tidy(value):
                parts.append(_text(slot, f"{slot.before}{value}{slot.after}", self._pens, cut))
        return "\n".join(parts)


def _moved(one: Placed) -> str:
    if one.turned:
        return f"-1 0 0 -1 {one.x + one.template.width:.2f} {one.y + one.template.height:.2f}"
    return f"1 0 0 1 {one.x:.2f} {one.y:.2f}"


@lru_cache(maxsize=20_000)
def _tidy(value: str) -> str:
    """Joined accents, plain spaces, and no invisible signs, which would be printed as question marks."""
    composed = " ".join(unicodedata.normalize("NFC", value).split())
    return composed if composed.isprintable() else "".join(c for c in composed if c.isprintable())


def _text(slot: Slot, value: str, pens: Pens, cut: list[Overflow]) -> str:
    size, lines, fits = _set_lines(slot, value, pens)
    if not fits:
        cut.append(Overflow(slot.name, value))
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


def _set_lines(slot: Slot, value: str, pens: Pens) -> tuple[float, list[str], bool]:
    """The largest letters with which the text fits into its lines and its height; the smallest ones and … when none
    do, and whether it fits."""
    size = slot.size

    def measure(text: str) -> float:
        return pens.width(text, slot.bold)

    while True:
        room = slot.width * 1000 / size
        lines = wrapped(value, measure, room)
        if len(lines) <= slot.lines and _is_high_enough(slot, size, len(lines)):
            whole = in_whole_words(value, measure, room) if len(lines) > 1 else []
            if whole and len(whole) <= slot.lines and _is_high_enough(slot, size, len(whole)):
                return size, whole, True
            return *_without_orphan(slot, value, measure, size, lines), True
        if size <= slot.smallest:
            most = next((n for n in range(slot.lines, 1, -1) if _is_high_enough(slot, size, n)), 1)
            return size, wrapped(value, measure, room, lines=most), len(lines) <= most
        size = max(slot.smallest, size * 0.94)


def _without_orphan(slot: Slot, value: str, measure: Callable[[str], float], size: float, lines: list[str]
                    ) -> tuple[float, list[str]]:
    """One line less in letters that are hardly smaller, rather than a last line of a character or two."""
    least = max(slot.smallest, size * 0.85)
    if len(lines) > 1 and measure(lines[-1]) * 5 < measure(lines[0]):
        smaller = size
        while smaller > least:
            smaller = max(least, smaller * 0.97)
            fewer = wrapped(value, measure, slot.width * 1000 / smaller)
            if len(fewer) < len(lines):
                return smaller, fewer
    return size, lines


def _is_high_enough(slot: Slot, size: float, lines: int) -> bool:
    # A place of less than one line's height has no height of its own: it is as high as its text.
    return lines == 1 or slot.height < size or lines * size * slot.leading <= slot.height + 0.5


def _white(slot: Slot) -> str:
    """White under a code: dark modules on a coloured ground are not read."""
    edge = min(slot.width, slot.height)
    return f"q 1 g {slot.x + (slot.width - edge) / 2:.2f} {slot.y - edge:.2f} {edge:.2f} {edge:.2f} re f Q"


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


def _outlines(document: pikepdf.Pdf, headings: Sequence[Heading], pages: Sequence[pikepdf.Object]) -> pikepdf.Object:
    root = document.make_indirect(Dictionary(Type=Name.Outlines, Count=len(headings)))
    items = [document.make_indirect(Dictionary(
        Title=pikepdf.String(one.title), Parent=root, Dest=Array([pages[one.page], Name.XYZ, 0, round(one.y, 2), 0]),
    )) for one in headings]
    for before, after in pairwise(items):
        before.Next, after.Prev = after, before
    root.First, root.Last = items[0], items[-1]
    return root


def _picture_name(key: str) -> str:
    return f"/P{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _shown_picture(slot: Slot, key: str) -> str:
    return (f"q {slot.width:.2f} 0 0 {slot.height:.2f} {slot.x:.2f} {slot.y - slot.height:.2f} cm "
            f"{_picture_name(key)} Do Q")


def _picture(document: pikepdf.Pdf, jpeg: bytes) -> pikepdf.Object:
    with Image.open(io.BytesIO(jpeg)) as image:
        width, height, colours = image.width, image.height, Name.DeviceGray if image.mode == "L" else Name.DeviceRGB
    return document.make_indirect(document.make_stream(
        jpeg, Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, ColorSpace=colours,
        BitsPerComponent=8, Filter=Name.DCTDecode,
    ))
