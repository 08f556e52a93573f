"""Tables as people send and want them: CSV and XLSX in, with care, and out, harmless to open.

Reading: `open_sheet(path) -> Sheet`, `guess_mapping(sheet.header, columns) -> Mapping`, `sheet.rows()`.
Writing: `csv_chunks(columns, rows)`, `xlsx_chunks(columns, rows)`, `workbook_chunks(tables)`, `failed_rows(sheet, failures)`.
"""

from expo.kit.sheets.columns import Column, Mapping, guess_mapping
from expo.kit.sheets.reading import Limits, Row, RowError, Sheet, SheetKind, cell_text, open_sheet
from expo.kit.sheets.safety import disarmed, rearmed
from expo.kit.sheets.writing import OutColumn, csv_chunks, failed_rows, workbook_chunks, xlsx_chunks

__all__ = [
    "Column",
    "Limits",
    "Mapping",
    "OutColumn",
    "Row",
    "RowError",
    "Sheet",
    "SheetKind",
    "cell_text",
    "csv_chunks",
    "disarmed",
    "failed_rows",
    "guess_mapping",
    "open_sheet",
    "rearmed",
    "workbook_chunks",
    "xlsx_chunks",
]
