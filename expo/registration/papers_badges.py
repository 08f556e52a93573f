"""Badges on paper: each side is laid out once for each kind and design, and stamped for each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from expo.editions.models import Edition
from expo.kit.fonts import undrawable
from expo.kit.language import _
from expo.kit.pdf_stamp import Overflow, Placed, Press, Sheet
from expo.kit.text import numeric_date, pinyin_key
from expo.registration.models import Badge, BadgeKind, Registration
from expo.registration.models_badges import BadgeSides
from expo.registration.papers_designs import Design, Heading, design_of, side_of
from expo.registration.queries_keys import badge_address
from expo.registration.rules_designs import ANSWER

__all__ = ["BadgePaper", "Heading", "badges_pdf", "days_of", "desk_order", "heading_of", "name_order", "overflows_of",
           "paper_of", "placed_badge", "unprintable"]


@dataclass(frozen=True)
class BadgePaper:
    """What stands on one badge; ``code`` is the text of its QR symbol, ``nth`` how often it has been printed then."""

    kind: BadgeKind
    name: str
    organisation: str
    title: str
    number: str
    code: str
    city: str = ""
    zone: str = ""
    seat: str = ""
    nth: int = 1
    photo: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)

    def slots(self) -> dict[str, str]:
        """The words by the names of fields."""
        return {
            "name": self.name, "organisation": self.organisation, "title": self.title, "number": self.number,
            "qr": self.code, "city": self.city, "zone": self.zone, "seat": self.seat, "photo": self.photo,
            "print": _("print %(n)s", n=self.nth) if self.nth > 1 else "",
            **{f"{ANSWER}{key}": value for key, value in self.answers.items()},
        }


def heading_of(edition: Edition) -> Heading:
    """The heading of an edition that was loaded with its venue."""
    return Heading(edition.name, days_of(edition), edition.venue.name if edition.venue else "")


def paper_of(badge: Badge, registration: Registration, edition: Edition, *, answers: Mapping[str, str] | None = None,
             city: str = "", photo: str = "", nth: int = 1) -> BadgePaper:
    """One person's badge in plain values; ``answers`` are the organiser's own fields in words."""
    return BadgePaper(
        badge.kind, registration.name, registration.organisation_name, registration.job_title,
        f"{edition.slug}-{registration.id:06d}", badge_address(badge, edition), city=city, zone=registration.zone,
        seat=registration.seat, nth=nth, photo=photo, answers=answers or {},
    )


def placed_badge(heading: Heading, paper: BadgePaper, designs: Sequence[Design] = ()) -> list[Sheet]:
    """The pages of one badge: one, two, or one that is folded."""
    design = design_of(paper.kind, designs)
    words = paper.slots()
    front = side_of(heading, paper.kind, design, "front")
    if design.sides is BadgeSides.ONE:
        return [Sheet(front.width, front.height, [Placed(front, words)])]
    back = side_of(heading, paper.kind, design, "back")
    if design.sides is BadgeSides.TWO:
        return [Sheet(front.width, front.height, [Placed(front, words)]), Sheet(back.width, back.height, [Placed(back, words)])]
    fold = f"q 0.6 G 0.4 w [3 3] 0 d 0 {front.height:.2f} m {front.width:.2f} {front.height:.2f} l S Q"
    return [Sheet(front.width, front.height * 2, [Placed(front, words), Placed(back, words, y=front.height, turned=True)], fold)]


def badges_pdf(heading: Heading, badges: Sequence[BadgePaper], designs: Sequence[Design] = (),
               photos: Mapping[str, bytes] | None = None) -> bytes:
    """One PDF with the pages of each badge, in the given order. ``photos`` are JPEGs by ``BadgePaper.photo``."""
    sheets = [sheet for badge in badges for sheet in placed_badge(heading, badge, designs)]
    press = Press(sheets)
    return press.bound([press.drawn(sheet) for sheet in sheets], photos)


def overflows_of(heading: Heading, badges: Sequence[BadgePaper], designs: Sequence[Design]) -> list[list[Overflow]]:
    """For each badge what does not fit on it, even in the smallest letters."""
    pages = [placed_badge(heading, badge, designs) for badge in badges]
    press = Press([sheet for sheets in pages for sheet in sheets])
    found: list[list[Overflow]] = []
    for sheets in pages:
        cut: list[list[Overflow]] = []
        for sheet in sheets:
            press.drawn(sheet, cut)
        found.append([one for part in cut for one in part])
    return found


def days_of(edition: Edition) -> str:
    """The days as they stand on papers: the year once, if it is one."""
    first, last = numeric_date(edition.starts_on), numeric_date(edition.ends_on)
    if first == last:
        return first
    return f"{first}–{last.partition('年')[2] if edition.starts_on.year == edition.ends_on.year else last}"


def desk_order(badge: BadgePaper) -> tuple[str, str]:
    """As a desk hands them out: by organisation, within it by name, both by their sound."""
    return pinyin_key(badge.organisation), pinyin_key(badge.name)


def name_order(badge: BadgePaper) -> str:
    """By the sound of the name."""
    return pinyin_key(badge.name)


def unprintable(badges: Sequence[BadgePaper]) -> list[tuple[str, str]]:
    """Names and organisations with characters that no font here can draw: (name, those characters)."""
    if not undrawable("".join({c for badge in badges for c in badge.name + badge.organisation + badge.title})):
        return []
    found = [(b.name, undrawable(b.name + b.organisation + b.title)) for b in badges]
    return [(name, "".join(sorted(characters))) for name, characters in found if characters]
