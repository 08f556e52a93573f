"""Every message of code and templates is said in Chinese, once and with all its values."""

from __future__ import annotations

import io
import re

import pytest
from babel.messages.pofile import read_po

from expo.kit.catalogues import Report, check
from expo.kit.config import ROOT
from expo.kit.language import CATALOGUES


@pytest.fixture(scope="module")
def report() -> Report:
    return check(ROOT)


def test_every_message_is_translated(report: Report) -> None:
    assert report.missing == {}


def test_no_message_has_two_translations(report: Report) -> None:
    assert report.conflicting == {}


def test_no_translation_waits_for_a_message_that_is_gone(report: Report) -> None:
    assert report.unused == {}


def test_translations_name_only_values_that_their_message_has() -> None:
    wrong = [
        (path.name, message.id)
        for path in sorted((CATALOGUES / "zh_Hans").glob("*.po"))
        for message in read_po(io.BytesIO(path.read_bytes()), locale="zh_Hans")
        if message.id and not _named(message.string) <= _named(message.id)
    ]
    assert wrong == []


def _named(texts: object) -> set[str]:
    joined = " ".join(texts) if isinstance(texts, (list, tuple)) else str(texts)
    return set(re.findall(r"%\((\w+)\)", joined))
