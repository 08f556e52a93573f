"""A badge's design, laid out: the site's own ones for each size, and those that organisers have made of them."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

from expo.kit.config import current_config
from expo.kit.language import speaking
from expo.kit.pdf_slots import Slot, StampTemplate, stamp_template
from expo.registration.models import BadgeKind
from expo.registration.models_badges import BadgeDesign, BadgeSides, BadgeSize
from expo.registration.rules_designs import SIZES, with_kinds_of_slots

ROOT = Path(__file__).resolve().parents[2]
#: Tell kinds apart from a distance; the word stands beside them for those who do not see colours.
USUAL_COLOURS = {
    BadgeKind.GUEST: "#8d1738", BadgeKind.EXHIBITOR: "#175f3a", BadgeKind.TRADE_VISITOR: "#264a86",
    BadgeKind.VISITOR: "#0b6574", BadgeKind.MEDIA: "#8a3f06", BadgeKind.STAFF: "#22353f", BadgeKind.VOLUNTEER: "#5b3b8c",
    BadgeKind.EXPERT: "#6b2d5c", BadgeKind.SIGNATORY: "#7a5200", BadgeKind.CARETAKER: "#33609f",
    BadgeKind.PRESENTER: "#1d7548",
}
Side = Literal["front", "back"]
# Written into the names of kept layouts: raise it when layouts come out differently.
_LAYOUT = 1


@dataclass(frozen=True)
class Heading:
    """What all badges of an edition share."""

    edition_name: str
    days: str
    venue: str = ""


@dataclass(frozen=True)
class Design:
    """A design in plain values; its texts are clean. ``pictures`` are pairs of a name and the picture's bytes."""

    size: BadgeSize
    sides: BadgeSides
    front: str
    back: str
    css: str
    kinds: frozenset[str] = frozenset()
    colours: tuple[tuple[str, str], ...] = ()
    pictures: tuple[tuple[str, bytes], ...] = ()
    # Still being written: its layouts are not kept.
    is_draft: bool = False

    def colour(self, kind: BadgeKind) -> str:
        """The band's colour."""
        return dict(self.colours).get(kind.value) or USUAL_COLOURS[kind]


@lru_cache(maxsize=16)
def built_in(size: BadgeSize, sides: BadgeSides = BadgeSides.ONE) -> Design:
    """The site's own design of a size."""
    pages, styles = ROOT / "templates" / "registration" / "designs", ROOT / "static" / "css" / "badges"
    front = (pages / f"{size.value}.html").read_text(encoding="utf-8")
    back = (pages / "back.html").read_text(encoding="utf-8")
    return Design(size, sides, front, back, (styles / f"{size.value}.css").read_text(encoding="utf-8"))


def plain_design(design: BadgeDesign, pictures: Sequence[tuple[str, bytes]] = ()) -> Design:
    """A stored design with its pictures."""
    return Design(design.size, design.sides, design.front, design.back, design.css, frozenset(design.kinds),
                  tuple(sorted(design.colours.items())), tuple(sorted(pictures)))


def design_of(kind: BadgeKind, designs: Sequence[Design]) -> Design:
    """The design for a kind: its own, else the one for all others, else the site's."""
    return (next((one for one in designs if kind.value in one.kinds), None)
            or next((one for one in designs if not one.kinds), None) or built_in(BadgeSize.A6))


@lru_cache(maxsize=256)
def side_of(heading: Heading, kind: BadgeKind, design: Design, side: Side) -> StampTemplate:
    """One side for one kind, ready to be stamped; what all badges of the kind share stands in it."""
    with speaking("en"):
        english = str(kind.label)
    with speaking("zh_Hans"):
        chinese = str(kind.label)
    fixed = {"edition": heading.edition_name, "days": heading.days, "venue": heading.venue, "kind": chinese,
             "kind_en": english}
    return replace(_laid_out(design, side, design.colour(kind), kind), fixed=fixed)


def page_of(design: Design, side: Side, colour: str, kind: BadgeKind) -> tuple[str, str]:
    """The HTML and the CSS of a side as they are laid out."""
    width, height = SIZES[design.size]
    html = (f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>badge</title>'
            f'<div class="side {side} kind-{kind.value}">{with_kinds_of_slots(getattr(design, side))}</div></html>')
    # Placed absolutely a side is never broken into pages, however much stands in it; only the first page counts anyway.
    frame = (f"@page {{ size: {width}mm {height}mm; margin: 0; @top-left {{ content: none; }} "
             f"@bottom-left {{ content: none; }} @bottom-right {{ content: none; }} }} "
             f"html {{ line-height: 1.2; font-size: 10pt; }} body {{ margin: 0; }} "
             f".side {{ --band: {colour}; position: absolute !important; display: block !important; top: 0 !important; "
             f"left: 0 !important; width: {width}mm !important; height: {height}mm !important; "
             f"overflow: hidden !important; text-align: center; }} img {{ max-width: 100%; }}")
    return html, f"{frame}\n{design.css}"


def _laid_out(design: Design, side: Side, colour: str, kind: BadgeKind) -> StampTemplate:
    html, css = page_of(design, side, colour, kind)
    digest = sha256("\0".join([str(_LAYOUT), html, css, *(f"{name} {sha256(content).hexdigest()}"
                                                         for name, content in design.pictures)]).encode()).hexdigest()
    path = current_config().home / "cache" / "badges" / f"{digest[:40]}.json"
    # Kept across starts and processes: laying out takes a moment, and loading the program for it a second.
    if path.exists():
        return _restored(path.read_text(encoding="utf-8"))
    made = stamp_template(html, files=dict(design.pictures), styles=[css])
    if design.is_draft:
        return made
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(_kept(made), encoding="utf-8")
    draft.replace(path)
    return made


def _kept(template: StampTemplate) -> str:
    return json.dumps({"background": base64.b64encode(template.background).decode(), "width": template.width,
                       "height": template.height, "slots": [asdict(slot) for slot in template.slots]})


def _restored(text: str) -> StampTemplate:
    kept = json.loads(text)
    slots = tuple(Slot(**{**slot, "colour": tuple(slot["colour"])}) for slot in kept["slots"])
    return StampTemplate(base64.b64decode(kept["background"]), kept["width"], kept["height"], slots)
