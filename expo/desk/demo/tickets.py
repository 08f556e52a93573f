"""The pool: about 14,000 tickets with their visits, a hundred of them with real titles."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

from expo.desk.demo.frame import KIND_WEIGHTS
from expo.desk.demo.making import Demo
from expo.desk.demo.words import (
    ACHIEVEMENT,
    CHALLENGE,
    FINANCE,
    RESEARCH,
    TECHNOLOGY,
    TRADES,
    USES,
    VISIT_NOTES,
    Trade,
)
from expo.editions.words import ProjectKind
from expo.kit.text import bigrams
from expo.pool.models import Ticket, TicketOutcome, TicketStage, TicketStatus, Visit, VisitKind

TICKETS = 14_000
REAL = Path(__file__).parent / "data" / "real_titles.csv"
STAGES = list(TicketStage)
_PATTERNS = {ProjectKind.ACHIEVEMENT: ACHIEVEMENT, ProjectKind.TECHNOLOGY: TECHNOLOGY, ProjectKind.CHALLENGE: CHALLENGE,
             ProjectKind.RESEARCH_PROJECT: RESEARCH, ProjectKind.FINANCE_PRODUCT: FINANCE}
_REAL_KINDS = {"科技成果": ProjectKind.ACHIEVEMENT, "高新技术": ProjectKind.TECHNOLOGY, "科技难题": ProjectKind.CHALLENGE,
               "科研项目": ProjectKind.RESEARCH_PROJECT, "科创金融产品": ProjectKind.FINANCE_PRODUCT,
               "揭榜挂帅": ProjectKind.CHALLENGE}


def make_tickets(demo: Demo) -> None:
    """All tickets, oldest first, then their visits."""
    cities = {c.id: c for c in demo.kept["cities"]}
    plan = [c for c, n in demo.shares(demo.kept["city_weights"], TICKETS - 100).items() for _ in range(n)]
    demo.rng.shuffle(plan)
    kinds = demo.rng.choices(list(KIND_WEIGHTS), list(KIND_WEIGHTS.values()), k=len(plan))
    rows = [_real(demo, row) for row in csv.DictReader(REAL.open(encoding="utf-8"))]
    rows += [_made_up(demo, cities[city], kind) for city, kind in zip(plan, kinds, strict=True)]
    for number, row in enumerate(rows, 1):
        age = 560 - 558 * number / len(rows)
        _progress(demo, row, number, age)
    _entrust(demo, rows)
    ids = demo.put(Ticket, rows)
    demo.kept["tickets"] = [{"id": i, **row} for i, row in zip(ids, rows, strict=True)]
    _visits(demo)


def _real(demo: Demo, row: dict[str, str]) -> dict[str, Any]:
    cities = {c.name: c for c in demo.kept["cities"]}
    city = cities.get(row["city"]) or cities["成都市"]
    kind = _REAL_KINDS[row["kind"]]
    return {"kind": kind, "side": kind.side, "title": row["title"], "city_id": city.id, "region_id": city.id,
            "region_path": city.path, "owner_name": row["org"], "industry": "", "synthetic": False,
            "description": f"{row['event']}。公开报道中的项目名称，详情以项目单位发布为准。",
            "source": f"{row['event']}；来源：{row['source']}"[:120], "fields": {}}


def _made_up(demo: Demo, city: Any, kind: ProjectKind) -> dict[str, Any]:
    rng = demo.rng
    trade = TRADES[-1] if kind is ProjectKind.FINANCE_PRODUCT else rng.choice(TRADES[:-1])
    title, text = title_and_text(demo, trade, kind)
    organisation = rng.choice(demo.kept["organisations_of"][city.id])
    contact = demo.kept["contact_of"][organisation["id"]]
    return {"kind": kind, "side": kind.side, "title": title, "description": text, "industry": trade.name,
            "city_id": city.id, "region_id": organisation["region_id"], "region_path": organisation["region_path"],
            "organisation_id": organisation["id"], "owner_name": organisation["name"], "contact_name": demo.name(),
            "contact_phone": f"+86199{contact:08d}", "synthetic": True, "source": "演示数据", "fields": facts(demo, kind)}


def title_and_text(demo: Demo, trade: Trade, kind: ProjectKind) -> tuple[str, str]:
    """A title and a description that belong together."""
    rng = demo.rng
    thing, quality, trouble, use = (rng.choice(trade.objects), rng.choice(trade.qualities), rng.choice(trade.troubles),
                                    rng.choice(USES))
    title = rng.choice(_PATTERNS[kind]).format(o=thing, q=quality, t=trouble, u=use)
    figure, share = rng.randint(12, 68), rng.randint(5, 40)
    if kind is ProjectKind.CHALLENGE:
        text = (f"我单位在{thing}的生产与应用中遇到“{trouble}”的问题，已影响交付与成本。希望寻求{quality}的解决方案，"
                f"主要指标改善不低于 {share}%，并能在 {rng.randint(6, 18)} 个月内完成验证。可提供试验线与运行数据，"
                "合作方式可为联合研发、委托开发或技术引进。")
    elif kind is ProjectKind.FINANCE_PRODUCT:
        text = f"面向科技型中小企业的{thing}，{quality}，单户额度最高 {rng.randint(3, 30) * 100} 万元，期限 {rng.randint(1, 5)} 年，线上申请、三日内答复。"
    else:
        text = (f"本项目针对{trade.name}领域“{trouble}”的难点，研制了{quality}的{thing}。经第三方检测，关键指标提升 {figure}%，"
                f"综合成本下降 {share}%，已在{use}等场景应用 {rng.randint(1, 12)} 处，具备推广条件。"
                f"团队拥有发明专利 {rng.randint(1, 16)} 件，可提供工艺包、样机与现场技术服务，欢迎企业洽谈合作。")
    return title, text


def facts(demo: Demo, kind: ProjectKind) -> dict[str, Any]:
    """The kind's own fields, as expo.pool.fields names them."""
    rng = demo.rng
    match kind:
        case ProjectKind.ACHIEVEMENT:
            return {"maturity": rng.choice(["laboratory", "pilot", "small_series", "production"]),
                    "ip_number": f"ZL20{rng.randint(18, 25)}1{rng.randint(0, 9999999):07d}.{rng.randint(0, 9)}",
                    "mode": rng.choice(["transfer", "licence", "equity", "cooperation"]), "price_open": True}
        case ProjectKind.TECHNOLOGY:
            return {"application_case": f"已在{rng.choice(USES)}应用 {rng.randint(1, 20)} 处，运行稳定。",
                    "promotion_area": rng.choice(["全省", "全国", "长江经济带", "西南地区"])}
        case ProjectKind.RESEARCH_PROJECT:
            return {"funding": rng.randint(5, 90) * 10_000_000, "period_from": "2025-01-01", "period_until": "2027-12-31"}
        case ProjectKind.FINANCE_PRODUCT:
            return {"product": rng.choice(["loan", "fund", "insurance"]), "term": rng.randint(1, 5) * 12,
                    "quota": rng.randint(3, 30) * 100_000_000, "rate": f"{rng.uniform(2.9, 4.8):.2f}",
                    "target": "科技型中小企业"}
        case ProjectKind.CHALLENGE:
            return {"problem": "生产与应用中遇到的关键技术瓶颈，见说明。", "indicator": f"主要指标改善不低于 {rng.randint(10, 40)}%",
                    "budget": rng.randint(2, 80) * 10_000_000, "deadline": f"{demo.today.year + 1}-12-31"}


def _progress(demo: Demo, row: dict[str, Any], number: int, age: float) -> None:
    """How far service has come; older tickets are further on, and more of them are closed."""
    rng = demo.rng
    row["number"] = f"KF{demo.ago(age):%Y%m}{number:06d}"
    row["created_at"] = row["updated_at"] = demo.ago(age)
    row["search_text"] = bigrams(f"{row['title']} {row['owner_name']} {row['number']} {row['description'][:200]}")
    reached = min(6, max(0, round(rng.gauss(age / 90, 1.4))))
    row["stage"] = STAGES[reached]
    caretakers = demo.kept["caretakers_of"].get(row["city_id"], [])
    if caretakers and rng.random() > 0.08:
        row["caretaker_id"] = rng.choice(caretakers)
        row["plan"] = "一单一策：先核实指标与权属，再推送三家以上匹配对象，两周内回访。" if reached else ""
    if age > 250 and rng.random() < 0.45:
        row["status"] = TicketStatus.CLOSED
        row["outcome"] = TicketOutcome.DEAL if reached == 6 else rng.choice(
            [TicketOutcome.SOLVED, TicketOutcome.NO_MATCH, TicketOutcome.WITHDRAWN])
        row["outcome_note"] = "服务完成，归档。"
        row["closed_at"] = demo.ago(age - 200)
    else:
        row["status"] = TicketStatus.OPEN
        if row.get("caretaker_id"):
            row["next_step"] = rng.choice(("回访负责人", "推送匹配企业", "组织线上对接", "核实知识产权材料", "跟进合同条款"))
            row["next_due_on"] = demo.today + timedelta(days=rng.randint(-12, 40))


def _entrust(demo: Demo, rows: list[dict[str, Any]]) -> None:
    """The external caretaker serves two dozen open tickets of the home county."""
    accounts = demo.kept["accounts"]
    others = [r for r in rows if r["region_id"] == demo.kept["home"].id and r["status"] is TicketStatus.OPEN
              and r.get("caretaker_id") not in {None, accounts["caretaker"]}]
    for row in others[:24]:
        row["caretaker_id"] = accounts["external"]


def _visits(demo: Demo) -> None:
    rows = []
    for ticket in demo.kept["tickets"]:
        reached = STAGES.index(ticket["stage"])
        for step in range(reached + 1):
            if demo.rng.random() < 0.55 or step == reached:
                age = (demo.now - ticket["created_at"]) * (0.9 - 0.8 * step / 7)
                rows.append({
                    "ticket_id": ticket["id"], "stage": STAGES[step], "kind": demo.rng.choice(list(VisitKind)),
                    "visited_on": (demo.now - age).astimezone(demo.zone).date(), "by_id": ticket.get("caretaker_id"),
                    "note": VISIT_NOTES[min(step, 6)] if step else VISIT_NOTES[0], "created_at": demo.now - age,
                })
    demo.put(Visit, rows)
