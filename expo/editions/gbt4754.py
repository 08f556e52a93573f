"""Sections (A … T) and divisions (01 … 97) of GB/T 4754-2017, the national classification of industries."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Division:
    """A section (one letter, no parent) or a division (two digits below a section)."""

    code: str
    name: str
    parent: str


@cache
def classification() -> dict[str, Division]:
    """All sections and divisions by code, in the standard's order."""
    with Path(__file__).with_name("gbt4754.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: Division(row["code"], row["name"], row["parent"]) for row in csv.DictReader(file)}


def split_codes(text: str) -> list[str]:
    """The codes in a line that people typed: "C35、C36, i 65" → ["35", "36", "65"]; a letter before digits is dropped."""
    words = re.split(r"[\s,，、;；]+", text.strip().upper())
    return list(dict.fromkeys(re.sub(r"^[A-T](?=\d)", "", word) for word in words if word))


def unknown_codes(codes: list[str]) -> list[str]:
    """Those of ``codes`` that the standard does not have."""
    return [code for code in codes if code not in classification()]


def covers(codes: list[str], code: str) -> bool:
    """Whether a class's code such as "C3562", "356" or "35" lies in one of the sections or divisions ``codes``."""
    known = classification()
    bare = re.sub(r"^[A-T](?=\d)", "", code.strip().upper())
    division = known.get(bare) or known.get(bare[:2])
    return division is not None and (division.code in codes or division.parent in codes)
