"""What a file really is: told by its content, never by its name or by what the browser claims."""

import io
import re
import zipfile
from collections.abc import Collection
from enum import Enum
from typing import Any, BinaryIO

from expo.kit.language import _, _l
from expo.kit.refusals import Refused

_HEAD = 4096


class MediaKind(Enum):
    """A kind of file with its media type, the ending it gets here and the words for it."""

    JPEG = "image/jpeg", ".jpg", _l("a JPEG picture")
    PNG = "image/png", ".png", _l("a PNG picture")
    WEBP = "image/webp", ".webp", _l("a WebP picture")
    GIF = "image/gif", ".gif", _l("a GIF picture")
    HEIC = "image/heic", ".heic", _l("a HEIC picture (iPhone)")
    AVIF = "image/avif", ".avif", _l("an AVIF picture")
    BMP = "image/bmp", ".bmp", _l("a BMP picture")
    TIFF = "image/tiff", ".tif", _l("a TIFF picture")
    SVG = "image/svg+xml", ".svg", _l("an SVG drawing, which can carry program code")
    PDF = "application/pdf", ".pdf", _l("a PDF document")
    MP4 = "video/mp4", ".mp4", _l("an MP4 video")
    MOV = "video/quicktime", ".mov", _l("a QuickTime video")
    WEBM = "video/webm", ".webm", _l("a WebM video")
    MATROSKA = "video/x-matroska", ".mkv", _l("a Matroska video")
    AVI = "video/x-msvideo", ".avi", _l("an AVI video")
    FLV = "video/x-flv", ".flv", _l("a Flash video")
    MP3 = "audio/mpeg", ".mp3", _l("an MP3 sound")
    XLSX = (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".xlsx",
        _l("an Excel workbook"),
    )
    XLSM = "application/vnd.ms-excel.sheet.macroEnabled.12", ".xlsm", _l("an Excel workbook with macros")
    DOCX = (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".docx",
        _l("a Word document"),
    )
    PPTX = (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".pptx",
        _l("a presentation"),
    )
    OLE = "application/x-ole-storage", ".doc", _l("an old Office file (.doc, .xls or .ppt)")
    ZIP = "application/zip", ".zip", _l("a ZIP archive")
    RAR = "application/vnd.rar", ".rar", _l("a RAR archive")
    SEVEN_ZIP = "application/x-7z-compressed", ".7z", _l("a 7z archive")
    GZIP = "application/gzip", ".gz", _l("a gzip archive")
    EXECUTABLE = "application/x-executable", ".exe", _l("a program")
    SCRIPT = "text/x-script", ".sh", _l("a program script")
    HTML = "text/html", ".html", _l("a web page")
    XML = "application/xml", ".xml", _l("an XML file")
    RTF = "application/rtf", ".rtf", _l("a rich text file")
    TEXT = "text/plain", ".txt", _l("a text file")
    UNKNOWN = "application/octet-stream", ".bin", _l("a file of unknown kind")

    @property
    def mime(self) -> str:
        return str(self.value[0])

    @property
    def extension(self) -> str:
        return str(self.value[1])

    @property
    def label(self) -> Any:
        return self.value[2]


PICTURES = frozenset({MediaKind.JPEG, MediaKind.PNG, MediaKind.WEBP, MediaKind.GIF})
VIDEOS = frozenset({MediaKind.MP4, MediaKind.MOV, MediaKind.WEBM})
TABLES = frozenset({MediaKind.XLSX, MediaKind.TEXT})
DOCUMENTS = frozenset({MediaKind.PDF})

_MAGIC: tuple[tuple[bytes, MediaKind], ...] = (
    (b"\xff\xd8\xff", MediaKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaKind.PNG),
    (b"GIF87a", MediaKind.GIF),
    (b"GIF89a", MediaKind.GIF),
    (b"%PDF-", MediaKind.PDF),
    (b"\x7fELF", MediaKind.EXECUTABLE),
    (b"\xca\xfe\xba\xbe", MediaKind.EXECUTABLE),
    (b"\xcf\xfa\xed\xfe", MediaKind.EXECUTABLE),
    (b"\xce\xfa\xed\xfe", MediaKind.EXECUTABLE),
    (b"dex\n03", MediaKind.EXECUTABLE),
    (b"#!", MediaKind.SCRIPT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", MediaKind.OLE),
    (b"Rar!\x1a\x07", MediaKind.RAR),
    (b"7z\xbc\xaf\x27\x1c", MediaKind.SEVEN_ZIP),
    (b"\x1f\x8b", MediaKind.GZIP),
    (b"FLV\x01", MediaKind.FLV),
    (b"II*\x00", MediaKind.TIFF),
    (b"MM\x00*", MediaKind.TIFF),
    (b"{\\rtf", MediaKind.RTF),
)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg)[\s>/]", re.IGNORECASE)
_HIDDEN_MARKUP = re.compile(rb"<script[\s>]|<\?php|<iframe[\s>]|<html[\s>]|<svg[\s>]", re.IGNORECASE)


def sniff(source: BinaryIO | bytes) -> MediaKind:
    """The kind told by the first bytes (of archives also by what they contain). The stream is wound back."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    stream.seek(0)
    head = stream.read(_HEAD)
    try:
        for magic, kind in _MAGIC:
            if head.startswith(magic):
                return kind
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _archive(stream)
        return _container(head) or _textual(head)
    finally:
        stream.seek(0)


def require_kind(
    source: BinaryIO | bytes, allowed: Collection[MediaKind], *, field: str | None = None
) -> MediaKind:
    """The file's kind, if it is allowed and is that kind only; refused with what it is and what is accepted."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    kind = sniff(stream)
    if kind not in allowed:
        accepted = _(", ").join(str(each.label) for each in MediaKind if each in allowed)
        raise Refused(
            _l(
                "By its content this file is %(kind)s, whatever its name says. Accepted here: %(accepted)s.",
                kind=kind.label,
                accepted=accepted,
            ),
            field=field,
        )
    hidden = _second_nature(stream, kind)
    stream.seek(0)
    if hidden is not None:
        raise Refused(
            _l(
                "This file is %(kind)s and at the same time %(hidden)s. Such double files are not accepted; "
                "please export it anew.",
                kind=kind.label,
                hidden=hidden.label,
            ),
            field=field,
        )
    return kind


def _archive(stream: BinaryIO) -> MediaKind:
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return MediaKind.ZIP
    if "[Content_Types].xml" not in names:
        return MediaKind.ZIP
    if any(name.startswith("xl/") for name in names):
        return MediaKind.XLSM if "xl/vbaProject.bin" in names else MediaKind.XLSX
    if any(name.startswith("word/") for name in names):
        return MediaKind.DOCX
    if any(name.startswith("ppt/") for name in names):
        return MediaKind.PPTX
    return MediaKind.ZIP


def _container(head: bytes) -> MediaKind | None:
    """Formats whose kind stands behind a frame, or whose two or three first letters a table may have as well."""
    if head[:2] == b"MZ" and b"\0" in head[:64]:
        return MediaKind.EXECUTABLE
    if head[:3] == b"ID3" and head[3:4] < b"\x10":
        return MediaKind.MP3
    if head[:4] == b"RIFF":
        return {b"WEBP": MediaKind.WEBP, b"AVI ": MediaKind.AVI}.get(head[8:12], MediaKind.UNKNOWN)
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _HEIC_BRANDS:
            return MediaKind.HEIC
        if brand in (b"avif", b"avis"):
            return MediaKind.AVIF
        return MediaKind.MOV if brand == b"qt  " else MediaKind.MP4
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free") and head[:2] == b"\0\0":
        return MediaKind.MOV
    if head[:4] == b"\x1aE\xdf\xa3":
        return MediaKind.WEBM if b"webm" in head[:64] else MediaKind.MATROSKA
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return MediaKind.BMP
    if head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return MediaKind.MP3
    return None


def _textual(head: bytes) -> MediaKind:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        readable = head.decode("utf-16", "ignore").encode()
    else:
        readable = head.removeprefix(b"\xef\xbb\xbf")
    start = readable.lstrip()[:1024]
    if start[:1] == b"<":
        if re.search(rb"<svg[\s>]", readable, re.IGNORECASE):
            return MediaKind.SVG
        if _MARKUP.search(start):
            return MediaKind.HTML
        if start.startswith(b"<?xml"):
            return MediaKind.XML
        if start.startswith((b"<?php", b"<?=")):
            return MediaKind.SCRIPT
    if not head:
        return MediaKind.UNKNOWN
    # Text in any encoding has hardly any control characters; the zero bytes of UTF-16 are no sign of a program.
    controls = sum(byte < 32 and byte not in (0, 9, 10, 11, 12, 13, 27) for byte in readable)
    zeros = readable.count(0)
    if controls * 200 > len(readable) or zeros * 3 > len(readable) * 2:
        return MediaKind.UNKNOWN
    return MediaKind.TEXT


def _second_nature(stream: BinaryIO, kind: MediaKind) -> MediaKind | None:
    """What else the file could be taken for by another program, if anything."""
    stream.seek(0)
    head = stream.read(_HEAD)
    size = stream.seek(0, 2)
    # A ZIP is read from its end: its closing record lies within the last 64 KB.
    stream.seek(max(0, size - 66_000))
    tail = stream.read()
    packed = kind in (MediaKind.XLSX, MediaKind.XLSM, MediaKind.DOCX, MediaKind.PPTX, MediaKind.ZIP)
    if not packed and _ends_as_zip(tail):
        return MediaKind.ZIP
    if kind is not MediaKind.PDF and b"%PDF-" in head[:1024] and kind is not MediaKind.TEXT:
        return MediaKind.PDF
    if kind in PICTURES and (_HIDDEN_MARKUP.search(head) or _HIDDEN_MARKUP.search(tail)):
        return MediaKind.HTML
    if kind is MediaKind.PDF and _HIDDEN_MARKUP.search(head[:64]):
        return MediaKind.HTML
    return None


def _ends_as_zip(tail: bytes) -> bool:
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < 22:
        return False
    comment_length = int.from_bytes(tail[place + 20 : place + 22], "little")
    return (
        len(tail) - place - 22 == comment_length
        and int.from_bytes(tail[place + 10 : place + 12], "little") > 0
    )


def has_active_content(pdf: bytes, *, field: str | None = "file") -> bool:
    """Whether a PDF runs program code, starts programs or holds other files; refused when it cannot be opened.

    The objects are really read: in packed ones such things would hide, and in packed pictures the same letters
    stand by chance.
    """
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            if "/EmbeddedFiles" in document.Root.get("/Names", {}):
                return True
            return any(_is_active(each) for each in document.objects)
    except pikepdf.PasswordError:
        raise Refused(
            _l("This PDF is protected by a password. Please save it without one."), field=field
        ) from None
    except (pikepdf.PdfError, AttributeError, ValueError):
        raise Refused(
            _l("This PDF cannot be read; it may be damaged. Please export it again."), field=field
        ) from None


def _is_active(thing: Any) -> bool:
    """An action with code or a program behind it, or a file annotation; also inside the dictionary of a page or link."""
    import pikepdf

    if isinstance(thing, pikepdf.Stream | pikepdf.Dictionary):
        if (
            "/JS" in thing
            or thing.get("/S") in ("/JavaScript", "/Launch")
            or thing.get("/Subtype") == "/FileAttachment"
        ):
            return True
        return any(_is_active(value) for value in _direct(value for _key, value in thing.items()))
    if isinstance(thing, pikepdf.Array):
        return any(_is_active(value) for value in _direct(thing))
    return False


def _direct(values: Any) -> list[Any]:
    """Parts written in place; those with a number of their own are visited as objects anyway."""
    import pikepdf

    return [
        value
        for value in values
        if isinstance(value, pikepdf.Object)
        and not value.is_indirect
        and isinstance(value, pikepdf.Dictionary | pikepdf.Array)
    ]
