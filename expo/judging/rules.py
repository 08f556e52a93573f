"""Who may score what and when, and what the scores add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from expo.judging.models import AssignmentStatus, Criterion, Panel, PanelStatus
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.kit.words import Labelled

LIFECYCLE = Lifecycle(
    {
        PanelStatus.PREPARING: {PanelStatus.OPEN},
        PanelStatus.OPEN: {PanelStatus.CLOSED},
        PanelStatus.CLOSED: set(),
    }
)
ASSIGNMENTS = Lifecycle(
    {
        AssignmentStatus.ASSIGNED: {AssignmentStatus.SCORED, AssignmentStatus.RECUSED},
        # Until the panel closes a score may be put right, and a conflict may still come to mind.
        AssignmentStatus.SCORED: {AssignmentStatus.SCORED, AssignmentStatus.RECUSED},
        AssignmentStatus.RECUSED: set(),
    }
)


class Conflict(Labelled):
    """Why somebody must not score a submission."""

    ORGANISATION = "organisation", _l("It comes from the reviewer's own organisation")
    REGION = "region", _l("It comes from the reviewer's own city")


@dataclass(frozen=True)
class SubmissionDraft:
    """What a higher room hands to a panel. ``facts`` are (label, text) pairs for the reviewers."""

    record_type: str
    record_id: int
    title: str
    region_path: str
    organisation_id: int | None = None
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reviewer:
    """Somebody who scores, with the organisations they belong to and the regions they are at home in."""

    person_id: int
    organisation_ids: frozenset[int] = field(default_factory=frozenset)
    region_paths: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Task:
    """A submission that needs reviewers: who has it (recused ones too), and how many of them still score it."""

    id: int
    organisation_id: int | None
    region_path: str
    known_to: frozenset[int] = field(default_factory=frozenset)
    active: int = 0


def conflict_of(reviewer: Reviewer, submission: Any) -> Conflict | None:
    """Why ``reviewer`` must not score ``submission`` (anything with organisation_id and region_path), or ``None``."""
    if submission.organisation_id is not None and submission.organisation_id in reviewer.organisation_ids:
        return Conflict.ORGANISATION
    return Conflict.REGION if is_home(reviewer.region_paths, submission.region_path) else None


def is_home(region_paths: Iterable[str], region_path: str) -> bool:
    """Whether a region lies in one of the home cities.

    A county counts as its city, because neighbours in one city compete for the same quota. Somebody whose home is the
    province itself is at home only with what the province itself submits: else they could score nothing at all.
    """
    city = _city(region_path)
    return any(_city(path) == city for path in region_paths)


def _city(path: str) -> str:
    return "/".join(path.split("/")[:3]).rstrip("/") + "/"


def distribute(
    tasks: Iterable[Task], reviewers: Sequence[Reviewer], each: int, loads: Mapping[int, int]
) -> tuple[list[tuple[int, int]], list[int]]:
    """Give every task ``each`` reviewers without a conflict, the least loaded first.

    Tasks with the fewest possible reviewers choose first. Returns (task, person) pairs and the tasks that stay short.
    """
    load = {reviewer.person_id: loads.get(reviewer.person_id, 0) for reviewer in reviewers}
    near: dict[str, list[Reviewer]] = {}
    waiting: list[tuple[int, int, Task, list[Reviewer]]] = []
    for task in tasks:
        if task.active >= each:
            continue
        city = _city(task.region_path)
        if city not in near:
            near[city] = [r for r in reviewers if not is_home(r.region_paths, task.region_path)]
        free = [r for r in near[city]
                if r.person_id not in task.known_to and task.organisation_id not in r.organisation_ids]
        waiting.append((len(free), task.id, task, free))
    pairs: list[tuple[int, int]] = []
    short: list[int] = []
    for count, number, task, free in sorted(waiting, key=lambda one: one[:2]):
        need = each - task.active
        chosen = sorted((load[r.person_id], r.person_id) for r in free)[:need]
        for _load, person_id in chosen:
            load[person_id] += 1
            pairs.append((number, person_id))
        if count < need:
            short.append(number)
    return pairs, short


def weighted_score(points: Mapping[int, int], criteria: Iterable[Criterion]) -> Fraction:
    """One reviewer's score, 0–100: each criterion's share of its highest points, by weight."""
    return sum((Fraction(c.weight * points[c.id], c.max_points) for c in criteria), Fraction(0))


def result_of(scores: Sequence[Fraction]) -> int | None:
    """The mean of the reviewers' scores in hundredths, rounded half up; ``None`` without any."""
    if not scores:
        return None
    return int(sum(scores, Fraction(0)) / len(scores) * 100 + Fraction(1, 2))


def require_criteria(weights: Sequence[int]) -> None:
    """A panel's weights are percent and sum to 100."""
    if not weights:
        raise Refused(_l("A panel needs at least one criterion."), field="criteria")
    if sum(weights) != 100:
        raise Refused(_l("The weights sum to %(sum)s; they must sum to 100.", sum=sum(weights)), field="criteria")


def require_times(opens_at: datetime, closes_at: datetime) -> None:
    """A panel closes after it opens."""
    if closes_at <= opens_at:
        raise Refused(_l("The panel must close after it opens."), field="closes_at")


def require_unclosed(panel: Panel) -> None:
    """A closed panel stays as it is."""
    if panel.status is PanelStatus.CLOSED:
        raise Refused(_l("This panel is closed; its results are final."))


def require_preparing(panel: Panel) -> None:
    """Criteria must not change under the reviewers' hands."""
    if panel.status is not PanelStatus.PREPARING:
        raise Refused(_l("Criteria and the number of reviewers can be changed only before the panel opens."))


def require_ready(criteria: Sequence[Criterion], members: int) -> None:
    """A panel opens with criteria and with reviewers."""
    require_criteria([c.weight for c in criteria])
    if not members:
        raise Refused(_l("Add reviewers to the panel first."))


def is_scoring_open(panel: Panel, at: datetime) -> bool:
    """Scores are taken while the panel is open and its time has not run out."""
    return panel.status is PanelStatus.OPEN and panel.opens_at <= at < panel.closes_at


def require_scoring_open(panel: Panel, at: datetime) -> None:
    """Raise :class:`Refused` unless scores are taken now."""
    if is_scoring_open(panel, at):
        return
    if panel.status is PanelStatus.PREPARING or at < panel.opens_at:
        raise Refused(_l("This panel has not opened yet."))
    raise Refused(_l("The time for scoring is over; nothing can be changed any more."))


def require_points(points: Mapping[int, int | None], criteria: Iterable[Criterion]) -> dict[int, int]:
    """Points for every criterion, each within its range."""
    checked: dict[int, int] = {}
    for criterion in criteria:
        given = points.get(criterion.id)
        if given is None or not 0 <= given <= criterion.max_points:
            raise Refused(_l("Give “%(name)s” between 0 and %(most)s points.", name=criterion.name,
                             most=criterion.max_points), field=f"points_{criterion.id}")
        checked[criterion.id] = given
    return checked
