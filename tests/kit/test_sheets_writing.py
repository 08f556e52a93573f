import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.kit.sheets import (
    OutColumn,
    csv_chunks,
    disarmed,
    failed_rows,
    open_sheet,
    rearmed,
    workbook_chunks,
    xlsx_chunks,
)

pytestmark = pytest.mark.usefixtures("in_english")

SHANGHAI = ZoneInfo("Asia/Shanghai")
FORMULAS = [
    '=HYPERLINK("http://x")',
    "+86 138",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "'=1",
    "=cmd|' /C calc'!A0",
]


@given(st.text(max_size=12))
def test_a_disarmed_text_can_be_had_back(text: str) -> None:
    assert rearmed(disarmed(text)) == text


@given(st.sampled_from("=+-@\t\r＝＋－＠"), st.text(max_size=8))
def test_nothing_that_begins_like_a_formula_is_written_bare(sign: str, rest: str) -> None:
    written = b"".join(csv_chunks(["甲"], [[sign + rest]])).decode("utf-8-sig")
    cell = list(csv.reader(io.StringIO(written, newline="")))[1][0]
    assert cell[0] == "'"


def test_harmless_texts_and_numbers_are_written_as_they_are() -> None:
    content = b"".join(csv_chunks(["甲", "乙", "丙", "丁"], [["a=b", -5, Decimal("-2.50"), "O'Neil"]]))
    assert content.decode("utf-8-sig").splitlines()[1] == "a=b,-5,-2.50,O'Neil"


def test_csv_opens_in_excel_in_chinese() -> None:
    content = b"".join(csv_chunks([OutColumn("项目名称")], [["污水"]]))
    assert content == b"\xef\xbb\xbf" + "项目名称\r\n污水\r\n".encode()


def test_each_sheet_of_a_workbook_has_a_name_of_its_own() -> None:
    titles = ["观众", "观众", "Polls", "POLLS", "观众"]
    content = b"".join(workbook_chunks([(title, ["甲"], [[number]]) for number, title in enumerate(titles)]))
    text = zipfile.ZipFile(io.BytesIO(content)).read("xl/workbook.xml").decode()
    assert re.findall('sheet name="([^"]+)"', text) == ["观众", "观众 2", "Polls", "POLLS 2", "观众 3"]


def test_moments_are_written_in_the_events_zone() -> None:
    moment = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    row = [moment, date(2026, 11, 21), None, True]
    as_csv = b"".join(csv_chunks(["甲", "乙", "丙", "丁"], [row], zone=SHANGHAI)).decode()
    assert as_csv.splitlines()[1] == "2026-11-21 02:30,2026-11-21,,TRUE"
    as_xlsx = b"".join(xlsx_chunks(["甲", "乙", "丙", "丁"], [row], zone=SHANGHAI))
    assert open_sheet(as_xlsx).sample()[0].cells == ["2026-11-21 02:30", "2026-11-21", "", "TRUE"]


def test_rows_are_written_while_they_come() -> None:
    taken = 0

    def rows() -> list[list[str]]:
        nonlocal taken
        for taken in range(10_000):  # noqa: B007  # Read from outside, to see how far the writer is.
            yield ["x"]  # type: ignore[misc]

    chunks = csv_chunks(["甲"], rows())
    next(chunks), next(chunks)
    assert taken < 1000


def sheet_xml(content: bytes, name: str = "xl/worksheets/sheet1.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


def test_a_workbook_keeps_its_header_in_sight_and_numbers_as_numbers() -> None:
    content = b"".join(
        xlsx_chunks(
            ["项目名称", OutColumn("金额", number_format="#,##0.00")], [["污水处理", 1.5]], title="单"
        )
    )
    xml = sheet_xml(content)
    assert 'state="frozen"' in xml
    assert "<autoFilter" in xml
    assert "<v>1.5</v>" in xml
    assert 'width="10' in xml
    sheet = open_sheet(content)
    assert (sheet.sheet_name, sheet.header) == ("单", ["项目名称", "金额"])


@pytest.mark.parametrize("text", FORMULAS)
def test_a_workbook_holds_formulas_as_quoted_text(text: str) -> None:
    content = b"".join(xlsx_chunks(["甲", "乙"], [[text, "x"]]))
    assert "<f>" not in sheet_xml(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert 'quotePrefix="1"' in archive.read("xl/styles.xml").decode()


@settings(max_examples=25)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=10),
        min_size=1,
        max_size=6,
    )
)
def test_workbook_texts_are_read_again(texts: list[str]) -> None:
    content = b"".join(xlsx_chunks(["甲", "乙"], [[text, "x"] for text in texts]))
    assert [rearmed(row.cells[0]) for row in open_sheet(content).rows()] == [rearmed(text) for text in texts]


def test_long_codes_keep_every_digit() -> None:
    content = b"".join(xlsx_chunks(["甲", "乙"], [[123456789012345678, "x"]]))
    assert open_sheet(content).sample()[0].cells[0] == "123456789012345678"


def test_the_same_table_gives_the_same_file() -> None:
    first, second = (b"".join(xlsx_chunks(["甲"], [["x", 1]], title="t")) for _time in range(2))
    assert first == second


def test_sheet_names_that_excel_forbids_are_changed() -> None:
    assert open_sheet(
        b"".join(xlsx_chunks(["甲", "乙"], [["x", "y"]], title="a/b[1]:很长" + "长" * 40))
    ).sheet_name.startswith("a_b_1__很长")


def test_failed_rows_come_back_with_the_reason_behind_them() -> None:
    content = b"".join(
        failed_rows(["单号", "标题"], [(["T1"], "No title."), (["T2", "=1+1", "多余"], "Twice.")])
    )
    sheet = open_sheet(content)
    assert sheet.header == ["单号", "标题", "Reason"]
    assert [row.cells for row in sheet.rows()] == [["T1", "", "No title."], ["T2", "=1+1", "Twice."]]


def test_a_file_that_failed_again_has_one_reason_only() -> None:
    first = open_sheet(b"".join(failed_rows(["单号", "标题"], [(["T1", "甲"], "Old.")])))
    second = open_sheet(b"".join(failed_rows(first.header, [(first.sample()[0].cells, "New.")])))
    assert second.header == ["单号", "标题", "Reason"]
    assert second.sample()[0].cells == ["T1", "甲", "New."]
