"""A folder for what a job makes on its way, on the disk of the recordings."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from expo.kit.config import Config
from expo.streaming.media import server

_PREFIX = "workshop-"
#: No job takes so long; a folder of that age was left behind by one that was killed.
_LEFT_AFTER_S = 24 * 3600


@contextmanager
def workshop(config: Config) -> Iterator[Path]:
    """Is gone afterwards, and so are those that killed jobs have left."""
    folder = server.recordings_folder(config)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_PREFIX}*"):
        with suppress(FileNotFoundError):  # The job beside this one has just finished.
            if time.time() - left.stat().st_mtime > _LEFT_AFTER_S:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_PREFIX) as made:
        yield Path(made)
