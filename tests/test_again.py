"""What `scripts/test` does with the tests that fail among all others."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.again import MOST, run
from scripts.stack import ROOT

AT_FIRST_ONLY = '''
from pathlib import Path
TRIED = Path(__file__).with_name("tried")

def test_unsteady():
    is_second, _ = TRIED.exists(), TRIED.touch()
    assert is_second
'''


def tried(folder: Path, *tests: str) -> int:
    for number, test in enumerate(tests):
        (folder / f"test_{number}.py").write_text(test)
    return run([str(folder), f"--rootdir={folder}", "-c", str(ROOT / "pyproject.toml"), "-q"])


def test_what_passes_alone_passes_and_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert tried(tmp_path, AT_FIRST_ONLY, "def test_steady(): pass") == 0
    said = capfd.readouterr().out
    assert "assert is_second" in said
    assert "find out why:\n  test_0.py::test_unsteady" in said
    assert said.count("1 passed") == 2


def test_what_fails_again_fails(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert tried(tmp_path, AT_FIRST_ONLY, "def test_wrong(): assert not 1") == 1
    assert "find out why" not in capfd.readouterr().out


def test_many_failures_are_not_tried_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert tried(tmp_path, AT_FIRST_ONLY, *["def test_wrong(): assert not 1"] * MOST) == 1
    assert "Tried once more" not in capfd.readouterr().out


def test_no_test_at_all_is_no_success(tmp_path: Path) -> None:
    assert tried(tmp_path) == 5
