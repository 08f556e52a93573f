"""The picture that is shown while nobody sends: the channel's own, else a drawn one with its name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from expo.kit.config import Config
from expo.kit.files import storage
from expo.streaming.models import Channel

_SIZE = (1280, 720)
_GROUND, _LINE, _INK, _SOFT = "#081218", "#20343f", "#f3f7f6", "#b4c3c9"
_FONT = Path(__file__).resolve().parents[3] / "static/vendor/noto-sans-sc/NotoSansSC-Bold.ttf"


def picture_for(config: Config, channel: Channel) -> Path:
    """A PNG of 1280 × 720 on this machine's disk; drawn anew when name or picture change."""
    mark = hashlib.sha256(f"{channel.name}/{channel.name_en}/{channel.filler.key if channel.filler else ''}".encode()).hexdigest()[:12]
    path = config.home / "media" / "filler" / f"{channel.id}-{mark}.png"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = _fitted(channel) if channel.filler else _drawn(channel.name)
        temporary = path.with_suffix(".tmp")
        picture.save(temporary, "PNG")
        temporary.replace(path)
    return path


def cover(config: Config) -> Path:
    """The picture that stands before an excluded project, as long as it is on the stage."""
    path = config.home / "media" / "filler" / "cover.png"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        _written("本项目不对外播出", "直播将在下一个项目继续", "This project is not shown. The stream goes on with the next one.").save(temporary, "PNG")
        temporary.replace(path)
    return path


def _fitted(channel: Channel) -> Image.Image:
    assert channel.filler
    ground = Image.new("RGB", _SIZE, _GROUND)
    with storage().open(channel.filler.key) as file, Image.open(file) as given:
        picture = given.convert("RGB")
        picture.thumbnail(_SIZE)
        ground.paste(picture, ((_SIZE[0] - picture.width) // 2, (_SIZE[1] - picture.height) // 2))
    return ground


def _drawn(name: str) -> Image.Image:
    return _written(name[:20], "画面即将恢复，请稍候", "The picture will be back in a moment.")


def _written(head: str, text: str, text_en: str) -> Image.Image:
    picture = Image.new("RGB", _SIZE, _GROUND)
    draw = ImageDraw.Draw(picture)
    draw.line([(560, 300), (720, 300)], fill=_LINE, width=4)
    draw.text((640, 370), head, fill=_INK, font=_font(56), anchor="mm")
    draw.text((640, 440), text, fill=_SOFT, font=_font(28), anchor="mm")
    draw.text((640, 485), text_en, fill=_SOFT, font=_font(22), anchor="mm")
    return picture


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(str(_FONT), size) if _FONT.exists() else ImageFont.load_default(size)
