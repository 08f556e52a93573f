"""Reading papers back in tests: their words as a person would copy them, and what a camera sees on them."""

import io
import subprocess
import tempfile
from pathlib import Path

import zxingcpp
from PIL import Image


def read_text(pdf: bytes, *, page: int | None = None) -> str:
    """The text layer, by poppler: what search and copying find."""
    pages = [] if page is None else ["-f", str(page), "-l", str(page)]
    return subprocess.run(
        ["pdftotext", *pages, "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def page_images(pdf: bytes, *, dpi: int = 150, first: int = 1, last: int = 3) -> list[Image.Image]:
    """The pages as pictures, as a printer would show them."""
    with tempfile.TemporaryDirectory() as folder:
        span = ["-f", str(first), "-l", str(last)]
        subprocess.run(
            ["pdftoppm", "-r", str(dpi), *span, "-png", "-", f"{folder}/page"], input=pdf, check=True
        )
        return [Image.open(io.BytesIO(path.read_bytes())) for path in sorted(Path(folder).glob("*.png"))]


def read_codes(pdf: bytes, *, dpi: int = 200, last: int = 3) -> list[str]:
    """The contents of the QR codes on the pages, in the order of the pages."""
    return [
        str(code.text)
        for image in page_images(pdf, dpi=dpi, last=last)
        for code in zxingcpp.read_barcodes(image.convert("L"))
    ]


def blank_paper() -> bytes:
    """A PDF of one empty page, to upload."""
    held = io.BytesIO()
    Image.new("RGB", (595, 842), "white").save(held, "PDF")
    return held.getvalue()
