"""Which of a file's columns is which of ours, guessed from the header and open to correction."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.text import normal, similarity

# From here on two headers are taken for the same word written differently (项目的名称 and 项目名称: 0.57).
_NEAR = 0.55


@dataclass(frozen=True)
class Column:
    """One of our columns: the field's name, the word people read, and other headers that mean it."""

    field: str
    label: Any
    aliases: tuple[str, ...] = ()
    required: bool = False

    def names(self) -> tuple[str, ...]:
        return (str(self.label), self.field, *self.aliases)


@dataclass(frozen=True)
class Mapping:
    """Our field → place in the row. `header` is the file's own."""

    header: tuple[str, ...]
    columns: tuple[Column, ...]
    places: dict[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> list[Column]:
        """Required columns that no header was taken for."""
        return [column for column in self.columns if column.required and column.field not in self.places]

    @property
    def unused(self) -> list[str]:
        """Headers that none of our fields takes; their content is ignored."""
        taken = set(self.places.values())
        return [name for place, name in enumerate(self.header) if place not in taken and name]

    def header_of(self, field_name: str) -> str:
        """The file's own word for a field, our label where the file has none."""
        if field_name in self.places:
            return self.header[self.places[field_name]]
        return next((str(column.label) for column in self.columns if column.field == field_name), field_name)

    def require(self) -> None:
        """Refuse a file without a required column, naming all that are missing and what was found."""
        if not self.missing:
            return
        raise Refused(
            _l(
                "The file lacks these columns: %(missing)s. Its columns are: %(found)s. "
                "Assign the columns by hand or add them to the file.",
                missing=_(", ").join(str(column.label) for column in self.missing),
                found=_(", ").join(name for name in self.header if name) or "—",
            )
        )

    def chosen(self, places: dict[str, int | None]) -> "Mapping":
        """The mapping as a person set it; refused when one column was given to two fields."""
        kept = {
            name: place
            for name, place in places.items()
            if place is not None and 0 <= place < len(self.header)
        }
        taken: dict[int, str] = {}
        for name, place in kept.items():
            if place in taken:
                raise Refused(
                    _l(
                        "The column “%(header)s” is assigned twice. Each column can fill one field only.",
                        header=self.header[place],
                    ),
                    field=name,
                )
            taken[place] = name
        return replace(self, places=kept)

    def values(self, cells: Sequence[str]) -> dict[str, str]:
        """One row by field; a row shorter than the header has empty cells at its end."""
        count = len(cells)
        return {name: cells[place] if place < count else "" for name, place in self.places.items()}


def _key(header: str) -> str:
    """A header without what people decorate it with: (必填), *, units, spaces, punctuation."""
    bare = re.sub(r"[(\[{【（].*?[)\]}】）]", "", header) or header
    return re.sub(r"[\W_]+", "", normal(bare))


def guess_mapping(header: Iterable[str], columns: Iterable[Column]) -> Mapping:
    """Exact names first, then near ones, the nearest pair first; each header and each field once."""
    names, ours = tuple(header), tuple(columns)
    keys = [_key(name) for name in names]
    places: dict[str, int] = {}
    for column in ours:
        wanted = [_key(name) for name in column.names()]
        place = next(
            (keys.index(key) for key in wanted if key in keys and keys.index(key) not in places.values()),
            None,
        )
        if place is not None:
            places[column.field] = place
    nearness = sorted(
        (
            (-max(_likeness(keys[place], _key(name)) for name in column.names()), order, place)
            for order, column in enumerate(ours)
            if column.field not in places
            for place in range(len(names))
            if keys[place] and place not in places.values()
        ),
    )
    for negative, order, place in nearness:
        if -negative >= _NEAR and ours[order].field not in places and place not in places.values():
            places[ours[order].field] = place
    return Mapping(names, ours, places)


def _likeness(a: str, b: str) -> float:
    """Dice on character pairs; a word of three characters inside a longer one (手机号 in 联系人手机号) is near as well.

    Two characters are not enough: 单位名称 has 名称 in it and is no project's name.
    """
    inside = _NEAR if min(len(a), len(b)) >= 3 and (a in b or b in a) else 0.0
    return max(similarity(a, b), inside)


def header_score(header: Sequence[str], columns: Iterable[Column]) -> int:
    """How many of our columns a row of cells would name exactly: how the header row is found under title rows."""
    keys = {_key(cell) for cell in header if cell}
    return sum(any(_key(name) in keys for name in column.names()) for column in columns)
