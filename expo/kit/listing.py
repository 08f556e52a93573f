"""The state of a list page, kept in its address: a link shows the same view to everybody who may see it.

    listing = Listing.from_request(
        filters=[Filter("stage", _l("Stage"), Stage.choices()), Filter("city", _l("City"), cities)],
        sorts={"newest": _l("Newest first"), "title": _l("Title")},
    )
    page = queries.list_tickets(scope, listing.q, listing.chosen, listing.sort, listing.cursor, listing.size)
    listing.show(page, total=queries.count_tickets(...))
    return render_template("pool/list.html", listing=listing)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from flask import request, url_for

from expo.kit.paging import Page

SIZES = (25, 50, 100)


@dataclass
class Option:
    """One value of a filter, with the address that turns it on or off."""

    value: str
    label: Any
    active: bool
    url: str
    count: int | None = None


@dataclass
class Filter:
    """A filter pill: its name in the address, its label, its choices as (value, label)."""

    name: str
    label: Any
    choices: Iterable[tuple[str, Any]]
    counts: Mapping[str, int] | None = None
    options: list[Option] = field(default_factory=list)
    value: str | None = None

    @property
    def chosen_label(self) -> Any:
        """The label of the chosen value, for the pill."""
        return next((o.label for o in self.options if o.active), None)


@dataclass
class Listing:
    """Search text, filters, sort and place of a list. ``chosen`` has only known filter values."""

    path: str
    q: str
    filters: list[Filter]
    sorts: dict[str, Any]
    sort: str
    cursor: str | None
    size: int
    arguments: dict[str, str]
    rows: Sequence[Any] = ()
    total: int | None = None
    #: The total is a lower bound: counting stopped there.
    at_least: bool = False
    next_url: str | None = None
    previous_url: str | None = None

    @classmethod
    def from_request(cls, *, filters: Sequence[Filter] = (), sorts: Mapping[str, Any] | None = None,
                     size: int = 25) -> Self:
        """Read the state from the request; unknown values are dropped."""
        sorts = dict(sorts or {})
        # What begins with "_" would be an order to url_for (another scheme, another host), not an argument.
        arguments = {k: v for k, v in request.args.items()
                     if v and k not in {"cursor", "lang"} and not k.startswith("_")}
        asked_size = request.args.get("size", type=int)
        listing = cls(
            path=request.path,
            q=request.args.get("q", "").strip()[:200],
            filters=list(filters),
            sorts=sorts,
            sort=request.args.get("sort", "") if request.args.get("sort") in sorts else next(iter(sorts), ""),
            cursor=request.args.get("cursor"),
            size=asked_size if asked_size in SIZES else size,
            arguments=arguments,
        )
        for one in listing.filters:
            listing._read(one)
        return listing

    def _read(self, one: Filter) -> None:
        asked = self.arguments.get(one.name)
        for value, label in one.choices:
            active = str(value) == asked
            one.value = asked if active else one.value
            url = self.url_without(one.name) if active else self.url_with(**{one.name: str(value)})
            count = one.counts.get(str(value), 0) if one.counts is not None else None
            one.options.append(Option(str(value), label, active, url, count))

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that are on: name → value."""
        return {f.name: f.value for f in self.filters if f.value is not None}

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.q or self.chosen)

    def show(self, page: Page[Any], total: int | None = None, *, at_least: bool = False) -> None:
        """Take the rows of a page and make the addresses of its neighbours."""
        self.rows, self.total, self.at_least = page.rows, total, at_least
        self.next_url = self.url_with(cursor=page.next_cursor) if page.next_cursor else None
        self.previous_url = self.url_with(cursor=page.previous_cursor) if page.previous_cursor else None

    def url_with(self, **changes: str) -> str:
        """This list's address with some arguments set; paging starts anew unless the cursor is given."""
        return self._url({**self.arguments, **changes})

    def url_without(self, *names: str) -> str:
        """This list's address without some arguments."""
        return self._url({k: v for k, v in self.arguments.items() if k not in names})

    @property
    def clear_url(self) -> str:
        """This list without search and filters."""
        return self.url_without("q", *[f.name for f in self.filters])

    def carried_to(self, endpoint: str, changes: Mapping[str, str] | None = None, **values: Any) -> str:
        """Another address (an export, a bulk form) with this list's state in its query."""
        return f"{url_for(endpoint, **values)}?{urlencode({**self.arguments, **(changes or {})})}".removesuffix("?")

    def sort_url(self, name: str) -> str:
        """The same rows in another order."""
        return self.url_with(sort=name)

    def _url(self, arguments: Mapping[str, str]) -> str:
        return f"{self.path}?{urlencode(arguments)}" if arguments else self.path
