"""Cells that a spreadsheet program would run as formulas, made harmless and made themselves again."""

import re

# Full-width forms count: Excel with an East Asian language takes ＝ for =.
_ARMED = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def disarmed(text: str) -> str:
    """The text with an apostrophe before it if it begins like a formula; `rearmed` is the way back."""
    return f"'{text}" if _ARMED.match(text) else text


def rearmed(cell: str) -> str:
    """What `disarmed` was given; other cells stay as they are."""
    return cell[1:] if cell[:1] == "'" and _ARMED.match(cell) else cell


def is_armed(text: str) -> bool:
    """Whether a spreadsheet program could take the text for a formula."""
    return bool(_ARMED.match(text))
