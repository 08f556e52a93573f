"""The parts of a running site: gunicorn, the job worker and nginx, described for the runner.

Used by scripts/serve, scripts/shots, the journeys and the benchmark, so that all start the same thing.
"""

from __future__ import annotations

import fcntl
import os
import random
import re
import resource
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

from scripts.runner import Part, StartError

if TYPE_CHECKING:
    from scripts.certificate import Certificate

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin") or "nginx"
LOG_KEPT_BYTES = 100 * 1024 * 1024
SOCKET_PATH_LIMIT = 100


@dataclass(frozen=True)
class Stack:
    """One site on one port with one data folder."""

    home: Path
    port: int
    host: str = "127.0.0.1"
    upload_mb: int = 512
    outer_proxies: int = 0
    public_url: str = ""
    # Where senders of pictures connect; 0: whichever is free.
    rtmp_port: int = 0
    # On which address; empty: the same as pages.
    rtmp_host: str = ""
    # With a certificate the port speaks https, and the site is called by this name.
    certificate: Certificate | None = None
    https_name: str = "localhost"
    # What the site's owner has set.
    given: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False, compare=False)

    @property
    def url(self) -> str:
        if self.certificate:
            return f"https://{self.https_name}:{self.port}"
        return f"http://localhost:{self.port}" if self.host in {"127.0.0.1", "0.0.0.0"} else f"http://{self.host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """What the parts see: the caller's environment and what only the stack knows."""
        return {
            **os.environ,
            "EXPO_PUBLIC_URL": self.public_url or self.url,
            "EXPO_HOME": str(self.home),
            "EXPO_TRUSTED_PROXIES": str(self.outer_proxies + 1),
            "EXPO_ACCELERATED_FILES": "yes",
            **self._push_environment(),
            **self._media_environment(),
            "PYTHONUNBUFFERED": "1",
        }

    def parts(self, *, empty: bool = False) -> list[Part]:
        """Writes the configurations and names the programs."""
        config = self._write_edge()
        for leftover in (self.app_socket, self.greeting, self.push_socket, self.control_socket, self.studio_socket):
            leftover.unlink(missing_ok=True)
        web = (PYTHON, "-m", "scripts.web", "--socket", str(self.app_socket), "--greeting", str(self.greeting))
        worker = (PYTHON, "-m", "scripts.worker")
        edge = (NGINX, "-e", "stderr", "-p", str(self.home / "edge"), "-c", str(config))
        return [
            Part("web", web + (("--empty",) if empty else ())),
            Part("edge", edge),
            # The worker needs prepared data. An interrupt lets its job at hand end; one that takes longer than
            # the runner's patience is taken up again at the next start.
            Part("worker", worker, may_start=self.app_socket.exists, stop_signal=signal.SIGINT),
            *self._media_parts(),
        ]

    def _media_parts(self) -> list[Part]:
        """RTMP in an nginx of its own, and the studio, which makes of it what viewers load. Pages live without both."""
        if not self.has_media:
            return []
        media = (NGINX, "-e", "stderr", "-p", str(self.home / "media"), "-c", str(self._write_media()))
        studio = (PYTHON, "-m", "scripts.studio", "--socket", str(self.studio_socket))
        return [
            Part("media", media, is_restarted=True),
            Part("studio", studio, may_start=self.app_socket.exists, is_restarted=True),
        ]

    @cached_property
    def has_media(self) -> bool:
        """Whether this machine has a media server."""
        return nginx_module("rtmp") is not None

    @cached_property
    def _rtmp_ports(self) -> tuple[int, int, int]:
        """For senders, for handing on, for reports to the app."""
        return self.rtmp_port or free_port(), free_port(), free_port()

    def _media_environment(self) -> dict[str, str]:
        if not self.has_media:
            return {}
        outer, inner, _ = self._rtmp_ports
        host = urlsplit(self.public_url or self.url).hostname
        return {
            "EXPO_MEDIA_SENDER_URL": self.given.get("EXPO_MEDIA_SENDER_URL") or f"rtmp://{host}:{outer}/ingest",
            "EXPO_MEDIA_INNER_URL": f"rtmp://127.0.0.1:{inner}/live",
            "EXPO_MEDIA_CONTROL": f"unix:{self.control_socket}",
            "EXPO_MEDIA_SECRET": self._kept_secret("media-secret"),
        }

    def _push_environment(self) -> dict[str, str]:
        """Where the app hands messages to open pages: nothing when the edge has no module for them."""
        if nginx_module("nchan") is None:
            return {}
        return {"EXPO_PUSH_URL": f"unix:{self.push_socket}", "EXPO_PUSH_SECRET": self._kept_secret("push-secret")}

    def _kept_secret(self, name: str) -> str:
        """A secret that the edge and the app share: the caller's (several edges share one), else made once."""
        if given := self.given.get("EXPO_" + name.replace("-", "_").upper()):
            return given
        path = self.home / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text()

    def claim(self) -> TextIO:
        """Hold the data folder for as long as the returned file is open: two stacks on one folder would fight."""
        self.home.mkdir(parents=True, exist_ok=True)
        lock = (self.home / "serve.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StartError(
                f"The site of {self.home} runs already: {lock.read().strip() or 'it is just starting'}. "
                f"Stop that one first, or give this one a folder of its own by EXPO_HOME."
            ) from None
        lock.truncate(0)
        lock.write(f"{self.url}, process {os.getpid()}")
        lock.flush()
        return lock

    def check_port(self, port: int | None = None, option: str = "port") -> None:
        """Raise :class:`StartError` with what to do when the port cannot be had."""
        port = port or self.port
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, port))
            except PermissionError:
                raise StartError(
                    f"Port {port} needs the rights of root. Choose one from 1024, for example:\n"
                    f"  scripts/serve --{option} 8000"
                ) from None
            except OSError as error:
                raise StartError(
                    f"Port {port} of {self.host} cannot be used: {error.strerror}.\n"
                    f"Choose another one:    scripts/serve --{option} {port + 1}\n"
                    f"or see who holds it:   ss -ltnp 'sport = :{port}'"
                ) from None

    @property
    def greeting(self) -> Path:
        """What the web part leaves there for the person who started the site."""
        return self.home / "edge" / "greeting"

    def answers(self, path: str = "/") -> bool:
        """Whether the app answers through the edge, be it with an error of its own."""
        if not self.app_socket.exists():
            return False
        try:
            scheme = "https" if self.certificate else "http"
            with urllib.request.urlopen(f"{scheme}://{self._reach()}:{self.port}{path}", timeout=30, context=_UNCHECKED):
                return True
        except urllib.error.HTTPError as error:
            return error.code not in {502, 503, 504}  # These are the edge's words for an app that is not there.
        except OSError:
            return False

    def _reach(self) -> str:
        return "127.0.0.1" if self.host == "0.0.0.0" else self.host

    @property
    def app_socket(self) -> Path:
        """Where the edge reaches the app."""
        return self._sockets / "app.sock"

    @property
    def push_socket(self) -> Path:
        """Where the app reaches the edge with messages to open pages."""
        return self._sockets / "push.sock"

    @property
    def control_socket(self) -> Path:
        """Where the media server takes orders."""
        return self._sockets / "media.sock"

    @property
    def studio_socket(self) -> Path:
        """Where the edge reaches the studio with pictures from browsers."""
        return self._sockets / "studio.sock"

    @cached_property
    def _sockets(self) -> Path:
        """In the data folder, unless that lies too deep: the path of a socket is short by the system's rule."""
        folder = self.home / "edge"
        return folder if len(str(folder / "studio.sock")) < SOCKET_PATH_LIMIT else Path(tempfile.mkdtemp(prefix="expo-"))

    def _write_edge(self) -> Path:
        edge, log = self.home / "edge", self.home / "log"
        for folder in (edge, log, self.home / "files"):
            folder.mkdir(parents=True, exist_ok=True)
        _set_aside_long_log(log / "access.log")
        open_files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65536)
        listen = [f"{self.host}:{self.port}"] + ([f"[::]:{self.port}"] if self.host == "0.0.0.0" else [])
        values = {
            "USER": "user root;" if os.getuid() == 0 else "",
            "EDGE": str(edge),
            "LOG": str(log),
            "FILES": str(self.home / "files"),
            "ROOT": str(ROOT),
            "APP": f"unix:{self.app_socket}",
            "LISTEN": "\n".join(f"        listen {address}{' ssl http2' if self.certificate else ''};" for address in listen),
            "HTTPS": _https(self.certificate),
            "UPLOAD_MB": str(self.upload_mb + 20),
            "OPEN_FILES": str(open_files),
            "CONNECTIONS": str(min(open_files // 2, 16384)),
            "FORWARDED": _forwarded(self.outer_proxies),
            "MODULES": "", "EVENTS": "", "PUBLISH": "", "HLS_MAPS": "", "PICTURES": "",
        }
        if self.has_media:
            values["HLS_MAPS"] = filled("hls_maps.conf", {"STUDIO": str(self.studio_socket)})
            values["PICTURES"] = filled("hls.conf", {
                "SECRET": self._kept_secret("media-secret"), "HLS": str(self.home / "media" / "hls"), "LOG": str(log)})
        if nchan := nginx_module("nchan"):
            secret = self._kept_secret("push-secret")
            redis = self.given.get("EXPO_PUSH_REDIS_URL", "")
            shared = {"REDIS": filled("push_redis.conf", {"URL": redis}) if redis else "",
                      "REDIS_PASS": "\n            nchan_redis_pass push_redis;" if redis else ""}
            values["MODULES"] = f'load_module "{nchan}";'
            values["EVENTS"] = filled("events.conf", {"SECRET": secret, "ROOT": str(ROOT)} | shared)
            values["PUBLISH"] = filled("publish.conf", {"SOCKET": f"unix:{self.push_socket}"} | shared)
        text = filled("nginx.conf", values)
        config = edge / "nginx.conf"
        config.write_text(text)
        return config

    def _write_media(self) -> Path:
        media = self.home / "media"
        for folder in (media, media / "hls", media / "recordings"):
            folder.mkdir(parents=True, exist_ok=True)
        outer, inner, callback = self._rtmp_ports
        config = media / "nginx.conf"
        config.touch(mode=0o600)  # It holds the secret of the reports.
        config.write_text(filled("media.conf", {
            "USER": "user root;" if os.getuid() == 0 else "",
            "RTMP_MODULE": str(nginx_module("rtmp")),
            "MEDIA": str(media),
            "RECORDINGS": str(media / "recordings"),
            "RTMP_LISTEN": f"{self.rtmp_host or self.host}:{outer}",
            "INNER_PORT": str(inner),
            "CALLBACK_PORT": str(callback),
            "APP": f"unix:{self.app_socket}",
            "CONTROL": str(self.control_socket),
            "SECRET": self._kept_secret("media-secret"),
        }))
        return config


#: For asking one's own edge, whose certificate may be for another name.
_UNCHECKED = ssl.create_default_context()
_UNCHECKED.check_hostname = False
_UNCHECKED.verify_mode = ssl.CERT_NONE


def _https(certificate: Certificate | None) -> str:
    """The edge's lines about its certificate; nothing where it speaks plain http."""
    if certificate is None:
        return ""
    return filled("https.conf", {
        "CHAIN": str(certificate.chain), "KEY": str(certificate.key),
        "OWN": filled("https_own.conf", {"AUTHORITY": str(certificate.authority)}) if certificate.authority else "",
    })


def nginx_module(name: str) -> Path | None:
    """The file of a dynamic module of this machine's nginx."""
    path = _nginx_modules() / f"ngx_{name}_module.so"
    return path if path.exists() else None


@cache
def _nginx_modules() -> Path:
    said = subprocess.run([NGINX, "-V"], capture_output=True, text=True, check=False).stderr
    found = re.search(r"--modules-path=(\S+)", said)
    return Path(found[1]) if found else Path("/usr/lib/nginx/modules")


def filled(template: str, values: dict[str, str]) -> str:
    """A template of ``scripts/edge`` with its @NAMES@ filled in."""
    text = (ROOT / f"scripts/edge/{template}.template").read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def free_port() -> int:
    """A port that nobody listens on, for a program that binds it some time later. It is none of those which the system
    itself gives to whoever connects to something in the meantime, and no two askers get the same."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _PORTS:
                _PORTS.add(port)
                return port


_PORTS: set[int] = set()


def _forwarded(outer_proxies: int) -> str:
    """Without proxies of the operator's own in front, what a client says of its address is not believed."""
    address = "$proxy_add_x_forwarded_for" if outer_proxies else "$remote_addr"
    scheme = '"$http_x_forwarded_proto"' if outer_proxies else "$scheme"
    return f'    map "" $forwarded_for {{ default {address}; }}\n    map "" $forwarded_proto {{ default {scheme}; }}'


def _set_aside_long_log(path: Path) -> None:
    if path.exists() and path.stat().st_size > LOG_KEPT_BYTES:
        path.rename(path.with_name(time.strftime("access-%Y%m%d-%H%M%S.log")))

