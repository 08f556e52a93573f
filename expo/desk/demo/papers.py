"""A few agreements that were really drafted, issued and signed, one of each kind, with their papers."""

from __future__ import annotations

from typing import Any

from expo.desk.demo.making import Demo
from expo.kit.access import SYSTEM
from expo.people.models import OrganisationKind
from expo.signings import actions, actions_parties, clauses, queries
from expo.signings.models import AgreementKind, PartyRole

_TEXT = "按双方书面约定执行。"
_LONG = "甲方提供中试场地与工况数据，乙方负责技术方案与样机研制；乙方每季度提交进展报告，双方共同验收。"
_VOID = "双方协商一致，改签技术许可合同。"


def make_papers(demo: Demo) -> None:
    """Issue and sign one agreement per kind; the text of one is changed after its issue, one is void."""
    edition = demo.kept["editions"]["this"]
    projects = [p for p in demo.kept["projects/this"] if p["organisation_id"] and p["id"] not in demo.kept["signed/this"]]
    for place, kind in enumerate(AgreementKind):
        signing_id = _drafted(demo, edition, kind, projects[place * 7])
        actions.freeze(signing_id, actions.prepare_issue(signing_id, SYSTEM), by=SYSTEM)
        if kind is AgreementKind.DEVELOPMENT:
            actions.unfreeze(signing_id, "补充验收指标", by=SYSTEM)
            actions.freeze(signing_id, actions.prepare_issue(signing_id, SYSTEM), by=SYSTEM)
        if kind is AgreementKind.CONSULTING:
            actions.void(signing_id, _VOID, by=SYSTEM)
        else:
            actions.mark_signed(signing_id, demo.today, by=SYSTEM)


def _drafted(demo: Demo, edition: int, kind: AgreementKind, project: dict[str, Any]) -> int:
    regional = kind is AgreementKind.REGIONAL
    signing = actions.open_signing(
        edition, kind, project_number=None if regional else project["number"],
        region_id=demo.kept["cities"][0].id if regional else None, title="科技合作框架协议" if regional else None,
        amount_fen=0 if regional else demo.rng.randint(3, 40) * 10_000_000, by=SYSTEM,
    )
    companies = [o for o in demo.kept["organisations"] if o["kind"] is OrganisationKind.COMPANY and o["address"]]
    present = {p.organisation_id for p in queries.get_signing(signing.id).parties}
    for company in demo.rng.sample(companies, 2):
        if len(present) < 2 and company["id"] not in present:
            actions_parties.add_party(signing.id, PartyRole.PARTY, organisation_id=company["id"], by=SYSTEM)
            present.add(company["id"])
    for party in queries.get_signing(signing.id).parties:
        contact = f"{demo.name()} 1990000{demo.rng.randint(0, 9999):04d}"
        actions_parties.edit_party(signing.id, party.id, {"signer": demo.name(), "contact": contact}, by=SYSTEM)
    actions.fill_clauses(signing.id, kind, _texts(demo, kind), by=SYSTEM)
    actions.draft(signing.id, by=SYSTEM)
    return signing.id


def _texts(demo: Demo, kind: AgreementKind) -> dict[str, str]:
    """Every clause of the kind, as it would be typed."""
    year = demo.today.year
    by_type = {"text": _TEXT, "long_text": _LONG, "date": f"{year + 1}-06-30", "money": "20", "yes_no": "", "whole": "6",
               "decimal": "3.5"}
    texts = {c.name: c.choices[0].value if c.choices else by_type[c.type.value] for c in clauses.clauses_of(kind)}
    special = {"dispute_body": "成都市中级人民法院", "period_from": f"{year}-12-01", "notice_from": f"{year}-10-01",
               "notice_until": f"{year}-10-20", "copies": "4"}
    return texts | {name: text for name, text in special.items() if name in texts}
