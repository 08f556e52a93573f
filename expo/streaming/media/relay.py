"""Sends a stream of the media server on to another RTMP server, unchanged: one ffmpeg for each target.

The other site's key reaches ffmpeg by a pipe, as a file of options: it stands in no list of processes.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable

from expo.streaming.models_simulcast import TargetFault
from expo.streaming.rules_simulcast import app_of, host_of

#: Nothing has moved for so long: the other side takes no more, whatever it says.
STUCK_S = 15.0
#: Some servers take the first pictures before they have judged the key.
_SETTLED_US = 3_000_000
_KILLED_AFTER_S = 3.0
_PATIENCE_US = "8000000"


class Relay:
    """Runs until :meth:`stop`, or until ``is_running`` turns false and ``fault`` says why; none when the source ended."""

    def __init__(self, source: str, server: str, key: str, may_go_to: Callable[[str, list[str]], bool]) -> None:
        self.source, self.server = source, server
        self.fault: TargetFault | None = None
        self.is_running = True
        self._may_go_to = may_go_to
        self._words: deque[str] = deque(maxlen=10)
        self._sent_us = 0
        self._moved_at = time.monotonic()
        self._process: subprocess.Popen[str] | None = None
        self._is_stopped = False
        self._guard = threading.Lock()
        threading.Thread(target=self._run, args=(key,), daemon=True, name="expo-relay").start()

    @property
    def is_sending(self) -> bool:
        """Whether the other side has taken pictures."""
        return self.is_running and self._has_sent

    @property
    def _has_sent(self) -> bool:
        return self._sent_us >= _SETTLED_US

    def look(self) -> None:
        """Ends it when it is stuck; call now and then."""
        if self.is_running and time.monotonic() - self._moved_at > STUCK_S:
            self._end()

    def stop(self) -> None:
        """Asks it to end; nobody waits for a target that does not answer."""
        with self._guard:
            self._is_stopped = True
        self._end()

    def _run(self, key: str) -> None:
        try:
            self.fault = self._refusal() or self._send(key)
        finally:
            self.is_running = False

    def _refusal(self) -> TargetFault | None:
        """What is wrong with the address before anything is sent."""
        host, port = host_of(self.server)
        try:
            found = sorted({str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
        except (OSError, UnicodeError):  # The latter of names that break the rules of names.
            return TargetFault.UNKNOWN
        return None if self._may_go_to(host, found) else TargetFault.INNER

    def _send(self, key: str) -> TargetFault | None:
        reading, writing = os.pipe()
        try:
            with os.fdopen(writing, "w") as file:
                file.write(f"rtmp_app={app_of(self.server)}\nrtmp_playpath={key}\n")
            with self._guard:
                if self._is_stopped:
                    return None
                self._process = subprocess.Popen(  # noqa: S603  # no shell, our own words
                    command(self.source, self.server, reading), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, pass_fds=[reading], text=True, errors="replace",
                )
        finally:
            os.close(reading)
        process = self._process
        assert process.stdout
        assert process.stderr
        errors = threading.Thread(target=lambda: self._words.extend(line.strip() for line in process.stderr or ()), daemon=True)
        errors.start()
        for line in process.stdout:
            self._measure(line)
        code = process.wait()
        errors.join(timeout=2)
        return fault_of(" ".join(self._words), self.source, code=code, has_sent=self._has_sent)

    def _measure(self, line: str) -> None:
        name, _, value = line.strip().partition("=")
        if name == "out_time_us" and value.isdigit() and int(value) > self._sent_us:
            self._sent_us, self._moved_at = int(value), time.monotonic()

    def _end(self) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        threading.Timer(_KILLED_AFTER_S, process.kill).start()


def command(source: str, server: str, options: int) -> list[str]:
    """The whole ffmpeg command; ``options`` is the number of the pipe with the key. Pure."""
    return [
        "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-progress", "pipe:1", "-stats_period", "1",
        "-rw_timeout", _PATIENCE_US, "-analyzeduration", "2000000", "-i", source, "-map", "0:v:0?", "-map", "0:a:0?", "-c", "copy",
        "-rw_timeout", _PATIENCE_US, "-fpre", f"/dev/fd/{options}", "-flvflags", "no_duration_filesize", "-f", "flv", server,
    ]


def fault_of(words: str, source: str, *, code: int, has_sent: bool) -> TargetFault | None:
    """What ffmpeg's last words mean; none when it was our own stream that ended. Pure."""
    if code == 0 or f"{source}:" in words:
        return None
    if has_sent:
        return TargetFault.LOST
    if "Failed to resolve" in words:
        return TargetFault.UNKNOWN
    if "Cannot open connection" in words or "timed out" in words or code < 0:
        return TargetFault.UNREACHABLE
    return TargetFault.REFUSED
