"""Words for searching and sorting, written amounts and dates, masks, and long texts."""

import re
import unicodedata
from collections import Counter
from datetime import date
from functools import lru_cache
from operator import add

from markupsafe import Markup, escape

from expo.kit import pinyin
from expo.kit.surnames import SURNAME_READINGS

# Scripts written without spaces: Han with its extensions, 〇 and 々, kana, bopomofo, hangul and Yi.
_RUN = (
    "\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua000-\ua48c\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECES = re.compile(rf"[{_RUN}]+|[^\W_{_RUN}]+")
_FIRST_OF_RUN = "\u3005"

Phrase = tuple[str, ...]


def normal(text: str) -> str:
    """Full-width and compatibility forms made plain (NFKC), capitals made small."""
    return unicodedata.normalize("NFKC", text).casefold()


def bigrams(text: str) -> str:
    """The searchable form of a text, tokens with spaces between them.

    A run of Chinese becomes its overlapping pairs and its last character (污水处理 → 污水 水处 处理 理), so
    that pairs find words and the start of a pair finds single characters. Other words stay whole.
    """
    tokens: list[str] = []
    for piece in _PIECES.findall(normal(text)):
        if piece[0] >= _FIRST_OF_RUN:
            tokens.extend(map(add, piece, piece[1:]))
            tokens.append(piece[-1])
        else:
            tokens.append(piece)
    return " ".join(tokens)


def query_phrases(query: str) -> list[Phrase]:
    """What to look for, one phrase per run of Chinese or word; all of them must be found.

    The tokens of a phrase follow each other; its last one ends in `*` when it is only the start of a token:
    a single Chinese character, or a word of three letters or more at the end, which may still be being typed.
    """
    pieces = _PIECES.findall(normal(query))
    phrases: list[Phrase] = []
    for index, piece in enumerate(pieces):
        if piece[0] < _FIRST_OF_RUN:
            phrases.append((piece + "*" if len(piece) > 2 and index == len(pieces) - 1 else piece,))
        elif len(piece) == 1:
            phrases.append((piece + "*",))
        else:
            phrases.append(tuple(map(add, piece, piece[1:])))
    return phrases


def fts5_match(query: str) -> str:
    """The right side of SQLite's `MATCH` on a column of `bigrams`; empty when there is nothing to look for."""
    return " AND ".join(
        f'"{" ".join(phrase)[:-1]}" *' if phrase[-1].endswith("*") else f'"{" ".join(phrase)}"'
        for phrase in query_phrases(query)
    )


def tsquery(query: str) -> str:
    """The argument of PostgreSQL's `to_tsquery('simple', …)` on `to_tsvector('simple', bigrams(…))`."""
    return " & ".join(
        "("
        + " <-> ".join(f"'{token[:-1]}':*" if token.endswith("*") else f"'{token}'" for token in phrase)
        + ")"
        for phrase in query_phrases(query)
    )


def similarity(a: str, b: str) -> float:
    """How alike two titles are, 0 to 1: the Dice coefficient of their character pairs."""
    first, second = _pairs(a), _pairs(b)
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0


@lru_cache(maxsize=8192)
def _pairs(text: str) -> Counter[str]:
    characters = "".join(character for character in normal(text) if character.isalnum())
    if len(characters) == 1:
        return Counter([characters])
    return Counter(characters[place : place + 2] for place in range(len(characters) - 1))


def mask_phone(phone: str) -> str:
    """`138****5678`; numbers from elsewhere keep their country code's beginning and the last four digits."""
    digits = phone.removeprefix("+86").replace(" ", "")
    if len(digits) < 8:
        return "*" * len(digits)
    return (
        f"{digits[:3]}****{digits[-4:]}" if not digits.startswith("+") else f"{digits[:4]}****{digits[-3:]}"
    )


def mask_email(address: str) -> str:
    """`z***@example.cn`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else "***"


def mask_address(address: str) -> str:
    """An e-mail address or a phone number, masked as what it is."""
    return mask_email(address) if "@" in address else mask_phone(address)


def mask_name(name: str) -> str:
    """`张**`; of a name in letters each word keeps its first one."""
    return " ".join(word[:1] + "*" * min(len(word) - 1, 3) if len(word) > 1 else "*" for word in name.split())


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_SECTIONS = ("", "万", "亿", "万亿")


def amount_in_capitals(fen: int) -> str:
    """An amount in the capitals that cheques and contracts ask for: 168032 → 壹仟陆佰捌拾元零叁角贰分.

    After 支付结算办法, annex 1 (正确填写票据和结算凭证的基本规定); where that leaves a choice, its first form.
    Zeros inside are one 零, also where the yuan or 角 digit is 0; 整 ends an amount without 分.
    """
    if fen < 0:
        return "负" + amount_in_capitals(-fen)
    yuan, rest = divmod(fen, 100)
    jiao, fen_digit = divmod(rest, 10)
    if yuan >= 10**16:
        raise ValueError("Amounts from 10^16 yuan on have no usual written form.")
    words = _whole(yuan) + "元" if yuan else ""
    if not rest:
        return (words or "零元") + "整"
    if yuan and (yuan % 10 == 0 or not jiao):
        words += "零"
    if jiao:
        words += _DIGITS[jiao] + "角"
    return words + (_DIGITS[fen_digit] + "分" if fen_digit else "整")


def _whole(number: int) -> str:
    """Sections of four digits, the highest first; 零 where a section's own thousands are missing."""
    sections = []
    while number:
        number, section = divmod(number, 10_000)
        sections.append(section)
    words = ""
    gap = False
    for index in range(len(sections) - 1, -1, -1):
        section = sections[index]
        if not section:
            gap = bool(words)
            continue
        if words and (gap or section < 1000):
            words += "零"
        words += _section(section) + _unit(index, sections)
        gap = False
    return words


def _unit(index: int, sections: list[int]) -> str:
    # 壹万零壹亿: the 万 of 万亿 is followed by its own 亿 unless the section below brings it.
    if index == 3 and len(sections) > 2 and sections[2]:
        return "万"
    return _SECTIONS[index]


def _section(number: int) -> str:
    """1…9999 without leading zeros; zeros inside once, at the end not at all."""
    words = ""
    gap = False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if not digit:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return words


def numeric_date(day: date) -> str:
    """2026年11月21日."""
    return f"{day.year}年{day.month}月{day.day}日"


@lru_cache(maxsize=65536)
def pinyin_key(name: str) -> str:
    """A key that sorts names as a Chinese directory does: by sound with tones, then by character.

    Surnames are read as surnames: 单 shàn, 仇 qiú, 解 xiè, 区 ōu, 曾 zēng.
    """
    plain = normal(name).strip()
    surname = next((plain[:size] for size in (2, 1) if plain[:size] in SURNAME_READINGS and plain[:size]), "")
    syllables = list(SURNAME_READINGS[surname]) if surname else []
    rest = plain[len(surname) :]
    if rest:
        syllables += pinyin.syllables(rest)
    return " ".join([*syllables, plain])


@lru_cache(maxsize=65536)
def sound_of(text: str) -> str:
    """The text as it sounds without tones, characters by their first reading: 张伟, 張偉, 章玮 and Zhang Wei are `zhangwei`."""
    return "".join(pinyin.plain_reading(character) for character in normal(text) if not character.isspace())


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, the last one … when something was cut; never half of a joined character."""
    if len(text) <= limit:
        return text
    end = max(limit - 1, 0)
    while end and _joins(text, end):
        end -= 1
    return text[:end].rstrip() + "…"


def _joins(text: str, place: int) -> bool:
    """Whether the characters before and at `place` belong together (accents, variants, joined emoji)."""
    here, before = text[place], text[place - 1]
    skin = "\U0001f3fb" <= here <= "\U0001f3ff"
    return bool(
        unicodedata.combining(here)
        or unicodedata.category(here).startswith("M")
        or "\u200d" in (here, before)
        or skin
    )


def paragraphs(text: str) -> Markup:
    """Plain text as HTML: empty lines part paragraphs, single line ends become line breaks."""
    blocks = [block.strip() for block in re.split(r"\r?\n[ \t]*(?:\r?\n[ \t]*)+", text) if block.strip()]
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line.strip()) for line in block.splitlines()))
        for block in blocks
    )
