"""Region paths and names: what lies where, and how people write it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.text import normal
from expo.places.models import Region, RegionKind

_AUTONOMOUS = re.compile(r"(.+?)(?:[藏羌彝]族)+自治([州县])")
_CODE = re.compile(r"\d{6}(?:0{6})?")


def level_of(path: str) -> int:
    """1 for the province, 2 for a city, 3 for a county or a zone in a city."""
    return path.count("/") - 1


def city_path_of(path: str) -> str:
    """The path of the city that ``path`` belongs to; a province belongs to itself."""
    return "/".join(path.split("/")[:3]).rstrip("/") + "/"


def paths_above(path: str) -> list[str]:
    """``path`` itself and every path above it, topmost first: where a right must be granted to hold here."""
    keys = path.strip("/").split("/")
    return ["/" + "/".join(keys[: n + 1]) + "/" for n in range(len(keys))]


def short_name(name: str) -> str:
    """成都市 → 成都, 阿坝藏族羌族自治州 → 阿坝; a name of two characters such as 荣县 stays whole."""
    if autonomous := _AUTONOMOUS.fullmatch(name):
        return autonomous[1]
    if name[-1:] in "省市县区州" and len(name) > 2 and not name.endswith("新区"):
        return name[:-1]
    return name


def _short_names(name: str) -> set[str]:
    autonomous = _AUTONOMOUS.fullmatch(name)
    return {short_name(name)} | ({autonomous[1] + autonomous[2]} if autonomous else set())


@dataclass
class RegionTree:
    """All regions at once: some two hundred, for pages and imports that look up many of them."""

    regions: list[Region] = field(default_factory=list)
    # Imports ask for the same few hundred spellings hundreds of thousands of times.
    _answers: dict[tuple[str, str], Region | None] = field(default_factory=dict, repr=False)

    @cached_property
    def by_id(self) -> dict[int, Region]:
        return {region.id: region for region in self.regions}

    @cached_property
    def by_path(self) -> dict[str, Region]:
        return {region.path: region for region in self.regions}

    @cached_property
    def by_key(self) -> dict[str, Region]:
        return {region.key: region for region in self.regions}

    def city_of(self, region: Region) -> Region:
        """The city a region belongs to; the province for itself."""
        return self.by_path[city_path_of(region.path)]

    def below(self, paths: Iterable[str]) -> list[Region]:
        """The regions at or below ``paths``, each city followed by its counties."""
        wanted = tuple(paths)
        return [region for region in self.regions if wanted and region.path.startswith(wanted)]

    def label(self, region: Region) -> str:
        """成都市 · 青羊区: a name that says which of several it is."""
        city = self.city_of(region)
        return str(region.label) if city is region else f"{city.label} · {region.label}"

    def find(self, text: str, within: str = "/") -> Region | None:
        """The region somebody meant by 成都, 成都市青羊区, 510105 or Qingyang District; ``None`` if that is not clear."""
        asked = (text, within)
        if asked not in self._answers:
            self._answers[asked] = self._find(re.sub(r"\s+", "", normal(text)), within)
        return self._answers[asked]

    def _find(self, wanted: str, within: str) -> Region | None:
        if not wanted:
            return None
        if _CODE.fullmatch(wanted):
            found = self.by_key.get(wanted[:6])
            return found if found and found.path.startswith(within) else None
        inside = [region for region in self.regions if region.path.startswith(within)]
        return self._named(wanted, inside) or self._after_prefix(wanted, inside) or self._ending(wanted, inside)

    @cached_property
    def _names(self) -> dict[int, tuple[set[str], set[str]]]:
        """By region: how it is written in full, and how for short."""
        tidy = {r.id: re.sub(r"\s+", "", normal(r.name_en)) for r in self.regions}
        return {
            r.id: ({normal(r.name), tidy[r.id], normal(r.key)} - {""}, {normal(n) for n in _short_names(r.name)})
            for r in self.regions
        }

    def _named(self, wanted: str, inside: list[Region]) -> Region | None:
        for form in (0, 1):
            found = [r for r in inside if wanted in self._names[r.id][form]]
            if found:
                top = min(level_of(r.path) for r in found)
                highest = [r for r in found if level_of(r.path) == top]
                return highest[0] if len(highest) == 1 else None
        return None

    def _after_prefix(self, wanted: str, inside: list[Region]) -> Region | None:
        for region in inside:
            if level_of(region.path) > 2 or region.kind is RegionKind.NODE:
                continue
            for name in sorted(self._names[region.id][0] | self._names[region.id][1], key=len, reverse=True):
                if len(name) > 1 and wanted.startswith(name) and len(wanted) > len(name):
                    below = [r for r in inside if r.path.startswith(region.path) and r is not region]
                    rest = wanted[len(name):]
                    if found := (self._named(rest, below) or self._after_prefix(rest, below)
                                 or self._ending(rest, below)):
                        return found
        return None

    def _ending(self, wanted: str, inside: list[Region]) -> Region | None:
        found = [r for r in inside if len(wanted) >= 3 and any(n.endswith(wanted) for n in self._names[r.id][0])]
        return found[0] if len(found) == 1 else None


def require_place_for_zone(parent: Region) -> None:
    """A zone lies in a city or a county, not beside the cities and not inside another zone."""
    if parent.kind not in {RegionKind.CITY, RegionKind.COUNTY}:
        raise Refused(_l("A zone without a code lies in a city or a county. Choose one of these."), field="parent_id")
