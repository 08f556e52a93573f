"""Where uploaded bytes lie: a folder, or a bucket of an S3-compatible service. Keys are the content's SHA-256."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote

from expo.kit import clock
from expo.kit.config import Storage as StorageSettings

_CHUNK = 1 << 20
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}")


class MissingBlobError(Exception):
    """The storage holds nothing under this key: a file was lost, or never stored."""


@dataclass(frozen=True)
class Blob:
    """What was stored. The same bytes always have the same key, so storing them twice keeps one copy."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Address:
    """How the edge hands a blob to a browser: `accel` for X-Accel-Redirect, or a signed `url` to redirect to."""

    accel: str = ""
    url: str = ""


class BlobStorage(Protocol):
    """What both kinds of storage can do."""

    def put(self, stream: BinaryIO, *, content_type: str = "application/octet-stream") -> Blob:
        """Store all of the stream; when this returns, the bytes survive a power cut."""
        ...

    def open(self, key: str) -> BinaryIO:
        """The bytes to read; raises MissingBlobError."""
        ...

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> None:
        """Remove the bytes; nothing happens when they are gone already."""
        ...

    def keys(self, before: datetime | None = None) -> Iterator[str]:
        """All keys, or those under which nothing was put since ``before``: for looking for what no record names."""
        ...

    def address(self, key: str, *, filename: str = "", content_type: str = "", seconds: int = 300) -> Address:
        """Where a browser gets the bytes, for so many seconds; with `filename` it saves instead of showing."""
        ...


def make_storage(settings: StorageSettings) -> BlobStorage:
    """The storage that the configuration asks for."""
    return BucketStorage(settings) if settings.bucket else FolderStorage(settings.folder)


def key_of(sha256: str) -> str:
    """Two levels of folders keep each of them small: `ab/cd/abcd…`."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


class FolderStorage:
    """Files below one folder, which nginx may serve itself under `/_files/` (internal)."""

    def __init__(self, folder: Path, *, accel_prefix: str = "/_files/") -> None:
        self.folder = folder
        self._accel_prefix = accel_prefix

    def put(self, stream: BinaryIO, *, content_type: str = "application/octet-stream") -> Blob:
        """Written beside its place, flushed to the disk, then renamed: never half a file under a key."""
        waiting = self.folder / "incoming"
        waiting.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=waiting, delete=False) as file:
            temporary = Path(file.name)
            try:
                blob = _copied(stream, file)
                file.flush()
                os.fsync(file.fileno())
                # nginx runs as another user; the name of the folder is what keeps files apart, not their mode.
                os.fchmod(file.fileno(), 0o644)
                target = self.folder / blob.key
                target.parent.mkdir(parents=True, exist_ok=True)
                temporary.replace(target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        _flush_folder(target.parent)
        return blob

    def path(self, key: str) -> Path:
        """The file of a key, for tools that want a name instead of a stream (ffmpeg)."""
        if not _KEY.fullmatch(key):
            raise MissingBlobError(f"{key!r} is not a storage key.")
        return self.folder / key

    def open(self, key: str) -> BinaryIO:
        try:
            return self.path(key).open("rb")
        except FileNotFoundError:
            raise MissingBlobError(f"No file is stored under {key}.") from None

    def exists(self, key: str) -> bool:
        return self.path(key).is_file()

    def delete(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def keys(self, before: datetime | None = None) -> Iterator[str]:
        for path in sorted(self.folder.glob("??/??/*")):
            if before is None or _is_older(path, before):
                yield path.relative_to(self.folder).as_posix()

    def address(self, key: str, *, filename: str = "", content_type: str = "", seconds: int = 300) -> Address:
        """Access was decided by the app, so the address is internal to the edge and needs no signature."""
        self.path(key)
        return Address(accel=f"{self._accel_prefix}{key}")


def _is_older(path: Path, moment: datetime) -> bool:
    """Putting the same bytes again puts a new file in the old one's place."""
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:  # It was deleted after it had been listed.
        return False


class BucketStorage:
    """Objects in a bucket; browsers are sent to a signed address that expires."""

    def __init__(self, settings: StorageSettings) -> None:
        self._settings = settings
        self._made: Any = None

    @property
    def _client(self) -> Any:
        """Made at the first use: importing boto3 takes 200 ms that a start without a bucket need not pay."""
        if self._made is None:
            import boto3
            from botocore.config import Config as BotoConfig

            settings = self._settings
            self._made = boto3.client(
                "s3",
                endpoint_url=settings.endpoint or None,
                aws_access_key_id=settings.access_key,
                aws_secret_access_key=settings.secret_key,
                region_name=settings.region,
                # Path style works with every S3-compatible service, names of buckets in the host do not.
                config=BotoConfig(
                    s3={"addressing_style": "path"},
                    signature_version="s3v4",
                    retries={"max_attempts": 4, "mode": "standard"},
                    connect_timeout=5,
                    read_timeout=60,
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )
        return self._made

    def put(self, stream: BinaryIO, *, content_type: str = "application/octet-stream") -> Blob:
        """Kept in a temporary file first, since the key is known only after the last byte."""
        with tempfile.SpooledTemporaryFile(max_size=8 << 20) as spool:
            blob = _copied(stream, spool)
            # What lies there for a day already may be about to be cleared away: then it is put anew.
            if not self._is_fresh(blob.key):
                spool.seek(0)
                self._client.upload_fileobj(
                    spool, self._settings.bucket, blob.key, ExtraArgs={"ContentType": content_type}
                )
        return blob

    def open(self, key: str) -> BinaryIO:
        """A copy that can be wound back and forth, as pictures and workbooks need it."""
        spool = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115  # The caller closes it.
        try:
            self._client.download_fileobj(self._settings.bucket, key, spool)
        except self._client.exceptions.ClientError as error:
            spool.close()
            if _is_missing(error):
                raise MissingBlobError(f"No file is stored under {key}.") from None
            raise
        spool.seek(0)
        return spool  # type: ignore[return-value]  # It has all methods of a binary stream.

    def _is_fresh(self, key: str) -> bool:
        try:
            found = self._client.head_object(Bucket=self._settings.bucket, Key=key)
        except self._client.exceptions.ClientError as error:
            if _is_missing(error):
                return False
            raise
        return bool(clock.real_now() - found["LastModified"] < timedelta(days=1))

    def exists(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self._settings.bucket, Key=key)
        except self._client.exceptions.ClientError as error:
            if _is_missing(error):
                return False
            raise
        return True

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._settings.bucket, Key=key)

    def keys(self, before: datetime | None = None) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._settings.bucket)
        for page in pages:
            yield from (entry["Key"] for entry in page.get("Contents", [])
                        if before is None or entry["LastModified"] < before)

    def address(self, key: str, *, filename: str = "", content_type: str = "", seconds: int = 300) -> Address:
        parameters: dict[str, Any] = {"Bucket": self._settings.bucket, "Key": key}
        if filename:
            parameters["ResponseContentDisposition"] = content_disposition(filename)
        if content_type:
            parameters["ResponseContentType"] = content_type
        return Address(
            url=self._client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)
        )


def content_disposition(filename: str, *, inline: bool = False) -> str:
    """The header that gives a download its name, Chinese ones included (RFC 6266)."""
    plain = re.sub(r"[^\w.,() -]|[^\x20-\x7e]", "_", filename) or "file"
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _copied(source: BinaryIO, target: Any) -> Blob:
    digest = hashlib.sha256()
    size = 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        target.write(chunk)
    return Blob(key_of(digest.hexdigest()), size, digest.hexdigest())


def _is_missing(error: Any) -> bool:
    return str(error.response["Error"]["Code"]) in {"404", "NoSuchKey", "NotFound"}


def _flush_folder(folder: Path) -> None:
    """A rename is lasting only when the folder itself is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
