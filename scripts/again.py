"""Runs pytest with the given arguments; the few tests that fail among all others are tried once more, alone.

Browsers, a media server and a database share the machine with the tests, so one may be looked at too early. Both tries
print what they find, and what passes only the second time is named last: it has a fault, in itself or in the site.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

MOST = 3
"""More failures than these are no accident."""
_FAILED = 1  # pytest's code where all tests have run; others tell of something else than a test.


def run(arguments: Sequence[str]) -> int:
    """pytest's code: of the first try, or of the second one if there was a second one."""
    with TemporaryDirectory() as memory:
        command = [sys.executable, "-m", "pytest", "-o", f"cache_dir={memory}", *arguments]
        code = subprocess.run(command, check=False).returncode
        if code != _FAILED:
            return code
        failed = json.loads((Path(memory) / "v/cache/lastfailed").read_text())
        if len(failed) > MOST:
            return code
        print("\n==> Tried once more, alone:", *failed, sep="\n  ", flush=True)
        code = subprocess.run([*command, "--last-failed", "--last-failed-no-failures=none", "-n0"], check=False).returncode
    if not code:
        print("\n==> Passed only alone; find out why:", *failed, sep="\n  ", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
