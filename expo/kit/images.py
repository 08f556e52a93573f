"""Pictures that people send, drawn anew in our sizes: nothing of the original file goes on to others."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

from PIL import Image, ImageOps

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.sniff import PICTURES, require_kind

# 60 million pixels are 180 MB in memory; phones' largest pictures have 50, a bomb some thousand millions.
MAX_PIXELS = 60_000_000

ImageForm = Literal["WEBP", "JPEG", "PNG"]


@dataclass(frozen=True)
class Size:
    """A named size: the picture fits into a square of `edge` pixels; with `crop` it fills width × height."""

    name: str
    edge: int
    crop: tuple[int, int] | None = None


PICTURE_SIZES = (Size("large", 1600), Size("card", 640, (640, 400)), Size("thumb", 160, (160, 160)))


@dataclass(frozen=True)
class Rendition:
    """One encoded size."""

    name: str
    content: bytes
    width: int
    height: int
    mime: str


def read_picture(
    source: BinaryIO | bytes, *, max_pixels: int = MAX_PIXELS, field: str | None = None
) -> Image.Image:
    """The picture upright, in RGB or RGBA with 8 bits, its first frame if it moves; refused if it cannot be read."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    require_kind(stream, PICTURES, field=field)
    try:
        with warnings.catch_warnings():
            # Our own limit below is stricter than Pillow's warning.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(stream)
        width, height = picture.size
        if width * height > max_pixels:
            raise _too_large(max_pixels, field)
        if picture.format == "JPEG":
            # The decoder itself halves the picture while that leaves enough: less memory, a quarter of the time.
            picture.draft("RGB", (3200, 3200))
        picture.seek(0)
        picture.load()
        return _eight_bit(_upright(picture))
    except Image.DecompressionBombError:
        raise _too_large(max_pixels, field) from None
    except Refused:
        raise
    except (
        Exception
    ):  # A torn file makes decoders raise nearly anything; whatever it is, it is the file's fault.
        raise Refused(
            _l("This picture cannot be read; it may be damaged. Please export it again as JPEG or PNG."),
            field=field,
        ) from None


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera says; with a broken note from the camera, as it lies."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # Pillow writes the note anew and stumbles over anything in it; the pixels are good.
        return picture


def _too_large(max_pixels: int, field: str | None) -> Refused:
    return Refused(
        _l(
            "This picture has more than %(limit)s million pixels. Please make it smaller.",
            limit=max_pixels // 1_000_000,
        ),
        field=field,
    )


def renditions(
    source: BinaryIO | bytes | Image.Image,
    sizes: Sequence[Size] = PICTURE_SIZES,
    *,
    form: ImageForm = "WEBP",
    field: str | None = None,
) -> list[Rendition]:
    """The picture in each size, the same bytes for the same picture; small originals are never blown up."""
    picture = source if isinstance(source, Image.Image) else read_picture(source, field=field)
    made = []
    for size in sizes:
        scaled = _scaled(picture, size)
        made.append(
            Rendition(size.name, encoded(scaled, form), scaled.width, scaled.height, f"image/{form.lower()}")
        )
    return made


def encoded(picture: Image.Image, form: ImageForm = "WEBP", *, quality: int = 82) -> bytes:
    """The file's bytes, without any metadata."""
    stream = io.BytesIO()
    match form:
        case "WEBP":
            picture.save(stream, "WEBP", quality=quality, method=4)
        case "JPEG":
            flattened(picture).save(stream, "JPEG", quality=quality, optimize=True, progressive=True)
        case "PNG":
            picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def flattened(picture: Image.Image) -> Image.Image:
    """Transparent parts on white."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _scaled(picture: Image.Image, size: Size) -> Image.Image:
    if size.crop is None:
        scaled = picture.copy()
        scaled.thumbnail((size.edge, size.edge), Image.Resampling.LANCZOS, reducing_gap=3.0)
        return scaled
    width, height = size.crop
    # Keep the shape also when the picture is smaller than the size asked for.
    factor = min(1.0, picture.width / width, picture.height / height)
    box = (max(1, round(width * factor)), max(1, round(height * factor)))
    return ImageOps.fit(picture, box, Image.Resampling.LANCZOS, centering=(0.5, 0.4))


def _eight_bit(picture: Image.Image) -> Image.Image:
    """RGB, or RGBA where something is transparent; 16-bit grey keeps its range instead of being cut off."""
    if picture.mode.startswith("I") or picture.mode == "F":
        brightness = picture.convert("F")
        darkest_and_brightest = brightness.getextrema()
        top = 65535.0 if max(float(value) for value in darkest_and_brightest) > 255 else 255.0  # type: ignore[arg-type]
        picture = brightness.point(lambda value: value * (255.0 / top)).convert("L")
    transparent = picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info
    fresh = picture.convert("RGBA" if transparent else "RGB")
    if transparent and fresh.getchannel("A").getextrema() == (255, 255):
        fresh = fresh.convert("RGB")
    # A new picture of the pixels alone: colour profiles, EXIF with places, comments and thumbnails stay behind.
    bare = Image.new(fresh.mode, fresh.size)
    bare.paste(fresh)
    return bare
