"""Uploads are judged by content, kept once, and handed out only to those who may have them."""

from __future__ import annotations

import errno
import io

import pytest
from flask import Flask
from PIL import Image
from werkzeug.datastructures import FileStorage

from expo.kit import clock
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.kit.files import (
    DOCUMENT,
    PICTURE,
    SCAN,
    UNKEPT_FOR,
    StoredFile,
    clear_away_unkept,
    delete_file,
    file_url,
    keep_file,
    receive,
    storage,
    store_bytes,
)
from expo.kit.refusals import Refused
from expo.kit.unit import action
from tests.conftest import Browser


def upload(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def png(width: int = 900, height: int = 600) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


@action
def keep(received: object, is_public: bool = True) -> StoredFile:
    return keep_file(received, is_public=is_public, by=SYSTEM)  # type: ignore[arg-type]


def test_a_picture_is_drawn_anew_in_its_sizes(app: Flask, client: Browser) -> None:
    file = keep(receive(upload(png(), "照片.png"), PICTURE))
    assert (file.media_type, set(file.variants)) == ("image/webp", {"large", "card", "thumb"})
    with app.test_request_context():
        address = file_url(file, "card")
    answer = client.get(address)
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.data)).size == (640, 400)
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_private_file_is_not_handed_out_by_its_address(app: Flask, client: Browser) -> None:
    file = keep(store_bytes(b"%PDF-1.7 secret", "a.pdf", "application/pdf"), is_public=False)
    with app.test_request_context():
        address = file_url(file)
    assert client.get(address).status_code == 404


def test_a_guessed_address_finds_nothing(app: Flask, client: Browser) -> None:
    file = keep(receive(upload(png(), "a.png"), PICTURE))
    assert client.get(f"/files/{file.id}/000000000000/{file.name}").status_code == 404


@pytest.mark.parametrize(("content", "name"), [
    (b"MZ\x90\x00" + b"\0" * 200, "文档.pdf"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "图.pdf"),
    (b"", "空.pdf"),
])
def test_what_is_not_a_document_is_refused_with_a_sentence(app: Flask, content: bytes, name: str) -> None:
    with pytest.raises(Refused) as refusal:
        receive(upload(content, name), DOCUMENT, field="document")
    assert refusal.value.field == "document"
    assert len(str(refusal.value)) > 8


def test_a_file_above_its_limit_is_refused_with_both_sizes(app: Flask) -> None:
    with pytest.raises(Refused, match=r"31.*30"):
        receive(upload(b"%PDF-1.7\n" + b"0" * (30 * 1024 * 1024 + 1), "大.pdf"), DOCUMENT)


def test_a_shown_file_cannot_act_as_a_page_of_the_site(app: Flask, client: Browser) -> None:
    file = keep(store_bytes(b"<html><script>1</script>", "x.html", "text/html"))
    with app.test_request_context():
        address = file_url(file)
    assert "sandbox" in client.get(address).headers["Content-Security-Policy"]


def test_a_full_disk_is_told_and_nothing_is_stored(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(storage()), "put", full)
    for purpose in (PICTURE, SCAN):
        with pytest.raises(Refused) as refusal:
            receive(upload(png(), "a.png"), purpose, field="file")
        assert refusal.value.field == "file"


def test_what_nobody_kept_is_cleared_away_after_days_and_the_rest_stays(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = store_bytes(b"%PDF-1.7 never kept", "a.pdf", "application/pdf").key
    picture = keep(receive(upload(png(), "a.png"), PICTURE))
    keys = {picture.key, *map(str, picture.variants.values())}
    clear_away_unkept()
    assert storage().exists(refused)
    later = clock.real_now() + 2 * UNKEPT_FOR
    monkeypatch.setattr(clock, "real_now", lambda: later)
    assert clear_away_unkept() >= 1
    assert not storage().exists(refused)
    assert all(map(storage().exists, keys))
    assert clear_away_unkept() == 0


def test_the_bytes_go_with_the_last_file_that_has_them(app: Flask) -> None:
    first, second = (keep(store_bytes(b"%PDF-1.7 the same", "a.pdf", "application/pdf")) for _ in range(2))
    ids, key = (first.id, second.id), first.key
    action(delete_file)(ids[0])
    assert storage().exists(key)
    action(delete_file)(ids[1])
    assert not storage().exists(key)
    action(delete_file)(ids[1])
    assert db.session.get(StoredFile, ids[1]) is None
