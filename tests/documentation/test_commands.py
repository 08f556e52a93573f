"""What the documents tell people to type works as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.stack import ROOT

DOCUMENTS = ("README.md", "README.zh.md", "docs/operations.md", "docs/benchmarks.md")
#: A site until Ctrl-C, and the whole suite: the journeys start the one, whoever reads this has started the other.
LASTING = ("scripts/serve", "scripts/test")


def commands(document: str) -> Iterator[str]:
    """Lines of indented or fenced blocks that begin with a program of the checkout."""
    path = ROOT / document
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        if re.match(r"( {4}|\t)?(scripts/|\.venv/bin/|sqlite3 )", line):
            yield line.strip()


def mentioned(document: str) -> Iterator[str]:
    """Programs of the checkout within sentences, such as `scripts/serve --empty`."""
    path = ROOT / document
    if path.exists():
        yield from re.findall(r"`(scripts/[a-z]+(?: --?[a-z]+)*)", path.read_text(encoding="utf-8"))


ALL = sorted({command for document in DOCUMENTS for command in commands(document)})
MENTIONED = sorted({command.split()[0] for d in (*DOCUMENTS, "docs/architecture.md", "docs/design.md") for command in mentioned(d)})


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a checkout, with a prepared and empty site in its var/."""
    folder = tmp_path_factory.mktemp("checkout")
    for path in ROOT.iterdir():
        if path.name not in {"var", ".git", "test-results"}:
            (folder / path.name).symlink_to(path)
    done = typed(".venv/bin/flask --app wsgi prepare --empty", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Type it in ``folder``, with no settings but the folder's own data."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EXPO_")}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment | {"EXPO_HOME": str(folder / "var")},
                          capture_output=True, text=True, timeout=120, check=False)


def test_there_are_commands_to_try() -> None:
    assert {"scripts/serve", "scripts/test"} <= set(ALL)
    assert any("history verify" in command for command in ALL)


@pytest.mark.parametrize("command", [c for c in ALL if not c.startswith(LASTING)])
def test_each_command_of_the_documents_works(command: str, checkout: Path) -> None:
    done = typed(command, checkout)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("program", MENTIONED)
def test_each_program_that_is_mentioned_is_there_and_explains_itself(program: str, checkout: Path) -> None:
    done = typed(f"{program} --help", checkout)
    assert done.returncode == 0, done.stderr
    assert program in done.stdout


@pytest.mark.parametrize("words", ["demo load", "demo rewind", "history verify", "people first-administrator"])
def test_each_command_of_flask_that_is_mentioned_is_there(words: str, checkout: Path) -> None:
    assert typed(f".venv/bin/flask --app wsgi {words} --help", checkout).returncode == 0


def test_every_option_that_is_mentioned_is_explained(checkout: Path) -> None:
    for document in DOCUMENTS:
        for command in (*commands(document), *mentioned(document)):
            program, *options = command.split()
            wanted = [one for one in options if one.startswith("--")]
            if program.startswith("scripts/") and wanted:
                explained = typed(f"{program} --help", checkout).stdout
                assert [one for one in wanted if one not in explained] == [], f"{document}: {command}"
