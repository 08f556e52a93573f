"""Thousands of small papers from laid-out templates, stamped with each one's words, code and picture.

A `Press` is loaded with all words of a batch, since its fonts hold just those characters; then it draws sheet by
sheet, each with one copy or with several, and binds them to one PDF. Copies are mappings from slot names to texts.
"""

import hashlib
import io
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from expo.kit.linebreak import in_whole_words, wrapped
from expo.kit.pdf import saved
from expo.kit.pdf_fonts import Face, embedded, faces
from expo.kit.pdf_slots import Slot, StampTemplate, ground_of, stamp_template
from expo.kit.qr import Level, qr_modules

__all__ = ["Overflow", "Placed", "Press", "Sheet", "StampTemplate", "stamp_copies", "stamp_mixed", "stamp_template"]

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
    """A page with its copies; `marks` is drawn on top (lines to cut and fold at)."""

    width: float
    height: float
    placed: Sequence[Placed]
    marks: str = ""


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


class Press:
    """One batch: all templates and all words are known before the first sheet is drawn."""

    def __init__(self, sheets: Iterable[Sheet], *, level: Level = "M") -> None:
        self.level = level
        self._document = pikepdf.new()
        templates: dict[int, StampTemplate] = {}
        written: dict[int, list[str]] = {}
        words: set[str] = set()
        for sheet in sheets:
            for one in sheet.placed:
                key = id(one.template)
                if key not in templates:
                    templates[key] = one.template
                    written[key] = [slot.name for slot in one.template.own_slots if slot.is_text]
                words.update(one.copy.get(name, "") for name in written[key])
        if not templates:
            raise ValueError("A paper needs at least one page.")
        self._templates = list(templates.values())
        self._names = {id(template): f"/B{place}" for place, template in enumerate(self._templates)}
        self._own = {id(template): template.own_slots for template in self._templates}
        self._pens = _Pens(self._document, [slot for template in self._templates for slot in template.slots],
                           {_tidy(word) for word in words | self._shared_words()})

    def _shared_words(self) -> set[str]:
        return {word for template in self._templates for slot in template.slots
                for word in (slot.before, slot.after, template.fixed.get(slot.name, ""))}

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
        return Drawn("\n".join(parts).encode("ascii"), sheet.width, sheet.height, pictures)

    def bound(self, sheets: Iterable[Drawn], pictures: Mapping[str, bytes] | None = None) -> bytes:
        """The PDF of drawn sheets. `pictures` are JPEGs by the values of picture slots."""
        document, tree = self._document, self._document.Root.Pages
        objects = {_picture_name(key): _picture(document, jpeg) for key, jpeg in (pictures or {}).items()}
        grounds = {self._names[id(template)]: self._ground(template) for template in self._templates}
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
        return saved(document)

    def _ground(self, template: StampTemplate) -> pikepdf.Object:
        """The laid-out page with what is the same on all copies: words, and white under the codes."""
        laid_out = ground_of(self._document, template)
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


class _Pens:
    """The fonts of a batch: which one writes a character, how wide it is, and its code in the file."""

    def __init__(self, document: pikepdf.Pdf, slots: Iterable[Slot], texts: Iterable[str]) -> None:
        self.fonts: dict[str, pikepdf.Object] = {}  # Keyed as PDF names: `/Fr0`.
        self._faces = {bold: faces(bold=bold) for bold in (False, True)}
        self._pen: dict[tuple[bool, str], tuple[str, int, Face]] = {}
        self._widths: dict[tuple[bool, str], float] = {}
        characters = {character for text in texts for character in text} | {"…", "?"}
        for bold in sorted({slot.bold for slot in slots if slot.is_text}):
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
        total = 0.0
        for character in text:
            known = self._widths.get((bold, character))
            if known is None:
                known = self._widths[bold, character] = self._of(character, bold)[2].width(character)
            total += known
        return total

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


def _text(slot: Slot, value: str, pens: _Pens, cut: list[Overflow]) -> str:
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


def _set_lines(slot: Slot, value: str, pens: _Pens) -> tuple[float, list[str], bool]:
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
