"""All that the app needs of a media server: who sends, let go of a sender, start and stop a recorder.

Here it is nginx with the rtmp module. Another server (SRS, MediaMTX) takes its place by other bodies for these
functions and by calling the addresses of ``views_media`` on publish, its end and a finished recording; see
docs/streaming.md.
"""

from __future__ import annotations

import http.client
import logging
import socket
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from expo.kit.config import Config

log = logging.getLogger("expo.media")
_PATIENCE_S = 2.0
STILL = "now.jpg"
#: The servers of media.conf.template by their place in it, which orders must name.
_OUTER, _INNER = 0, 1


@dataclass(frozen=True)
class Sender:
    """A stream that has been handed on, by its inner name, with what its pictures and its sound are."""

    name: str
    width: int | None = None
    height: int | None = None
    video: str = ""
    audio: str = ""
    bytes_in: int = 0


@dataclass(frozen=True)
class Snapshot:
    """What the media server does at this moment. ``run`` changes whenever it has been started anew."""

    run: str
    clients: frozenset[int] = frozenset()
    senders: dict[str, Sender] = field(default_factory=dict)


class MediaServerError(OSError):
    """The media server cannot be reached or gives no sense."""


def take_snapshot(config: Config) -> Snapshot:
    """Who publishes now; raises :class:`MediaServerError`."""
    try:
        root = ET.fromstring(_ask(config, "/stat"))  # noqa: S314  # our own server, by a socket of ours
    except ET.ParseError as error:
        raise MediaServerError(str(error)) from error
    clients: set[int] = set()
    senders: dict[str, Sender] = {}
    for application in root.iter("application"):
        is_inner = application.findtext("name") == "live"
        for stream in application.iter("stream"):
            publishing = [c for c in stream.iter("client") if c.find("publishing") is not None]
            if is_inner and publishing:
                sender = _sender(stream)
                senders[sender.name] = sender
            elif not is_inner:
                clients |= {int(c.findtext("id") or 0) for c in publishing}
    return Snapshot(root.findtext("pid") or "", frozenset(clients), senders)


def _sender(stream: ET.Element) -> Sender:
    video, audio = stream.find("meta/video"), stream.find("meta/audio")

    def number(name: str) -> int | None:
        text = video.findtext(name) if video is not None else None
        return int(text) if text and text.isdigit() and int(text) else None

    return Sender(
        name=stream.findtext("name") or "", width=number("width"), height=number("height"),
        video=(video.findtext("codec") or "") if video is not None else "",
        audio=_heard(audio.findtext("codec") or "") if audio is not None else "",
        bytes_in=int(stream.findtext("bytes_in") or 0),
    )


def _heard(codec: str) -> str:
    """The module calls it "Uncompressed" when a sender has said that it has no sound at all."""
    return "" if codec == "Uncompressed" else codec


def drop_sender(config: Config, client_id: int) -> None:
    """Cut a sender off. By its number: its name is its key, which stands in no address."""
    _order(config, "drop/client", app="ingest", clientid=client_id, srv=_OUTER)


def start_recording(config: Config, name: str) -> str:
    """Record a stream from its next keyframe on; returns the file's name, empty when it cannot be recorded."""
    return Path(_order(config, "record/start", app="live", name=name, rec="pieces", srv=_INNER).strip()).name


def stop_recording(config: Config, name: str) -> None:
    """Finish the file; the media server then reports it."""
    _order(config, "record/stop", app="live", name=name, rec="pieces", srv=_INNER)


def inner_address(config: Config, name: str) -> str:
    """Where a stream is handed on to, and where it is read."""
    return f"{config.media.inner_url}/{name}"


def recordings_folder(config: Config) -> Path:
    return config.home / "media" / "recordings"


def pictures_folder(config: Config) -> Path:
    return config.home / "media" / "hls"


def has_pictures(config: Config, room: str) -> bool:
    """Whether players would find something. Where the pictures lie on another machine nobody knows, so: yes."""
    folder = pictures_folder(config)
    return not folder.exists() or (folder / room / "src" / "live.m3u8").exists()


def voices_of(config: Config, room: str) -> list[str]:
    """Languages into which somebody interprets at this moment."""
    return sorted(path.stem for path in (pictures_folder(config) / room).glob("??.m3u8"))


def still_of(config: Config, room: str) -> Path | None:
    """A small picture of what was shown some seconds ago."""
    path = pictures_folder(config) / room / STILL
    return path if path.exists() else None


def _order(config: Config, what: str, **arguments: str | int) -> str:
    return _ask(config, f"/control/{what}?{urlencode(arguments)}")


def _ask(config: Config, path: str) -> str:
    connection = _UnixConnection(config.media.control.removeprefix("unix:"))
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise MediaServerError(str(error)) from error
    finally:
        connection.close()
    if answer.status >= http.client.BAD_REQUEST:
        raise MediaServerError(f"{path.partition('?')[0]}: {answer.status} {text[:200]}")
    return text


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("media", timeout=_PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
