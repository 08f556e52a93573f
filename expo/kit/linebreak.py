"""Where lines of Chinese and mixed text may end: no comma at a line's start, no opening bracket at its end."""

import re
from collections.abc import Callable

# GB/T 15834-2011, 5.1: signs that may not begin a line, and signs that may not end one.
_NOT_FIRST = frozenset("，。、；：？！）】》」』〉〕”’…—～·,.;:?!)]}%‰℃°")
_NOT_LAST = frozenset("（【《「『〈〔“‘([{￥$№#")

# Words, numbers and codes stay whole; spaces end a piece; everything else may break anywhere.
_PIECE = re.compile(r"[A-Za-zÀ-ɏ0-9][A-Za-zÀ-ɏ0-9@&+/_.\-]*|\s+|.", re.DOTALL)

Measure = Callable[[str], float]

# 阿卜杜热依木江·买买提: the parts of a name stay whole, if they can.
_DOTTED_NAME = re.compile(r"[\u3400-\u9fff]{1,14}(?:[·•・‧][\u3400-\u9fff]{1,14})+")


def wrapped(text: str, measure: Measure, width: float, *, lines: int | None = None) -> list[str]:
    """The text in lines no wider than `width`; with `lines`, the last of them ends in … when text is left over."""
    found: list[str] = []
    current = ""
    for piece in pieces(" ".join(text.split())):
        if measure((current + piece).rstrip()) <= width:
            current += piece
            continue
        if current.strip():
            found.append(current.strip())
        current = piece.lstrip()
        while measure(current) > width and len(current) > 1:
            head = _fitting(current, measure, width)
            found.append(head)
            current = current[len(head) :]
    if current.strip():
        found.append(current.strip())
    if lines is not None and len(found) > lines:
        found = [*found[: lines - 1], _ended(found[lines - 1], measure, width)]
    return found


def in_whole_words(text: str, measure: Measure, width: float) -> list[str]:
    """The text in lines that end at spaces only; nothing if some word is wider than a line."""
    found: list[str] = []
    for word in text.split():
        if measure(word) > width:
            return []
        if found and measure(f"{found[-1]} {word}") <= width:
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def fitted(text: str, measure: Measure, width: float) -> str:
    """One line of it, cut with … if it is too wide."""
    return wrapped(text, measure, width, lines=1)[0] if text.strip() else ""


def pieces(text: str) -> list[str]:
    """What stays on one line: words, parts of names, single characters with the signs that belong to them."""
    if _DOTTED_NAME.fullmatch(text):
        return re.findall(r"[^·•・‧]+[·•・‧]?", text)
    return _bound(_PIECE.findall(text))


def _bound(pieces: list[str]) -> list[str]:
    """Pieces joined to their neighbours where a line may not break between them."""
    bound: list[str] = []
    for piece in pieces:
        if bound and (piece[0] in _NOT_FIRST or bound[-1][-1] in _NOT_LAST) and not bound[-1].isspace():
            bound[-1] += piece
        else:
            bound.append(piece)
    return bound


def _fitting(text: str, measure: Measure, width: float) -> str:
    """As much of one overlong piece as fits, at least a character."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def _ended(line: str, measure: Measure, width: float) -> str:
    while line and measure(line + "…") > width:
        line = line[:-1]
    return line.rstrip("，。、；： ") + "…"
