"""QR codes as pictures, as drawings and as plain modules."""

import io
from functools import lru_cache
from typing import Literal

import qrcode
import qrcode.constants
import zxingcpp
from PIL import Image

# Pillow's 1-bit pictures hold light as 1, the QR standard speaks of dark modules as 1.
_DARK_AS_ONE = [255 if light < 128 else 0 for light in range(256)]

Level = Literal["L", "M", "Q", "H"]
Matrix = list[list[bool]]

_LEVELS = {
    "L": qrcode.constants.ERROR_CORRECT_L,
    "M": qrcode.constants.ERROR_CORRECT_M,
    "Q": qrcode.constants.ERROR_CORRECT_Q,
    "H": qrcode.constants.ERROR_CORRECT_H,
}


def qr_matrix(data: str | bytes, *, level: Level = "M") -> Matrix:
    """The modules, row by row, dark ones true, without the quiet zone around them."""
    code = qrcode.QRCode(error_correction=_LEVELS[level], border=0)
    code.add_data(data)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


# The pages of a paper carry the same code.
@lru_cache(maxsize=8)
def qr_modules(data: str, *, level: Level = "M") -> tuple[int, bytes]:
    """The side length in modules and the modules as rows of bits, dark ones 1, each row filled up to whole bytes.

    Drawn by zxing-cpp, some twenty times faster than `qr_matrix`: for badges by the thousand.
    """
    barcode = zxingcpp.create_barcode(data, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    picture = Image.fromarray(barcode.to_image(scale=1, add_quiet_zones=False))
    return picture.width, picture.convert("L").point(_DARK_AS_ONE, "1").tobytes()


def qr_png(data: str | bytes, scale: int = 8, border: int = 4, *, level: Level = "M") -> bytes:
    """A black and white PNG; `border` is the quiet zone in modules (the standard asks for 4)."""
    matrix = qr_matrix(data, level=level)
    side = len(matrix) + 2 * border
    picture = Image.new("1", (side, side), 1)
    for y, row in enumerate(matrix, start=border):
        for x, dark in enumerate(row, start=border):
            if dark:
                picture.putpixel((x, y), 0)
    if scale != 1:
        picture = picture.resize((side * scale, side * scale), Image.Resampling.NEAREST)
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def qr_svg(
    data: str | bytes, *, border: int = 4, size: int = 232, level: Level = "M", label: str = ""
) -> str:
    """An SVG for putting straight into a page: one path, no inline style, sharp at any size."""
    matrix = qr_matrix(data, level=level)
    side = len(matrix) + 2 * border
    path = "".join(_runs(row, border, y) for y, row in enumerate(matrix, start=border))
    named = f' role="img" aria-label="{_attribute(label)}"' if label else ' aria-hidden="true"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {side} {side}"'
        f' shape-rendering="crispEdges"{named}>'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
    )


def _runs(row: list[bool], left: int, y: int) -> str:
    """The dark runs of one row as path commands, one rectangle a run."""
    parts = []
    x = 0
    while x < len(row):
        if not row[x]:
            x += 1
            continue
        start = x
        while x < len(row) and row[x]:
            x += 1
        parts.append(f"M{left + start} {y}h{x - start}v1h-{x - start}z")
    return "".join(parts)


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
