"""Pictures drawn by the program: covers for projects without one, and the card that a shared link shows."""

import hashlib
import math
from functools import cache
from random import Random

from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont, ImageOps

from expo.kit.fonts import font_path
from expo.kit.images import encoded
from expo.kit.linebreak import fitted, wrapped

Colour = tuple[int, int, int]

# Deep ground, middle, light accent, warm accent. Calm enough to carry white text.
PALETTES: dict[str, tuple[str, str, str, str]] = {
    "river": ("#0b2a4a", "#16679a", "#7fd1e0", "#f4b860"),
    "bamboo": ("#0c3b2e", "#1f7a5c", "#a8d8a0", "#f2c14e"),
    "brocade": ("#4a1030", "#9c2f55", "#f0a6a0", "#f5d08a"),
    "dusk": ("#1d1b4c", "#4b3f99", "#a99cf0", "#f6a36c"),
    "copper": ("#3b1f14", "#9a4f2a", "#e8b07f", "#7cc6b8"),
    "slate": ("#16212e", "#42566b", "#a9bccd", "#e8a04c"),
}
CARD_SIZE = (1200, 630)
_OVERSAMPLE = 2


def draw_cover(
    seed: str, title: str = "", palette: str | None = None, *, size: tuple[int, int] = (1280, 800)
) -> bytes:
    """An abstract picture as WebP, the same one for the same seed; with a title written at its foot."""
    picture = _ground(seed, palette, size)
    if title:
        _write_title(picture, title)
    return encoded(picture, "WEBP", quality=80)


def draw_share_card(
    title: str,
    *,
    seed: str = "",
    above: str = "",
    below: str = "",
    palette: str | None = None,
    picture: Image.Image | None = None,
) -> bytes:
    """1200 × 630 as JPEG for chat programs: a line above, the title in up to three lines, a line below."""
    width, height = CARD_SIZE
    card = _ground(seed or title, palette, CARD_SIZE) if picture is None else _filled(picture, CARD_SIZE)
    card = Image.composite(Image.new("RGB", CARD_SIZE, "#0a1420"), card, _shade(CARD_SIZE))
    draw = ImageDraw.Draw(card)
    margin = 72
    if above:
        small = _font(30, False)
        draw.text((margin, 64), fitted(above, small.getlength, width - 2 * margin), "#ffffff", font=small)
    for points in (68, 58, 50):
        font = _font(points, True)
        lines = wrapped(title, font.getlength, width - 2 * margin)
        if len(lines) <= 3:
            break
    lines = wrapped(title, font.getlength, width - 2 * margin, lines=3)
    top = height - (150 if below else 90) - len(lines) * round(points * 1.32)
    for number, line in enumerate(lines):
        draw.text((margin, top + number * round(points * 1.32)), line, "#ffffff", font=font)
    if below:
        small = _font(30, False)
        draw.text(
            (margin, height - 112), fitted(below, small.getlength, width - 2 * margin), "#dfe7ee", font=small
        )
    return encoded(card, "JPEG", quality=84)


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_path(bold=bold), size)


def _ground(seed: str, palette: str | None, size: tuple[int, int]) -> Image.Image:
    # Random's own seeding from text is stable too, but only hashing says so across Python versions.
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    random = Random(number)  # noqa: S311  # Pictures need no secrets.
    names = sorted(PALETTES)
    deep, middle, light, warm = (_rgb(colour) for colour in PALETTES[palette or names[number % len(names)]])
    big = (size[0] * _OVERSAMPLE, size[1] * _OVERSAMPLE)
    picture = _gradient(big, deep, middle, random.uniform(15, 75))
    motif = (_orbits, _strata, _lattice, _ribbons, _facets)[number // len(names) % 5]
    # Drawing in RGBA on an RGB picture blends as it draws: half the time of a layer laid over it.
    motif(ImageDraw.Draw(picture, "RGBA"), big, random, light, warm)
    return picture.reduce(_OVERSAMPLE)


def _rgb(colour: str) -> Colour:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _gradient(size: tuple[int, int], start: Colour, end: Colour, angle: float) -> Image.Image:
    """A slanted transition: drawn small and turned, then stretched, which costs a few milliseconds only."""
    ramp = Image.linear_gradient("L").rotate(angle, Image.Resampling.BICUBIC, expand=False)
    inner = ramp.crop((52, 52, 204, 204)).resize(size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", size, end), Image.new("RGB", size, start), inner)


def _orbits(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], random: Random, light: Colour, warm: Colour
) -> None:
    """Rings around a point outside the middle, with bodies on them."""
    width, height = size
    x, y = width * random.uniform(0.55, 0.9), height * random.uniform(0.15, 0.75)
    step = height * random.uniform(0.07, 0.1)
    for ring in range(1, 13):
        radius = ring * step
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, outline=(*light, max(24, 120 - ring * 8)), width=max(2, height // 400))
        if random.random() < 0.6:
            turn = random.uniform(0, math.tau)
            body = height * random.uniform(0.006, 0.022)
            cx, cy = x + radius * math.cos(turn), y + radius * math.sin(turn)
            colour = warm if random.random() < 0.35 else light
            draw.ellipse((cx - body, cy - body, cx + body, cy + body), fill=(*colour, 220))
    core = step * 0.55
    draw.ellipse((x - core, y - core, x + core, y + core), fill=(*warm, 235))


def _strata(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], random: Random, light: Colour, warm: Colour
) -> None:
    """Layers like mountains in the mist, with a low sun."""
    width, height = size
    sun = height * random.uniform(0.08, 0.14)
    x, y = width * random.uniform(0.6, 0.85), height * random.uniform(0.2, 0.36)
    draw.ellipse((x - sun, y - sun, x + sun, y + sun), fill=(*warm, 230))
    layers = 6
    for layer in range(layers):
        base = height * (0.42 + 0.11 * layer)
        swing = height * random.uniform(0.05, 0.12)
        waves = [
            (random.uniform(0.6, 2.2), random.uniform(0, math.tau), random.uniform(0.3, 1))
            for _wave in range(3)
        ]
        ridge = [
            (
                px,
                base
                + swing
                * sum(math.sin(px / width * math.tau * rate + phase) * part for rate, phase, part in waves)
                / 2,
            )
            for px in range(0, width + 16, 16)
        ]
        draw.polygon([*ridge, (width, height), (0, height)], fill=(*light, 34 + layer * 9))


def _lattice(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], random: Random, light: Colour, warm: Colour
) -> None:
    """Honeycomb cells, dense on one side and fading to the other."""
    width, height = size
    radius = height / random.uniform(13, 18)
    row_height, column_width = radius * 1.5, radius * math.sqrt(3)
    focus = width * random.uniform(0.65, 1.0), height * random.uniform(0.1, 0.9)
    for row in range(-1, int(height / row_height) + 2):
        for column in range(-1, int(width / column_width) + 2):
            x = column * column_width + (row % 2) * column_width / 2
            y = row * row_height
            near = max(0.0, 1 - math.hypot(x - focus[0], y - focus[1]) / (width * 0.6))
            if random.random() > near * 1.25:
                continue
            corners = [
                (
                    x + radius * 0.92 * math.sin(turn * math.tau / 6),
                    y + radius * 0.92 * math.cos(turn * math.tau / 6),
                )
                for turn in range(6)
            ]
            colour = warm if random.random() < 0.07 else light
            if random.random() < 0.45:
                draw.polygon(corners, fill=(*colour, int(30 + 120 * near * random.random())))
            else:
                draw.polygon(corners, outline=(*colour, int(50 + 90 * near)), width=max(2, height // 500))


def _ribbons(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], random: Random, light: Colour, warm: Colour
) -> None:
    """A bundle of flowing lines that open and close."""
    width, height = size
    count = 26
    phase, second = random.uniform(0, math.tau), random.uniform(0, math.tau)
    middle = height * random.uniform(0.4, 0.62)
    rate = random.uniform(0.7, 1.2)
    for line in range(count):
        spread = (line - count / 2) / count
        points = []
        for px in range(-16, width + 32, 16):
            along = px / width * math.tau
            opening = 0.6 + 0.4 * math.sin(along * 0.8 * rate + second)
            points.append(
                (px, middle + height * (0.16 * math.sin(along * rate + phase) + 0.62 * spread * opening))
            )
        colour = warm if line % 9 == 4 else light
        draw.line(
            points, fill=(*colour, 200 if colour == warm else 96), width=max(2, height // 330), joint="curve"
        )


def _facets(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], random: Random, light: Colour, warm: Colour
) -> None:
    """A cut stone: triangles of a shaken grid in changing brightness."""
    width, height = size
    columns, rows = 11, 7
    grid = [
        [
            (
                width * (column - 0.5 + random.uniform(-0.32, 0.32)) / (columns - 2),
                height * (row - 0.5 + random.uniform(-0.32, 0.32)) / (rows - 2),
            )
            for column in range(columns)
        ]
        for row in range(rows)
    ]
    for row in range(rows - 1):
        for column in range(columns - 1):
            a, b = grid[row][column], grid[row][column + 1]
            c, d = grid[row + 1][column], grid[row + 1][column + 1]
            for triangle in ((a, b, c), (b, c, d)):
                colour = warm if random.random() < 0.05 else light
                draw.polygon(triangle, fill=(*colour, int(110 * random.random() ** 2) + 4))


def _shade(size: tuple[int, int]) -> Image.Image:
    """Dark towards the foot, so that white text stays readable on any picture."""
    return Image.linear_gradient("L").point([min(235, 40 + level) for level in range(256)]).resize(size)


def _filled(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS).filter(
        ImageFilter.GaussianBlur(1.2)
    )


def _write_title(picture: Image.Image, title: str) -> None:
    width, height = picture.size
    shade = (
        Image.linear_gradient("L").point([max(0, level - 110) for level in range(256)]).resize(picture.size)
    )
    picture.paste(Image.new("RGB", picture.size, "#06101a"), mask=shade)
    font = _font(round(height * 0.062), True)
    margin = round(width * 0.06)
    lines = wrapped(title, font.getlength, width - 2 * margin, lines=2)
    step = round(height * 0.085)
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((margin, height - margin - (len(lines) - number) * step), line, "#ffffff", font=font)
