"""HTML to PDF with WeasyPrint: fonts brought along, no network, the same input always gives the same bytes.

WeasyPrint is imported here alone and only when the first paper is made: it takes 600 ms.
"""

import atexit
import base64
import hashlib
import io
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import pikepdf
from flask import render_template
from PIL import ImageFile

from expo.kit.fonts import STATIC, font_path
from expo.kit.sniff import sniff

if TYPE_CHECKING:
    from weasyprint import Document

_FILE_SCHEME = "expo-file:"

# Held while laying out: Pango's font maps are not made for several threads, which could not gain anything anyway.
one_at_a_time = threading.Lock()


def render_pdf(
    html: str,
    *,
    files: Mapping[str, bytes] | None = None,
    styles: Iterable[str] = (),
    dpi: int | None = None,
) -> bytes:
    """The PDF of a whole HTML document, set with static/css/pdf.css and then `styles` (CSS source texts).

    Pictures come from `files` as `expo-file:<name>`, from `data:` or by an address relative to static/;
    every other address is refused and its place stays empty. `dpi` shrinks larger pictures.
    """
    with one_at_a_time:
        document = lay_out(html, files=files, styles=styles)
        identifier = hashlib.sha256(html.encode()).digest()[:16]
        pdf: bytes = document.write_pdf(pdf_identifier=identifier, dpi=dpi, optimize_images=dpi is not None)
    return pdf


def render_template_pdf(
    template: str, *, files: Mapping[str, bytes] | None = None, dpi: int | None = None, **values: Any
) -> bytes:
    """`render_pdf` of a Jinja template, which extends pdf/base.html; `values` are plain, no records."""
    return render_pdf(template_html(template, **values), files=files, dpi=dpi)


def template_html(template: str, **values: Any) -> str:
    """The HTML of a paper, for those who lay it out themselves."""
    return render_template(template, **values)


def lay_out(html: str, *, files: Mapping[str, bytes] | None = None, styles: Iterable[str] = ()) -> "Document":
    """WeasyPrint's laid-out document, for those who need to know where things came to stand."""
    fonts, base = _engine()
    from weasyprint import CSS, HTML

    fetcher = _fetcher(files or {})
    sheets = [base, *(CSS(string=style, font_config=fonts, url_fetcher=fetcher) for style in styles)]
    source = HTML(string=html, base_url=f"{STATIC.as_uri()}/", url_fetcher=fetcher)
    return source.render(stylesheets=sheets, font_config=fonts)


def data_uri(content: bytes) -> str:
    """Bytes as an address for `src` in a template."""
    return f"data:{sniff(content).mime};base64,{base64.b64encode(content).decode()}"


def stamp_pages(pdf: bytes, stamp: bytes, *, under: bool = False) -> bytes:
    """Another PDF's pages laid over (or under) the pages: a watermark, 作废, a serial. Its last page repeats."""
    with pikepdf.open(io.BytesIO(pdf)) as document, pikepdf.open(io.BytesIO(stamp)) as marks:
        forms = [document.copy_foreign(mark.as_form_xobject()) for mark in marks.pages]
        # pikepdf's own overlay takes a random name, and the same stamp would give other bytes each time.
        name = pikepdf.Name(f"/Stamp{hashlib.sha256(stamp).hexdigest()[:8]}")
        for number, page in enumerate(document.pages):
            form = forms[min(number, len(forms) - 1)]
            page.add_resource(form, pikepdf.Name.XObject, name)
            placed = page.calc_form_xobject_placement(
                form,
                name,
                pikepdf.Rectangle(page.trimbox),
                invert_transformations=True,
                allow_shrink=True,
                allow_expand=True,
            )
            page.contents_add(placed if under else b"q\n", prepend=True)
            if not under:
                page.contents_add(b"\nQ\n" + placed)
        return saved(document)


def saved(document: pikepdf.Pdf) -> bytes:
    """The document's bytes, packed tightly and without anything that depends on the moment of writing."""
    stream = io.BytesIO()
    document.save(
        stream,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
    )
    return stream.getvalue()


@cache
def _engine() -> tuple[Any, Any]:
    """The fonts' configuration and the style sheet that loads them: one of each for a process."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    # WeasyPrint makes Pillow accept torn pictures everywhere; those that people send must still be refused.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    # A missing font must be an error here; WeasyPrint would take any other and go on.
    font_path()
    font_path(bold=True)
    fonts = FontConfiguration()
    # Its folder of font files is removed when it is let go, which at the very end of Python comes too late.
    atexit.register(_engine.cache_clear)
    return fonts, CSS(filename=STATIC / "css" / "pdf.css", font_config=fonts, url_fetcher=_fetcher({}))


def _fetcher(files: Mapping[str, bytes]) -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OnlyOurs(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types.
        """Answers for files handed in and files under static/, and for nobody else."""

        def fetch(self, url: str, headers: object = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url)
            if url.startswith(_FILE_SCHEME):
                name = unquote(url.removeprefix(_FILE_SCHEME))
                if name not in files:
                    raise ValueError(f"The paper asks for the file {name!r}, which it was not given.")
                return URLFetcherResponse(url, files[name], {"Content-Type": sniff(files[name]).mime})
            return URLFetcherResponse(url, _static_bytes(url))

    return OnlyOurs(allowed_protocols={"data"}, allow_redirects=False)


def _static_bytes(url: str) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        raise ValueError(f"Papers take nothing from elsewhere: {url}")
    path = STATIC.__class__(url2pathname(parts.path)).resolve()
    # The vendored files may be links to where npm put them; the address itself must stay inside static/.
    if not path.is_relative_to(STATIC.resolve()):
        raise ValueError(f"Papers take files from static/ only: {url}")
    return path.read_bytes()
