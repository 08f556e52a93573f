"""Signings that lack nothing, for the tests of this room."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.identity import make_credit_code
from expo.meetings.models import Interest, InterestLevel, Meeting, MeetingOutcome, MeetingStatus
from expo.people.models import Organisation, OrganisationKind
from expo.people.permissions import Role
from expo.projects.models import Project, ProjectStatus
from expo.signings import actions, actions_parties, clauses, queries
from expo.signings.models import AgreementKind, PartyRole, Signing
from tests.makers import (
    Places,
    make_actor,
    make_edition,
    make_organisation,
    make_person,
    make_project,
    stored,
)

_LINES = "甲方负责提供中试场地与工况数据，乙方负责技术方案与样机研制。\n乙方每季度提交一次进展报告。"


def texts_for(kind: AgreementKind, **changes: str) -> dict[str, str]:
    """Clauses of a kind as they are typed, complete."""
    by_type = {"text": "按书面约定", "long_text": _LINES, "date": "2027-06-30", "money": "20", "yes_no": "", "whole": "6",
               "decimal": "3.5"}
    texts = {c.name: c.choices[0].value if c.choices else by_type[c.type.value] for c in clauses.clauses_of(kind)}
    texts |= {"dispute_body": "绵阳市涪城区人民法院", "period_from": "2026-12-01", "notice_from": "2026-10-01",
              "notice_until": "2026-10-20", "copies": "4", "instalments": "60 合同生效后10日内支付\n60 终验合格后支付"}
    return {name: text for name, text in (texts | changes).items() if name in {c.name for c in clauses.clauses_of(kind)}}


class World:
    """An edition with two companies of 成都 and 绵阳, a project, and the city's organiser."""

    def __init__(self) -> None:
        self.places = Places()
        self.edition: Edition = make_edition()
        self.boss = make_actor(Role.ORGANISER, self.places.province, name="省组织者")
        self.city = make_actor(Role.ORGANISER, self.places.chengdu, name="成都组织者")
        self.caretaker = make_actor(Role.CARETAKER, self.places.qingyang)
        self.seller = self.organisation("四川九洲空管科技有限责任公司", 1)
        self.buyer = self.organisation("绵阳㐂信𬭼材科技有限公司", 2, self.places.fucheng)

    def organisation(self, name: str, number: int, region: Any = None, kind: OrganisationKind = OrganisationKind.COMPANY) -> Organisation:
        region = region or self.places.qingyang
        return make_organisation(region, name, kind=kind, credit_code=make_credit_code("510100", number),
                                 address=f"科创大道{number}号", legal_representative="刘𬭼")

    def project(self, title: str = "高原水电机组故障预警系统", **values: Any) -> Project:
        values.setdefault("organisation_id", self.seller.id)
        return make_project(self.edition, self.places.qingyang, self.places.chengdu, title, ProjectStatus.PUBLISHED, **values)

    def opened(self, kind: AgreementKind = AgreementKind.INTENT, *, by: Actor | None = None, project: Project | None = None,
               title: str = "", amount_fen: int = 120_000_000) -> Signing:
        """A new signing with both parties, complete in their data."""
        by = by or self.city
        regional = kind is AgreementKind.REGIONAL
        signing = actions.open_signing(
            self.edition.id, kind, project_number=None if regional else (project or self.project()).number,
            region_id=self.places.chengdu.id if regional else None, title=title or ("区域合作" if regional else None),
            amount_fen=amount_fen, by=by)
        present = {p.organisation_id for p in queries.get_signing(signing.id).parties}
        for organisation in (self.seller, self.buyer):
            if organisation.id not in present:
                actions_parties.add_party(signing.id, PartyRole.PARTY, organisation_id=organisation.id, by=by)
        for party in queries.get_signing(signing.id).parties:
            actions_parties.edit_party(signing.id, party.id, {"signer": "陈晓", "contact": "王芳 13800001234"}, by=by)
        return queries.get_signing(signing.id)

    def drafted(self, kind: AgreementKind = AgreementKind.INTENT, *, by: Actor | None = None, texts: dict[str, str] | None = None,
                **values: Any) -> Signing:
        """A signing whose text is complete."""
        signing = self.opened(kind, by=by, **values)
        actions.draft(signing.id, by=by or self.city)
        actions.fill_clauses(signing.id, kind, texts or texts_for(kind), by=by or self.city)
        return queries.get_signing(signing.id)

    def frozen(self, kind: AgreementKind = AgreementKind.INTENT, **values: Any) -> Signing:
        """A signing whose paper is issued."""
        signing = self.drafted(kind, **values)
        return self.freeze(signing.id)

    def freeze(self, signing_id: int, by: Actor | None = None) -> Signing:
        actions.freeze(signing_id, actions.prepare_issue(signing_id, by or self.city), by=by or self.city)
        return queries.get_signing(signing_id)

    def signed(self, kind: AgreementKind = AgreementKind.INTENT, **values: Any) -> Signing:
        """A signing that was signed today."""
        signing = self.frozen(kind, **values)
        actions.mark_signed(signing.id, actions.today(), by=self.city)
        return queries.get_signing(signing.id)


def make_meeting(world: World, outcome: MeetingOutcome | None = MeetingOutcome.INTENT) -> Meeting:
    project = world.project()
    interest = stored(Interest(project_id=project.id, person_id=make_person().id, organisation_id=world.buyer.id,
                               level=InterestLevel.MUST))
    now = clock.now()
    return stored(Meeting(interest_id=interest.id, project_id=project.id, starts_at=now - timedelta(hours=1), ends_at=now,
                          place="3号桌", status=MeetingStatus.HELD if outcome else MeetingStatus.ACCEPTED, outcome=outcome,
                          amount_fen=50_000_000 if outcome else None))
