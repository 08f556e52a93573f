"""The worker part: huey's consumer on the site's queue."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    # Until huey listens itself, a request to stop would print where the loading was just then.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    from huey.bin.huey_consumer import consumer_main

    # An idle worker looks twice a second: somebody sits before the page of the job that has just been started.
    sys.argv = ["scripts.worker", "expo.worker.huey", "--workers", "2", "--max-delay", "0.5", "--quiet"]
    consumer_main()


if __name__ == "__main__":
    main()
