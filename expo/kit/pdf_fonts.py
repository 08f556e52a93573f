"""One font for a whole batch of papers: measured, cut down to the glyphs in use, put into the PDF once."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pikepdf
import uharfbuzz as hb
from pikepdf import Array, Dictionary, Name

from expo.kit.fonts import RARE, font_path

_NEEDLESS_TABLES = (b"cmap", b"GSUB", b"GPOS", b"GDEF", b"BASE", b"OS/2", b"name", b"vhea", b"vmtx", b"STAT")


@cache
def face(path: Path) -> "Face":
    """The font file, read once for a process."""
    return Face(path)


def faces(*, bold: bool) -> list["Face"]:
    """In the order in which characters are looked for: Noto Sans SC, then the fonts of rare characters."""
    return [face(path) for path in (font_path(bold=bold), *RARE) if path.exists()]


@cache
def advance(character: str, bold: bool) -> float:
    """The width of a character in the first font that has it, in thousandths of the letter size."""
    known = faces(bold=bold)
    return next((one for one in known if one.has(character)), known[0]).width(character)


class Face:
    """Widths and glyphs of a font file. Sizes are in thousandths of the letter size."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._face = hb.Face(hb.Blob.from_file_path(str(path)))
        self._font = hb.Font(self._face)
        self._widths: dict[str, float] = {}
        scale = 1000 / self._face.upem
        extents = self._font.get_font_extents("ltr")
        self.ascent: float = extents.ascender * scale
        self.descent: float = extents.descender * scale
        self._scale = scale

    def has(self, character: str) -> bool:
        return self._font.get_nominal_glyph(ord(character)) is not None

    def width(self, character: str) -> float:
        """The advance; a character that the font lacks has the width of its box."""
        found = self._widths.get(character)
        if found is None:
            glyph = self._font.get_nominal_glyph(ord(character)) or 0
            found = self._widths[character] = self._font.get_glyph_h_advance(glyph) * self._scale
        return found

    def subset(self, characters: Iterable[str]) -> tuple[bytes, dict[str, int]]:
        """The font with these characters only, and the number of each one's glyph in it."""
        wanted = sorted(set(characters))
        request = hb.SubsetInput()
        request.unicode_set.update({ord(character) for character in wanted})
        request.flags = (
            hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NOTDEF_OUTLINE
        )
        # A PDF names glyphs by their number and needs only what draws them.
        request.drop_table_tag_set.update({int.from_bytes(tag, "big") for tag in _NEEDLESS_TABLES})
        plan = hb.SubsetPlan(self._face, request)
        small = plan.execute()
        old_glyphs, new_glyphs = plan.unicode_to_old_glyph_mapping, plan.old_to_new_glyph_mapping
        return bytes(small.blob.data), {
            character: new_glyphs[old_glyphs[ord(character)]]
            for character in wanted
            if ord(character) in old_glyphs
        }


def embedded(
    document: pikepdf.Pdf, font: Face, characters: Iterable[str], name: str
) -> tuple[pikepdf.Object, dict[str, int]]:
    """The font as a PDF object, its text to be copied and searched, and each character's code in it."""
    content, glyphs = font.subset(characters)
    base = Name(f"/{name}+{font.path.stem}")
    widths = sorted((glyph, round(font.width(character))) for character, glyph in glyphs.items())
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=base,
        Flags=4,
        FontBBox=Array([-1000, round(font.descent), 2000, round(font.ascent)]),
        ItalicAngle=0,
        Ascent=round(font.ascent),
        Descent=round(font.descent),
        CapHeight=733,
        StemV=80,
        FontFile2=document.make_stream(content, Length1=len(content)),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=base,
        CIDSystemInfo=Dictionary(
            Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
        ),
        CIDToGIDMap=Name.Identity,
        DW=1000,
        W=Array([item for glyph, width in widths if width != 1000 for item in (glyph, Array([width]))]),
        FontDescriptor=document.make_indirect(descriptor),
    )
    return document.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=base,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([document.make_indirect(descendant)]),
            ToUnicode=document.make_stream(_to_unicode(glyphs)),
        )
    ), glyphs


def _to_unicode(glyphs: dict[str, int]) -> bytes:
    """The table by which copying and searching turn glyphs back into characters, in blocks of 100 as required."""
    pairs = sorted((glyph, character.encode("utf-16-be").hex()) for character, glyph in glyphs.items())
    blocks = []
    for start in range(0, len(pairs), 100):
        block = pairs[start : start + 100]
        lines = "\n".join(f"<{glyph:04x}> <{code}>" for glyph, code in block)
        blocks.append(f"{len(block)} beginbfchar\n{lines}\nendbfchar")
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n" + "\n".join(blocks) + "\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode()
