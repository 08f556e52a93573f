import io
import os
import stat
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto.server import ThreadedMotoServer

from expo.kit import clock
from expo.kit.config import Storage
from expo.kit.storage import (
    BlobStorage,
    BucketStorage,
    FolderStorage,
    MissingBlobError,
    content_disposition,
    make_storage,
)

CONTENT = "成果.pdf 的内容".encode() * 1000


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket_settings(s3_server: str, tmp_path: Path) -> Storage:
    settings = Storage(
        folder=tmp_path,
        bucket=f"expo-{os.urandom(4).hex()}",
        endpoint=s3_server,
        access_key="key",
        secret_key="secret",
    )
    boto3.client(
        "s3",
        endpoint_url=s3_server,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    ).create_bucket(Bucket=settings.bucket)
    return settings


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStorage:
    if request.param == "folder":
        return make_storage(Storage(folder=tmp_path / "files"))
    return make_storage(request.getfixturevalue("bucket_settings"))


def test_what_was_stored_is_read_again(storage: BlobStorage) -> None:
    blob = storage.put(io.BytesIO(CONTENT), content_type="application/pdf")
    assert blob.size == len(CONTENT)
    assert blob.key == f"{blob.sha256[:2]}/{blob.sha256[2:4]}/{blob.sha256}"
    with storage.open(blob.key) as stream:
        assert stream.read() == CONTENT
        stream.seek(3)
        assert stream.read(4) == CONTENT[3:7]


def test_the_same_bytes_are_kept_once(storage: BlobStorage) -> None:
    first, second = (storage.put(io.BytesIO(CONTENT)) for _time in range(2))
    assert first == second
    assert list(storage.keys()) == [first.key]


def test_what_was_not_put_since_a_moment_is_found_and_putting_it_again_makes_it_new(
    storage: BlobStorage, monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = clock.real_now()
    blob = storage.put(io.BytesIO(CONTENT))
    assert list(storage.keys(before=now - timedelta(days=2))) == []
    assert list(storage.keys(before=now + timedelta(days=2))) == [blob.key]
    if isinstance(storage, FolderStorage):
        os.utime(storage.path(blob.key), (0, 0))
        assert list(storage.keys(before=now - timedelta(days=2))) == [blob.key]
    put: list[str] = []
    if isinstance(storage, BucketStorage):
        upload = storage._client.upload_fileobj
        monkeypatch.setattr(storage._client, "upload_fileobj", lambda *given, **more: (put.append(given[2]), upload(*given, **more)))
        storage.put(io.BytesIO(CONTENT))
        assert put == []
        monkeypatch.setattr(clock, "real_now", lambda: now + timedelta(days=2))
    storage.put(io.BytesIO(CONTENT))
    assert put == ([blob.key] if isinstance(storage, BucketStorage) else [])
    assert list(storage.keys(before=now - timedelta(days=2))) == []


def test_a_blob_that_goes_while_old_ones_are_looked_for_is_passed_over(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    keys = sorted(storage.put(io.BytesIO(content)).key for content in (b"one", b"two"))
    found = storage.keys(before=clock.real_now() + timedelta(days=1))
    assert next(found) == keys[0]
    storage.delete(keys[1])
    assert list(found) == []


def test_a_deleted_blob_is_gone_and_deleting_again_does_no_harm(storage: BlobStorage) -> None:
    key = storage.put(io.BytesIO(CONTENT)).key
    assert storage.exists(key)
    storage.delete(key)
    storage.delete(key)
    assert not storage.exists(key)
    with pytest.raises(MissingBlobError, match=key):
        storage.open(key)


def test_an_empty_and_a_large_stream_are_stored(storage: BlobStorage) -> None:
    assert storage.put(io.BytesIO(b"")).size == 0
    large = storage.put(io.BytesIO(bytes(20 << 20)))
    with storage.open(large.key) as stream:
        assert sum(len(piece) for piece in iter(lambda: stream.read(1 << 20), b"")) == 20 << 20


def test_a_failed_write_leaves_nothing_under_any_key(tmp_path: Path) -> None:
    class Torn(io.RawIOBase):
        def __init__(self) -> None:
            self.pieces = [b"first"]

        def read(self, size: int = -1) -> bytes:
            if not self.pieces:
                raise OSError("the upload broke off")
            return self.pieces.pop()

    storage = FolderStorage(tmp_path)
    with pytest.raises(OSError, match="broke off"):
        storage.put(Torn())  # type: ignore[arg-type]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_files_can_be_read_by_the_edge_and_are_addressed_inside_it(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    key = storage.put(io.BytesIO(CONTENT)).key
    assert storage.address(key).accel == f"/_files/{key}"
    assert stat.S_IMODE(storage.path(key).stat().st_mode) == 0o644


@pytest.mark.parametrize("key", ["../../etc/passwd", "/etc/passwd", "", "ab/cd/../../x", "AB/CD/" + "0" * 64])
def test_a_key_never_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    storage = FolderStorage(tmp_path)
    for attempt in (storage.open, storage.delete, storage.exists, storage.address):
        with pytest.raises(MissingBlobError):
            attempt(key)  # type: ignore[operator]


def test_a_browser_gets_the_bytes_from_the_bucket_by_a_signed_address(bucket_settings: Storage) -> None:
    storage = BucketStorage(bucket_settings)
    key = storage.put(io.BytesIO(CONTENT), content_type="application/pdf").key
    url = storage.address(key, filename="成果.pdf", content_type="application/pdf", seconds=60).url
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Expires"] == ["60"]
    assert "X-Amz-Signature" in query
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == CONTENT
        assert "filename*=UTF-8''%E6%88%90%E6%9E%9C.pdf" in answer.headers["Content-Disposition"]


def test_trouble_with_the_bucket_is_not_taken_for_a_missing_file(bucket_settings: Storage) -> None:
    nowhere = BucketStorage(Storage(**{**vars(bucket_settings), "bucket": "no-such-bucket"}))
    with pytest.raises(Exception, match="NoSuchBucket"):
        nowhere.put(io.BytesIO(CONTENT))


def test_download_names_survive_in_every_browser() -> None:
    header = content_disposition('协议 "A";\r\n.pdf')
    assert (
        header
        == "attachment; filename=\"__ _A____.pdf\"; filename*=UTF-8''%E5%8D%8F%E8%AE%AE%20%22A%22%3B%0D%0A.pdf"
    )
    assert content_disposition("a.pdf", inline=True).startswith('inline; filename="a.pdf"')
