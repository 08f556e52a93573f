"""Uploaded and produced files: judged by content, pictures drawn anew, stored once, handed out by the edge.

A view receives (slow, outside of any transaction), its action keeps (one row)::

    received = receive(form.picture.data, PICTURE, field="picture")
    ...
    file = keep_file(received, is_public=True, by=by)      # inside the action
"""

from __future__ import annotations

import errno
import io
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePath
from typing import Any, BinaryIO
from urllib.parse import quote

import sqlalchemy as sa
from flask import Response, current_app, redirect, send_file, url_for
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import Json, Model, db, find_record
from expo.kit.images import renditions
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.sniff import DOCUMENTS, PICTURES, TABLES, VIDEOS, MediaKind, has_active_content, require_kind
from expo.kit.storage import BlobStorage, make_storage
from expo.kit.unit import after_commit

log = logging.getLogger("expo.files")
MB = 1024 * 1024
#: Received bytes wait so long for their record.
UNKEPT_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Purpose:
    """What a file is uploaded for: which kinds are taken and how large one may be."""

    name: str
    kinds: frozenset[MediaKind]
    limit_mb: int
    redraw: bool = False

    @property
    def attributes(self) -> dict[str, int]:
        """For a form's file field (``render_kw``): the page says what is too large before it is sent."""
        return {"data-limit-mb": self.limit_mb}


PICTURE = Purpose("picture", PICTURES, 20, redraw=True)
DOCUMENT = Purpose("document", DOCUMENTS, 30)
VIDEO = Purpose("video", VIDEOS, 512)
SCAN = Purpose("scan", DOCUMENTS | {MediaKind.JPEG, MediaKind.PNG}, 30)
SHEET = Purpose("sheet", TABLES, 200)


class StoredFile(Model):
    """One file: where it lies, what it is, who brought it. Public ones are open to whoever knows the address."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(120), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    # Smaller forms of a picture: name → storage key.
    variants: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    purpose: Mapped[str] = mapped_column(sa.String(40))
    is_public: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


@dataclass(frozen=True)
class Received:
    """Bytes that lie in the storage and wait for their row."""

    key: str
    sha256: str
    size: int
    name: str
    media_type: str
    purpose: str
    width: int | None = None
    height: int | None = None
    variants: dict[str, str] = field(default_factory=dict)


def storage() -> BlobStorage:
    """The storage of the running app."""
    made: BlobStorage | None = current_app.extensions.get("expo_storage")
    if made is None:
        made = current_app.extensions["expo_storage"] = make_storage(current_config().storage)
    return made


def receive(upload: FileStorage | None, purpose: Purpose, *, field: str | None = "file") -> Received:
    """Judge an upload by its content and store it; raises :class:`Refused` with what to do instead."""
    if upload is None or not upload.filename:
        raise Refused(_l("Choose a file first."), field)
    stream: BinaryIO = upload.stream  # type: ignore[assignment]  # werkzeug's stream is a binary one
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size == 0:
        raise Refused(_l("This file is empty. Choose another one."), field)
    if size > purpose.limit_mb * MB:
        raise Refused(
            _l("This file has %(size)s MB; at most %(limit)s MB are accepted. Please make it smaller.",
               size=-(-size // MB), limit=purpose.limit_mb),
            field,
        )
    kind = require_kind(stream, purpose.kinds, field=field)
    if kind is MediaKind.PDF and has_active_content(stream.read()):
        raise Refused(_l("This PDF carries program code or other files. Print it to a plain PDF and try again."), field)
    stream.seek(0)
    name = _tidy_name(upload.filename, kind.extension)
    try:
        if purpose.redraw:
            return _redrawn(stream, name, purpose, field)
        blob = storage().put(stream, content_type=kind.mime)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        log.error("no space left for an uploaded file of %s bytes", size)
        raise Refused(_l("There is no space left for files on the site. Nothing was stored; tell the organiser, and try "
                         "again later."), field) from error
    return Received(blob.key, blob.sha256, blob.size, name, kind.mime, purpose.name)


def _redrawn(stream: BinaryIO, name: str, purpose: Purpose, field: str | None) -> Received:
    keys, largest = {}, None
    for made in renditions(stream, field=field):
        blob = storage().put(io.BytesIO(made.content), content_type=made.mime)
        keys[made.name] = blob.key
        if largest is None:
            largest = Received(blob.key, blob.sha256, blob.size, str(PurePath(name).with_suffix(".webp")), made.mime,
                               purpose.name, made.width, made.height, keys)
    assert largest is not None
    return largest


def store_bytes(content: bytes, name: str, media_type: str, purpose: str = "produced") -> Received:
    """Store what the program made itself."""
    blob = storage().put(io.BytesIO(content), content_type=media_type)
    return Received(blob.key, blob.sha256, blob.size, name, media_type, purpose)


def store_stream(stream: BinaryIO, name: str, media_type: str, purpose: str = "produced") -> Received:
    """Store a large thing that the program made itself."""
    blob = storage().put(stream, content_type=media_type)
    return Received(blob.key, blob.sha256, blob.size, name, media_type, purpose)


def store_picture(content: bytes, name: str) -> Received:
    """Store a picture that the program drew, in all sizes."""
    return _redrawn(io.BytesIO(content), name, PICTURE, None)


def keep_file(received: Received, *, is_public: bool = False, by: Actor) -> StoredFile:
    """Write the row of received bytes in the running action."""
    file = StoredFile(
        key=received.key, sha256=received.sha256, size=received.size, name=received.name,
        media_type=received.media_type, purpose=received.purpose, width=received.width, height=received.height,
        variants=dict(received.variants), is_public=is_public, person_id=by.person_id,
    )
    db.session.add(file)
    db.session.flush()
    return file


def delete_file(file_id: int) -> None:
    """Remove a stored file in the running action; its bytes go after the commit, with the last row that has them."""
    file = find_record(StoredFile, file_id, for_update=True)
    if file is None:
        return
    after_commit(partial(_delete_bytes, file.key, [file.key, *map(str, file.variants.values())]))
    db.session.delete(file)


def _delete_bytes(key: str, keys: list[str]) -> None:
    """Asked after the commit: somebody else may have sent the same bytes meanwhile."""
    if not db.session.scalar(sa.select(sa.func.count()).select_from(StoredFile).where(StoredFile.key == key)):
        for one in dict.fromkeys(keys):
            storage().delete(one)


def clear_away_unkept() -> int:
    """Daily: delete bytes that were received and never kept: forms that were refused, sheets that were only looked at.
    Returns how many."""
    # Listed first: whatever is kept meanwhile is found among the records.
    old = list(storage().keys(before=clock.real_now() - UNKEPT_FOR))
    kept: set[str] = set()
    for key, variants in db.session.execute(sa.select(StoredFile.key, StoredFile.variants)):
        kept.update((key, *map(str, variants.values())))
    unkept = [key for key in old if key not in kept]
    for key in unkept:
        storage().delete(key)
    if unkept:
        log.info("%s files that nobody kept were cleared away", len(unkept))
    return len(unkept)


def file_url(file: StoredFile, size: str | None = None) -> str:
    """The address of a public file, or of a smaller form of a picture ("large", "card", "thumb")."""
    return url_for("kit.show_file", file_id=file.id, digest=file.sha256[:12], name=file.name, size=size)


def send_stored(file: StoredFile, *, size: str | None = None, as_attachment: bool = False) -> BaseResponse:
    """Answer with a file; whoever calls this has checked that the reader may have it.

    Behind nginx the bytes never pass through Python; from a bucket the browser is sent to an address that expires.
    """
    key = str(file.variants.get(size, file.key)) if size else file.key
    address = storage().address(key, filename=file.name if as_attachment else "", content_type=file.media_type)
    if address.url:
        return redirect(address.url)
    if current_config().accelerated_files:
        response = Response(mimetype=file.media_type)
        response.headers["X-Accel-Redirect"] = address.accel
    else:
        response = send_file(storage().open(key), mimetype=file.media_type, conditional=False)
    mode = "attachment" if as_attachment else "inline"
    response.headers["Content-Disposition"] = f"{mode}; filename*=UTF-8''{quote(file.name)}"
    # A file that is shown must not become a page of this site, whatever it holds.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def get_bytes(file: StoredFile) -> bytes:
    """The whole content; for small files only."""
    with storage().open(file.key) as stream:
        return stream.read()


def _tidy_name(name: str, extension: str) -> str:
    """A file name without folders and control characters, with the ending of what it really is."""
    stem = PurePath(name.replace("\\", "/")).stem
    stem = "".join(c for c in stem if c.isprintable() and c not in '<>:"/\\|?*')[:120].strip(" .") or "file"
    given = PurePath(name).suffix.lower()
    return stem + (given if extension == ".txt" and given in {".csv", ".tsv", ".txt"} else extension)
