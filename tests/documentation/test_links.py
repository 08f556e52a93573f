"""The documents lead to what exists, and their tables say what the files say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from expo.kit.config import SETTINGS
from scripts.stack import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_and_picture_leads_to_a_file(document: Path) -> None:
    targets = [unquote(target.partition("#")[0]) for target in LINK.findall(document.read_text(encoding="utf-8"))
               if not re.match(r"[a-z]+:", target)]
    missing = [target for target in targets if target and not (document.parent / target).exists()]
    assert missing == []


def test_every_dependency_is_explained_and_every_explained_one_is_there() -> None:
    listed = _pinned("requirements.txt") | _pinned("requirements-dev.txt") | _front_end()
    explained = _explained()
    assert sorted(listed - explained) == [], "in the lists, but not in docs/dependencies.md"
    assert sorted(explained - listed) == [], "in docs/dependencies.md, but not in the lists"


def test_every_dependency_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith(("#", "-r"))]
        assert [line for line in lines if not re.fullmatch(r"[\w.\[\]-]+==[\w.]+", line)] == []
    package = json.loads((ROOT / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}.values()
    assert [version for version in versions if not re.fullmatch(r"[\d.]+", version)] == []


def test_the_table_of_settings_says_what_the_program_reads() -> None:
    rows = re.findall(r"^\| `(EXPO_\w+)` \| (.+?) \| (.+) \|$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    assert [(name, default.strip("`"), meaning) for name, default, meaning in rows] == [
        (name, default or "–", meaning) for name, default, meaning in SETTINGS
    ]


def _pinned(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {re.split(r"[\[=]", line)[0].lower() for line in lines if line and not line.startswith(("#", "-r"))}


def _front_end() -> set[str]:
    package = json.loads((ROOT / "package.json").read_text())
    return {*package["dependencies"], *package["devDependencies"]}


def _explained() -> set[str]:
    cells = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE)
    names = {name.strip().lower() for cell in cells for name in cell.split(",")}
    return {re.split(r"\[", name)[0] for name in names if name != "package" and not name.startswith("---")}
