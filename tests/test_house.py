"""The structure of the house: imports go down only, and each kind of thing stands in its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from expo.floors import ROOMS, SHELVES

ROOT = Path(__file__).resolve().parents[1]
EXPO = ROOT / "expo"
FLOORS = list(ROOMS)
WEB_SHELVES = {"forms", "views", "api", "commands"}
TOP = {"__init__", "worker", "reactions", "navigation", "floors"}


def python_files() -> list[Path]:
    return [p for p in sorted(EXPO.rglob("*.py")) if "migrations" not in p.parts]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room_of(path: Path) -> str | None:
    parts = path.relative_to(EXPO).parts
    return parts[0] if len(parts) > 1 else None


def shelf_of(name: str) -> str | None:
    return next((s for s in SHELVES if name == s or name.startswith(f"{s}_")), None)


def imported(path: Path) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def in_rooms() -> list[Path]:
    return [p for p in python_files() if room_of(p)]


def test_every_room_is_on_the_list_of_floors() -> None:
    rooms = {room_of(p) for p in python_files()} - {None}
    assert rooms <= set(FLOORS)


@pytest.mark.parametrize("path", in_rooms(), ids=lambda p: str(p.relative_to(EXPO)))
def test_imports_go_down_the_floors_and_shelves(path: Path) -> None:
    room = room_of(path)
    assert room is not None
    shelf = shelf_of(path.stem)
    for name, _ in imported(path):
        parts = name.split(".")
        if parts[0] != "expo" or len(parts) < 2 or parts[1] not in ROOMS:
            assert parts[0] != "expo" or room == "desk" or parts[1:2] in ([], ["floors"]), f"{path}: {name}"
            continue
        assert FLOORS.index(parts[1]) <= FLOORS.index(room), f"{path.name} imports {name} from a higher floor"
        if len(parts) < 3:
            continue
        other = shelf_of(parts[2])
        if parts[1] != room:
            assert other not in {"forms", "views", "api"} or parts[1] == "kit", f"{path.name} imports {name}"
        elif room != "kit" and shelf and other:
            assert SHELVES.index(other) <= SHELVES.index(shelf), f"{path.name} imports {name} from a higher shelf"


@pytest.mark.parametrize("path", in_rooms(), ids=lambda p: str(p.relative_to(EXPO)))
def test_flask_is_known_only_to_views_forms_api_and_commands(path: Path) -> None:
    if room_of(path) == "kit" or shelf_of(path.stem) in WEB_SHELVES:
        return
    names = {name.split(".")[0] for name, _ in imported(path)}
    assert "flask" not in names, f"{path} imports flask"


@pytest.mark.parametrize("path", in_rooms(), ids=lambda p: str(p.relative_to(EXPO)))
def test_reading_and_committing_stand_in_their_places(path: Path) -> None:
    if room_of(path) == "kit":
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr == "commit":
            raise AssertionError(f"{path}:{node.lineno} commits; only the kit does")
        called = node.func if isinstance(node, ast.Call) else None
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name == "select":
            assert shelf_of(path.stem) == "queries", f"{path}:{node.lineno} selects outside of queries"


@pytest.mark.parametrize("path", in_rooms(), ids=lambda p: str(p.relative_to(EXPO)))
def test_only_the_kits_clock_is_asked_for_the_time(path: Path) -> None:
    if path == EXPO / "kit" / "clock.py":
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            owner = ast.unparse(node.value)
            assert not owner.endswith(("datetime", "date")), f"{path}:{node.lineno} asks {owner}.{node.attr}"


def test_every_address_declares_who_may_open_it(app) -> None:  # type: ignore[no-untyped-def]
    silent = [
        name for name, view in app.view_functions.items()
        if name != "static" and not hasattr(view, "expo_access")
    ]
    assert silent == []
