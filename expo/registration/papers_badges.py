"""The badge on paper: A6, laid out once for each kind and stamped for each person."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pikepdf
from jinja2.sandbox import SandboxedEnvironment

from expo.editions.models import Edition
from expo.kit.fonts import undrawable
from expo.kit.language import speaking
from expo.kit.pdf import saved
from expo.kit.pdf_slots import StampTemplate, stamp_template
from expo.kit.pdf_stamp import stamp_mixed
from expo.kit.text import numeric_date, pinyin_key
from expo.registration.models import Badge, BadgeKind, Registration
from expo.registration.queries_keys import badge_address

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Heading:
    """What all badges of an edition share."""

    edition_name: str
    days: str
    venue: str = ""


@dataclass(frozen=True)
class BadgePaper:
    """What stands on one badge; ``code`` is the text of its QR symbol."""

    kind: BadgeKind
    name: str
    organisation: str
    title: str
    number: str
    code: str

    def slots(self) -> dict[str, str]:
        """The words by the template's slots."""
        return {"name": self.name, "organisation": self.organisation, "title": self.title, "number": self.number,
                "code": self.code}


def heading_of(edition: Edition) -> Heading:
    """The heading of an edition that was loaded with its venue."""
    return Heading(edition.name, days_of(edition), edition.venue.name if edition.venue else "")


def paper_of(badge: Badge, registration: Registration, edition: Edition) -> BadgePaper:
    """One person's badge in plain values."""
    return BadgePaper(badge.kind, registration.name, registration.organisation_name, registration.job_title,
                      f"{edition.slug}-{registration.id:06d}", badge_address(badge, edition))


def badges_pdf(heading: Heading, badges: Sequence[BadgePaper]) -> bytes:
    """One PDF with a page for each badge, in the given order."""
    return stamp_mixed((_template(heading, badge.kind), badge.slots()) for badge in badges)


def days_of(edition: Edition) -> str:
    """The days as they stand on papers: the year once, if it is one."""
    first, last = numeric_date(edition.starts_on), numeric_date(edition.ends_on)
    if first == last:
        return first
    return f"{first}–{last.partition('年')[2] if edition.starts_on.year == edition.ends_on.year else last}"


def joined(parts: Sequence[bytes]) -> bytes:
    """Several papers as one, one after the other."""
    if len(parts) == 1:
        return parts[0]
    with pikepdf.new() as whole:
        for part in parts:
            with pikepdf.open(io.BytesIO(part)) as document:
                whole.pages.extend(document.pages)
        return saved(whole)


def desk_order(badge: BadgePaper) -> tuple[str, str]:
    """As a desk hands them out: by organisation, within it by name, both by their sound."""
    return pinyin_key(badge.organisation), pinyin_key(badge.name)


def unprintable(badges: Sequence[BadgePaper]) -> list[tuple[str, str]]:
    """Names and organisations with characters that no font here can draw: (name, those characters)."""
    if not undrawable("".join({c for badge in badges for c in badge.name + badge.organisation + badge.title})):
        return []
    found = [(b.name, undrawable(b.name + b.organisation + b.title)) for b in badges]
    return [(name, "".join(sorted(characters))) for name, characters in found if characters]


@lru_cache(maxsize=64)
def _template(heading: Heading, kind: BadgeKind) -> StampTemplate:
    with speaking("en"):
        english = str(kind.label)
    with speaking("zh_Hans"):
        chinese = str(kind.label)
    source = (ROOT / "templates" / "registration" / "badge.html").read_text(encoding="utf-8")
    # Templates will be edited in the browser one day: they get values, and no way to anything else.
    html = SandboxedEnvironment(autoescape=True).from_string(source).render(
        edition_name=heading.edition_name, days=heading.days, venue=heading.venue, kind=kind.value,
        kind_zh=chinese, kind_en=english,
    )
    return stamp_template(html, styles=[(ROOT / "static" / "css" / "badge.css").read_text(encoding="utf-8")])
