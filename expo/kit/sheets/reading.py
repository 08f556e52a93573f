"""Reading a table row by row, whatever a person's spreadsheet program made of it."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import python_calamine

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.sheets.columns import Column, header_score
from expo.kit.sheets.decoding import LONGEST_CELL, TextForm, recognise
from expo.kit.sheets.safety import rearmed
from expo.kit.sheets.workbook import require_harmless
from expo.kit.sniff import MediaKind, sniff

# Title rows, notes and empty rows may stand above the header; further down nobody puts it.
_HEADER_WITHIN = 20
_UNSEEN_ENDS = re.compile("^[\\s\ufeff\u200b\u2060]+|[\\s\ufeff\u200b\u2060]+$")


@dataclass(frozen=True)
class Limits:
    """What a file may have at most; `unpacked` and `cells` concern XLSX, which is held in memory."""

    size: int = 300 << 20
    rows: int = 1_000_000
    columns: int = 200
    unpacked: int = 400 << 20
    cells: int = 6_000_000


class SheetKind(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


class Row(NamedTuple):
    """A row with its number as a spreadsheet program shows it, from 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class RowError:
    """Why a row cannot be taken; `column` is the file's header, empty when the row as a whole is meant."""

    row: int
    column: str
    value: str
    message: Any


Records = Callable[[], Iterator[list[str]]]


@dataclass(frozen=True)
class Sheet:
    """An opened table. `rows()` may be called again and starts anew; CSV is never held in memory as a whole."""

    kind: SheetKind
    header: list[str]
    header_row: int
    estimated_rows: int
    limits: Limits
    encoding: str = ""
    delimiter: str = ""
    sheet_names: list[str] = field(default_factory=list)
    sheet_name: str = ""
    _records: Records = field(default=lambda: iter(()), repr=False)

    def rows(self) -> Iterator[Row]:
        """The rows below the header, trimmed; empty ones are left out but keep their number."""
        count = 0
        for number, record in enumerate(self._records(), 1):
            if number <= self.header_row:
                continue
            cells = _trimmed(record)
            if not any(cells):
                continue
            count += 1
            if count > self.limits.rows:
                raise Refused(
                    _l(
                        "The file has more than %(limit)s rows. Please split it into several files.",
                        limit=f"{self.limits.rows:,}",
                    )
                )
            yield Row(number, cells)

    def sample(self, count: int = 5) -> list[Row]:
        """The first rows, for showing how the columns were understood."""
        return list(islice(self.rows(), count))


def open_sheet(
    source: Path | bytes | BinaryIO,
    *,
    columns: Iterable[Column] = (),
    sheet_name: str = "",
    limits: Limits | None = None,
) -> Sheet:
    """Find out what the file is and where its header stands; refuses what is no table, with the reason.

    `columns` help to find the header under title rows. A workbook's first sheet with a table is taken unless
    `sheet_name` names another. A stream must be seekable and stay open while rows are read.
    """
    limits = limits or Limits()
    open_stream = _opener(source)
    with open_stream() as stream:
        size = stream.seek(0, 2)
        if not size:
            raise Refused(_l("The file is empty."))
        if size > limits.size:
            raise Refused(
                _l("The file is larger than %(limit)s MB. Please split it.", limit=limits.size >> 20)
            )
        kind = sniff(stream)
        if kind in (MediaKind.XLSX, MediaKind.XLSM):
            return _workbook(open_stream, stream, columns, sheet_name, limits)
        if kind not in (MediaKind.TEXT, MediaKind.UNKNOWN):
            raise Refused(
                _l(
                    "This file is %(kind)s, not a table. Please upload CSV or XLSX; "
                    "older Excel files can be saved as XLSX.",
                    kind=kind.label,
                )
            )
        form = recognise(stream)
    records = _csv_records(open_stream, form)
    header, header_row = _find_header(records, tuple(columns), limits)
    return Sheet(
        SheetKind.CSV,
        header,
        header_row,
        max(form.lines - header_row, 0),
        limits,
        encoding=form.encoding,
        delimiter=form.delimiter,
        _records=records,
    )


def _opener(source: Path | bytes | BinaryIO) -> Callable[[], "_Opened"]:
    return lambda: _Opened(source)


class _Opened:
    """The source as a stream for one `with` block; only what was opened here is closed."""

    def __init__(self, source: Path | bytes | BinaryIO) -> None:
        self._source = source
        self._own: BinaryIO | None = None

    def __enter__(self) -> BinaryIO:
        if isinstance(self._source, Path):
            self._own = self._source.open("rb")
            return self._own
        if isinstance(self._source, bytes):
            return io.BytesIO(self._source)
        self._source.seek(0)
        return self._source

    def __exit__(self, *_exception: object) -> None:
        if self._own is not None:
            self._own.close()


def _csv_records(open_stream: Callable[[], _Opened], form: TextForm) -> Records:
    def records() -> Iterator[list[str]]:
        with open_stream() as stream:
            text = io.TextIOWrapper(stream, encoding=form.encoding, newline="")
            try:
                lines = islice(text, form.skip, None)
                yield from _parsed(line.replace("\0", "") for line in lines)
            finally:
                text.detach()

    def _parsed(lines: Iterator[str]) -> Iterator[list[str]]:
        reader = csv.reader(lines, delimiter=form.delimiter)
        while True:
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise Refused(
                    _l(
                        "A cell near line %(line)s has more than %(limit)s characters; probably a quotation mark "
                        "is opened there and never closed.",
                        line=reader.line_num,
                        limit=f"{LONGEST_CELL:,}",
                    )
                ) from None

    return records


def _workbook(
    open_stream: Callable[[], _Opened],
    stream: BinaryIO,
    columns: Iterable[Column],
    sheet_name: str,
    limits: Limits,
) -> Sheet:
    require_harmless(stream, unpacked_limit=limits.unpacked, cell_limit=limits.cells)
    stream.seek(0)
    ours = tuple(columns)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(stream)
        names = _visible_sheets(workbook)
        if sheet_name and sheet_name not in names:
            raise Refused(
                _l("The workbook has no sheet named “%(name)s”.", name=sheet_name), field="sheet_name"
            )
        for name in [sheet_name] if sheet_name else names:
            table = workbook.get_sheet_by_name(name)
            if table.end is not None:
                break
        else:
            raise Refused(_l("The workbook has no sheet with a table in it."))
    except (python_calamine.CalamineError, OSError) as error:
        raise Refused(
            _l("This workbook cannot be read (%(reason)s). Please save it again as XLSX.", reason=str(error))
        ) from None

    def records() -> Iterator[list[str]]:
        # calamine gives the empty rows above the table, but leaves out the empty columns before it.
        margin = [""] * (table.start or (0, 0))[1]
        for cells in table.iter_rows():
            yield margin + [cell if isinstance(cell, str) else cell_text(cell) for cell in cells]

    header, header_row = _find_header(records, ours, limits)
    return Sheet(
        SheetKind.XLSX,
        header,
        header_row,
        max(table.total_height - header_row, 0),
        limits,
        sheet_names=names,
        sheet_name=name,
        _records=records,
    )


def _visible_sheets(workbook: python_calamine.CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        and sheet.visible == python_calamine.SheetVisibleEnum.Visible
    ]


def _find_header(records: Records, columns: tuple[Column, ...], limits: Limits) -> tuple[list[str], int]:
    """The row that names most of our columns; failing that, the first row about as wide as the table."""
    first = [_trimmed(cells) for cells in islice(records(), _HEADER_WITHIN)]
    filled = [sum(1 for cell in cells if cell) for cells in first]
    if not any(filled):
        raise Refused(
            _l("The file has no header row: its first %(count)s rows are empty.", count=_HEADER_WITHIN)
        )
    scores = [header_score(cells, columns) for cells in first]
    if max(scores) >= 2 or (max(scores) == 1 and max(filled) == 1):
        place = scores.index(max(scores))
    else:
        wide = max(filled)
        place = next(index for index, count in enumerate(filled) if count * 2 > wide or count == wide)
    header = first[place]
    while header and not header[-1]:
        header = header[:-1]
    if len(header) > limits.columns:
        raise Refused(
            _l(
                "The file has %(count)s columns; at most %(limit)s can be read.",
                count=len(header),
                limit=limits.columns,
            )
        )
    return header, place + 1


def _trimmed(cells: Sequence[str]) -> list[str]:
    """Cells without spaces around them and without the apostrophe that kept a formula from running."""
    # Looking once at the whole row is what lets 400,000 of them pass quickly: the odd signs are rare.
    row = "".join(cells)
    if "'" in row or "\u200b" in row or "\ufeff" in row or "\u2060" in row:
        return [_UNSEEN_ENDS.sub("", rearmed(cell)) for cell in cells]
    return [cell.strip() for cell in cells]


def cell_text(value: object) -> str:
    """A cell's value as a person would type it: 12.0 → 12, midnight without the time."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
        case Decimal():
            return format(value, "f")
        case datetime():
            if not (value.hour or value.minute or value.second):
                return value.date().isoformat()
            return value.strftime("%Y-%m-%d %H:%M" if not value.second else "%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M" if not value.second else "%H:%M:%S")
        case timedelta():
            hours, rest = divmod(int(value.total_seconds()), 3600)
            return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
        case _:
            return str(value)
