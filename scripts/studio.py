"""The studio part: keeps every channel showing what it should, and takes pictures from browsers in by WebSocket."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from expo.streaming.studio import Studio

TICK_S = 1.0
log = logging.getLogger("expo.studio")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts.studio")
    parser.add_argument("--socket", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    from wsgi import app

    asyncio.run(run(app, options.socket))
    return 0


async def run(app: Flask, socket: Path) -> None:
    from expo.streaming.studio import Studio
    from expo.streaming.studio_browser import BrowserDoor

    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    config = app.extensions["expo_config"]
    studio = Studio(config)

    def in_app(work: Callable[[], Any]) -> Any:
        with app.app_context():
            return work()

    door = BrowserDoor(config, in_app, studio.studio_clients)
    await asyncio.gather(keep_ticking(app, studio, stopping), door.serve(socket, stopping))
    with app.app_context():
        studio.stop()


async def keep_ticking(app: Flask, studio: Studio, stopping: asyncio.Event) -> None:
    """One look a second. A look that fails is told once and tried again: viewers go on with what runs."""
    from expo.streaming.media.server import MediaServerError

    told = ""

    def tick() -> None:
        with app.app_context():
            studio.tick()

    while not stopping.is_set():
        begin = time.monotonic()
        try:
            await asyncio.to_thread(tick)
            told = ""
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            if said != told:
                is_expected = isinstance(error, MediaServerError)
                log.warning("the studio could not look after its channels: %s", said, exc_info=not is_expected)
            told = said
        pause = max(0.1, TICK_S - (time.monotonic() - begin))
        try:
            await asyncio.wait_for(stopping.wait(), pause)
        except TimeoutError:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
