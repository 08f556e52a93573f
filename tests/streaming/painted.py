"""A test picture with the time painted in as squares that a program reads back, and senders of it.

Run as a program it writes raw frames to its output, as fast as they are due: 320 × 180 grey, the milliseconds of the
clock as 44 black and white squares in the upper rows, and a bar that moves.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

WIDTH, HEIGHT, FPS = 320, 180, 20
BITS, SQUARE, STRIP = 44, 7, 14
#: Reads the clock back from a video element; null when the squares are not there.
READ_CLOCK = f"""(video) => {{
  const canvas = document.createElement("canvas");
  canvas.width = {WIDTH}; canvas.height = {HEIGHT};
  const pen = canvas.getContext("2d", {{ willReadFrequently: true }});
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  let value = 0;
  for (let bit = 0; bit < {BITS}; bit += 1) {{
    const [grey] = pen.getImageData(bit * {SQUARE} + 3, 7, 1, 1).data;
    if (grey > 90 && grey < 165) return null;
    value = value * 2 + (grey >= 128 ? 1 : 0);
  }}
  return value;
}}"""


def painted_time(path: Path) -> int | None:
    """The milliseconds in a video's first picture, if squares are painted into it."""
    raw = subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(path), "-frames:v", "1", "-s", f"{WIDTH}x{HEIGHT}", "-f", "rawvideo",
                          "-pix_fmt", "gray", "-"], capture_output=True, check=True).stdout
    bits = [raw[7 * WIDTH + bit * SQUARE + 3] for bit in range(BITS)]
    value = int("".join("1" if bit >= 128 else "0" for bit in bits), 2)
    return value if abs(value / 1000 - time.time()) < 600 else None


def frame(milliseconds: int, number: int) -> bytes:
    strip = bytearray(b"\x80" * WIDTH)
    for bit in range(BITS):
        white = milliseconds >> (BITS - 1 - bit) & 1
        strip[bit * SQUARE:(bit + 1) * SQUARE] = (b"\xeb" if white else b"\x10") * SQUARE
    at = number * 4 % (WIDTH - 20)
    row = b"\x50" * at + b"\xc0" * 20 + b"\x50" * (WIDTH - 20 - at)
    return bytes(strip) * STRIP + row * (HEIGHT - STRIP)


def write_frames(seconds: float) -> None:
    begin = time.monotonic()
    for number in range(int(seconds * FPS)):
        wait = begin + number / FPS - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        sys.stdout.buffer.write(frame(int(time.time() * 1000), number))
        sys.stdout.buffer.flush()


class PaintedSender:
    """Sends the picture, with or without a tone, to an RTMP address until stopped. Use as a context manager."""

    def __init__(self, address: str, *, seconds: float = 120, gop_s: float = 1, tone: bool = True, picture: bool = True) -> None:
        sound = ["-f", "lavfi", "-i", "sine=f=440:r=44100"] if tone else []
        codec = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p",
                 "-g", str(int(FPS * gop_s)), "-keyint_min", str(int(FPS * gop_s)), "-sc_threshold", "0", "-b:v", "400k"]
        pictures = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS),
                    "-use_wallclock_as_timestamps", "1", "-i", "-"] if picture else []
        self.command = ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", *pictures, *(["-re"] if not picture else []), *sound,
                        *(codec if picture else []), "-c:a", "aac", "-t", str(seconds), "-f", "flv", address]
        self.picture, self.seconds = picture, seconds
        self.painter: subprocess.Popen[bytes] | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PaintedSender:
        if self.picture:
            self.painter = subprocess.Popen([sys.executable, __file__, str(self.seconds)], stdout=subprocess.PIPE)
        self.process = subprocess.Popen(self.command, stdin=self.painter.stdout if self.painter else subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if self.painter and self.painter.stdout:
            self.painter.stdout.close()
        return self

    def __exit__(self, *_error: object) -> None:
        for process in (self.process, self.painter):
            if process is not None and process.poll() is None:
                process.kill()
            if process is not None:
                process.wait()

    @property
    def is_sending(self) -> bool:
        return self.process is not None and self.process.poll() is None


if __name__ == "__main__":
    write_frames(float(sys.argv[1]))
