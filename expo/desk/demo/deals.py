"""Interests, meetings and signings: last year's all settled, this year's up to now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from expo.desk.demo.making import DAY, Demo
from expo.meetings.models import (
    Interest,
    InterestLevel,
    InterestStatus,
    Meeting,
    MeetingOutcome,
    MeetingStatus,
)
from expo.people.models import Consent, ConsentPurpose
from expo.projects.models import ProjectStatus
from expo.signings.models import AgreementKind, PartyRole, Signing, SigningParty, SigningStatus

INTERESTS = {"last": 900, "this": 1300}
SIGNINGS = {"last": 519, "this": 301}
MESSAGES = ("希望了解中试数据与报价。", "我公司有相近需求，想约时间面谈。", "请提供技术参数与应用案例。", "考虑引进该技术，想了解合作方式。",
            "可否安排现场参观？", "我们是投资机构，关注该方向。")
KINDS = {AgreementKind.INTENT: 70, AgreementKind.DEVELOPMENT: 10, AgreementKind.TRANSFER: 7, AgreementKind.LICENCE: 5,
         AgreementKind.CONSULTING: 3, AgreementKind.SERVICE: 5}


def make_deals(demo: Demo) -> None:
    """What people wanted of each other and what came of it."""
    for which in ("last", "this"):
        projects = [p for p in demo.kept[f"projects/{which}"] if p["status"] is ProjectStatus.PUBLISHED]
        meetings = _talks(demo, which, projects)
        _signings(demo, which, projects, meetings)


def _talks(demo: Demo, which: str, projects: list[dict[str, Any]]) -> dict[int, int]:
    days = demo.kept[f"days/{demo.kept['editions'][which]}"]
    visitors = [r["person_id"] for _, _, r in demo.kept["attendees"]]
    pairs = {(demo.rng.choice(projects)["id"], demo.rng.choice(visitors)) for _ in range(INTERESTS[which])}
    own = [p["id"] for p in projects if p["exhibitor_id"] == demo.kept["accounts"]["exhibitor"]]
    pairs |= {(p, v) for p in own[:3] for v in visitors[:4]}
    ordered = sorted(pairs)
    wished = [demo.at(days[0] - timedelta(days=demo.rng.randint(0, 6)), demo.rng.randint(9, 18)) for _ in ordered]
    consents = demo.put(Consent, [
        {"person_id": v, "purpose": ConsentPurpose.CONTACT_EXCHANGE, "version": "2026-01", "about": f"project/{p}", "given_at": at}
        for (p, v), at in zip(ordered, wished, strict=True)
    ])
    rows = []
    for (project, visitor), consent, at in zip(ordered, consents, wished, strict=True):
        accepted = demo.rng.random() < 0.75
        rows.append({"project_id": project, "person_id": visitor, "consent_id": consent, "created_at": at,
                     "level": demo.rng.choice([InterestLevel.MUST, InterestLevel.WOULD]),
                     "message": demo.rng.choice(MESSAGES),
                     "status": InterestStatus.ACCEPTED if accepted else InterestStatus.OPEN,
                     "answer": "欢迎洽谈，请看约定时间。" if accepted else "",
                     "answered_at": at + timedelta(hours=3) if accepted else None})
    ids = demo.put(Interest, rows)
    meetings = []
    for number, row in zip(ids, rows, strict=True):
        if row["status"] is not InterestStatus.ACCEPTED:
            continue
        starts = demo.at(demo.rng.choice(days), demo.rng.choice((9, 10, 11, 14, 15, 16)), demo.rng.choice((0, 30)))
        past = starts + timedelta(minutes=30) < demo.now
        held = past and demo.rng.random() < 0.88
        outcome = demo.rng.choices([MeetingOutcome.INTENT, MeetingOutcome.CONTINUE, MeetingOutcome.NOTHING], (45, 40, 15))[0]
        meetings.append({
            "interest_id": number, "project_id": row["project_id"], "starts_at": starts,
            "ends_at": starts + timedelta(minutes=30), "place": f"洽谈区 {demo.rng.randint(1, 40)} 号桌",
            "status": MeetingStatus.HELD if held else MeetingStatus.NO_SHOW if past else demo.rng.choice(
                [MeetingStatus.ACCEPTED, MeetingStatus.ACCEPTED, MeetingStatus.PROPOSED]),
            "outcome": outcome if held else None,
            "amount_fen": demo.rng.randint(2, 400) * 10_000_000 if held and outcome is MeetingOutcome.INTENT else None,
            "proposed_by_id": row["person_id"], "created_at": row["answered_at"],
        })
    made = demo.put(Meeting, meetings)
    return {m["project_id"]: i for i, m in zip(made, meetings, strict=True) if m["outcome"] is MeetingOutcome.INTENT}


def _signings(demo: Demo, which: str, projects: list[dict[str, Any]], meetings: dict[int, int]) -> None:
    edition = demo.kept["editions"][which]
    days = demo.kept[f"days/{edition}"]
    year = days[0].year
    first = [p for p in projects if p["id"] in meetings]
    others = [p for p in projects if p["id"] not in meetings]
    demo.rng.shuffle(others)
    chosen = [*first, *others][: SIGNINGS[which] - 6]
    ceremony = next(s["id"] for s in demo.kept[f"sessions/{which}"] if s["kind"] == "signing")
    rows, parties = [], []
    for number in range(1, SIGNINGS[which] + 1):
        project = chosen[number - 1] if number <= len(chosen) else None
        kind = demo.rng.choices(list(KINDS), list(KINDS.values()))[0] if project else AgreementKind.REGIONAL
        status = _status(demo, which, number)
        signed = status in {SigningStatus.SIGNED, SigningStatus.REGISTERED}
        place = demo.rng.choice(demo.kept["cities"])
        amount = demo.rng.choice((5, 8, 10, 20, 30, 50, 80, 100, 200, 500)) * demo.rng.randint(1, 6) * 1_000_000
        rows.append({
            "serial": f"QY-{year}-{number:04d}-{_check_letters(demo)}", "edition_id": edition, "kind": kind, "status": status,
            "project_id": project["id"] if project else None, "meeting_id": meetings.get(project["id"]) if project else None,
            "title": f"{project['title']}{'合作意向书' if kind is AgreementKind.INTENT else '技术合同'}" if project
            else f"{place.name}科技合作框架协议",
            "region_id": project["region_id"] if project else place.id,
            "region_path": project["region_path"] if project else place.path,
            "amount_fen": amount if project else 0,
            "technology_fen": amount * 7 // 10 if status is SigningStatus.REGISTERED and project else None,
            "signed_on": demo.rng.choice(days if which == "last" else days[:1]) if signed else None,
            "session_id": ceremony, "batch": (number - 1) // 10 + 1, "stage_order": (number - 1) % 10 + 1,
            "registered_number": f"{year}510100{number:06d}" if status is SigningStatus.REGISTERED else "",
            "synthetic": True, "created_at": demo.at(days[0] - 3 * DAY, 10),
        })
        parties.append(_parties(demo, project, place))
    if which == "this":
        # Somebody signs twice in the last batch but one: the ceremony's page points it out.
        batch = [place for place, row in enumerate(rows) if row["batch"] == rows[-1]["batch"] - 1]
        parties[batch[1]][1] = dict(parties[batch[0]][1])
    ids = demo.put(Signing, rows)
    demo.put(SigningParty, [party | {"signing_id": i} for i, both in zip(ids, parties, strict=True) for party in both])
    demo.kept[f"signed/{which}"] = {r["project_id"] for r in rows if r["signed_on"] and r["project_id"]}


def _status(demo: Demo, which: str, number: int) -> SigningStatus:
    if which == "last":
        return SigningStatus.REGISTERED if number % 5 < 2 else SigningStatus.SIGNED
    return SigningStatus.SIGNED if number <= 210 else demo.rng.choice(
        [SigningStatus.DRAFTED, SigningStatus.DRAFTED, SigningStatus.INTENT])


def _check_letters(demo: Demo) -> str:
    return "".join(demo.rng.choices("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", k=4))


def _parties(demo: Demo, project: dict[str, Any] | None, place: Any) -> list[dict[str, Any]]:
    a, b = demo.rng.sample(demo.kept["organisations_of"][place.id], 2)
    owner = next((o for o in [a] if project is None), None) or {
        "id": project["organisation_id"] if project else None, "name": (project or {}).get("owner_name") or a["name"]}
    return [
        {"position": i, "role": PartyRole.PARTY, "organisation_id": o.get("id"), "name": o["name"],
         "credit_code": o.get("credit_code") or "", "address": o.get("address") or "",
         "legal_representative": o.get("legal_representative") or "", "signer": demo.name(), "contact": ""}
        for i, o in enumerate((owner, b), 1)
    ]
