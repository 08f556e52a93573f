import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from fontTools.ttLib import TTFont
from PIL import ImageFile

from expo.kit import fonts, pdf
from expo.kit.qr import qr_png
from tests.paper import page_images, read_codes, read_text

ROOT = Path(__file__).resolve().parents[2]
PAGE = "<html lang=zh-Hans><title>合作意向书</title><body><h1>合作意向书</h1><p>甲方：四川大学，金额 168,032 元。</p>"


def test_chinese_can_be_searched_and_copied() -> None:
    text = read_text(pdf.render_pdf(PAGE))
    assert "合作意向书" in text
    assert "甲方：四川大学，金额 168,032 元。" in text


def test_the_same_paper_has_the_same_checksum_also_in_another_process() -> None:
    program = (
        "import hashlib, sys; from expo.kit import pdf; from expo.kit.qr import qr_png;"
        f"print(hashlib.sha256(pdf.render_pdf({PAGE!r} + '<img src=\"expo-file:qr\">', files={{'qr': qr_png('x')}})).hexdigest())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}
    other = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    paper = PAGE + '<img src="expo-file:qr">'
    assert [
        hashlib.sha256(pdf.render_pdf(paper, files={"qr": qr_png("x")})).hexdigest() for _time in range(2)
    ] == [other] * 2


def test_a_code_on_the_paper_can_be_scanned() -> None:
    paper = pdf.render_pdf(
        PAGE + '<img class="qr" src="expo-file:qr">',
        files={"qr": qr_png("https://expo.example/check/A1", scale=1)},
    )
    assert read_codes(paper) == ["https://expo.example/check/A1"]
    inline = pdf.render_pdf(PAGE + f'<img class="qr" src="{pdf.data_uri(qr_png("inline", scale=1))}">')
    assert read_codes(inline) == ["inline"]


def test_fonts_are_embedded_and_small() -> None:
    paper = pdf.render_pdf(PAGE)
    listed = subprocess.run(["pdffonts", "-"], input=paper, capture_output=True, check=True).stdout.decode()
    assert "Noto-Sans-SC" in listed
    assert all("TrueType" in line and line.split()[-5] == "yes" for line in listed.splitlines()[2:])
    assert len(paper) < 40_000


def test_rare_characters_of_names_are_in_the_font_that_comes_along() -> None:
    """All of level 1 and 2 of GB 2312, and characters of 通用规范汉字表 outside the first plane."""
    have = fonts.characters(fonts.font_path()) & fonts.characters(fonts.font_path(bold=True))
    gb2312 = {
        bytes([high, low]).decode("gb2312", "ignore")
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
    }
    assert not [character for character in gb2312 if character and ord(character) not in have]
    assert not [character for character in "𬭼㐂𫖮𬱖䶮㛃喆堃𬍛𬇹𫍽𬬭" if ord(character) not in have]


def dark_pixels(character: str) -> bytes:
    html = f'<body class="bare"><p style="font-size:60pt;margin:20mm">{character}'
    return page_images(pdf.render_pdf(html), dpi=50)[0].convert("1").tobytes()


def test_rare_characters_are_drawn_not_boxed() -> None:
    box = dark_pixels("\U0001f9ff\ufe0e") if fonts.undrawable("\U0001f9ff") else dark_pixels("\uffff")
    shapes = [dark_pixels(character) for character in "𬭼㐂"]
    assert len({box, *shapes}) == 3
    assert [read_text(pdf.render_pdf(f"<p>{character}"))[0] for character in "𬭼㐂"] == ["𬭼", "㐂"]


@pytest.mark.skipif(
    not all(path.exists() for path in fonts.RARE), reason="Debian's fonts-hanazono is not installed"
)
def test_characters_of_old_names_come_from_the_second_font() -> None:
    assert fonts.undrawable("张𮧵𪚥") == set()
    paper = pdf.render_pdf("<p>张𮧵𪚥")
    assert read_text(paper).startswith("张𮧵𪚥\n")
    listed = subprocess.run(["pdffonts", "-"], input=paper, capture_output=True, check=True).stdout.decode()
    assert "HanaMin" in listed
    assert len(paper) < 40_000


def test_what_no_font_can_draw_is_told() -> None:
    assert fonts.undrawable("张三\U0003fffd 12\n") <= {"\U0003fffd"}
    assert fonts.undrawable("张\U0001f9ff") == {"\U0001f9ff"}


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/x.png",
        "https://example.cn/x.png",
        "file:///etc/passwd",
        "../../requirements.txt",
        "file://{static}/../requirements.txt",
        "expo-file:other",
        "ftp://127.0.0.1/x",
    ],
)
def test_papers_take_nothing_from_elsewhere(address: str, caplog: pytest.LogCaptureFixture) -> None:
    address = address.format(static=fonts.STATIC)
    html = f'{PAGE}<img src="{address}"><link rel="attachment" href="{address}"><object data="{address}"></object>'
    with caplog.at_level("ERROR", logger="weasyprint"):
        paper = pdf.render_pdf(html, files={"mine": b"x"})
    assert b"EmbeddedFile" not in paper
    assert "flask==" not in read_text(paper)
    assert any(
        "elsewhere" in message or "static/ only" in message or "not given" in message
        for message in caplog.messages
    )


def test_files_under_static_may_be_used() -> None:
    assert pdf._static_bytes((fonts.STATIC / "css" / "pdf.css").as_uri()).startswith(b"/*")
    with pytest.raises(ValueError, match="static/ only"):
        pdf._static_bytes((fonts.STATIC / ".." / "requirements.txt").as_uri())


@pytest.fixture
def templates(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "letter.html").write_text(
        '{% extends "pdf/base.html" %}{% block title %}函{% endblock %}'
        "{% block header %}天府科创会 {{ serial }}{% endblock %}{% block footer %}第一届{% endblock %}"
        "{% block content %}<p>{{ words }}</p><p class='new-page'>完</p>{% endblock %}"
    )
    (tmp_path / "pdf").symlink_to(ROOT / "templates" / "pdf")
    app = Flask("papers", template_folder=str(tmp_path))
    with app.app_context():
        yield app


def test_a_template_gets_header_footer_and_page_numbers(templates: Flask) -> None:
    paper = pdf.render_template_pdf("letter.html", serial="A-0001", words="您好 <b>&")
    first, second = read_text(paper, page=1), read_text(paper, page=2)
    assert "天府科创会 A-0001" in first
    assert "天府科创会 A-0001" in second
    assert "您好 <b>&" in first
    assert "1/2" in first.replace(" ", "")
    assert "2/2" in second.replace(" ", "")
    assert "第一届" in second


def test_every_page_can_be_stamped() -> None:
    paper = pdf.render_pdf(PAGE + '<p class="new-page">第二页</p>')
    void = pdf.render_pdf('<body class="bare"><p style="color:#c00;font-size:80pt">作废')
    stamped = pdf.stamp_pages(paper, void)
    assert all("作废" in read_text(stamped, page=number) for number in (1, 2))
    assert "第二页" in read_text(stamped)
    assert stamped == pdf.stamp_pages(paper, void)
    under = pdf.stamp_pages(paper, void, under=True)
    assert under != stamped
    assert "作废" in read_text(under)


def test_the_fonts_are_truetype_because_others_make_papers_many_times_larger() -> None:
    for bold in (False, True):
        with TTFont(fonts.font_path(bold=bold), lazy=True) as font:
            assert "glyf" in font


def test_making_papers_does_not_make_torn_pictures_acceptable() -> None:
    pdf.render_pdf(PAGE)
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
