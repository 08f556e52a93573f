"""The fonts that papers and drawn pictures use: brought along, so that every machine draws the same."""

from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

STATIC = Path(__file__).resolve().parents[2] / "static"
_VENDORED = STATIC / "vendor" / "noto-sans-sc"

# Debian's fonts-hanazono: the extensions B to F of Unicode, for names that Noto Sans SC does not have.
RARE = (
    Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf"),
    Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf"),
)


def font_path(*, bold: bool = False) -> Path:
    """Noto Sans SC as TrueType: all of GBK and of 通用规范汉字表, 𬭼 and 㐂 included."""
    path = _VENDORED / ("NotoSansSC-Bold.ttf" if bold else "NotoSansSC-Regular.ttf")
    if not path.exists():
        raise RuntimeError(f"The font {path} is missing. Run: npm ci --ignore-scripts && scripts/vendor")
    return path


@cache
def characters(path: Path) -> frozenset[int]:
    """The code points a font can draw."""
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def undrawable(text: str) -> set[str]:
    """Characters that no font here can draw: they would be boxes on paper."""
    left = {character for character in set(text) if character.isprintable() and not character.isspace()}
    for path in (font_path(), *RARE):
        if left and path.exists():
            have = characters(path)
            left = {character for character in left if ord(character) not in have}
    return left
