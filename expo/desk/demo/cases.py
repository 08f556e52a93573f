"""Follow-up of last year's edition: every project has its case, most have their response, many their outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from expo.desk.demo.making import DAY, Demo
from expo.desk.demo.words import PROGRESS, RESPONSES
from expo.followup.models import Case, CaseEntry, CaseOutcome, CaseStatus, EntryKind
from expo.kit.db import db
from expo.pool.models import Ticket, TicketStatus

ENDED = "合作方调整业务方向，经双方确认终止。"


def make_cases(demo: Demo) -> None:
    """One case for each project of last year, and for each one that was signed this year already."""
    tickets = {ticket["id"]: ticket for ticket in demo.kept["tickets"]}
    edition = demo.kept["editions"]["last"]
    closed = demo.kept[f"days/{edition}"][2] + 2 * DAY
    rows = [_case(demo, edition, project, closed) for project in demo.kept["projects/last"]]
    this = demo.kept["editions"]["this"]
    rows += [_fresh_case(demo, this, p) for p in demo.kept["projects/this"] if p["id"] in demo.kept["signed/this"]]
    for row in rows:
        # Whoever takes care of the ticket goes on with its case: one inbox.
        row["owner_id"] = tickets[row["ticket_id"]].get("caretaker_id") or row["owner_id"]
    _open_tickets(demo, rows)
    ids = demo.put(Case, rows)
    entries: list[dict[str, Any]] = []
    for number, row in zip(ids, rows, strict=True):
        entries += [entry | {"case_id": number} for entry in _entries(demo, row)]
    demo.put(CaseEntry, entries)


def _open_tickets(demo: Demo, rows: list[dict[str, Any]]) -> None:
    """A case that has not come to rest is carried by an open ticket in its owner's inbox."""
    table: Any = Ticket.__table__
    db.session.execute(
        sa.update(table).where(table.c.id == sa.bindparam("ticket")).values(
            status=TicketStatus.OPEN, outcome=None, outcome_note="", closed_at=None, caretaker_id=sa.bindparam("owner"),
            next_step=sa.bindparam("step"), next_due_on=sa.bindparam("due"),
        ),
        [{"ticket": r["ticket_id"], "owner": r["owner_id"], "step": r["next_step"] or "向项目方回音",
          "due": r["next_due_on"] or r["due_on"]} for r in rows if r["status"] is not CaseStatus.SETTLED],
    )


def _fresh_case(demo: Demo, edition: int, project: dict[str, Any]) -> dict[str, Any]:
    """Opened by a signing yesterday; its owner has a month to tell a first result."""
    opened = demo.at(demo.today - DAY, 17)
    return {
        "edition_id": edition, "project_id": project["id"], "ticket_id": project["ticket_id"],
        "status": CaseStatus.ASSIGNED, "owner_id": demo.rng.choice(demo.kept["caretakers_of"][project["city_id"]]),
        "region_id": project["region_id"], "region_path": project["region_path"], "city_id": project["city_id"],
        "opened_at": opened, "due_on": demo.today + 29 * DAY, "responded_on": None, "next_step": "", "next_due_on": None,
        "escalation": 0, "outcome": None, "outcome_note": "", "settled_at": None, "escalated_at": None,
    }


def _case(demo: Demo, edition: int, project: dict[str, Any], closed: Any) -> dict[str, Any]:
    rng = demo.rng
    caretakers = demo.kept["caretakers_of"][project["city_id"]]
    signed = project["id"] in demo.kept["signed/last"]
    carried = project["ticket_id"] in demo.kept["carried"]
    chance = 0.0 if carried else rng.random() * (0.75 if signed else 1.0)
    status = (CaseStatus.SETTLED if chance < 0.62 else CaseStatus.PROGRESSING if chance < 0.82 else
              CaseStatus.RESPONDED if chance < 0.94 else CaseStatus.ASSIGNED)
    responded = closed + timedelta(days=rng.randint(2, 40)) if status is not CaseStatus.ASSIGNED else None
    row: dict[str, Any] = {
        "edition_id": edition, "project_id": project["id"], "ticket_id": project["ticket_id"], "status": status,
        "owner_id": rng.choice(caretakers), "region_id": project["region_id"], "region_path": project["region_path"],
        "city_id": project["city_id"], "opened_at": demo.at(closed, 18), "due_on": closed + 30 * DAY,
        "responded_on": responded, "next_step": "", "next_due_on": None, "escalation": 0, "outcome": None,
        "outcome_note": "", "settled_at": None, "escalated_at": None,
    }
    if status is CaseStatus.SETTLED and responded:
        outcome = CaseOutcome.NEXT_EDITION if carried else rng.choices(
            [CaseOutcome.CONTRACT, CaseOutcome.LANDED, CaseOutcome.SOLVED, CaseOutcome.ENDED],
            (50, 30, 5, 15) if signed else (20, 25, 20, 35))[0]
        row |= {"outcome": outcome, "outcome_note": ENDED if outcome is CaseOutcome.ENDED else "已核实并归档。",
                "settled_at": demo.at(responded + timedelta(days=rng.randint(20, 200)), 16)}
    elif status is CaseStatus.ASSIGNED:
        row |= {"escalation": 2, "escalated_at": demo.at(closed + 61 * DAY, 3)}
    else:
        row |= {"next_step": rng.choice(("回访合作进展", "协调中试场地", "落实资金", "完善合同条款")),
                "next_due_on": demo.today + timedelta(days=rng.randint(-8, 45))}
    return row


def _entries(demo: Demo, row: dict[str, Any]) -> list[dict[str, Any]]:
    opened = row["opened_at"].date()
    entries = [{"kind": EntryKind.OPENED, "happened_on": opened, "note": "", "by_id": None},
               {"kind": EntryKind.ASSIGNED, "happened_on": opened, "note": "", "by_id": None}]
    if row["escalation"]:
        entries.append({"kind": EntryKind.ESCALATED, "happened_on": row["escalated_at"].date(), "note": "", "by_id": None})
    if row["responded_on"]:
        entries.append({"kind": EntryKind.RESPONSE, "happened_on": row["responded_on"], "by_id": row["owner_id"],
                        "note": demo.rng.choice(RESPONSES)})
    if row["status"] in {CaseStatus.PROGRESSING, CaseStatus.SETTLED}:
        entries += [{"kind": EntryKind.PROGRESS, "happened_on": row["responded_on"] + timedelta(days=7 * (i + 1)),
                     "note": demo.rng.choice(PROGRESS), "by_id": row["owner_id"]} for i in range(demo.rng.randint(1, 3))]
    if row["settled_at"]:
        entries.append({"kind": EntryKind.SETTLED, "happened_on": row["settled_at"].date(), "note": row["outcome_note"],
                        "by_id": row["owner_id"]})
    return entries
