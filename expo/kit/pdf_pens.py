"""What writes the words of a batch of papers: its fonts, and single lines of running text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pikepdf

from expo.kit.pdf_fonts import Face, embedded, faces


@dataclass(frozen=True)
class Line:
    """A line of text; `x` and `y` are where its letters' foot begins, in points.

    Its parts stand side by side with `spread` between them, in thousandths of the letter size.
    """

    x: float
    y: float
    size: float
    parts: Sequence[str]
    spread: float = 0
    bold: bool = False
    colour: tuple[float, float, float] = (0, 0, 0)


class Pens:
    """The fonts of a batch: which one writes a character, how wide it is, and its code in the file."""

    def __init__(self, document: pikepdf.Pdf, texts: Mapping[bool, Iterable[str]]) -> None:
        """`texts` are all that will be written, in bold letters and in others."""
        self.fonts: dict[str, pikepdf.Object] = {}  # Keyed as PDF names: `/Fr0`.
        self._faces = {bold: faces(bold=bold) for bold in (False, True)}
        self._pen: dict[tuple[bool, str], tuple[str, str, Face]] = {}
        self._widths: dict[tuple[bool, str], float] = {}
        for bold in sorted(texts):
            self._embed(document, bold, {character for text in texts[bold] for character in text} | {"…", "?"})

    def _embed(self, document: pikepdf.Pdf, bold: bool, characters: set[str]) -> None:
        # Of all spaces the wide one of Chinese texts is the only one with a place of its own on paper.
        left = {character for character in characters if character.isprintable() or character == "\u3000"}
        for place, face in enumerate(self._faces[bold]):
            mine = {character for character in left if face.has(character)}
            left -= mine
            if not mine:
                continue
            name = f"/F{'b' if bold else 'r'}{place}"
            # The six letters before the plus sign mark a subset; they tell the batch's fonts apart.
            self.fonts[name], codes = embedded(document, face, mine, f"EXPO{'BR'[not bold]}{'ABC'[place]}")
            for character, code in codes.items():
                self._pen[bold, character] = (name, f"{code:04x}", face)

    def main_face(self, bold: bool) -> Face:
        return self._faces[bold][0]

    def width(self, text: str, bold: bool) -> float:
        """The width in thousandths of the letter size."""
        total = 0.0
        for character in text:
            known = self._widths.get((bold, character))
            if known is None:
                known = self._widths[bold, character] = self.pen(character, bold)[2].width(character)
            total += known
        return total

    def shown(self, text: str, bold: bool) -> Iterator[tuple[str, str]]:
        """The text as runs of one font: its name and the codes in hexadecimal."""
        current, codes = "", ""
        for character in text:
            name, code, _face = self.pen(character, bold)
            if name != current and codes:
                yield current, codes
                codes = ""
            current, codes = name, codes + code
        if codes:
            yield current, codes

    def pen(self, character: str, bold: bool) -> tuple[str, str, Face]:
        """The name of the font that writes the character, the character's code in it, and the font."""
        # A character that no font has becomes a question mark, which a reader notices, instead of nothing.
        return self._pen.get((bold, character)) or self._pen[bold, "?"]


def set_line(line: Line, pens: Pens) -> str:
    """The line in the language of PDF, to stand between BT and ET."""
    red, green, blue = line.colour
    shown = [f"{red:g} {green:g} {blue:g} rg 1 0 0 1 {line.x:.2f} {line.y:.2f} Tm"]
    current, gap = "", f">{-line.spread:.1f}<" if line.spread else ""
    for part in line.parts:
        for character in part:
            name, code, _face = pens.pen(character, line.bold)
            if name != current:
                shown.append(f"{'>] TJ' if current else ''} {name} {line.size:.4g} Tf [<")
                current = name
            shown.append(code)
        shown.append(gap)
    return "".join([*shown, ">] TJ"])
