import io
import xml.etree.ElementTree as ET

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from expo.kit import qr

BADGE = "HTTPS://EXPO.EXAMPLE/B/" + "ABCDEFGH234567" * 9


def read(picture: Image.Image) -> str:
    codes = zxingcpp.read_barcodes(picture.convert("L"))
    assert len(codes) == 1
    return str(codes[0].text)


@pytest.mark.parametrize("content", ["https://expo.example/p/12", "签到：天府科创会", BADGE])
def test_the_picture_reads_as_what_was_put_in(content: str) -> None:
    assert read(Image.open(io.BytesIO(qr.qr_png(content)))) == content


def test_a_picture_of_one_pixel_a_module_is_small() -> None:
    png = qr.qr_png(BADGE, scale=1)
    assert Image.open(io.BytesIO(png)).size == (49, 49)
    assert len(png) < 600


def test_the_drawing_is_the_same_code_and_obeys_a_strict_policy() -> None:
    svg = qr.qr_svg("https://expo.example/p/12", label='门票 "A" <1>')
    root = ET.fromstring(svg)
    assert root.attrib["width"] == root.attrib["height"] == "232"
    assert root.attrib["aria-label"] == '门票 "A" <1>'
    assert "style" not in svg
    side = int(root.attrib["viewBox"].split()[2])
    picture = Image.new("L", (side, side), 255)
    for command in root[1].attrib["d"].split("M")[1:]:
        x, y = (int(number) for number in command.split("h")[0].split())
        picture.paste(0, (x, y, x + int(command.split("h")[1].split("v")[0]), y + 1))
    assert read(picture.resize((side * 5, side * 5), Image.Resampling.NEAREST)) == "https://expo.example/p/12"


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="ascii", min_codepoint=32), min_size=1, max_size=200))
def test_quickly_drawn_modules_read_the_same(content: str) -> None:
    side, bits = qr.qr_modules(content)
    light = bytes(byte ^ 0xFF for byte in bits)
    page = Image.new("1", ((side + 8) * 4,) * 2, 1)
    page.paste(
        Image.frombytes("1", (side, side), light).resize((side * 4, side * 4), Image.Resampling.NEAREST),
        (16, 16),
    )
    assert read(page) == content
