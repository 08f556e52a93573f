"""Servers that stand beside the site when one machine is not enough, started for a test."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import redis
from moto.server import ThreadedMotoServer

from scripts.stack import free_port


@contextmanager
def started_redis(folder: Path) -> Iterator[str]:
    """The address of a real Redis that keeps nothing."""
    program = shutil.which("redis-server")
    assert program, "scripts/setup --tests installs redis-server"
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        url = f"redis://127.0.0.1:{port}/0"
        client = redis.Redis.from_url(url)
        try:
            _wait_for_redis(client)
            yield url
        finally:
            server.terminate()


def _wait_for_redis(client: redis.Redis) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@dataclass(frozen=True)
class Bucket:
    """An empty bucket of an S3 server on this machine."""

    name: str
    endpoint: str

    @property
    def settings(self) -> dict[str, str]:
        """The site's settings for it."""
        return {"EXPO_S3_BUCKET": self.name, "EXPO_S3_ENDPOINT": self.endpoint, "EXPO_S3_ACCESS_KEY": "key",
                "EXPO_S3_SECRET_KEY": "secret"}

    def client(self) -> Any:
        return boto3.client("s3", endpoint_url=self.endpoint, aws_access_key_id="key", aws_secret_access_key="secret",
                            region_name="us-east-1")

    def names(self) -> list[str]:
        """The keys of all that lies in it."""
        return [one["Key"] for one in self.client().list_objects_v2(Bucket=self.name).get("Contents", [])]


@contextmanager
def started_bucket(name: str = "expo") -> Iterator[Bucket]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    bucket = Bucket(name, f"http://{host}:{port}")
    bucket.client().create_bucket(Bucket=name)
    try:
        yield bucket
    finally:
        server.stop()
