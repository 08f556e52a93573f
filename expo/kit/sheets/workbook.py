"""XLSX files: looked through before they are opened, because a small one can unfold to fill the memory."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from expo.kit.language import _l
from expo.kit.refusals import Refused

_CHUNK = 1 << 18
_ENTRIES = 2_000
# Sheets of real tables shrink to a tenth or a twentieth; bombs to a thousandth.
_RATIO = 150
_RATIO_FROM = 20 << 20

# A sheet may lie under any name and write its tags with a prefix and any quotes: what is looked for is loose.
_COLUMN = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})\d""")
_ROW = re.compile(rb"""<(?:\w+:)?(?:c|row)\s[^>]*?\br\s*=\s*["'][A-Za-z]{0,3}(\d{1,7})["']""")
_VALUE = re.compile(rb"v\s*>\s*(\d{1,9})\s*<")
_LONGEST_TAG = 1 << 16
_STRING_END = re.compile(rb"</(?:\w+:)?si>|<(?:\w+:)?si/>")


def require_harmless(stream: BinaryIO, *, unpacked_limit: int, cell_limit: int) -> None:
    """Refuse a workbook that would unfold to more than the limits: by its directory, then by unpacking it.

    The directory of a zip file is only a claim, so each part is really inflated, piece by piece, and counted.
    Sheets are scanned for the corner of their used area (a reader keeps the whole rectangle) and for how many
    characters their references to shared strings amount to.
    """
    stream.seek(0)
    try:
        archive = zipfile.ZipFile(stream)
        entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        raise _broken() from None
    if len(entries) > _ENTRIES or sum(entry.file_size for entry in entries) > unpacked_limit:
        raise _bomb()
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused(_l("This workbook is protected by a password. Please save it without one."))
    if "[Content_Types].xml" not in archive.namelist():
        raise _broken()
    size = _size(stream)
    unpacked = values = 0
    lengths: list[int] = []
    for entry in entries:
        scan = _Scan(cell_limit)
        for piece in _inflated(stream, entry):
            unpacked += len(piece)
            if unpacked > unpacked_limit or (unpacked > _RATIO_FROM and unpacked > _RATIO * size):
                raise _bomb()
            scan.take(piece)
        lengths += scan.lengths
        values += scan.closed_tags
    # Only tables with long texts need the exact count: most end here.
    characters_limit = unpacked_limit * 4
    if max(lengths, default=0) * values > characters_limit:
        _require_few_characters(stream, entries, lengths, characters_limit)


def _require_few_characters(
    stream: BinaryIO, entries: list[zipfile.ZipInfo], lengths: list[int], characters_limit: int
) -> None:
    """Refuse when the shared strings, written out in every cell that refers to them, are too long together.

    Plain numbers are counted as references too; a text of average length for each does no harm.
    """
    characters = 0
    for entry in entries:
        for piece in _inflated(stream, entry):
            characters += sum(
                lengths[number] for number in map(int, _VALUE.findall(piece)) if number < len(lengths)
            )
            if characters > characters_limit:
                raise _bomb()


class _Scan:
    """What one part of the workbook would become in memory, gathered while it is inflated."""

    def __init__(self, cell_limit: int) -> None:
        self.lengths: list[int] = []
        self.closed_tags = 0
        self._cell_limit = cell_limit
        self._rest = b""
        self._open_length = 0
        self._columns: set[bytes] = set()
        self._last_row = 0

    def take(self, piece: bytes) -> None:
        text = self._rest + piece
        # The last tag may be cut by the end of the piece: keep it for the next one.
        cut = text.rfind(b"<")
        cut = cut if cut >= 0 and text.find(b">", cut) < 0 else len(text)
        self._rest = text[cut:]
        if len(self._rest) > _LONGEST_TAG:
            # No tag is that long; a picture among the parts may look like one, and is none of our business.
            self._rest = b""
        text = text[:cut]
        self.closed_tags += text.count(b"</")
        self._corner(text)
        self._strings(text)

    def _corner(self, text: bytes) -> None:
        self._columns.update(_COLUMN.findall(text))
        self._last_row = max([self._last_row, *map(int, set(_ROW.findall(text)))])
        width = max((_column_number(column) for column in self._columns), default=1)
        if width * self._last_row > self._cell_limit:
            raise Refused(
                _l(
                    "The sheet reaches to row %(row)s and column %(column)s, which is more than can be read. "
                    "Please delete the empty rows and columns outside the table, or split the file.",
                    row=self._last_row,
                    column=width,
                )
            )

    def _strings(self, text: bytes) -> None:
        start = 0
        for end in _STRING_END.finditer(text):
            self.lengths.append(self._open_length + end.start() - start)
            self._open_length, start = 0, end.end()
        self._open_length += len(text) - start


def _inflated(stream: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The entry's real content, however long it claims to be."""
    stream.seek(entry.header_offset)
    header = stream.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise _broken()
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    stream.seek(name_length + extra_length, 1)
    left = entry.compress_size
    if entry.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (piece := stream.read(min(_CHUNK, left))):
            left -= len(piece)
            yield piece
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise _broken()
    inflater = zlib.decompressobj(-15)
    try:
        while left > 0 and not inflater.eof and (packed := stream.read(min(_CHUNK, left))):
            left -= len(packed)
            while packed and not inflater.eof:
                yield inflater.decompress(packed, _CHUNK * 4)
                packed = inflater.unconsumed_tail
        while not inflater.eof and (piece := inflater.decompress(b"", _CHUNK * 4)):
            yield piece
    except zlib.error:
        raise _broken() from None


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _size(stream: BinaryIO) -> int:
    stream.seek(0, 2)
    return stream.tell()


def _bomb() -> Refused:
    return Refused(
        _l(
            "This workbook unpacks to far more than its size and is not opened. "
            "Please save the table alone as a new XLSX or as CSV, and split it if it is very large."
        )
    )


def _broken() -> Refused:
    return Refused(
        _l("This is not a readable XLSX workbook; it may be damaged. Please save it again and retry.")
    )
