"""What scripts/serve does once the programs are there: prepare the data, start the parts, say where the site is."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys

from expo.kit.config import Config, ConfigError, load_config
from scripts.runner import Runner
from scripts.stack import PYTHON, ROOT, Stack, StartError


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        config = load_config()
        stack = stack_for(config, options.host, options.port)
        with stack.claim():
            stack.check_port()
            say(f"All data lies in {stack.home}.")
            greeting = prepare(stack, empty=options.empty)
            say("The parts start: web (gunicorn), worker (jobs), edge (nginx).")
            runner = Runner(stack.parts(), stack.environment(), str(ROOT))
            return runner.run(lambda: greet(stack, greeting))
    except ConfigError as error:
        return refuse("The settings are wrong:", *(f"  - {problem}" for problem in error.problems))
    except StartError as error:
        return refuse(str(error))
    except PermissionError as error:
        return refuse(
            f"{error.filename} belongs to another user, so the site cannot work with it.",
            "Start as that user, or give the site a folder of its own by EXPO_HOME.",
        )
    except KeyboardInterrupt:
        return refuse("Stopped before the site was open.")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/serve")
    parser.add_argument("--empty", action="store_true", help="no demonstration, for real use")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1")
    return parser.parse_args(arguments)


def stack_for(config: Config, host: str, port: int) -> Stack:
    return Stack(
        home=config.home, port=port, host=host, upload_mb=config.max_upload_mb, outer_proxies=config.trusted_proxies
    )


def prepare(stack: Stack, *, empty: bool = False) -> str:
    """Migrates and loads in one start of Flask; its progress is shown, its words for the reader returned."""
    command = [PYTHON, "-m", "flask", "--app", "wsgi", "prepare", *(["--empty"] if empty else [])]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=stack.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StartError(
            f"The data in {stack.home} could not be prepared; the reason stands above. Nothing was started."
        )
    return done.stdout.strip()


async def greet(stack: Stack, greeting: str) -> None:
    while not await asyncio.to_thread(stack.answers):
        await asyncio.sleep(0.05)
    print(f"\n    The site is open at {stack.url}\n", flush=True)
    if greeting:
        print("".join(f"    {line}\n" for line in greeting.splitlines()), flush=True)
    print("    Ctrl-C stops everything.\n", flush=True)


def say(sentence: str) -> None:
    print(f"==> {sentence}", flush=True)


def refuse(*lines: str) -> int:
    print("\n" + "\n".join(lines), file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
