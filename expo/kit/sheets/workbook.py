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

_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Za-z]{1,3})(\d{1,7})"')
_SHARED_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?\bt="s"[^>]*><(?:\w+:)?v>(\d{1,9})<')
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
    unpacked = 0
    lengths: list[int] = []
    counts: dict[int, int] = {}
    for entry in entries:
        scan = _Scan(entry.filename, cell_limit)
        for piece in _inflated(stream, entry):
            unpacked += len(piece)
            if unpacked > unpacked_limit or (unpacked > _RATIO_FROM and unpacked > _RATIO * size):
                raise _bomb()
            scan.take(piece)
        lengths += scan.lengths
        for index, count in scan.references.items():
            counts[index] = counts.get(index, 0) + count
    characters = sum(lengths[index] * count for index, count in counts.items() if index < len(lengths))
    if characters > unpacked_limit * 4:
        raise _bomb()


class _Scan:
    """What one part of the workbook would become in memory, gathered while it is inflated."""

    def __init__(self, name: str, cell_limit: int) -> None:
        self.is_sheet = bool(re.fullmatch(r"xl/worksheets/[^/]+\.xml", name, re.IGNORECASE))
        self.is_strings = name.lower().endswith("sharedstrings.xml")
        self.cell_limit = cell_limit
        self.lengths: list[int] = []
        self.references: dict[int, int] = {}
        self._rest = b""
        self._open = 0
        self._columns: set[bytes] = set()
        self._last_row = 0

    def take(self, piece: bytes) -> None:
        if self.is_sheet:
            text = self._rest + piece
            # A cell's beginning may be cut by the end of the piece: keep it for the next one.
            cut = text.rfind(b"<c ", max(0, len(text) - 400))
            cut = cut if cut >= 0 else len(text)
            self._rest = text[cut:]
            self._cells(text[:cut])
        elif self.is_strings:
            self._strings(piece)

    def _cells(self, text: bytes) -> None:
        for column, row in _CELL.findall(text):
            self._columns.add(column)
            if len(row) >= 4 or not self._last_row:
                self._last_row = max(self._last_row, int(row))
        width = max((_column_number(column) for column in self._columns), default=0)
        if width * self._last_row > self.cell_limit:
            raise Refused(
                _l(
                    "The sheet reaches to row %(row)s and column %(column)s, which is more than can be read. "
                    "Please delete the empty rows and columns outside the table, or split the file.",
                    row=self._last_row,
                    column=width,
                )
            )
        for index in _SHARED_CELL.findall(text):
            number = int(index)
            self.references[number] = self.references.get(number, 0) + 1

    def _strings(self, piece: bytes) -> None:
        start = 0
        for end in _STRING_END.finditer(piece):
            self.lengths.append(self._open + end.start() - start)
            self._open, start = 0, end.end()
        self._open += len(piece) - start


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
