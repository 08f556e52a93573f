from hypothesis import given
from hypothesis import strategies as st

from expo.kit.linebreak import fitted, in_whole_words, wrapped


def wide(text: str) -> float:
    return sum(2 if character > "\x7f" else 1 for character in text)


def test_no_line_begins_with_a_comma_or_ends_with_an_opening_bracket() -> None:
    assert wrapped("污水处理装置，以及方法", wide, 12) == ["污水处理装", "置，以及方法"]
    for width in range(6, 24):
        lines = wrapped("污水处理（一体化）装置", wide, width)
        assert not any(line.endswith("（") or line.startswith("）") for line in lines)


def test_words_and_numbers_stay_whole() -> None:
    assert wrapped("基于MBR膜的COD2000废水", wide, 10) == ["基于MBR膜", "的COD2000", "废水"]


def test_the_parts_of_a_name_stay_whole() -> None:
    assert wrapped("阿卜杜热依木江·买买提艾力江", wide, 20) == ["阿卜杜热依木江·", "买买提艾力江"]
    assert wrapped("阿卜杜热依木江·买买提艾力江", wide, 10) == ["阿卜杜热依", "木江·", "买买提艾力", "江"]


def test_whole_words_end_lines_at_spaces_or_not_at_all() -> None:
    assert in_whole_words("座位 一号报告厅 23排108座", wide, 12) == ["座位", "一号报告厅", "23排108座"]
    assert in_whole_words("座位 一号报告厅 23排108座", wide, 15) == ["座位 一号报告厅", "23排108座"]
    assert in_whole_words("座位 一号报告厅", wide, 8) == []


def test_the_last_line_allowed_says_that_there_is_more() -> None:
    assert wrapped("污水处理装置及其应用示范", wide, 8, lines=2) == ["污水处理", "装置及…"]
    assert fitted("污水处理装置", wide, 8) == "污水处…"
    assert fitted("污水", wide, 8) == "污水"
    assert fitted("", wide, 8) == ""


@given(st.text(st.sampled_from("污水处理，。（）《》 abc123-%"), max_size=40), st.integers(8, 30))
def test_lines_fit_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, wide, width)
    assert all(wide(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
