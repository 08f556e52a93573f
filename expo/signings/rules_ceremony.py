"""Ceremonies: when a batch is on the stage, and who would have to stand there twice at once. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, count

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.text import normal


@dataclass(frozen=True, slots=True)
class Stage:
    """A ceremony: when it begins, what comes before its first batch, and how long a batch takes (0: nobody has said)."""

    session_id: int
    title: str
    starts_at: datetime | None
    minutes: int
    before: int
    batch_minutes: int

    def span(self, batch: int) -> tuple[datetime, datetime] | None:
        """From when to when a batch is on the stage; the whole session where nothing is said of batches."""
        if self.starts_at is None:
            return None
        if not self.batch_minutes:
            return self.starts_at, self.starts_at + timedelta(minutes=self.minutes)
        begin = self.starts_at + timedelta(minutes=self.before + (batch - 1) * self.batch_minutes)
        return begin, begin + timedelta(minutes=self.batch_minutes)


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who signs for an organisation, at a place on the stage."""

    name: str
    organisation: str
    organisation_id: int | None
    signing_id: int
    title: str
    session_id: int
    batch: int

    @property
    def is_known_as(self) -> tuple[str, int | str]:
        """People of one name in two organisations are two people."""
        return normal(self.name), self.organisation_id or normal(self.organisation)


@dataclass(frozen=True, slots=True)
class Clash:
    """One person, two agreements, one time."""

    one: Signer
    other: Signer

    @property
    def stages(self) -> tuple[Signer, ...]:
        """Where on a stage it happens."""
        is_same = (self.one.session_id, self.one.batch) == (self.other.session_id, self.other.batch)
        return (self.one,) if is_same else (self.one, self.other)

    @property
    def sentence(self) -> object:
        one, other = self.one, self.other
        if one.session_id == other.session_id:
            return _l("%(name)s (%(organisation)s) signs twice in batch %(batch)s: “%(one)s” and “%(other)s”.", name=one.name,
                      organisation=one.organisation, batch=one.batch, one=one.title, other=other.title)
        return _l("%(name)s (%(organisation)s) signs “%(one)s” and “%(other)s” at the same time in two ceremonies.",
                  name=one.name, organisation=one.organisation, one=one.title, other=other.title)


@dataclass(frozen=True, slots=True)
class Needed:
    """Somebody whom a session needs as long as it lasts, with an organisation of theirs. ``title``: none for those who may
    not read of that session."""

    name: str
    organisation: str
    organisation_id: int
    session_id: int
    title: str
    starts_at: datetime
    minutes: int

    @property
    def may_sign_as(self) -> tuple[tuple[str, int | str], ...]:
        """See ``Signer.is_known_as``: agreements name organisations with and without their number."""
        return (normal(self.name), self.organisation_id), (normal(self.name), normal(self.organisation))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Somebody who would have to sign while a session needs them."""

    one: Signer
    needed: Needed

    @property
    def stages(self) -> tuple[Signer, ...]:
        return (self.one,)

    @property
    def sentence(self) -> object:
        one = self.one
        if not self.needed.title:
            return _l("%(name)s (%(organisation)s) signs “%(one)s” while another session needs them.", name=one.name,
                      organisation=one.organisation, one=one.title)
        return _l("%(name)s (%(organisation)s) signs “%(one)s” while “%(title)s” needs them.", name=one.name,
                  organisation=one.organisation, one=one.title, title=self.needed.title)


def clashes(signers: Iterable[Signer], stages: Iterable[Stage]) -> list[Clash]:
    """Who would have to sign twice at once: in one batch, or in two ceremonies at overlapping times."""
    known = {stage.session_id: stage for stage in stages}
    by_person: dict[tuple[str, int | str], list[Signer]] = defaultdict(list)
    for signer in signers:
        if signer.name and signer.session_id in known:
            by_person[signer.is_known_as].append(signer)
    return [Clash(one, other) for people in by_person.values() for one, other in combinations(people, 2)
            if one.signing_id != other.signing_id and _at_once(one, other, known[one.session_id], known[other.session_id])]


def elsewhere(signers: Iterable[Signer], stages: Iterable[Stage], needed: Iterable[Needed]) -> list[Elsewhere]:
    """Who would have to sign while another session needs them."""
    known = {stage.session_id: stage for stage in stages}
    by_person: dict[tuple[str, int | str], set[Needed]] = defaultdict(set)
    for one in needed:
        for name in one.may_sign_as:
            by_person[name].add(one)
    return [Elsewhere(signer, one) for signer in signers if signer.session_id in known
            for one in sorted(by_person.get(signer.is_known_as, ()), key=lambda one: one.starts_at)
            if one.session_id != signer.session_id and _is_on(known[signer.session_id], signer.batch, one)]


def _is_on(stage: Stage, batch: int, needed: Needed) -> bool:
    span = stage.span(batch)
    return span is not None and span[0] < needed.starts_at + timedelta(minutes=needed.minutes) and needed.starts_at < span[1]


def _at_once(one: Signer, other: Signer, here: Stage, there: Stage) -> bool:
    if here.session_id == there.session_id:
        return one.batch == other.batch
    first, second = here.span(one.batch), there.span(other.batch)
    return first is not None and second is not None and first[0] < second[1] and second[0] < first[1]


def free_orders(taken: Collection[int]) -> Iterator[int]:
    """Places of a batch that nobody has, in order, without an end."""
    return (place for place in count(1) if place not in taken)


def require_as_shown(present: Collection[int], sent: Sequence[int]) -> None:
    """Whoever orders a batch has seen all of it."""
    if set(present) != set(sent) or len(set(sent)) != len(sent) or not present:
        raise Refused(_l("The batch has changed since this page was shown. Look at it again."))


def require_batch(number: int) -> None:
    if not 1 <= number <= 200:
        raise Refused(_l("Batches are numbered from 1 to 200."))
