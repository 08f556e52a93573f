"""An outer edge for pictures, on this or another machine: nginx with a cache in front of the site's own edge.

    EXPO_MEDIA_SECRET=… python -m scripts.outer --origin 10.0.0.5:8000 --port 8100 --home /var/lib/expo-outer

The site sends its viewers there by ``EXPO_MEDIA_HLS_URL``; both must know the same ``EXPO_MEDIA_SECRET``.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from pathlib import Path

from scripts.stack import NGINX, filled


def write_outer(home: Path, *, origin: str, listen: str, secret: str, cache_mb: int = 2000) -> tuple[str, ...]:
    """Write the configuration; returns the command that runs it."""
    home.mkdir(parents=True, exist_ok=True)
    open_files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65536)
    shared = home / "cached.conf"
    shared.touch(mode=0o600)  # It holds the secret.
    shared.write_text(filled("cached.conf", {"SECRET": secret, "COUNTED": f'"{home}/hls.log"'}))
    config = home / "nginx.conf"
    config.write_text(filled("outer.conf", {
        "USER": "user root;" if os.getuid() == 0 else "", "HOME": str(home), "ORIGIN": origin, "LISTEN": listen,
        "CACHE_MB": str(cache_mb), "OPEN_FILES": str(open_files), "CONNECTIONS": str(min(open_files // 2, 16384)),
    }))
    return (NGINX, "-e", "stderr", "-p", str(home), "-c", str(config))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="scripts.outer")
    parser.add_argument("--origin", required=True, help="host:port of the site's own edge")
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--cache-mb", type=int, default=2000)
    options = parser.parse_args(arguments)
    secret = os.environ.get("EXPO_MEDIA_SECRET", "")
    if not secret:
        sys.exit("EXPO_MEDIA_SECRET is not set. Take it from EXPO_HOME/media-secret of the site.")
    command = write_outer(options.home, origin=options.origin, listen=f"{options.host}:{options.port}", secret=secret,
                          cache_mb=options.cache_mb)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
