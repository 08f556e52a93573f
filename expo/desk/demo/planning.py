"""What this year's programme is planned with: people who must come, absences, zones, pins, and plans kept aside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from expo.desk.demo.crowd import person
from expo.desk.demo.making import Demo
from expo.editions.words import ProjectKind
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.people.models import Person
from expo.programme import queries_instance
from expo.programme.actions_what_if import keep_copy
from expo.programme.models import Session, SessionKind, SessionLanguage, SessionStatus
from expo.programme.models_grid import CityZone, GridSettings, Walk
from expo.programme.models_needs import (
    SessionAfter,
    SessionBranch,
    SessionPerson,
    SessionQuota,
    SessionRole,
)
from expo.programme.models_planning import Absence
from expo.programme.rules_answers import answer
from expo.programme.rules_solving import Request, What
from expo.programme.solver.lp import Options
from expo.projects.models import Project, ProjectStatus

ZONES = ("A区", "B区", "C区", "D区")
LEADERS = ("省科技厅领导", "省科协领导", "省经信厅领导")
EXPERTS = 24
LATE_PROJECTS = 14
#: The solver needs about a second; more is never waited for.
SOLVING_S = 15


def make_planning(demo: Demo) -> None:
    """The release is out; these are what the organisers know beside it on the second day."""
    edition = demo.kept["editions"]["this"]
    sessions = demo.kept["sessions/this"]
    _late(demo, edition)
    _grid(demo, edition)
    _people(demo, sessions)
    _order(demo, sessions)
    _absences(demo, edition, sessions)
    keep_copy(edition, "正式版定稿", by=SYSTEM)
    draft = queries_instance.load_draft(edition)
    found = answer(draft, Request(What.REPLAN), Options(SOLVING_S))
    keep_copy(edition, "两位推介人请假后的调整", found.plan, by=SYSTEM)
    found = answer(draft, Request(What.PLACE), Options(SOLVING_S))
    keep_copy(edition, "自动排期：只调整会议厅与时段", found.plan, by=SYSTEM)


def _late(demo: Demo, edition: int) -> None:
    """What has come since the release: two sessions that wait for a place, and projects that wait for a session."""
    capital = demo.kept["cities"][0]
    wanted = (("Z001", SessionKind.CITY, f"{capital.name}低空经济专场（加场）", "Low-altitude economy (extra session)", capital, 160),
              ("Z002", SessionKind.ROADSHOW, "科技金融路演（加场）", "Technology finance roadshow (extra session)", demo.kept["province"], 90))
    demo.put(Session, [
        {"edition_id": edition, "code": code, "kind": kind, "title": title, "title_en": title_en, "summary": "", "minutes": 90,
         "region_id": region.id, "region_path": region.path, "expected_audience": audience, "language": SessionLanguage.CHINESE,
         "status": SessionStatus.DRAFT} for code, kind, title, title_en, region, audience in wanted
    ])
    late = [p for p in demo.kept["projects/this"] if p["status"] is ProjectStatus.ACCEPTED][:LATE_PROJECTS]
    for project in late:
        project.update(status=ProjectStatus.PUBLISHED, published_at=demo.ago(1))
    db.session.execute(sa.update(Project).where(Project.id.in_([p["id"] for p in late]))
                       .values(status=ProjectStatus.PUBLISHED, published_at=demo.ago(1)))


def zone_of(place: int) -> str:
    """The exhibition zone beside a hall: three halls each."""
    return ZONES[place // 3 % len(ZONES)]


def _grid(demo: Demo, edition: int) -> None:
    halls = demo.kept["halls"]
    demo.put(GridSettings, [{"edition_id": edition, "same_venue_minutes": 5, "other_venue_minutes": 40}])
    pairs = [(halls[0], other, 8) for other in halls[9:]] + [(halls[1], other, 8) for other in halls[9:]]
    demo.put(Walk, [{"edition_id": edition, "one_id": min(a, b), "other_id": max(a, b), "minutes": m} for a, b, m in pairs])
    demo.put(CityZone, [{"edition_id": edition, "region_id": city.id, "zone": ZONES[i % len(ZONES)]}
                        for i, city in enumerate(demo.kept["cities"])])


def _people(demo: Demo, sessions: list[dict[str, Any]]) -> None:
    """Leaders open the great sessions and are wished for elsewhere; an expert comments each provincial session."""
    leaders = demo.put(Person, [person(demo, f"{demo.name()}（{title}）") for title in LEADERS])
    experts = demo.put(Person, [person(demo) for _ in range(EXPERTS)])
    rows = []
    for session in sessions:
        if session["kind"] in {SessionKind.OPENING, SessionKind.CLOSING}:
            rows += [{"session_id": session["id"], "person_id": leader, "role": SessionRole.LEADER, "is_required": True,
                      "position": i} for i, leader in enumerate(leaders)]
    # An expert is asked to one session at a time, and to no more than one a slot.
    busy: set[tuple[int, int]] = set()
    provincial = [s for s in sessions if s["kind"] in {SessionKind.PROVINCE, SessionKind.OVERSEAS}]
    for place, session in enumerate(provincial):
        for expert in experts[place % EXPERTS:] + experts:
            if (expert, session["slot_id"]) not in busy:
                busy.add((expert, session["slot_id"]))
                rows.append({"session_id": session["id"], "person_id": expert, "role": SessionRole.EXPERT, "is_required": True,
                             "position": 0})
                break
    demo.put(SessionPerson, rows)


def _order(demo: Demo, sessions: list[dict[str, Any]]) -> None:
    """The closing follows the awards, the opening shows its list of kinds, three cities follow their sessions at home."""
    first = {kind: next(s for s in sessions if s["kind"] is kind) for kind in (SessionKind.OPENING, SessionKind.CLOSING)}
    awards = next(s for s in sessions if s["kind"] is SessionKind.AWARDS)
    demo.put(SessionAfter, [{"session_id": first[SessionKind.CLOSING]["id"], "earlier_id": first[SessionKind.OPENING]["id"]}]
             + ([{"session_id": first[SessionKind.CLOSING]["id"], "earlier_id": awards["id"]}]
                if awards["slot_id"] < first[SessionKind.CLOSING]["slot_id"] else []))
    demo.put(SessionQuota, [{"session_id": first[SessionKind.OPENING]["id"], "kind": kind, "least": least, "most": most}
                            for kind, least, most in ((ProjectKind.ACHIEVEMENT, 10, None), (ProjectKind.CHALLENGE, 0, 10))])
    followed = [s for s in sessions if s["kind"] is SessionKind.CITY][:3]
    demo.put(SessionBranch, [{"session_id": s["id"], "venue_id": demo.kept["branches"][s["region_id"]]} for s in followed])


def _absences(demo: Demo, edition: int, sessions: list[dict[str, Any]]) -> None:
    """Twenty presenters are away at other times than their session; two have just fallen ill on the third day."""
    days = demo.kept[f"days/{edition}"]
    orders = demo.kept["presenters/this"]
    placed = [s for s in sessions if orders.get(s["id"])]
    ill = {s["id"] for s in [s for s in placed if s["day"] == days[-1]][:2]}
    rows, known = [], set()
    for place, session in enumerate([s for s in placed if s["id"] in ill] + [s for s in placed if s["id"] not in ill][:20]):
        who = orders[session["id"]][0]
        if who in known:
            continue
        known.add(who)
        is_ill = session["id"] in ill
        away = session["day"] if is_ill else next(day for day in days if day != session["day"])
        rows.append({"edition_id": edition, "person_id": who, "region_path": session["region_path"],
                     "starts_at": demo.at(away, 0), "ends_at": demo.at(away, 0) + timedelta(hours=24 if is_ill or place % 2 else 12),
                     "reason": "因病请假" if is_ill else "另有公务", "created_at": demo.ago(3)})
    demo.put(Absence, rows)
