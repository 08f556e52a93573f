import re
import sqlite3
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from expo.kit import text

HAN = st.text(st.sampled_from("污水处理装置一种面向未来城市的智能感知系统㐂𬭼〇々"), min_size=1, max_size=12)
MIXED = st.text(st.sampled_from("污水处理装置 5GabcAI－，。（）Ｘ３é"), max_size=30)


def found(document: str, query: str) -> bool:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE t USING fts5(words, tokenize='unicode61 remove_diacritics 0')")
        database.execute("INSERT INTO t VALUES (?)", (text.bigrams(document),))
        match = text.fts5_match(query)
        return bool(match and database.execute("SELECT 1 FROM t WHERE t MATCH ?", (match,)).fetchone())


def test_pairs_and_the_last_character_of_a_run_are_indexed() -> None:
    assert text.bigrams("污水处理5G技术，ＡＩ-3000") == "污水 水处 处理 理 5g 技术 术 ai 3000"


@given(MIXED, HAN, MIXED)
@example("一种", "水", "")
@example("", "𬭼", "")
def test_every_piece_of_chinese_is_found_in_a_text_that_holds_it(before: str, piece: str, after: str) -> None:
    assert found(before + piece + after, piece)


@given(HAN, HAN)
def test_nothing_is_found_in_a_text_that_does_not_hold_it(document: str, query: str) -> None:
    assert found(document, query) == (query in document)


@pytest.mark.parametrize(
    ("document", "query"),
    [
        ("高浓度有机废水处理", "废水"),
        ("高浓度有机废水处理", "水"),
        ("高浓度有机废水处理", "有机 处理"),
        ("５Ｇ通信系统", "5g通信"),
        ("Deep Learning 平台", "deep lear"),
        ("单号 SC-2026-000123", "sc-2026-000123"),
        ("单号 SC-2026-000123", "0001"),
        ("AI 辅助诊断", "AI"),
    ],
)
def test_usual_queries_find(document: str, query: str) -> None:
    assert found(document, query)


@pytest.mark.parametrize(
    ("document", "query"),
    [("污水与处理", "水处"), ("处理污水", "污水处理"), ("aircraft", "ai"), ("任意", "，。"), ("任意", "")],
)
def test_other_texts_are_not_found(document: str, query: str) -> None:
    assert not found(document, query)


def test_queries_with_signs_of_the_search_language_are_harmless() -> None:
    for query in ('"污水" OR *', "污水) & (", "NEAR('水' x)", "污水:*'\\", "a AND NOT b"):
        found("污水", query)
        assert "'" not in re.sub(r"'[^\s'&|():]+'", "", text.tsquery(query))


def test_the_query_for_postgresql_keeps_neighbours_together() -> None:
    assert text.tsquery("污水处理 水") == "('污水' <-> '水处' <-> '处理') & ('水':*)"


def test_titles_written_a_little_differently_are_alike() -> None:
    assert text.similarity("一种污水处理装置", "一种 污水处理 装置。") == 1
    assert text.similarity("一种污水处理装置", "污水处理装置及方法") > 0.6
    assert text.similarity("一种污水处理装置", "无人机巡检系统") == 0
    assert text.similarity("", "") == 0


def capitals_read(words: str) -> int:
    """Reads written amounts by another way than they are written: units multiply what stands before them."""
    sign, words = (-1, words[1:]) if words.startswith("负") else (1, words)
    digits = {character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
    small = {"拾": 10, "佰": 100, "仟": 1000}
    total = section = digit = 0
    fen = 0
    for character in words:
        if character in digits:
            digit = digits[character]
        elif character in small:
            section, digit = section + digit * small[character], 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        elif character == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        elif character == "元":
            fen, total, section, digit = (total + section + digit) * 100, 0, 0, 0
        elif character == "角":
            fen, digit = fen + digit * 10, 0
        elif character == "分":
            fen, digit = fen + digit, 0
        else:
            assert character == "整"
    return sign * fen


AMOUNTS = st.one_of(st.integers(0, 10**6), st.integers(0, 10**14 - 1))
ROUND_AMOUNTS = st.builds(
    lambda parts: sum(d * 10**p for d, p in parts),
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 13)), max_size=5),
)


@given(st.one_of(AMOUNTS, ROUND_AMOUNTS))
def test_written_amounts_mean_the_number(fen: int) -> None:
    words = text.amount_in_capitals(fen)
    assert capitals_read(words) == fen
    assert "零零" not in words
    assert not re.search("零[拾佰仟万亿角分整]", words)
    assert words.endswith(("分", "整"))
    assert ("分" in words) == (fen % 10 != 0)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        # The examples of 支付结算办法, annex 1.
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (168_032, "壹仟陆佰捌拾元零叁角贰分"),
        (10_700_053, "壹拾万柒仟元零伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        # And what the rules leave open.
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (100_0000_0000, "壹亿元整"),
        (1_0000_5000_00, "壹亿零伍仟元整"),
        (1_0001_0000_00, "壹亿零壹万元整"),
        (1_0000_0000_0001_00, "壹万亿零壹元整"),
        (-150, "负壹元伍角整"),
    ],
)
def test_amounts_are_written_as_the_rules_show(fen: int, words: str) -> None:
    assert text.amount_in_capitals(fen) == words


def test_dates_are_written_in_digits() -> None:
    assert text.numeric_date(date(2026, 1, 5)) == "2026年1月5日"


def test_masks_hide_the_middle() -> None:
    assert text.mask_phone("13812345678") == text.mask_phone("+8613812345678") == "138****5678"
    assert text.mask_phone("+85251234567") == "+852****567"
    assert text.mask_email("zhang.san@example.cn") == "z***@example.cn"
    assert text.mask_email("nonsense") == "***"
    assert text.mask_name("张三丰") == "张**"
    assert text.mask_name("John Smith") == "J*** S***"


@given(st.from_regex(r"\+?[0-9]{0,15}", fullmatch=True))
def test_no_mask_shows_a_whole_number(phone: str) -> None:
    shown = "".join(re.findall(r"\d", text.mask_phone(phone)))
    digits = phone.removeprefix("+86").removeprefix("+")
    assert not digits or (len(shown) < len(digits))


def test_names_are_sorted_by_sound_with_surnames_read_as_surnames() -> None:
    names = ["曾国藩", "张三", "解缙", "区小平", "仇英", "单雄信", "尉迟恭", "万俟卨", "安心", "Ann"]
    assert sorted(names, key=text.pinyin_key) == [
        "安心", "Ann", "万俟卨", "区小平", "仇英", "单雄信", "解缙", "尉迟恭", "曾国藩", "张三",
    ]  # fmt: skip


@given(st.text(max_size=40), st.integers(1, 40))
def test_shortened_texts_are_never_longer_than_asked(words: str, limit: int) -> None:
    short = text.shortened(words, limit)
    assert len(short) <= limit
    assert short == words if len(words) <= limit else short.endswith("…")


def test_a_joined_emoji_is_not_cut_in_half() -> None:
    family = "👨‍👩‍👧"
    assert text.shortened("家" + family + "人人", 5) == "家…"


def test_paragraphs_are_parted_by_empty_lines_and_nothing_is_markup() -> None:
    assert text.paragraphs("甲 <b>\n乙\n\n\n丙\r\n \r\n丁") == "<p>甲 &lt;b&gt;<br>乙</p><p>丙</p><p>丁</p>"
    assert text.paragraphs("") == ""
