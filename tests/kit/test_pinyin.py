"""Readings of Chinese out of pypinyin's tables, without its weight."""

from __future__ import annotations

import subprocess
import sys

import pytest

from expo.kit import pinyin


@pytest.mark.parametrize("text", [
    "张伟", "重庆银行", "四川长虹电器股份有限公司", "中国重汽集团成都王牌商用车有限公司", "音乐学院", "西藏自治区", "会计师事务所", "大连理工大学",
    "吕方", "女儿", "一不小心", "妈妈", "行长", "攀枝花学院", "阿坝藏族羌族自治州", "單雄信", "〇八一电子集团", "成都GPT4模型2025", "abc1", "", "K 5", "钟𬭼",
])
def test_texts_are_read_as_pypinyin_reads_them(text):
    from pypinyin import Style, lazy_pinyin

    assert pinyin.syllables(text) == lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)


@pytest.mark.parametrize(("character", "said"), [("张", "zhang"), ("吕", "lv"), ("儿", "er"), ("5", "5"), ("a", "a"), ("𬭼", "sui"), ("\U0003fffd", "\U0003fffd")])
def test_a_character_has_one_plain_reading(character, said):
    assert pinyin.plain_reading(character) == said


def test_reading_names_does_not_load_the_large_tables():
    code = "import sys; from expo.kit.text import pinyin_key, sound_of; pinyin_key('重庆'); sound_of('重庆'); "
    code += "print('pypinyin' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
