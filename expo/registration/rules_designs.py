"""What a badge's design may say: harmless HTML with named fields, harmless CSS; pure functions over texts.

What is cleaned is kept and nothing else, so neither the printer's nor anybody's browser ever sees the rest. Nothing is
fetched: pictures are the design's own (``expo-file:<name>``), and CSS has no addresses at all. Numbers and nesting are
bounded, because a design that is laid out for minutes would hold up everybody's badges.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import nh3
import tinycss2

from expo.kit.language import _l
from expo.registration.models_badges import BadgeSize

#: Width and height in millimetres.
SIZES = {BadgeSize.A6: (105, 148), BadgeSize.TALL: (90, 130), BadgeSize.CARD: (86, 54)}
#: Fields that every badge has: those that are the same on all badges of a kind, and everybody's own.
SHARED = ("edition", "days", "venue", "kind", "kind_en")
OWN = ("name", "organisation", "title", "city", "zone", "seat", "number", "print", "qr", "photo")
#: In front of the keys of the organiser's own fields: ``data-slot="answer:diet"``.
ANSWER = "answer:"
LONGEST = 20_000
MOST_ELEMENTS, DEEPEST = 200, 20
#: Smaller codes are read from too near, or not at all (version 6 with its quiet zone has 49 modules).
SMALLEST_CODE_MM = 20

_TAGS = {"div", "span", "p", "h1", "h2", "h3", "strong", "b", "em", "i", "br", "hr", "img", "ul", "ol", "li", "small",
         "table", "tbody", "tr", "td"}
_SLOT = {"data-slot", "data-lines", "data-smallest", "data-middle", "data-before", "data-after"}
_ATTRIBUTES = {"*": {"class", *_SLOT}, "img": {"src", "alt"}}
_NAME = re.compile(r"(?:[a-z_]{1,20}|answer:[a-z0-9_]{1,30})")
_EMPTY = {"br", "hr", "img"}

_PROPERTIES = frozenset(["background", "background-color", "background-image", "border", "border-bottom", "border-bottom-color", "border-bottom-left-radius", "border-bottom-right-radius", "border-bottom-style", "border-bottom-width", "border-collapse", "border-color", "border-left", "border-left-color", "border-left-style", "border-left-width", "border-radius", "border-right", "border-right-color", "border-right-style", "border-right-width", "border-style", "border-top", "border-top-color", "border-top-left-radius", "border-top-right-radius", "border-top-style", "border-top-width", "border-width", "bottom", "box-sizing", "color", "content", "display", "font-size", "font-style", "font-weight", "height", "left", "letter-spacing", "line-height", "list-style", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-height", "max-width", "min-height", "min-width", "object-fit", "opacity", "overflow", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "position", "right", "text-align", "text-decoration", "text-indent", "text-transform", "top", "vertical-align", "visibility", "white-space", "width", "z-index"])
_FUNCTIONS = frozenset({"var", "rgb", "rgba", "hsl", "hsla", "linear-gradient", "radial-gradient"})
#: Boxes that are laid out once. Flexible ones and grids inside each other are laid out again for each that they stand
#: in: four of them take minutes.
_DISPLAYS = frozenset({"block", "inline", "inline-block", "list-item", "none", "table", "table-row", "table-row-group",
                       "table-cell", "inherit", "initial"})
#: A value that is used by many others is copied into each: a name may stand for so many tokens, and not for names.
_LONGEST_NAMED = 12
#: The largest number that may stand before each unit: half a metre, or what amounts to it.
_UNITS = {"mm": 500.0, "cm": 50.0, "pt": 1500.0, "px": 2000.0, "em": 10.0, "%": 500.0, "deg": 360.0}
_LETTER_UNITS = {"mm": 80.0, "pt": 230.0, "px": 300.0, "cm": 8.0}


@dataclass(frozen=True)
class Cleaned:
    """A text of which only what is allowed is left, and sentences about what was taken out."""

    text: str
    faults: tuple[Any, ...] = ()


def clean_side(markup: str, pictures: Collection[str]) -> Cleaned:
    """The HTML of one side. ``pictures`` are the names of the design's own ones."""
    if len(markup) > LONGEST:
        return Cleaned("", (_l("This is longer than %(n)s characters.", n=LONGEST),))
    text = nh3.clean(
        markup, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"expo-file"}, strip_comments=True, link_rel=None,
        clean_content_tags={"script", "style", "template", "iframe", "object", "svg", "math", "noscript", "textarea"},
        attribute_filter=lambda tag, name, value: _kept_attribute(tag, name, value, pictures),
    )
    counted = _Counted()
    counted.feed(text)
    faults: list[Any] = []
    if counted.elements > MOST_ELEMENTS or counted.deepest > DEEPEST:
        return Cleaned("", (_l("A side may have %(n)s elements, %(deep)s inside each other.", n=MOST_ELEMENTS,
                               deep=DEEPEST),))
    if _lost(markup, text):
        faults.append(_l("Some of the HTML is not allowed on badges (programs, links, styles) and was left out."))
    return Cleaned(text, tuple(faults))


def _kept_attribute(tag: str, name: str, value: str, pictures: Collection[str]) -> str | None:
    if name == "src":
        return value if value.startswith("expo-file:") and value.removeprefix("expo-file:") in pictures else None
    if name == "data-slot":
        return value if _NAME.fullmatch(value) else None
    return value[:80]


def _lost(before: str, after: str) -> bool:
    """Whether tags or attributes are missing: their number says so, whatever the spelling."""
    return len(re.findall(r"<[a-zA-Z!/?]", before)) > len(re.findall(r"<[a-zA-Z!/?]", after)) or bool(
        re.search(r"<[^>]*\s(?:style|on[a-z]+|href|id)\s*=", before, re.IGNORECASE))


class _Counted(HTMLParser):
    """How many elements there are, and how deep they lie in each other."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = self.depth = self.deepest = 0
        self.slots: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements += 1
        self.depth += tag not in _EMPTY
        self.deepest = max(self.deepest, self.depth)
        self.slots += [value for name, value in attrs if name == "data-slot" and value]

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in _EMPTY


def slots_of(side: str) -> list[str]:
    """The names of a cleaned side's fields, in their order."""
    counted = _Counted()
    counted.feed(side)
    return counted.slots


def with_kinds_of_slots(side: str) -> str:
    """A cleaned side in the words of ``kit.pdf_slots``: its code and its photo are said to be such."""
    return side.replace('data-slot="qr"', 'data-slot="qr" data-code="qr"').replace(
        'data-slot="photo"', 'data-slot="photo" data-picture=""')


def clean_css(source: str) -> Cleaned:
    """The rules with plain selectors, harmless properties and bounded numbers."""
    if len(source) > LONGEST:
        return Cleaned("", (_l("This is longer than %(n)s characters.", n=LONGEST),))
    kept, refused = [], []
    for rule in tinycss2.parse_stylesheet(source, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule" or not _is_plain(rule.prelude):
            refused.append(f"@{rule.at_keyword}" if rule.type == "at-rule" else "…")
            continue
        lines = []
        for one in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
            if one.type == "declaration" and _is_harmless(one):
                lines.append(f"{one.name}: {tinycss2.serialize(one.value).strip()};")
            else:
                refused.append(one.name if one.type == "declaration" else "…")
        kept.append(f"{tinycss2.serialize(rule.prelude).strip()} {{ {' '.join(lines)} }}")
    faults = (_l("Not allowed on badges and left out: %(what)s", what=", ".join(dict.fromkeys(refused))[:200]),) if refused else ()
    return Cleaned("\n".join(kept), faults)


def _is_plain(prelude: Sequence[Any]) -> bool:
    """A selector of elements, classes, slots and their order."""
    return bool(prelude) and len(prelude) < 60 and all(
        token.type in {"ident", "whitespace", "hash", "number", "dimension"}
        or (token.type == "literal" and token.value in {".", ",", ">", ":", "::", "*", "+"})
        or (token.type == "[] block" and all(part.type in {"ident", "string", "literal"} for part in token.content))
        or (token.type == "function" and token.lower_name in {"nth-child", "first-child", "last-child", "not"})
        for token in prelude
    )


def _is_harmless(declaration: Any) -> bool:
    name = declaration.lower_name
    own = name.startswith("--")
    if not own and name not in _PROPERTIES:
        return False
    if name == "display" and not all(token.type == "ident" and token.lower_value in _DISPLAYS
                                     for token in declaration.value if token.type != "whitespace"):
        return False
    if own and (len(declaration.value) > _LONGEST_NAMED or any(token.type == "function" and token.lower_name == "var"
                                                               for token in declaration.value)):
        return False
    units: dict[str, float] = _LETTER_UNITS if name == "font-size" or own else _UNITS
    return all(_is_harmless_token(token, units) for token in declaration.value)


def _is_harmless_token(token: Any, units: dict[str, float]) -> bool:
    if token.type == "function":
        return token.lower_name in _FUNCTIONS and all(_is_harmless_token(part, units) for part in token.arguments)
    if token.type == "dimension":
        return bool(abs(token.value) <= units.get(token.lower_unit, -1))
    if token.type == "percentage":
        return bool(abs(token.value) <= units.get("%", 100.0))
    if token.type == "number":
        return bool(abs(token.value) <= 1000)
    if token.type == "string":
        return len(token.value) <= 100
    return token.type in {"ident", "whitespace", "hash"} or (token.type == "literal" and token.value in {",", "/", "-", "+"})


def unknown_slots(sides: Sequence[str], answers: Collection[str]) -> list[str]:
    """Fields that no badge can fill."""
    known = {*SHARED, *OWN, *(f"{ANSWER}{key}" for key in answers)}
    return [name for name in dict.fromkeys(name for side in sides for name in slots_of(side)) if name not in known]


def clean_colours(chosen: dict[str, str], usual: dict[str, str]) -> dict[str, str]:
    """The colours that differ from the usual ones and are colours."""
    return {kind: colour.lower() for kind, colour in chosen.items()
            if kind in usual and re.fullmatch(r"#[0-9a-fA-F]{6}", colour) and colour.lower() != usual[kind]}
