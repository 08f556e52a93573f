"""Shortlisting: last year's and this year's lists with their decisions, next year's first nominations, two panels."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from expo.desk.demo.making import DAY, Demo
from expo.desk.demo.words import DECLINED, OBJECTIONS
from expo.editions.models import Quota
from expo.judging.models import (
    Assignment,
    AssignmentStatus,
    Criterion,
    Panel,
    PanelMember,
    PanelStatus,
    Score,
    Submission,
)
from expo.kit.db import db
from expo.shortlist.models import Candidate, CandidateStatus, Notice, Objection

CRITERIA = (("创新性", "Novelty", 30), ("成熟度", "Maturity", 25), ("市场前景", "Market prospects", 30), ("团队与权属", "Team and rights", 15))
SHOWN = {"last": 1200, "this": 2350}


def make_lists(demo: Demo) -> None:
    """Candidates of all three editions. What was selected becomes a project later."""
    tickets = demo.kept["tickets"]
    old = [t for t in tickets if demo.ago(t_age(demo, t)) < demo.ago(330)]
    demo.rng.shuffle(old)
    _list(demo, "last", old[:1700])
    # Sixty projects of last year were passed on to this year.
    carried = [c["ticket"] for c in demo.kept["selected/last"][:60]]
    used = {t["id"] for t in old[:1700]}
    fresh = [t for t in tickets if t["id"] not in used and t_age(demo, t) > 130]
    real = [t for t in fresh if not t["synthetic"]]
    made_up = [t for t in fresh if t["synthetic"]]
    demo.rng.shuffle(made_up)
    _list(demo, "this", [*carried, *real, *made_up][:3350])
    demo.kept["carried"] = {t["id"] for t in carried}
    used |= {c["ticket"]["id"] for c in demo.kept["candidates/this"]}
    young = [t for t in tickets if t["id"] not in used and t_age(demo, t) < 120]
    _nominations(demo, young[:84])
    _open_panel(demo)
    _notice(demo)


def t_age(demo: Demo, ticket: dict[str, Any]) -> float:
    """The age of a ticket in days."""
    return float((demo.now - ticket["created_at"]) / timedelta(days=1))


def _list(demo: Demo, which: str, tickets: list[dict[str, Any]]) -> None:
    edition = demo.kept["editions"][which]
    second_day = demo.kept[f"days/{edition}"][1]
    first, second = demo.kept["accounts"]["organiser"], demo.kept["accounts"]["organiser2"]
    shown = SHOWN[which]
    rows = []
    for place, ticket in enumerate(tickets):
        selected, reserve = place < shown, shown <= place < shown + 120
        status = (CandidateStatus.SELECTED if selected else
                  CandidateStatus.RESERVE if reserve else CandidateStatus.DECLINED)
        nominated = demo.at(second_day - timedelta(days=demo.rng.randint(125, 199)), demo.rng.randint(9, 17))
        rows.append(_candidate(demo, edition, ticket) | {
            "status": status, "nominated_at": nominated,
            "nominated_by_id": demo.kept["official_of"].get(ticket["region_id"]),
            "endorsed_by_id": demo.kept["official_of"].get(ticket["city_id"]), "endorsed_at": nominated + 20 * DAY,
            "reason": "" if selected else "同市州同类名额已满，列为后备" if reserve else demo.rng.choice(DECLINED),
            "released_decider_id": first, "released_by_id": second,
            "released_at": demo.at(second_day - 65 * DAY, 16),
        })
    _reviewed(demo, edition, second_day, tickets[:320], rows)
    _quotas(demo, edition, rows)
    ids = demo.put(Candidate, rows)
    made = [{"id": i, "ticket": t, **row} for i, t, row in zip(ids, tickets, rows, strict=True)]
    demo.kept[f"candidates/{which}"] = made
    demo.kept[f"selected/{which}"] = [c for c in made if c["status"] is CandidateStatus.SELECTED]


def _quotas(demo: Demo, edition: int, rows: list[dict[str, Any]]) -> None:
    """What each city may select of each kind: used up where some stand in reserve, with a little room elsewhere."""
    chosen = Counter((r["city_id"], r["kind"]) for r in rows if r["status"] is CandidateStatus.SELECTED)
    full = {(r["city_id"], r["kind"]) for r in rows if r["status"] is CandidateStatus.RESERVE}
    demo.put(Quota, [
        {"edition_id": edition, "region_id": city, "kind": kind,
         "places": chosen[city, kind] + (0 if (city, kind) in full else 1 + chosen[city, kind] // 15)}
        for city, kind in sorted({(r["city_id"], r["kind"]) for r in rows})
    ])


def _candidate(demo: Demo, edition: int, ticket: dict[str, Any]) -> dict[str, Any]:
    industries = demo.kept[f"industries/{edition}"]
    names = demo.kept.setdefault("trade_names", _trade_places())
    return {"edition_id": edition, "ticket_id": ticket["id"], "side": ticket["side"], "kind": ticket["kind"],
            "industry_id": industries[names.get(ticket["industry"], 0)], "region_id": ticket["region_id"],
            "region_path": ticket["region_path"], "city_id": ticket["city_id"]}


def _trade_places() -> dict[str, int]:
    from expo.desk.demo.words import TRADES

    return {trade.name: place for place, trade in enumerate(TRADES)}


def _reviewed(demo: Demo, edition: int, second_day: Any, tickets: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """A closed panel that scored the front of the list; the results are computed from its scores."""
    panel = _panel(demo, edition, ("重大专场评审", "Review of the major sessions"), demo.at(second_day - 100 * DAY, 9),
                   demo.at(second_day - 70 * DAY, 18), PanelStatus.CLOSED)
    first_candidate = demo.numbers["candidate"] + 1
    submissions, plans = [], []
    for place, ticket in enumerate(tickets):
        scorers = demo.rng.sample(demo.kept["reviewers"], 3)
        talent = demo.rng.gauss(8.2 - 1.2 * place / len(tickets), 0.5)
        points = [[max(1, min(10, round(demo.rng.gauss(talent, 0.9)))) for _ in CRITERIA] for _ in scorers]
        weighted = [sum(p * w * 10 for p, (_, _, w) in zip(one, CRITERIA, strict=True)) for one in points]
        result = round(sum(weighted) / len(weighted))
        rows[place]["score"] = result
        submissions.append({"panel_id": panel, "record_type": "candidate", "record_id": first_candidate + place,
                            "title": ticket["title"], "organisation_id": ticket.get("organisation_id"),
                            "region_path": ticket["region_path"], "facts": _facts(ticket), "result": result})
        plans.append((scorers, points))
    ids = demo.put(Submission, submissions)
    assignments, scores = [], []
    for submission, (scorers, points) in zip(ids, plans, strict=True):
        for reviewer, one in zip(scorers, points, strict=True):
            at = demo.at(second_day - timedelta(days=demo.rng.randint(71, 98)), demo.rng.randint(8, 22))
            assignments.append({"submission_id": submission, "person_id": reviewer, "status": AssignmentStatus.SCORED,
                                "assigned_at": demo.at(second_day - 100 * DAY, 9), "scored_at": at})
            scores.append(one)
    _scores(demo, panel, demo.put(Assignment, assignments), scores)


def _scores(demo: Demo, panel: int, assignments: list[int], points: list[list[int]]) -> None:
    criteria = demo.kept[f"criteria/{panel}"]
    demo.put(Score, [
        {"assignment_id": a, "criterion_id": c, "points": p}
        for a, one in zip(assignments, points, strict=True) for c, p in zip(criteria, one, strict=True)
    ])


def _facts(ticket: dict[str, Any]) -> list[list[str]]:
    """What reviewers read of a ticket."""
    told = (("类别", str(ticket["kind"].label)), ("行业", ticket.get("industry")), ("项目简介", ticket.get("description")))
    return [[label, text] for label, text in told if text]


def _panel(demo: Demo, edition: int, names: tuple[str, str], opens: Any, closes: Any, status: PanelStatus) -> int:
    [panel] = demo.put(Panel, [{"edition_id": edition, "name": names[0], "name_en": names[1], "opens_at": opens,
                                "closes_at": closes, "status": status,
                                "closed_at": closes if status is PanelStatus.CLOSED else None}])
    demo.kept[f"criteria/{panel}"] = demo.put(Criterion, [
        {"panel_id": panel, "name": n, "name_en": e, "weight": w, "max_points": 10, "position": i}
        for i, (n, e, w) in enumerate(CRITERIA)
    ])
    demo.put(PanelMember, [{"panel_id": panel, "person_id": p} for p in demo.kept["reviewers"]])
    return panel


def _nominations(demo: Demo, tickets: list[dict[str, Any]]) -> None:
    """Next year's call: some nominated, some endorsed, a few returned."""
    edition = demo.kept["editions"]["next"]
    rows = []
    for place, ticket in enumerate(tickets):
        status = (CandidateStatus.UNDER_REVIEW if place < 24 else CandidateStatus.ENDORSED if place < 44 else
                  CandidateStatus.RETURNED if place < 48 else CandidateStatus.NOMINATED)
        endorsed = status in {CandidateStatus.ENDORSED, CandidateStatus.UNDER_REVIEW}
        rows.append(_candidate(demo, edition, ticket) | {
            "status": status, "nominated_at": demo.ago(demo.rng.uniform(0.5, 4)),
            "nominated_by_id": demo.kept["official_of"].get(ticket["region_id"]),
            "endorsed_by_id": demo.kept["official_of"].get(ticket["city_id"]) if endorsed else None,
            "endorsed_at": demo.ago(0.3) if endorsed else None,
            "reason": "请补充知识产权证明与应用案例" if status is CandidateStatus.RETURNED else "",
        })
    ids = demo.put(Candidate, rows)
    demo.kept["candidates/next"] = [{"id": i, "ticket": t, **r} for i, t, r in zip(ids, tickets, rows, strict=True)]


def _open_panel(demo: Demo) -> None:
    """A panel that is open now, so that the reviewer of the demonstration has something to score."""
    edition = demo.kept["editions"]["next"]
    panel = _panel(demo, edition, ("先行评审（样题）", "Early review"), demo.ago(2), demo.now + 20 * DAY, PanelStatus.OPEN)
    chosen = [c for c in demo.kept["candidates/next"] if c["status"] is CandidateStatus.UNDER_REVIEW]
    ids = demo.put(Submission, [
        {"panel_id": panel, "record_type": "candidate", "record_id": c["id"], "title": c["ticket"]["title"],
         "organisation_id": c["ticket"].get("organisation_id"), "region_path": c["region_path"],
         "facts": _facts(c["ticket"])} for c in chosen
    ])
    rows, points = [], []
    for submission in ids:
        others = demo.rng.sample(demo.kept["reviewers"][1:], 2)
        for reviewer in [demo.kept["reviewers"][0], *others]:
            scored = demo.rng.random() < (0.25 if reviewer == demo.kept["reviewers"][0] else 0.5)
            rows.append({"submission_id": submission, "person_id": reviewer, "assigned_at": demo.ago(2),
                         "status": AssignmentStatus.SCORED if scored else AssignmentStatus.ASSIGNED,
                         "scored_at": demo.ago(0.5) if scored else None})
            points.append([demo.rng.randint(5, 10) for _ in CRITERIA] if scored else [])
    assigned = demo.put(Assignment, rows)
    scored_only = [(a, p) for a, p in zip(assigned, points, strict=True) if p]
    _scores(demo, panel, [a for a, _ in scored_only], [p for _, p in scored_only])


def _notice(demo: Demo) -> None:
    for which in ("last", "this"):
        edition = demo.kept["editions"][which]
        second_day = demo.kept[f"days/{edition}"][1]
        [notice] = demo.put(Notice, [{
            "edition_id": edition, "title": "拟参展项目公示", "text": "经遴选，拟确定下列项目参展，现予公示。如有异议，请在公示期内实名提出。",
            "opens_at": demo.at(second_day - 60 * DAY, 9), "closes_at": demo.at(second_day - 46 * DAY, 18),
            "finalised_at": demo.at(second_day - 45 * DAY, 10), "created_at": demo.at(second_day - 61 * DAY, 9),
        }])
        db.session.execute(
            sa.update(Candidate)
            .where(Candidate.edition_id == edition, Candidate.status == CandidateStatus.SELECTED)
            .values(notice_id=notice)
        )
        demo.put(Objection, [{
            "notice_id": notice, "candidate_id": demo.kept[f"selected/{which}"][100 + i]["id"], "name": demo.name(),
            "contact": demo.phone(), "consent_version": "2026-01", "text": text, "created_at": demo.at(second_day - (58 - i) * DAY, 11),
            "answer": "经核实，权属清晰，材料已更正，异议不成立。", "is_upheld": False,
            "answered_by_id": demo.kept["accounts"]["organiser"], "answered_at": demo.at(second_day - (55 - i) * DAY, 15),
        } for i, text in enumerate(OBJECTIONS)])


