"""What lists of projects pay for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from expo.programme.solver.charge import Charge, charge
from expo.programme.solver.instance import Instance, Project, Session
from expo.programme.solver.settings import Rule


def fit(instance: Instance, project: Project, session: Session) -> list[Charge]:
    """What a project pays in a session whatever else happens."""
    here, what = (session.id,), (project.id,)
    found = charge(instance, Rule.THEME, theme_units(project, session), sessions=here, projects=what)
    found += charge(instance, Rule.HOME_CITY, city_units(project, session), sessions=here, projects=what)
    if project.sessions is not None and session.id not in project.sessions:
        found += charge(instance, Rule.ALLOWED_SESSION, 1, sessions=here, projects=what)
    if project.pin not in (None, session.id):
        found += charge(instance, Rule.PIN, 1, sessions=here, projects=what)
    home = instance.homes.get(project.id)
    if home and home[0] != session.id:
        found += charge(instance, Rule.REASSIGNED, 1, sessions=here, projects=what, price=home[1] * instance.prices[Rule.REASSIGNED],
                        session_before=home[0])
    return found


def theme_units(project: Project, session: Session) -> int:
    if project.industry is None or project.industry == session.industry:
        return 0
    return 1 if session.industry is None else 3


def city_units(project: Project, session: Session) -> int:
    if project.region is None or project.region == session.region:
        return 0
    return 1 if session.region is None else 5


def of_list(instance: Instance, session: Session, items: tuple[int, ...]) -> list[Charge]:
    """What a session pays for the length and the mix of its list."""
    projects = [instance.project[item] for item in items if item in instance.project]
    used = session.overhead + sum(project.minutes for project in projects)
    here = (session.id,)
    found = charge(instance, Rule.MINUTES, used - session.minutes, sessions=here, minutes=session.minutes, used=used)
    if session.most_items is not None:
        found += charge(instance, Rule.MOST_ITEMS, len(projects) - session.most_items, sessions=here, count=len(projects),
                        most=session.most_items)
    if session.id in instance.fair_shares:
        share = instance.fair_shares[session.id]
        found += charge(instance, Rule.FILL, len(projects) - share, sessions=here, count=len(projects), share=share)
    kinds = Counter(project.kind for project in projects)
    for quota in session.quotas:
        count = kinds[quota.kind]
        most = count if quota.most is None else quota.most
        found += charge(instance, Rule.KIND_QUOTA, max(quota.least - count, count - most), sessions=here, kind=quota.kind,
                        count=count, least=quota.least, most=most)
    return found


def homes_of(instance: Instance, items: Mapping[int, tuple[int, ...]]) -> dict[int, list[int]]:
    """Project → the sessions that show it, showcases apart."""
    found: dict[int, list[int]] = defaultdict(list)
    for session_id, listed in sorted(items.items()):
        session = instance.session.get(session_id)
        if session and not session.is_showcase:
            for project in listed:
                found[project].append(session_id)
    return found


def of_items(instance: Instance, items: Mapping[int, tuple[int, ...]]) -> Iterator[Charge]:
    """What all lists pay, and the projects that are on none or on several."""
    homes = homes_of(instance, items)
    for session in instance.sessions:
        yield from of_list(instance, session, items.get(session.id, ()))
    for project in instance.projects:
        shown = homes.get(project.id, [])
        for session_id in shown:
            yield from fit(instance, project, instance.session[session_id])
        yield from charge(instance, Rule.PROJECT_TWICE, len(shown) - 1, sessions=shown, projects=(project.id,))
        if not shown:
            yield from charge(instance, Rule.UNASSIGNED, 1, projects=(project.id,))
