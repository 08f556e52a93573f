import io
import zipfile

import pikepdf
import pytest
from PIL import Image

from expo.kit.refusals import Refused
from expo.kit.sheets import xlsx_chunks
from expo.kit.sniff import DOCUMENTS, PICTURES, TABLES, MediaKind, has_active_content, require_kind, sniff

pytestmark = pytest.mark.usefixtures("in_english")


def picture(form: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(stream, form)
    return stream.getvalue()


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return stream.getvalue()


PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
EXE = b"MZ\x90\x00" + bytes(200) + b"PE\0\0"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture("JPEG"), MediaKind.JPEG),
        (picture("PNG"), MediaKind.PNG),
        (picture("WEBP"), MediaKind.WEBP),
        (picture("GIF"), MediaKind.GIF),
        (picture("BMP"), MediaKind.BMP),
        (picture("TIFF"), MediaKind.TIFF),
        (b"\0\0\0\x18ftypheic" + bytes(20), MediaKind.HEIC),
        (b"\0\0\0\x1cftypavif" + bytes(20), MediaKind.AVIF),
        (b"\0\0\0\x18ftypmp42" + bytes(20), MediaKind.MP4),
        (b"\0\0\0\x18ftypisom" + bytes(20), MediaKind.MP4),
        (b"\0\0\0\x14ftypqt  " + bytes(20), MediaKind.MOV),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", MediaKind.WEBM),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", MediaKind.MATROSKA),
        (PDF, MediaKind.PDF),
        (EXE, MediaKind.EXECUTABLE),
        (b"\x7fELF\x02\x01\x01" + bytes(50), MediaKind.EXECUTABLE),
        (b"#!/bin/sh\nrm -rf /\n", MediaKind.SCRIPT),
        (b"<?php system($_GET[1]);", MediaKind.SCRIPT),
        (b"".join(xlsx_chunks(["a"], [["b"]])), MediaKind.XLSX),
        (archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), MediaKind.XLSM),
        (archive("[Content_Types].xml", "word/document.xml"), MediaKind.DOCX),
        (archive("[Content_Types].xml", "ppt/presentation.xml"), MediaKind.PPTX),
        (archive("a.txt"), MediaKind.ZIP),
        (b"PK\x03\x04 broken", MediaKind.ZIP),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), MediaKind.OLE),
        (b"Rar!\x1a\x07\x00", MediaKind.RAR),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', MediaKind.SVG),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x -->\n<svg/>'.replace(b"<svg/>", b"<svg />"), MediaKind.SVG),
        (b"\n <!DOCTYPE html><p>", MediaKind.HTML),
        (b"<script>alert(1)</script>", MediaKind.HTML),
        (b"<?xml version='1.0'?><rss></rss>", MediaKind.XML),
        ("单号,标题\n1,甲\n".encode(), MediaKind.TEXT),
        ("单号,标题\n1,甲\n".encode("gb18030"), MediaKind.TEXT),
        ("单号,标题\n1,甲\n".encode("utf-16"), MediaKind.TEXT),
        ("MZ编号,ID3,BM\nMZ1,1,1\n".encode(), MediaKind.TEXT),
        (b"ID3,name\n1,a\n", MediaKind.TEXT),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", MediaKind.MP3),
        (b"", MediaKind.UNKNOWN),
        (bytes(range(256)) * 4, MediaKind.UNKNOWN),
    ],
)  # fmt: skip
def test_kinds_are_told_by_content(content: bytes, kind: MediaKind) -> None:
    assert sniff(content) is kind


def test_a_stream_is_wound_back_for_the_next_reader() -> None:
    stream = io.BytesIO(picture("PNG"))
    assert require_kind(stream, PICTURES) is MediaKind.PNG
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("content", "allowed", "said"),
    [
        (EXE, DOCUMENTS, "is a program, whatever its name says. Accepted here: a PDF document"),
        (b'<svg xmlns="x"><script>1</script></svg>', PICTURES, "SVG drawing, which can carry program code"),
        (b"\0\0\0\x18ftypheic" + bytes(20), PICTURES, "HEIC"),
        (archive("a.exe"), TABLES, "a ZIP archive"),
    ],
)
def test_other_kinds_are_refused_with_what_they_are(
    content: bytes, allowed: frozenset[MediaKind], said: str
) -> None:
    with pytest.raises(Refused, match=said) as refusal:
        require_kind(content, allowed, field="file")
    assert refusal.value.field == "file"


@pytest.mark.parametrize(
    ("content", "allowed"),
    [
        (picture("JPEG") + archive("evil.class"), PICTURES),
        (PDF + archive("evil.html"), DOCUMENTS),
        (b"GIF89a/*<script>alert(1)</script>*/" + bytes(30), PICTURES),
        (picture("PNG")[:60] + b"<?php system('id');" + picture("PNG")[60:], PICTURES),
        (picture("JPEG")[:20] + b"%PDF-1.4 1 0 obj" + picture("JPEG")[20:], PICTURES),
    ],
)
def test_files_with_two_natures_are_refused(content: bytes, allowed: frozenset[MediaKind]) -> None:
    with pytest.raises(Refused, match="at the same time"):
        require_kind(content, allowed)


def test_ordinary_files_have_one_nature() -> None:
    for form in ("JPEG", "PNG", "WEBP", "GIF"):
        require_kind(picture(form), PICTURES)
    require_kind(PDF, DOCUMENTS)
    require_kind(b"".join(xlsx_chunks(["a"], [["b"]])), TABLES)
    require_kind("说明,<script> 标签的用法\n".encode(), TABLES)


def saved(document: pikepdf.Pdf, **options: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream, object_stream_mode=pikepdf.ObjectStreamMode.generate, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def pdf_with(root: dict[str, object]) -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    for name, value in root.items():
        document.Root[name] = value
    return saved(document)


SCRIPT = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


@pytest.mark.parametrize(
    "root",
    [
        {"/OpenAction": SCRIPT},
        {"/Names": pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), SCRIPT])))},
        {"/AA": pikepdf.Dictionary(WC=pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe")))},
        {"/Names": pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array([])))},
    ],
)  # fmt: skip
def test_program_code_in_a_pdf_is_noticed_also_in_packed_objects(root: dict[str, object]) -> None:
    content = pdf_with(root)
    assert b"app.alert" not in content
    assert has_active_content(content)


def test_an_ordinary_pdf_has_none_even_if_the_letters_stand_in_its_pictures_by_chance() -> None:
    document = pikepdf.new()
    document.add_blank_page()
    document.Root["/Extra"] = document.make_stream(b"/JS (x) /JavaScript /Launch /EmbeddedFiles")
    assert not has_active_content(saved(document, compress_streams=False))


def test_a_pdf_that_cannot_be_opened_is_refused() -> None:
    with pytest.raises(Refused, match="damaged"):
        has_active_content(b"%PDF-1.7\nnothing else")
    document = pikepdf.new()
    document.add_blank_page()
    locked = saved(document, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(Refused, match="password"):
        has_active_content(locked)


def test_every_kind_has_words_a_type_and_an_ending_of_its_own() -> None:
    assert len({kind.mime for kind in MediaKind}) == len(MediaKind)
    assert all(kind.extension.startswith(".") and str(kind.label) for kind in MediaKind)
