"""Who has to be at a session: its own people and the presenters of what it shows."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from expo.programme.solver.instance import Instance, Plan


class Crew:
    """The people of each session under a plan's lists of projects. ``is_required`` wins over wished for."""

    def __init__(self, instance: Instance, plan: Plan) -> None:
        self.instance = instance
        self.plan = plan

    @cached_property
    def of(self) -> dict[int, dict[int, tuple[bool, int]]]:
        """Session → person → (is required, weight)."""
        return {session.id: self.with_items(session.id, self.plan.items.get(session.id, ()))
                for session in self.instance.sessions}

    def with_items(self, session: int, items: tuple[int, ...]) -> dict[int, tuple[bool, int]]:
        found = {p.person: (p.is_required, p.weight) for p in self.instance.session[session].people}
        for item in items:
            project = self.instance.project.get(item)
            for person in project.presenters if project else ():
                found[person] = (True, max(1, found.get(person, (True, 1))[1]))
        return found

    @cached_property
    def busy(self) -> dict[int, list[int]]:
        """Person who is needed in several sessions → those sessions."""
        sessions: dict[int, list[int]] = defaultdict(list)
        for session, people in self.of.items():
            for person in people:
                sessions[person].append(session)
        return {person: needed for person, needed in sessions.items() if len(needed) > 1}

    @cached_property
    def shared(self) -> dict[int, dict[int, tuple[tuple[int, ...], tuple[int, ...]]]]:
        """Session → other session → (people required in both, people of both that are only wished for in one)."""
        both: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
        for person, sessions in sorted(self.busy.items()):
            for place, one in enumerate(sessions):
                for other in sessions[place + 1 :]:
                    lists = both.setdefault((one, other), ([], []))
                    lists[0 if self.of[one][person][0] and self.of[other][person][0] else 1].append(person)
        found: dict[int, dict[int, tuple[tuple[int, ...], tuple[int, ...]]]] = defaultdict(dict)
        for (one, other), (required, wished) in both.items():
            found[one][other] = found[other][one] = (tuple(required), tuple(wished))
        return found
