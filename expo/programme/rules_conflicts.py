"""What is wrong with a draft, in words: the charges of the one checker that somebody should look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from expo.kit.language import _l
from expo.programme.rules_instance import Draft, Names, SessionName
from expo.programme.rules_words import SeverityWord, is_pointed_out, label_of, sentence_of
from expo.programme.solver.charge import Charge
from expo.programme.solver.explain import circles, contradicting_pins
from expo.programme.solver.score import Checker
from expo.programme.solver.settings import Rule, Severity

#: A project in a running order that visitors would not see; the solver knows nothing of publication.
NOT_SHOWN = "not_shown"


@dataclass(frozen=True)
class Conflict:
    """One thing that is wrong, with the sessions it is about. ``kind`` is a rule's name, or ``NOT_SHOWN``."""

    kind: str
    label: Any
    severity: SeverityWord
    sessions: tuple[tuple[int, SessionName], ...]
    sentence: Any
    cost: int = 0

    @property
    def session_ids(self) -> frozenset[int]:
        return frozenset(number for number, _name in self.sessions)

    @property
    def blocks_release(self) -> bool:
        return self.severity in {SeverityWord.BLOCK, SeverityWord.BLOCK_RELEASE}


def conflicts_in(draft: Draft, names: Names | None = None) -> list[Conflict]:
    """Everything that is wrong in the whole draft, what blocks a release first; in the order of the rules."""
    names = names or draft.names
    found = conflicts_of(Checker(draft.instance, draft.plan).charges(), names)
    return sorted([*found, *contradictions_in(draft, names), *_not_shown(draft, names)],
                  key=lambda conflict: not conflict.blocks_release)


def conflicts_of(charges: Iterable[Charge], names: Names) -> list[Conflict]:
    """Charges as conflicts; prices that nobody needs to be warned of are left out."""
    return [conflict_of(charge, names) for charge in charges if is_pointed_out(charge)]


def conflict_of(charge: Charge, names: Names) -> Conflict:
    return Conflict(charge.rule.value, label_of(charge.rule), SeverityWord(charge.severity.value),
                    tuple((s, names.sessions[s]) for s in charge.sessions if s in names.sessions),
                    sentence_of(charge, names), charge.cost)


def contradictions_in(draft: Draft, names: Names) -> list[Conflict]:
    """What can never be met, wherever the sessions are held; a release is blocked by what comes of it."""
    def conflict(rule: Rule, sessions: Iterable[int], sentence: Any) -> Conflict:
        return Conflict(rule.value, label_of(rule), SeverityWord.WARN, tuple((s, names.sessions[s]) for s in sessions), sentence)

    rings = circles(draft.instance) if draft.instance.severities[Rule.AFTER] is not Severity.IGNORE else []
    return [
        *(conflict(Rule.AFTER, ring, _l("These sessions would have to follow each other in a circle: %(names)s.", names=" → ".join(
            names.sessions[s].title for s in [ring[0], *ring[:0:-1], ring[0]]))) for ring in rings),
        *(conflict(Rule.PIN, pair, _l("“%(one)s” and “%(other)s” are pinned to the same hall at the same time.",
                                      one=names.sessions[pair[0]].title, other=names.sessions[pair[1]].title))
          for pair in contradicting_pins(draft.instance)),
    ]


def _not_shown(draft: Draft, names: Names) -> list[Conflict]:
    return [
        Conflict(NOT_SHOWN, _l("Project not published"), SeverityWord.WARN, ((session, names.sessions[session]),), _l(
            "“%(title)s” has %(number)s projects that are not published: %(names)s.", title=names.sessions[session].title,
            number=len(titles), names="、".join(titles[:3])))
        for session, titles in sorted(draft.not_shown.items()) if session in names.sessions
    ]


def blocking(conflicts: Iterable[Conflict]) -> list[Conflict]:
    """What refuses a release."""
    return [conflict for conflict in conflicts if conflict.blocks_release]


def of_session(conflicts: Iterable[Conflict], session_id: int) -> list[Conflict]:
    """What concerns one session."""
    return [conflict for conflict in conflicts if session_id in conflict.session_ids]


def by_session(conflicts: Iterable[Conflict]) -> dict[int, list[Conflict]]:
    """Session → what concerns it."""
    found: dict[int, list[Conflict]] = defaultdict(list)
    for conflict in conflicts:
        for session in conflict.session_ids:
            found[session].append(conflict)
    return found


def forbidden(charges: Iterable[Charge]) -> list[Charge]:
    """What not even a draft may hold."""
    return [charge for charge in charges if charge.severity is Severity.BLOCK]


def worst(conflicts: Iterable[Conflict]) -> SeverityWord | None:
    """The heaviest severity among conflicts."""
    order = list(SeverityWord)
    return min((conflict.severity for conflict in conflicts), key=order.index, default=None)
