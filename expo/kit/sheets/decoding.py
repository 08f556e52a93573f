"""How the bytes of a text file are to be read: its encoding and what parts its columns."""

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from expo.kit.language import _l
from expo.kit.refusals import Refused

_CHUNK = 1 << 20
_DELIMITERS = (",", "\t", ";", "|", "，")

# One cell may be a whole description, but a quote that is never closed must not swallow the file.
LONGEST_CELL = 200_000
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True)
class TextForm:
    """The encoding, the delimiter, and how many lines come before the table (Excel's `sep=;`)."""

    encoding: str
    delimiter: str
    skip: int
    lines: int


def recognise(stream: BinaryIO) -> TextForm:
    """Reads the whole stream once, so that a bad byte is told before the first row is taken."""
    stream.seek(0)
    encoding = _encoding(stream)
    stream.seek(0)
    lines = sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_CHUNK), b"")) + 1
    stream.seek(0)
    sample = codecs.getincrementaldecoder(encoding)().decode(stream.read(1 << 17)).replace("\0", "")
    first_line = sample.split("\n", 1)[0].strip().strip('"')
    if first_line.lower().startswith("sep=") and len(first_line) == 5:
        return TextForm(encoding, first_line[4], 1, lines)
    return TextForm(encoding, _delimiter(sample), 0, lines)


def _encoding(stream: BinaryIO) -> str:
    head = stream.read(4096)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return _proved(stream, name)
    utf16 = _unmarked_utf16(head)
    if utf16 and _first_bad_byte(stream, utf16) is None:
        return utf16
    place = _first_bad_byte(stream, "utf-8")
    if place is None:
        return "utf-8"
    if _is_mostly_utf8(stream, place):
        raise _unreadable(stream, place)
    return _proved(stream, "gb18030")


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without its mark: the zero bytes of its commas and digits all stand on one side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 50 < len(head) or min(even, odd) * 20 > max(even, odd):
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    # Stray zero bytes in another encoding do not make lines and columns.
    text = head[: len(head) // 2 * 2].decode(name, "replace")
    return name if "\n" in text and any(delimiter in text for delimiter in _DELIMITERS) else None


def _proved(stream: BinaryIO, encoding: str) -> str:
    place = _first_bad_byte(stream, encoding)
    if place is not None:
        raise _unreadable(stream, place)
    return encoding


def _first_bad_byte(stream: BinaryIO, encoding: str) -> int | None:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    while chunk := stream.read(_CHUNK):
        waiting = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return read - waiting + error.start
        read += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return max(read - 1, 0)
    return None


def _is_mostly_utf8(stream: BinaryIO, place: int) -> bool:
    """A slip in a UTF-8 file, not a file in another encoding: there almost every character would be wrong."""
    stream.seek(max(0, place - _CHUNK // 2))
    text = stream.read(_CHUNK).decode("utf-8", "replace")
    foreign = sum(character > "\x7f" for character in text)
    return text.count("\ufffd") * 10 < foreign


def _unreadable(stream: BinaryIO, place: int) -> Refused:
    stream.seek(0)
    line = stream.read(place).count(b"\n") + 1
    return Refused(
        _l(
            "Line %(line)s of the file cannot be read: its characters are neither UTF-8 nor GB18030 (GBK). "
            "Please save the file as “CSV UTF-8” and upload it again.",
            line=line,
        )
    )


def _delimiter(sample: str) -> str:
    """The sign that cuts the first rows into the most columns of the same number."""
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        widths = _widths(sample, delimiter)
        if not widths:
            continue
        width, rows = Counter(widths).most_common(1)[0]
        score = rows / len(widths) * min(width, 12) if width > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    widths: list[int] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if row:
                widths.append(len(row))
            if len(widths) > 40:
                break
        else:
            # The sample may end in the middle of a row.
            widths = widths[:-1] if len(widths) > 2 else widths
    except csv.Error:
        return widths
    return widths
