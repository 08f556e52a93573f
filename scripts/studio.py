"""The studio part: keeps every channel showing what it should, and takes pictures from browsers in by WebSocket."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import time
from pathlib import Path

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


async def run(app: object, socket: Path) -> None:
    from flask import Flask

    from expo.streaming.studio import Studio

    assert isinstance(app, Flask)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    studio = Studio(app.extensions["expo_config"])
    loop = asyncio.create_task(keep_ticking(app, studio, stopping))
    try:
        await stopping.wait()
    finally:
        await loop
        studio.stop()


async def keep_ticking(app: object, studio: object, stopping: asyncio.Event) -> None:
    """One look a second. A look that fails is told once and tried again: viewers go on with what runs."""
    from flask import Flask

    from expo.streaming.media.server import MediaServerError
    from expo.streaming.studio import Studio

    assert isinstance(app, Flask)
    assert isinstance(studio, Studio)
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
