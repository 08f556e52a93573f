import io
import re

import pikepdf
import pytest

from expo.kit import fonts
from expo.kit.pdf_stamp import StampTemplate, stamp_copies, stamp_template
from tests.paper import page_images, read_codes, read_text

BADGE = """<html lang="zh-Hans"><style>@page { size: A6; margin: 0 }
  [data-slot] { position: absolute; left: 10mm; width: 85mm; text-align: center }
</style><body class="bare">
<div style="position:absolute;left:0;top:0;width:105mm;height:30mm;background:#0b2a4a;color:#fff">第三届科创会</div>
<div data-slot="name" data-middle style="top:34mm;height:18mm;font-size:30pt;font-weight:700;color:#0b2a4a"></div>
<div data-slot="organisation" data-lines="2" style="top:54mm;height:16mm;font-size:13pt"></div>
<div data-slot="code" data-code="qr" style="left:30mm;top:74mm;width:45mm;height:45mm"></div>
<div data-slot="kind" style="top:124mm;font-size:18pt;font-weight:700"></div>"""

CODE = "HTTPS://EXPO.EXAMPLE/B/" + "ABCDEFGH234567QRSTUVWXYZ" * 5


@pytest.fixture(scope="module")
def badge() -> StampTemplate:
    return stamp_template(BADGE)


def copy(number: int) -> dict[str, str]:
    return {
        "name": f"演示{'甲乙丙丁戊己庚辛'[number % 8]}",
        "organisation": f"演示第{number}研究院",
        "code": f"{CODE}{number}",
        "kind": "专业观众",
    }


def test_each_page_has_its_own_words_and_its_own_code(badge: StampTemplate) -> None:
    paper = stamp_copies(badge, [copy(number) for number in range(3)])
    for number in range(3):
        text = read_text(paper, page=number + 1)
        assert "第三届科创会" in text
        assert copy(number)["name"] in text
        assert copy(number)["organisation"] in text
        assert "专业观众" in text
    assert read_codes(paper) == [f"{CODE}{number}" for number in range(3)]


def test_the_paper_has_the_size_of_its_template(badge: StampTemplate) -> None:
    image = page_images(stamp_copies(badge, [copy(1)]), dpi=254)[0]
    assert image.size == pytest.approx((1050, 1480), abs=2)


def test_words_stand_where_the_layout_put_them(badge: StampTemplate) -> None:
    """At 254 dpi a millimetre has ten pixels: name and code lie inside their slots and in their middle."""
    image = (
        page_images(stamp_copies(badge, [copy(1)]), dpi=254)[0].convert("L").point([255] * 128 + [0] * 128)
    )
    left, top, right, bottom = image.crop((0, 310, 1050, 530)).getbbox() or (0, 0, 0, 0)
    assert left - 100 >= 0
    assert right <= 950
    assert (left + right) / 2 == pytest.approx(525, abs=12)
    assert 310 + (top + bottom) / 2 == pytest.approx(430, abs=12)
    left, top, right, bottom = image.crop((0, 730, 1050, 1200)).getbbox() or (0, 0, 0, 0)
    # 45 mm with a quiet zone of 4 modules on each side of 45 or 49.
    assert (left + right) / 2 == pytest.approx(525, abs=3)
    assert 730 + (top + bottom) / 2 == pytest.approx(965, abs=3)
    assert 360 < right - left < 400


def test_a_long_name_is_set_smaller_and_a_very_long_one_ends_in_dots(badge: StampTemplate) -> None:
    short, long = "买买提·艾力江·阿卜杜拉", "演示" * 40
    paper = stamp_copies(badge, [{"name": "张三"}, {"name": short}, {"name": long}])
    with pikepdf.open(io.BytesIO(paper)) as document:
        sizes = [
            float(re.findall(rb"/Fb0 ([\d.]+) Tf", page.Contents.read_bytes())[0]) for page in document.pages
        ]
    assert sizes[0] == 30
    assert 18 <= sizes[2] <= sizes[1] < 30
    assert short in read_text(paper, page=2)
    assert read_text(paper, page=3).split("\n")[2].endswith("…")


def test_two_lines_are_used_where_they_are_allowed(badge: StampTemplate) -> None:
    name = "演示科学技术发展战略与创新驱动研究中心（天府新区）联合实验室"
    text = read_text(stamp_copies(badge, [{"organisation": name}]))
    lines = [line for line in text.split("\n") if line and line in name]
    assert len(lines) == 2
    assert "".join(lines) == name


def test_missing_values_leave_their_place_empty(badge: StampTemplate) -> None:
    paper = stamp_copies(badge, [{"name": "张三"}])
    assert read_codes(paper) == []
    assert "张三" in read_text(paper)
    with pytest.raises(ValueError, match="at least one"):
        stamp_copies(badge, [])


def test_rare_characters_are_written_and_unknown_ones_are_noticed(badge: StampTemplate) -> None:
    assert "𬭼㐂" in read_text(stamp_copies(badge, [{"name": "𬭼㐂"}]))
    assert "张?" in read_text(stamp_copies(badge, [{"name": "张\U0001f9ff"}]))
    if not fonts.undrawable("𮧵"):
        assert "张𮧵" in read_text(stamp_copies(badge, [{"name": "张𮧵"}]))


def test_pasted_spaces_and_invisible_signs_do_not_show(badge: StampTemplate) -> None:
    paper = stamp_copies(badge, [{"name": "\u200b阿布\u3000都\n拉\u00ad", "organisation": "Ecole\u0301"}])
    assert "阿布 都 拉\n" in read_text(paper)
    assert "Ecolé" in read_text(paper)


def test_the_same_batch_gives_the_same_bytes(badge: StampTemplate) -> None:
    copies = [copy(number) for number in range(5)]
    assert stamp_copies(badge, copies) == stamp_copies(stamp_template(BADGE), copies)


def test_a_batch_shares_its_fonts_and_background(badge: StampTemplate) -> None:
    copies = [copy(number) for number in range(400)]
    paper = stamp_copies(badge, copies)
    assert len(paper) / len(copies) < 1500
    # What one more badge costs, without the fonts that the batch shares.
    more = stamp_copies(badge, copies + copies)
    assert (len(more) - len(paper)) / len(copies) < 800


def test_slots_know_what_the_style_sheet_says(badge: StampTemplate) -> None:
    name = next(slot for slot in badge.slots if slot.name == "name")
    assert (name.bold, name.align, name.middle, name.lines) == (True, "center", True, 1)
    assert name.size == pytest.approx(30)
    assert name.colour == pytest.approx((0x0B / 255, 0x2A / 255, 0x4A / 255), abs=0.01)
    assert (name.x, name.y) == pytest.approx((28.35, 419.5 - 34 * 72 / 25.4), abs=0.1)
