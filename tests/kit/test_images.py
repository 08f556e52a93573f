import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image, ImageDraw

from expo.kit.covers import CARD_SIZE, PALETTES, draw_cover, draw_share_card
from expo.kit.images import read_picture, renditions
from expo.kit.refusals import Refused

pytestmark = pytest.mark.usefixtures("in_english")


def half_red(width: int, height: int) -> Image.Image:
    """Red above, blue below: shows which way up it is."""
    picture = Image.new("RGB", (width, height), (0, 0, 255))
    ImageDraw.Draw(picture).rectangle((0, 0, width, height // 2 - 1), fill=(255, 0, 0))
    return picture


def saved(picture: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def is_red(picture: Image.Image, place: tuple[int, int]) -> bool:
    red, _green, blue = picture.convert("RGB").getpixel(place)  # type: ignore[misc]
    return red > 200 and blue < 60


def test_each_size_is_made_and_small_pictures_are_not_blown_up() -> None:
    made = {each.name: each for each in renditions(saved(half_red(2400, 1800)))}
    assert {name: (each.width, each.height) for name, each in made.items()} == {
        "large": (1600, 1200),
        "card": (640, 400),
        "thumb": (160, 160),
    }
    assert all(Image.open(io.BytesIO(each.content)).format == "WEBP" for each in made.values())
    small = {each.name: (each.width, each.height) for each in renditions(saved(half_red(300, 200)))}
    assert small == {"large": (300, 200), "card": (300, 188), "thumb": (160, 160)}


def test_the_camera_held_upright_gives_an_upright_picture_without_the_place_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Turned by a quarter, as phones write it.
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (30.0, 39.0, 0.0)
    sideways = half_red(900, 600).rotate(90, expand=True)
    large = renditions(saved(sideways, exif=exif, comment=b"SecretComment"))[0]
    assert (large.width, large.height) == (900, 600)
    picture = Image.open(io.BytesIO(large.content))
    assert is_red(picture, (450, 100))
    assert not is_red(picture, (450, 500))
    assert not picture.getexif()
    assert b"Secret" not in large.content


@pytest.mark.parametrize(
    ("content", "bright"),
    [
        (saved(half_red(200, 200).convert("CMYK")), True),
        (saved(half_red(200, 200).convert("P"), "PNG"), True),
        (saved(half_red(200, 200).convert("P"), "GIF", save_all=True, append_images=[Image.new("P", (200, 200))]), True),
        (saved(Image.new("I;16", (200, 200), 60_000), "PNG"), True),
        (saved(Image.new("I;16", (200, 200), 2_000), "PNG"), False),
        (saved(Image.new("1", (200, 200), 1), "PNG"), True),
        (saved(Image.new("LA", (200, 200), (250, 255)), "PNG"), True),
    ],
)  # fmt: skip
def test_unusual_pictures_become_usual_ones(content: bytes, bright: bool) -> None:
    picture = read_picture(content)
    assert picture.mode == "RGB"
    assert (picture.getpixel((100, 20))[0] > 200) == bright  # type: ignore[index]


def test_transparent_parts_stay_transparent_in_webp_and_become_white_in_jpeg() -> None:
    content = saved(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG")
    assert Image.open(io.BytesIO(renditions(content)[0].content)).mode == "RGBA"
    jpeg = Image.open(io.BytesIO(renditions(content, form="JPEG")[0].content))
    assert jpeg.getpixel((5, 5)) == (255, 255, 255)


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes that unfold to width × height pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Refused, match="more than 60 million pixels"):
        read_picture(png_claiming(50_000, 50_000))
    with pytest.raises(Refused, match="more than 60 million pixels"):
        read_picture(png_claiming(2**31 - 1, 2**31 - 1))


@pytest.mark.parametrize(
    "content", [saved(half_red(400, 400), "PNG")[:300], png_claiming(400, 400), b"\xff\xd8\xff\xe0rest"]
)
def test_a_damaged_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="cannot be read") as refusal:
        read_picture(content, field="picture")
    assert refusal.value.field == "picture"


def test_a_broken_note_from_the_camera_does_not_spoil_the_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera"
    content = bytearray(saved(half_red(300, 200), exif=exif))
    place = content.index(b"Exif\0\0") + 6
    # The second entry claims a type that does not exist and a length far beyond the file.
    content[place + 12 : place + 20] = b"\xff\xff\xff\xff\xff\xff\xff\x7f"
    assert read_picture(bytes(content)).size in ((300, 200), (200, 300))


def test_what_is_no_picture_is_refused_by_its_content() -> None:
    with pytest.raises(Refused, match="a program"):
        read_picture(b"MZ" + bytes(100))


def test_the_same_picture_gives_the_same_bytes() -> None:
    content = saved(half_red(800, 600))
    assert [each.content for each in renditions(content)] == [each.content for each in renditions(content)]


def test_covers_are_drawn_from_their_seed() -> None:
    first = draw_cover("T1", size=(320, 200))
    assert first == draw_cover("T1", size=(320, 200))
    assert Image.open(io.BytesIO(first)).size == (320, 200)
    drawn = {hashlib.sha256(draw_cover(f"T{number}", size=(160, 100))).digest() for number in range(40)}
    assert len(drawn) == 40


@pytest.mark.parametrize("palette", sorted(PALETTES))
def test_a_title_on_a_cover_is_readable(palette: str) -> None:
    """White letters on a ground whose brightest tenth leaves a contrast of 4.5 at least."""
    plain = Image.open(io.BytesIO(draw_cover("T7", " ", palette))).convert("L")
    titled = Image.open(io.BytesIO(draw_cover("T7", "污水处理装置", palette))).convert("L")
    foot = (70, 640, 700, 770)
    assert max(titled.crop(foot).getextrema()) > 245  # type: ignore[type-var]
    levels = sorted(plain.crop(foot).tobytes())
    ground = (levels[len(levels) * 9 // 10] / 255) ** 2.2
    assert 1.05 / (ground + 0.05) > 4.5


def test_a_share_card_has_the_size_chat_programs_ask_for() -> None:
    card = draw_share_card("基于MBR膜技术的高浓度有机废水处理装置" * 4, above="天府科创会", below="四川大学")
    picture = Image.open(io.BytesIO(card))
    assert (picture.size, picture.format) == (CARD_SIZE, "JPEG")
    assert len(card) < 300_000
    own = Image.open(io.BytesIO(draw_share_card("标题", picture=half_red(1200, 630))))
    red, _green, blue = own.getpixel((20, 10))  # type: ignore[misc]
    assert red > 3 * blue
