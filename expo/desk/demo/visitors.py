"""Three thousand registrations with badges."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from expo.desk.demo.crowd import person
from expo.desk.demo.making import Demo
from expo.desk.demo.registering import HERE, make_registering
from expo.kit.text import bigrams
from expo.people.models import Consent, ConsentPurpose, Person
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.queries_consents import about
from expo.registration.rules import needs_approval
from expo.registration.words import CONSENT_TEXTS

REGISTRATIONS = 3000
KINDS = {BadgeKind.VISITOR: 42, BadgeKind.TRADE_VISITOR: 22, BadgeKind.EXHIBITOR: 18, BadgeKind.PRESENTER: 6, BadgeKind.GUEST: 3,
         BadgeKind.MEDIA: 2, BadgeKind.STAFF: 2, BadgeKind.VOLUNTEER: 2, BadgeKind.EXPERT: 1, BadgeKind.SIGNATORY: 1,
         BadgeKind.CARETAKER: 1}
JOBS = ("总经理", "研发主管", "工程师", "教授", "科长", "市场经理", "投资经理", "记者", "学生", "技术总监")


def make_visitors(demo: Demo) -> None:
    """Registrations of this year's edition."""
    edition = demo.kept["editions"]["this"]
    crowd = [person(demo) for _ in range(REGISTRATIONS - HERE - 1)]
    people = demo.put(Person, crowd)
    rows = [_registration(demo, edition, p, who) for p, who in zip(people, crowd, strict=True)]
    people.append(demo.kept["accounts"]["visitor"])
    rows.append(_registration(demo, edition, people[-1], {"name": "彭观众", "phone": ""}))
    rows[-1].update(name="彭观众", badge_kind=BadgeKind.TRADE_VISITOR, status=RegistrationStatus.APPROVED, decision_note="")
    ids = demo.put(Registration, rows)
    demo.put(Consent, [
        {"person_id": p, "purpose": ConsentPurpose.REGISTRATION, "given_at": r["created_at"],
         "version": CONSENT_TEXTS[ConsentPurpose.REGISTRATION].version, "about": about(i)}
        for i, p, r in zip(ids, people, rows, strict=True)
    ])
    approved = [(i, r) for i, r in zip(ids, rows, strict=True) if r["status"] is RegistrationStatus.APPROVED]
    badges = demo.put(Badge, [
        {"registration_id": i, "edition_id": edition, "kind": r["badge_kind"], "code": f"{demo.rng.getrandbits(48):012x}",
         "status": BadgeStatus.VALID, "issued_at": r["created_at"] + timedelta(hours=2)} for i, r in approved
    ])
    demo.kept["attendees"] = [(i, b, r) for (i, r), b in zip(approved, badges, strict=True)]
    make_registering(demo)


def _registration(demo: Demo, edition: int, person_id: int, who: dict[str, Any]) -> dict[str, Any]:
    rng = demo.rng
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    chance = rng.random()
    status = (RegistrationStatus.SUBMITTED if chance < 0.02 else RegistrationStatus.DECLINED if chance < 0.025 else
              RegistrationStatus.CANCELLED if chance < 0.04 else RegistrationStatus.APPROVED)
    organisation = rng.choice(demo.kept["organisations"])
    if status is not RegistrationStatus.CANCELLED and not needs_approval(kind):
        status = RegistrationStatus.APPROVED
    name, phone = who["name"], who["phone"]
    digits = phone.removeprefix("+86")
    return {"edition_id": edition, "person_id": person_id, "token": f"{rng.getrandbits(150):030x}", "badge_kind": kind,
            "status": status, "name": name, "phone": phone, "organisation_name": organisation["name"], "job_title": rng.choice(JOBS),
            "region_id": organisation["region_id"], "region_path": organisation["region_path"], "synthetic": True,
            "created_at": demo.ago(rng.uniform(1, 29)),
            "decision_note": "请补充证明材料后重新报名" if status is RegistrationStatus.DECLINED else "",
            "search_text": bigrams(f"{name} {organisation['name']} {digits} {digits[-4:]}")}
