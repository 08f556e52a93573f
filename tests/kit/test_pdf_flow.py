"""Running text: nothing is lost, nothing runs over the edges, and what belongs together stays together."""

import io
import random

import pikepdf
import pytest

from expo.kit.pdf_flow import Block, Column, Flowed, flowed, is_plain
from expo.kit.pdf_fonts import advance
from expo.kit.pdf_pens import Line
from expo.kit.pdf_slots import Passage, stamp_templates
from expo.kit.pdf_stamp import Heading, Placed, Press, Sheet
from tests.paper import read_text

TEXT = Passage("text", x=50, y=700, width=400, height=17, size=10, leading=1.7, bold=False, colour=(0, 0, 0),
               indent=20, before=0, after=5, is_justified=True)
HEAD = Passage("head", x=50, y=700, width=400, height=16, size=10, leading=1.6, bold=True, colour=(0, 0, 0),
               indent=0, before=10, after=3, is_justified=False)
END = Passage("end", x=50, y=700, width=400, height=16, size=9, leading=1.7, bold=False, colour=(0, 0, 0),
              indent=0, before=14, after=3, is_justified=False)
SENTENCE = "甲方负责提供中试场地、原始数据与工况资料，乙方负责技术方案设计（含ABC-12型样机）。"


def set_in(height: float, *blocks: Block, closing: float = 0) -> Flowed:
    return flowed(blocks, Column(first=height, top=height, bottom=0), END, closing)


def lines_of(count: int) -> str:
    """A paragraph of as many lines."""
    return "文" * (38 + 40 * (count - 1))


def words_on(lines: list[Line]) -> list[str]:
    return ["".join(line.parts) for line in lines]


def right_edge(line: Line) -> float:
    letters = sum(advance(character, line.bold) for part in line.parts for character in part)
    return line.x + line.size * (letters + line.spread * (len(line.parts) - 1)) / 1000


@pytest.mark.parametrize("seed", range(8))
def test_all_words_are_there_in_their_order_within_the_edges(seed: int) -> None:
    chance = random.Random(seed)
    texts = ["".join(chance.choices("科技创新，。（）“”0123456789abc -/", k=chance.randint(1, 400))).strip() or "空" for _ in range(20)]
    blocks = [Block(chance.choice([TEXT, HEAD]), text, stays=chance.random() < 0.3) for text in texts]
    done = set_in(chance.randint(120, 500), *blocks, closing=60)
    lines = [line for page in done.pages for line in page]
    # Spaces go at the ends of lines, as everywhere.
    assert "".join(words_on(lines)).replace(" ", "") == "".join(texts).replace(" ", "")
    assert max(map(right_edge, lines)) <= TEXT.x + TEXT.width + 0.1
    assert min(line.x for line in lines) >= TEXT.x
    assert min(line.y for line in lines) >= 0
    for page in done.pages:
        assert [line.y for line in page] == sorted((line.y for line in page), reverse=True)


def test_full_lines_end_at_the_right_edge_and_the_last_one_does_not() -> None:
    lines = set_in(500, Block(TEXT, SENTENCE * 3)).pages[0]
    assert len(lines) > 2
    assert {round(right_edge(line), 1) for line in lines[:-1]} == {450.0}
    assert right_edge(lines[-1]) < 440
    assert lines[0].x == 70
    assert lines[1].x == 50


def test_a_line_that_a_long_word_leaves_nearly_empty_is_not_pulled_apart() -> None:
    lines = set_in(500, Block(TEXT, "见网页https://example.cn/" + "a" * 60 + "。")).pages[0]
    assert lines[0].spread == 0


def test_no_comma_begins_a_line_and_no_bracket_ends_one() -> None:
    lines = words_on(set_in(5000, *[Block(TEXT, "字" * number + SENTENCE * 3) for number in range(40)]).pages[0])
    assert not [line for line in lines if line[0] in "，、。）"]
    assert not [line for line in lines if line[-1] == "（"]


@pytest.mark.parametrize(("room", "expected"), [
    (6, [6]), (5, [4, 2]), (4, [4, 2]), (3, [3, 3]), (2, [2, 2, 2]),
])
def test_a_paragraph_leaves_two_lines_on_each_side_of_a_page_s_end(room: int, expected: list[int]) -> None:
    done = set_in(room * TEXT.step + 1, Block(TEXT, lines_of(6)))
    assert [len(page) for page in done.pages if page] == expected


def test_a_paragraph_of_three_lines_goes_to_the_next_page_as_a_whole() -> None:
    done = set_in(4 * TEXT.step + TEXT.after + 1, Block(TEXT, lines_of(2)), Block(TEXT, lines_of(3)))
    assert [len(page) for page in done.pages] == [2, 3]


def test_a_heading_goes_with_the_lines_that_follow_it() -> None:
    filling = Block(TEXT, lines_of(5))
    height = 5 * TEXT.step + HEAD.before + HEAD.step + HEAD.after + 1
    done = set_in(height + TEXT.step, filling, Block(HEAD, "第一条", stays=True), Block(TEXT, lines_of(4)))
    assert [len(page) for page in done.pages] == [5, 5]
    assert done.begins[1][0] == 1
    done = set_in(height + 2 * TEXT.step, filling, Block(HEAD, "第一条", stays=True), Block(TEXT, lines_of(4)))
    assert [len(page) for page in done.pages] == [8, 2]


def test_the_larger_of_two_margins_counts_and_none_at_the_head_of_a_page() -> None:
    lines = set_in(500, Block(HEAD, "一", stays=True), Block(TEXT, "甲"), Block(HEAD, "二", stays=True), Block(TEXT, "乙"))
    ends = [y for _page, y in lines.begins]
    assert ends[0] == 500
    assert ends[1] == pytest.approx(500 - HEAD.step - HEAD.after)
    assert ends[2] == pytest.approx(ends[1] - TEXT.step - HEAD.before)


def test_what_closes_the_paper_stands_below_the_text_or_alone_on_a_page() -> None:
    height = 3 * TEXT.step + END.before
    done = set_in(height + 101, Block(TEXT, lines_of(3)), closing=100)
    assert len(done.pages) == 1
    assert done.end == pytest.approx(101)
    done = set_in(height + 99, Block(TEXT, lines_of(3)), closing=100)
    assert [len(page) for page in done.pages] == [3, 0]
    assert done.end == height + 99


@pytest.mark.parametrize(("text", "plain"), [
    ("人民币1,200,000.00元（大写：壹佰贰拾万元整）——“甲方”、《合同》±5℃ ≥98%", True), ("刘𬭼 㐂", True), ("Größe é µm", True),
    ("x\u0304", False), ("e\u0301", False), ("שלום", False), ("سلام", False), ("🤝", False), ("a\u200bb", False), ("甲　乙", False),
    ("\u1112\u1161", False), ("བོད", False), ("\ufffe", False),
])
def test_only_letters_that_stand_each_by_itself_are_plain(text: str, plain: bool) -> None:
    assert is_plain(text) is plain


def test_running_text_is_read_back_from_pages_that_share_their_fonts() -> None:
    first, second = stamp_templates(
        '<style>.new { break-before: page }</style><p>甲方<p data-flow="text">　</p><p class="new">乙方<p data-slot="name">　</p>')
    assert [passage.name for passage in first.passages] == ["text"]
    assert first.top > first.passages[0].y > first.bottom
    done = flowed([Block(first.passages[0], "刘𬭼：" + SENTENCE * 2)], Column(first.passages[0].y, first.top, first.bottom), END, 0)
    sheets = [Sheet(first.width, first.height, [Placed(first, {})], lines=done.pages[0]),
              Sheet(second.width, second.height, [Placed(second, {"name": "陈晓"})])]
    press = Press(sheets)
    pdf = press.bound([press.drawn(sheet) for sheet in sheets], title="试印", outline=[Heading("甲", 0, 700), Heading("乙", 1, 700)])
    pages = ["".join(page.split()) for page in read_text(pdf).split("\f")]
    assert pages[:2] == ["甲方刘𬭼：" + SENTENCE * 2 + "1/2", "乙方陈晓2/2"]
    with pikepdf.open(io.BytesIO(pdf)) as document:
        with document.open_outline() as outline:
            assert [item.title for item in outline.root] == ["甲", "乙"]
        fonts = {str(font.BaseFont) for font in document.objects if isinstance(font, pikepdf.Dictionary) and font.get("/Subtype") == "/Type0"}
    assert len([name for name in fonts if not name.startswith("/EXPO")]) == 1
