"""One row of a file as a ticket's values, or the reasons why it is none. Pure, and quick: 400,000 rows pass here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from expo.editions.words import ProjectKind
from expo.kit.language import _l
from expo.kit.text import normal
from expo.places.models import Region
from expo.places.rules import RegionTree
from expo.pool.fields import FIELDS, BadValue, FieldType, KindField, parse
from expo.pool.importing.columns import kind_words, stage_words
from expo.pool.models import Ticket, TicketStage

#: The longest text of each field, as its column has it; descriptions are bounded by reason only.
_LONGEST: dict[str, int] = {
    name: getattr(Ticket.__table__.c, name).type.length or 20_000
    for name in ("number", "title", "industry", "owner_name", "contact_name", "contact_phone", "contact_email", "source",
                 "description")
}
_TEXTS = ("title", "description", "owner_name", "industry", "contact_name", "contact_phone", "contact_email", "source")
_REMEMBERED = 20_000
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_DATE = KindField("created_on", "", FieldType.DATE)


@dataclass(frozen=True)
class Defaults:
    """What holds where the file says nothing. ``region`` is required unless every row names one."""

    kind: ProjectKind | None = None
    region: Region | None = None
    source: str = ""
    prefix: str = ""
    #: Take ``region`` also where the file's own word for it is not known, instead of calling the row wrong.
    takes_unknown_regions: bool = False


class Problem(NamedTuple):
    """Why a row is wrong: our field, the text that stands there, the reason."""

    field: str
    value: str
    reason: Any


class Wrong(Exception):
    """A row that is no ticket."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


class Cleaned(NamedTuple):
    """A row as a ticket's values; ``digest`` is of all that the row says."""

    row: int
    number: str
    kind: ProjectKind
    title: str
    description: str
    owner_name: str
    industry: str
    contact_name: str
    contact_phone: str
    contact_email: str
    source: str
    region_id: int
    region_path: str
    stage: TicketStage
    created_on: str
    fields: str
    digest: str


@dataclass
class Cleaner:
    """Knows the file's columns, the defaults and the regions; cleans row after row."""

    places: Mapping[str, int]
    defaults: Defaults
    tree: RegionTree
    scope: tuple[str, ...]
    _regions: dict[tuple[str, str], Region | None] = field(default_factory=dict)
    # Prices, dates and choices repeat over a file; understanding each once is what makes the import quick.
    _parsed: dict[tuple[str, str], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kinds, self._stages = kind_words(), stage_words()
        self._width = max(self.places.values(), default=0) + 1
        self._texts = [(name, self.places.get(name), _LONGEST[name]) for name in _TEXTS]
        self._own = {
            kind: [(f, self.places[f.name]) for f in FIELDS[kind] if f.name in self.places] for kind in ProjectKind
        }
        self._at = {name: self.places.get(name, -1) for name in ("number", "kind", "region", "county", "stage", "created_on")}

    def clean(self, row: int, cells: Sequence[str]) -> Cleaned:
        """The row's values; raises :class:`Wrong` with every reason at once."""
        if len(cells) < self._width:
            cells = [*cells, *[""] * (self._width - len(cells))]
        if _CONTROL.search("".join(cells)):
            cells = [_CONTROL.sub("", cell) for cell in cells]
        problems: list[Problem] = []
        texts = []
        for name, place, longest in self._texts:
            text = cells[place] if place is not None else ""
            if len(text) > longest:
                problems.append(Problem(name, text, _l("At most %(limit)s characters; these are %(count)s.",
                                                       limit=longest, count=len(text))))
            texts.append(text)
        if not texts[0]:
            problems.append(Problem("title", "", _l("The title is missing.")))
        texts[7] = texts[7] or self.defaults.source
        kind = self._kind(cells, problems)
        region = self._region(cells, problems)
        stage = self._stage(cells, problems)
        created_on = self._date(cells, problems)
        own = self._own_fields(kind, cells, problems) if kind and self._own[kind] else "{}"
        number = self._number(cells, texts[0], texts[2], problems)
        if problems or kind is None or region is None:
            raise Wrong(problems)
        said = "\x1f".join((number, kind, *texts, region.path, created_on, own))
        digest = blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()
        title, description, owner, industry, name, phone, email, source = texts
        return Cleaned(row, number, kind, title, description, owner, industry, name, phone, email, source,
                       region.id, region.path, stage, created_on, own, digest)

    def _number(self, cells: Sequence[str], title: str, owner: str, problems: list[Problem]) -> str:
        place = self._at["number"]
        if place < 0:
            # A file without numbers gets them from its content, so that the same file gives the same ones again.
            made = blake2b(f"{title}\x1f{owner}".encode("utf-8", "replace"), digest_size=8).hexdigest()
            return f"{self.defaults.prefix}{made}"
        text = cells[place]
        if not text:
            problems.append(Problem("number", "", _l("The number is missing.")))
        number = self.defaults.prefix + text
        if len(number) > _LONGEST["number"]:
            problems.append(Problem("number", text, _l("At most %(limit)s characters; these are %(count)s.",
                                                       limit=_LONGEST["number"], count=len(number))))
        return number

    def _kind(self, cells: Sequence[str], problems: list[Problem]) -> ProjectKind | None:
        text = cells[self._at["kind"]] if self._at["kind"] >= 0 else ""
        kind = self._kinds.get(text) or self._kinds.get(normal(text)) if text else self.defaults.kind
        if kind is None:
            reason = (_l("This kind is not known. Known are: %(kinds)s.",
                         kinds="、".join(str(k.label) for k in ProjectKind)) if text
                      else _l("The kind is missing, and no default is chosen."))
            problems.append(Problem("kind", text, reason))
        return kind

    def _region(self, cells: Sequence[str], problems: list[Problem]) -> Region | None:
        at = self._at
        city = cells[at["region"]] if at["region"] >= 0 else ""
        county = cells[at["county"]] if at["county"] >= 0 else ""
        if (city, county) not in self._regions:
            self._regions[city, county] = self._look_up(city, county)
        found = self._regions[city, county]
        if found is None:
            column = "county" if county and not city else "region"
            reason = (_l("This region is not known.") if city or county
                      else _l("The region is missing, and no default is chosen."))
            problems.append(Problem(column, f"{city}{county}", reason))
        elif not found.path.startswith(self.scope):
            problems.append(Problem("region", f"{city}{county}", _l("This region is not yours to import for.")))
        return found

    def _look_up(self, city: str, county: str) -> Region | None:
        if not city and not county:
            return self.defaults.region
        upper = self.tree.find(city) if city else None
        if county:
            within = upper.path if upper else "/"
            return self.tree.find(county, within) or (self.defaults.region if self.defaults.takes_unknown_regions else None)
        return upper or (self.defaults.region if self.defaults.takes_unknown_regions else None)

    def _stage(self, cells: Sequence[str], problems: list[Problem]) -> TicketStage:
        text = cells[self._at["stage"]] if self._at["stage"] >= 0 else ""
        if not text:
            return TicketStage.OUTREACH
        stage = self._stages.get(normal(text))
        if stage is None:
            problems.append(Problem("stage", text, _l("This stage is not known. The seven are: %(stages)s.",
                                                      stages="、".join(str(s.label) for s in TicketStage))))
        return stage or TicketStage.OUTREACH

    def _date(self, cells: Sequence[str], problems: list[Problem]) -> str:
        text = cells[self._at["created_on"]] if self._at["created_on"] >= 0 else ""
        try:
            return self._parse(_DATE, text) or ""
        except BadValue as error:
            problems.append(Problem("created_on", text, error.message))
            return ""

    def _parse(self, own: KindField, text: str) -> Any:
        if not text:
            return None
        key = (own.name, text)
        if key in self._parsed:
            return self._parsed[key]
        value = parse(own, text)
        if len(text) <= 40 and len(self._parsed) < _REMEMBERED:
            self._parsed[key] = value
        return value

    def _own_fields(self, kind: ProjectKind, cells: Sequence[str], problems: list[Problem]) -> str:
        values = {}
        for own, place in self._own[kind]:
            try:
                value = self._parse(own, cells[place])
            except BadValue as error:
                problems.append(Problem(own.name, cells[place], error.message))
            else:
                if value is not None and value is not False:
                    values[own.name] = value
        return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else "{}"
