"""Tables for people: CSV that Excel opens in Chinese, XLSX with a header that stays in sight."""

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import chain, count, islice
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from expo.kit.language import _l
from expo.kit.sheets.reading import cell_text
from expo.kit.sheets.safety import disarmed, is_armed

_ROWS_A_CHUNK = 500
_MEASURED_ROWS = 100
_EXCEL_ROWS = 1_048_575
_EXCEL_CELL = 32_767
# Excel keeps 15 digits; longer whole numbers are codes and stay text.
_EXACT = 10**15
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")
# The same table gives the same file: no moment of writing inside.
_WRITTEN = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class OutColumn:
    """A column's header; `number_format` is Excel's, such as `#,##0.00`; without a width it fits the content."""

    label: Any
    width: float | None = None
    number_format: str = ""


Columns = Sequence["OutColumn | str"]
Rows = Iterable[Sequence[object]]


def csv_chunks(columns: Columns, rows: Rows, *, zone: ZoneInfo | None = None) -> Iterator[bytes]:
    """UTF-8 with its mark, lines ended as RFC 4180 says; texts that look like formulas disarmed."""
    yield b"\xef\xbb\xbf"
    remaining = chain([[str(_column(column).label) for column in columns]], rows)
    while batch := list(islice(remaining, _ROWS_A_CHUNK)):
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows([_csv_cell(value, zone) for value in row] for row in batch)
        yield buffer.getvalue().encode("utf-8", "replace")


def xlsx_chunks(
    columns: Columns, rows: Rows, *, title: str = "", zone: ZoneInfo | None = None
) -> Iterator[bytes]:
    """A workbook of one sheet (more when Excel's rows run out), written to a temporary file first."""
    return workbook_chunks([(title, columns, rows)], zone=zone)


def workbook_chunks(tables: Iterable[tuple[str, Columns, Rows]], *, zone: ZoneInfo | None = None) -> Iterator[bytes]:
    """The same for several tables, each (title, columns, rows) a sheet of its own."""
    with tempfile.TemporaryFile() as file:
        _write_workbook(file, [(_sheet_title(title), [_column(column) for column in columns], rows)
                               for title, columns, rows in tables], zone)
        file.seek(0)
        yield from iter(lambda: file.read(1 << 16), b"")


def failed_rows(
    header: Sequence[str], failures: Iterable[tuple[Sequence[str], str]], *, reason_label: Any = None
) -> Iterator[bytes]:
    """The rows that were not taken, as they were, with the reason behind them: to be mended and sent again."""
    label = str(reason_label or _l("Reason"))
    # A file that failed before carries its old reasons: they are replaced, not repeated.
    width = len(header) - 1 if header and header[-1] == label else len(header)

    def rows() -> Iterator[list[str]]:
        for cells, reason in failures:
            padded = [*cells[:width], *[""] * (width - len(cells))]
            yield [*padded, reason]

    return csv_chunks([*header[:width], label], rows())


def _column(column: OutColumn | str) -> OutColumn:
    return column if isinstance(column, OutColumn) else OutColumn(column)


def _local(value: object, zone: ZoneInfo | None) -> object:
    """Moments in the event's zone, where the reader's clock hangs."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(zone or UTC).replace(tzinfo=None)
    return value


def _csv_cell(value: object, zone: ZoneInfo | None) -> str:
    if isinstance(value, str):
        return disarmed(value)
    if value is None or isinstance(value, bool | int | float | Decimal | date | time):
        return cell_text(_local(value, zone))
    return disarmed(str(value))


def _write_workbook(file: Any, tables: list[tuple[str, list[OutColumn], Rows]], zone: ZoneInfo | None) -> None:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "default_date_format": "yyyy-mm-dd",
    }
    workbook = xlsxwriter.Workbook(file, options)
    workbook.set_properties({"created": _WRITTEN, "title": tables[0][0]})
    head = workbook.add_format(
        {
            "bold": True,
            "bg_color": "#1F3A5F",
            "font_color": "#FFFFFF",
            "valign": "vcenter",
            "text_wrap": True,
            "border": 1,
        }
    )
    for title, columns, rows in tables:
        _write_table(workbook, title, columns, rows, head, zone)
    workbook.close()


def _write_table(workbook: Any, title: str, columns: list[OutColumn], rows: Rows, head: Format, zone: ZoneInfo | None) -> None:
    formats = _Formats(workbook, columns)
    remaining = iter(rows)
    while True:
        sheet = workbook.add_worksheet(_free_name(workbook, title))
        first = list(islice(remaining, _MEASURED_ROWS))
        _lay_out(sheet, columns, first, head, zone)
        number = 0
        for number, row in enumerate(chain(first, islice(remaining, _EXCEL_ROWS - len(first))), 1):
            for place, value in enumerate(row):
                _write_cell(sheet, number, place, _local(value, zone), formats)
        sheet.autofilter(0, 0, max(number, 1), max(len(columns) - 1, 0))
        following = list(islice(remaining, 1))
        if not following:
            break
        remaining = chain(following, remaining)


def _free_name(workbook: Any, title: str) -> str:
    """Excel wants each name once, whatever its capitals; the next sheet of the same title is numbered."""
    taken = {name.lower() for name in workbook.sheetnames}
    names = chain([title], (f"{title[:27]} {number}" for number in count(2)))
    return next(name for name in names if name.lower() not in taken)


class _Formats:
    """The few cell formats of a workbook, made once."""

    def __init__(self, workbook: Any, columns: list[OutColumn]) -> None:
        self.day: Format = workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.moment: Format = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        self.clock: Format = workbook.add_format({"num_format": "hh:mm", "align": "left"})
        # What Excel's own apostrophe does: the text stays text also when somebody edits the cell.
        self.quoted: Format = workbook.add_format({"quote_prefix": True})
        self.numbers: list[Format | None] = [
            workbook.add_format({"num_format": column.number_format}) if column.number_format else None
            for column in columns
        ]


def _write_cell(sheet: Worksheet, row: int, place: int, value: object, formats: _Formats) -> None:
    if isinstance(value, str):
        if value:
            _write_text(sheet, row, place, value, formats)
        return
    number_format = formats.numbers[place] if place < len(formats.numbers) else None
    match value:
        case None:
            pass
        case bool():
            sheet.write_boolean(row, place, value)
        case int() if abs(value) >= _EXACT:
            sheet.write_string(row, place, str(value))
        case int() | float() | Decimal():
            sheet.write_number(row, place, value, number_format)
        case datetime():
            sheet.write_datetime(row, place, value, formats.moment)
        case date():
            sheet.write_datetime(row, place, value, formats.day)
        case time():
            sheet.write_datetime(row, place, value, formats.clock)
        case _:
            _write_text(sheet, row, place, str(value), formats)


def _write_text(sheet: Worksheet, row: int, place: int, text: str, formats: _Formats) -> None:
    if _HALF_CHARACTERS.search(text):
        text = text.encode("utf-8", "replace").decode()
    if len(text) > _EXCEL_CELL:
        text = text[: _EXCEL_CELL - 1] + "…"
    sheet.write_string(row, place, text, formats.quoted if is_armed(text) else None)


def _lay_out(
    sheet: Worksheet,
    columns: list[OutColumn],
    first: list[Sequence[object]],
    head: Format,
    zone: ZoneInfo | None,
) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 24)
    for place, column in enumerate(columns):
        texts = [
            str(column.label),
            *(cell_text(_local(row[place], zone)) for row in first if place < len(row)),
        ]
        longest = max(_wide(text.split("\n", 1)[0]) for text in texts)
        sheet.set_column(place, place, column.width or min(max(longest + 2, 8), 48))
        sheet.write_string(0, place, str(column.label), head)


def _wide(text: str) -> int:
    """The width in columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text[:60])


def _sheet_title(title: str) -> str:
    """Excel allows 31 characters and none of []:*?/\\ in the name of a sheet."""
    return (
        "".join("_" if character in "[]:*?/\\'" else character for character in title)[:31].strip()
        or "Sheet1"
    )
