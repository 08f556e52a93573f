"""Running text set in lines and pages as its samples were laid out: justified, headings kept with what follows them.

Pure; for papers by the hundred, whose every page WeasyPrint would have to lay out. Only plain writing is set here,
whose letters stand one after another, each by itself; `is_plain` tells.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from expo.kit.linebreak import pieces
from expo.kit.pdf_fonts import advance, faces
from expo.kit.pdf_pens import Line
from expo.kit.pdf_slots import Passage

# Lines of a paragraph that stay together at the foot and at the head of a page, as in static/css/pdf.css.
_TOGETHER = 2
# A line that lacks more than this much between its letters (thousandths of their size) is better left ragged.
_MOST_SPREAD = 250
_STRETCHABLE = re.compile(r"[!-~À-ɏ]+|.")
# Wider spaces and those that do not break are left as they are.
_SPACE = re.compile(r"[ \n]+")
_NEUTRAL = frozenset({"L", "EN", "ES", "ET", "CS", "ON", "WS"})


@dataclass(frozen=True)
class Block:
    """A paragraph or a heading. `stays`: on the page on which the next block begins."""

    style: Passage
    text: str
    stays: bool = False


@dataclass(frozen=True)
class Column:
    """Where text runs: from `first` on the first page, from `top` on all others, down to `bottom`."""

    first: float
    top: float
    bottom: float


@dataclass
class Flowed:
    """The lines page by page, where each block begins (page, height), and where the closing piece stands."""

    pages: list[list[Line]]
    begins: list[tuple[int, float]]
    end: float


def is_plain(text: str) -> bool:
    """Whether our fonts draw the text letter by letter: no joined, combined or right-to-left writing, no emoji."""
    return all(_is_plain(character) for character in set(text))


@cache
def _is_plain(character: str) -> bool:
    if character == "\n":
        return True
    return (character.isprintable() and unicodedata.category(character)[0] in "LNPSZ"
            and unicodedata.bidirectional(character) in _NEUTRAL and unicodedata.is_normalized("NFC", character)
            and not "\u1100" <= character <= "\u11ff"
            and all(any(face.has(character) for face in faces(bold=bold)) for bold in (False, True)))


def flowed(blocks: Sequence[Block], column: Column, closing: Passage, closing_height: float) -> Flowed:
    """The blocks and, in one piece below them, something of `closing_height` that begins like `closing`."""
    done = Flowed([[]], [], column.first)
    after = 0.0
    set_blocks = [_broken(block) for block in blocks]
    for place, (block, lines) in enumerate(zip(blocks, set_blocks, strict=True)):
        style = block.style
        gap = max(after, style.before) if place else 0.0
        needed = len(lines) * style.step if block.stays else _at_least(len(lines)) * style.step
        if block.stays and place + 1 < len(blocks):
            below = blocks[place + 1].style
            needed += max(style.after, below.before) + _at_least(len(set_blocks[place + 1])) * below.step
        if done.end - gap - needed < column.bottom - 0.01 and done.pages[-1]:
            _turn(done, column)
            gap = 0.0
        done.end -= gap
        done.begins.append((len(done.pages) - 1, done.end))
        _set(done, block, lines, column)
        after = style.after
    gap = max(after, closing.before)
    if done.end - gap - closing_height < column.bottom - 0.01:
        _turn(done, column)
        gap = 0.0
    done.end -= gap
    return done


def _at_least(lines: int) -> int:
    """How many of a paragraph's lines must stand together where it begins."""
    return lines if lines < 2 * _TOGETHER else _TOGETHER


def _turn(done: Flowed, column: Column) -> None:
    done.pages.append([])
    done.end = column.top


def _set(done: Flowed, block: Block, lines: Sequence[tuple[str, float]], column: Column) -> None:
    style, left = block.style, len(lines)
    rise = _rise(style)
    for number, (text, spare) in enumerate(lines):
        fits = int((done.end - column.bottom) / style.step + 0.001)
        # The last lines go together, and so the page ends before them if there is place for one of them only.
        if not fits or (left == _TOGETHER and fits < left and number):
            _turn(done, column)
        x = style.x + (style.indent if not number else 0.0)
        done.pages[-1].append(_justified(style, text, spare, x, done.end - rise, is_last=left == 1))
        done.end -= style.step
        left -= 1


@lru_cache(maxsize=256)
def _rise(style: Passage) -> float:
    """From a line's upper edge to its letters' foot: they stand in the middle of the line's height."""
    face = faces(bold=style.bold)[0]
    return (style.step - style.size * (face.ascent - face.descent) / 1000) / 2 + style.size * face.ascent / 1000


def _justified(style: Passage, text: str, spare: float, x: float, y: float, *, is_last: bool) -> Line:
    parts, spread = (text,), 0.0
    if style.is_justified and not is_last:
        stretched = tuple(_STRETCHABLE.findall(text))
        if len(stretched) > 1 and 0 < (each := spare / (len(stretched) - 1)) <= _MOST_SPREAD:
            parts, spread = stretched, each
    return Line(x, y, style.size, parts, spread, style.bold, style.colour)


@lru_cache(maxsize=20_000)
def _width(text: str, bold: bool) -> float:
    return sum(advance(character, bold) for character in text)


def _broken(block: Block) -> list[tuple[str, float]]:
    """The lines of a block, each with the room that it leaves (thousandths of the letter size)."""
    style = block.style
    room, later = ((style.width - indent) * 1000 / style.size for indent in (style.indent, 0.0))
    return list(_lines(" ".join(_SPACE.split(block.text.strip())), style.bold, room, later))


def _lines(text: str, bold: bool, room: float, later: float) -> Iterator[tuple[str, float]]:
    line, used, space = "", 0.0, ""
    for word in pieces(text):
        if word == " ":
            space = word
            continue
        piece, width = word, _width(word, bold)
        if line and used + _width(space, bold) + width > room:
            yield line, room - used
            line, used, space, room = "", 0.0, "", later
        while not line and width > room and len(piece) > 1:
            head = _head(piece, bold, room)
            yield head, room - _width(head, bold)
            piece, room = piece[len(head):], later
            width = _width(piece, bold)
        line, used, space = f"{line}{space}{piece}", used + _width(space, bold) + width, ""
    if line:
        yield line, room - used


def _head(piece: str, bold: bool, room: float) -> str:
    """As much of an overlong piece as fits, at least a character."""
    used = 0.0
    for place, character in enumerate(piece):
        used += _width(character, bold)
        if used > room and place:
            return piece[:place]
    return piece
