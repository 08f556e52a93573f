"""Which messages the code uses and which the catalogues have: the check behind ``flask language check``."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po

from expo.kit.language import CATALOGUES

_KEYWORDS = {"_": None, "_l": None, "_n": (1, 2), "gettext": None}


@dataclass(frozen=True)
class Report:
    """``missing``: message → a place that uses it; ``unused``: message → its catalogue."""

    missing: dict[str, str]
    unused: dict[str, str]
    conflicting: dict[str, str]


def used_messages(root: Path) -> dict[str, str]:
    """Every message of code and templates with the first file that uses it."""
    found: dict[str, str] = {}
    sources = [(p, "python") for p in sorted((root / "expo").rglob("*.py")) if "migrations" not in p.parts]
    sources += [(p, "jinja2.ext:babel_extract") for p in sorted((root / "templates").rglob("*.*")) if p.is_file()]
    for path, method in sources:
        options = {"trimmed": "false", "newstyle_gettext": "false"} if method.startswith("jinja2") else {}
        for _line, message, _comments, _context in extract(
            method, io.BytesIO(path.read_bytes()), keywords=_KEYWORDS, options=options
        ):
            text = message[0] if isinstance(message, tuple) else message
            if text:
                found.setdefault(text, str(path.relative_to(root)))
    return found


def check(root: Path, language: str = "zh_Hans") -> Report:
    """Compare what is used with what is translated."""
    used = used_messages(root)
    have: dict[str, tuple[str, str]] = {}
    conflicting: dict[str, str] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if not message.id or not message.string:
                    continue
                key = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
                text = str(message.string[0] if isinstance(message.string, (list, tuple)) else message.string)
                if key in have and have[key][0] != text:
                    conflicting[key] = f"{have[key][1]}: {have[key][0]} / {path.name}: {text}"
                have[key] = (text, path.name)
    return Report(
        missing={m: where for m, where in used.items() if m not in have},
        unused={m: name for m, (_, name) in have.items() if m not in used},
        conflicting=conflicting,
    )
