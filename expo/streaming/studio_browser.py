"""Pictures from a browser: what MediaRecorder makes comes in by WebSocket and goes on by ffmpeg, copied where it is H.264.

The first message is JSON with the ticket and the form of the pictures, all others are pictures. A browser that comes
back after a break begins anew: it is a sender like any other, and the picture goes on behind a discontinuity.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed

from expo.kit import clock
from expo.kit.config import Config
from expo.kit.language import speaking
from expo.kit.refusals import Refused
from expo.people.queries import load_actor
from expo.streaming import actions_senders
from expo.streaming.media import server
from expo.streaming.rules_media import inner_name
from expo.streaming.rules_tickets import open_ticket

log = logging.getLogger("expo.studio")
_LARGEST = 16 * 1024 * 1024
_FIRST_WITHIN_S = 10
_COPIED = ("h264", "avc1")
#: ffmpeg that does not take pictures for so long is stuck.
_STUCK_S = 10


class BrowserDoor:
    """Serves ``/studio/``. ``in_app`` runs a function within the app; ``clients`` is the set that the studio looks at."""

    def __init__(self, config: Config, in_app: Callable[[Callable[[], Any]], Any], clients: set[int]) -> None:
        self.config, self.in_app, self.clients = config, in_app, clients
        self._numbers = itertools.count(int(time.time()) % 1_000_000_000)

    async def serve(self, socket: Path, stopping: asyncio.Event) -> None:
        socket.unlink(missing_ok=True)
        async with unix_serve(self.take, str(socket), max_size=_LARGEST, ping_interval=10, ping_timeout=15, compression=None):
            await stopping.wait()

    async def take(self, connection: ServerConnection) -> None:
        """One browser, from its ticket to its end."""
        number = next(self._numbers)
        try:
            first = json.loads(await asyncio.wait_for(connection.recv(), _FIRST_WITHIN_S))
            name, ingest_id = await asyncio.to_thread(self._admit, str(first["ticket"]), number)
            copied = any(word in str(first.get("form", "")).lower() for word in _COPIED)
        except Refused as refusal:
            await connection.close(4003, str(refusal)[:120])
            return
        except (ConnectionClosed, TimeoutError, ValueError, KeyError, TypeError):
            await connection.close(4000, "no ticket")
            return
        try:
            await self._hand_on(connection, name, copied=copied)
        finally:
            self.clients.discard(number)
            await asyncio.to_thread(self.in_app, lambda: actions_senders.end_ingest(ingest_id))

    def _admit(self, ticket_text: str, number: int) -> tuple[str, int]:
        def admit() -> tuple[str, int]:
            ticket = open_ticket(self.config.secret_key, ticket_text, clock.real_now())
            self.clients.add(number)
            try:
                ingest, channel = actions_senders.accept_browser(ticket.channel_id, number, by=load_actor(ticket.person_id))
            except BaseException:
                self.clients.discard(number)
                raise
            return inner_name(channel.room, ingest.id), ingest.id

        with speaking("zh_Hans"):
            admitted: tuple[str, int] = self.in_app(admit)
        return admitted

    async def _hand_on(self, connection: ServerConnection, name: str, *, copied: bool) -> None:
        process = await asyncio.create_subprocess_exec(
            *command(server.inner_address(self.config, name), copied=copied),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdin
        # Told at once: the browser begins to record when somebody takes what it records.
        try:
            await connection.send(json.dumps({"ready": True}))
            async for message in connection:
                if isinstance(message, str):
                    await connection.send(message)  # A question how long the way is; it goes back as it came.
                    continue
                process.stdin.write(message)
                await asyncio.wait_for(process.stdin.drain(), _STUCK_S)
        except (ConnectionClosed, ConnectionError, TimeoutError) as error:
            log.info("a presenting browser ended: %s", error)
        finally:
            with suppress(OSError):
                process.stdin.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 3)
            if process.returncode is None:
                process.kill()
            words = (await process.stderr.read(2000)).decode(errors="replace") if process.stderr else ""
            if words.strip() and process.returncode:
                log.warning("pictures of a browser: %s", words.strip().splitlines()[-1])
            with suppress(ConnectionClosed):
                await connection.close()


def command(address: str, *, copied: bool) -> list[str]:
    """ffmpeg from the browser's container to RTMP. Firefox records VP8, which is encoded anew. Pure."""
    video = ["-c:v", "copy"] if copied else [
        "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-fps_mode", "vfr",
        "-force_key_frames", "expr:gte(t,n_forced)", "-b:v", "1800k", "-maxrate", "1800k", "-bufsize", "1800k",
    ]
    return [
        "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-fflags", "+genpts+nobuffer", "-probesize", "200000",
        "-analyzeduration", "600000", "-i", "pipe:0", "-map", "0:v:0?", "-map", "0:a:0?", *video,
        "-c:a", "aac", "-b:a", "128k", "-ar", "44100", "-ac", "2", "-af", "aresample=async=1000", "-flvflags", "no_duration_filesize",
        "-f", "flv", address,
    ]
