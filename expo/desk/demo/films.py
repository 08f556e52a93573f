"""Films of the demonstration: slides with a bar that runs and a soft tone."""

from __future__ import annotations

import io
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from expo.kit.config import ROOT

SIZE = (640, 360)
_FONT = ROOT / "static/vendor/noto-sans-sc/NotoSansSC-Bold.ttf"
_GROUNDS = ("#063841", "#084f5b", "#14252f", "#0b6574")
_LINE = 20


def make_film(title: str, texts: Sequence[str], seconds: int) -> bytes:
    """A slide for each text, with a keyframe each second: small, and nothing that would be taken for a fault."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            _slide(title, text, number).save(Path(folder) / f"{number}.png")
        target = Path(folder) / "film.mp4"
        subprocess.run(  # noqa: S603  # no shell
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-framerate", f"1/{seconds}", "-i", f"{folder}/%d.png", "-f", "lavfi", "-i",  # noqa: S607
             "aevalsrc=0.04*sin(2*PI*220*t)*(0.6+0.4*sin(2*PI*0.5*t)):s=44100", "-filter_complex",
             f"[0:v]fps=10[slides];color=0x7fc0c9:s=80x4:r=10[bar];[slides][bar]overlay=x='mod(t*64,{SIZE[0]})':y={SIZE[1] - 12}[out]",
             "-map", "[out]", "-map", "1:a", "-t", str(seconds * len(texts)), "-c:v", "libx264", "-preset", "veryfast", "-g", "10",
             "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart", str(target)], check=True)
        return target.read_bytes()


def draw_poster(title: str, text: str) -> bytes:
    """What stands in the player's place before it begins."""
    content = io.BytesIO()
    _slide(title, text, 1).resize((1280, 720)).save(content, "PNG")
    return content.getvalue()


def _slide(title: str, text: str, number: int) -> Image.Image:
    picture = Image.new("RGB", SIZE, _GROUNDS[number % len(_GROUNDS)])
    draw = ImageDraw.Draw(picture)
    draw.text((58, 110), title[:24], fill="#b8eaef", font=_font(20))
    for row in range(min(3, -(-len(text) // _LINE))):
        draw.text((58, 170 + 44 * row), text[row * _LINE:(row + 1) * _LINE], fill="#ffffff", font=_font(26))
    return picture


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(str(_FONT), size) if _FONT.exists() else ImageFont.load_default(size)
