"""How Chinese is read aloud, out of the tables that pypinyin brings along.

pypinyin itself takes 57 MB of every process that uses it, most of it for phrases that are read as their characters are
anyway. Here only the others are kept: 重庆 is chóng, not zhòng, 银行 háng, not xíng.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
# Longer ones are proverbs, which no name holds.
_LONGEST = 6


def syllables(text: str) -> list[str]:
    """The syllables with the numbers of their tones, 5 for the neutral one: `zhang1`. Characters that have no reading
    and words in letters stay as they are."""
    return list(_read(text))


def plain_reading(character: str) -> str:
    """A character's first reading without its tone; the character itself if it has none."""
    return _characters().get(character, character).rstrip("12345") or character


def _read(text: str) -> Iterator[str]:
    characters, phrases, starts = _characters(), _phrases(), _starts()
    place, other = 0, ""
    while place < len(text):
        if text[place] not in characters:
            other += text[place]
            place += 1
            continue
        if other:
            yield other
            other = ""
        size = 1
        if text[place:place + 2] in starts:
            size = next((size for size in range(_LONGEST, 1, -1) if text[place:place + size] in phrases), 1)
        yield from phrases[text[place:place + size]].split() if size > 1 else [characters[text[place]]]
        place += size
    if other:
        yield other


@cache
def _characters() -> dict[str, str]:
    """The first reading of each character."""
    known: dict[str, str] = {}  # There are 1,300 syllables for 42,000 characters.
    found = {}
    for entry in re.finditer(r'"(\d+)"\s*:\s*"([^",]+)', _table("pinyin_dict.json")):
        syllable = _numbered(entry[2])
        found[chr(int(entry[1]))] = known.setdefault(syllable, syllable)
    return found


@cache
def _phrases() -> dict[str, str]:
    """The phrases that are not read as their characters one by one."""
    characters = _characters()
    numbered = cache(_numbered)
    found: dict[str, str] = {}
    phrase, said = "", list[str]()
    for entry in re.finditer(r'"([^"]+)"(\s*:)?', _table("phrases_dict.json")):
        if not entry[2]:
            said.append(numbered(entry[1]))
            continue
        _keep(found, phrase, said, characters)
        phrase, said = entry[1], []
    _keep(found, phrase, said, characters)
    return found


@cache
def _starts() -> frozenset[str]:
    """What the phrases begin with: most characters need not be looked at any further."""
    return frozenset(phrase[:2] for phrase in _phrases())


def _keep(found: dict[str, str], phrase: str, said: list[str], characters: dict[str, str]) -> None:
    if 1 < len(phrase) == len(said) <= _LONGEST and said != [characters.get(character) for character in phrase]:
        found[phrase] = " ".join(said)


def _numbered(said: str) -> str:
    """`zhang1` of `zhāng`, `lv3` of `lǚ`."""
    parts = unicodedata.normalize("NFD", said)
    tone = next((_TONES[part] for part in parts if part in _TONES), "5")
    plain = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
    return plain.replace("ü", "v") + tone


def _table(name: str) -> str:
    # The package is found but not loaded: loading reads both tables whole.
    spec = find_spec("pypinyin")
    assert spec
    assert spec.origin
    return (Path(spec.origin).parent / name).read_text(encoding="utf-8")
