"""A clone installs what was tested: every package of this environment is pinned, with its version."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: What a new environment brings along by itself.
OF_PYTHON = {"pip", "setuptools", "wheel"}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_installed_package_is_pinned_at_its_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {plain(name): version for name, equals, version in (line.partition("==") for line in lines) if equals}
    installed = {plain(one.name): one.version for one in distributions() if plain(one.name) not in OF_PYTHON}
    assert {name: version for name, version in installed.items() if pinned.get(name) != version} == {}, "pip freeze > constraints.txt"


def test_what_is_asked_for_is_what_is_pinned() -> None:
    pinned = set(map(str.lower, re.findall(r"^([\w.-]+==\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)))
    for name in ("requirements.txt", "requirements-dev.txt"):
        asked = re.findall(r"^([\w.-]+)(?:\[\w+\])?(==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert {f"{plain(package)}{version}".lower() for package, version in asked} <= {
            f"{plain(one.partition('==')[0])}=={one.partition('==')[2]}" for one in pinned}
