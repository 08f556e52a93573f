"""Organisations and people, and one account for each role."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher

from expo.desk.demo.making import Demo
from expo.desk.demo.words import INSTITUTES, ORG_STEMS, ORG_TAILS
from expo.kit.db import db
from expo.kit.identity import make_credit_code
from expo.people.models import (
    DemoAccount,
    Membership,
    MembershipStatus,
    Organisation,
    OrganisationKind,
    Person,
    RoleGrant,
)
from expo.people.permissions import Role

PASSWORD = "demo-expo-2026"  # noqa: S105  # shown on the sign-in page of the demonstration, and only there
CARETAKERS = 120
ORGANISATIONS = 1400


def make_crowd(demo: Demo) -> None:
    """Organisations in all cities, officials on every level, caretakers, reviewers, staff."""
    demo.kept["password"] = PasswordHasher().hash(PASSWORD)
    _organisations(demo)
    _accounts(demo)
    _officials(demo)
    _caretakers(demo)
    _reviewers(demo)


def person(demo: Demo, name: str = "", **values: Any) -> dict[str, Any]:
    """A row for one made-up person."""
    phone = demo.phone()
    return {"name": name or demo.name(), "phone": phone, "phone_confirmed_at": demo.ago(400), "synthetic": True,
            "created_at": demo.ago(400), **values}


def _organisations(demo: Demo) -> None:
    rows: list[dict[str, Any]] = []
    for city_id, number in demo.shares(demo.kept["city_weights"], ORGANISATIONS).items():
        counties = demo.kept["counties"][city_id]
        for i in range(number):
            county = demo.rng.choice(counties)
            if i % 9 == 0:
                kind, name = OrganisationKind.UNIVERSITY, f"{INSTITUTES[(i // 9) % len(INSTITUTES)]}（{county.name}）"
                kind = OrganisationKind.INSTITUTE if "研究" in name else kind
            else:
                kind = OrganisationKind.COMPANY
                name = f"演示{demo.rng.choice(ORG_STEMS)}（{county.name.rstrip('市县区')}）{demo.rng.choice(ORG_TAILS)}"
            rows.append({
                "name": name, "kind": kind, "region_id": county.id, "region_path": county.path, "synthetic": True,
                "credit_code": make_credit_code(county.code, len(rows) + 1), "address": f"{county.name}演示路{i + 1}号",
                "legal_representative": demo.name(), "created_at": demo.ago(500),
            })
    banks = ["演示科创银行", "演示天使基金", "演示科技保险"]
    home = demo.kept["home"]
    rows += [{"name": b, "kind": OrganisationKind.FINANCE, "region_id": home.id, "region_path": home.path,
              "credit_code": make_credit_code(home.code, 9000 + i), "synthetic": True} for i, b in enumerate(banks)]
    ids = demo.put(Organisation, rows)
    demo.kept["organisations"] = [{"id": i, **row} for i, row in zip(ids, rows, strict=True)]
    by_city: dict[int, list[dict[str, Any]]] = {}
    paths = {c.path: c.id for c in demo.kept["cities"]}
    for organisation in demo.kept["organisations"]:
        city = next(i for p, i in paths.items() if organisation["region_path"].startswith(p))
        by_city.setdefault(city, []).append(organisation)
    demo.kept["organisations_of"] = by_city
    people = demo.put(Person, [person(demo) for _ in rows])
    demo.put(Membership, [
        {"person_id": p, "organisation_id": o, "status": MembershipStatus.CONFIRMED, "is_manager": True}
        for p, o in zip(people, ids, strict=True)
    ])
    demo.kept["contact_of"] = dict(zip(ids, people, strict=True))


def _grant(demo: Demo, person_id: int, role: Role, region: Any, *, reason: str, edition: int | None) -> None:
    demo.put(RoleGrant, [{"person_id": person_id, "role": role, "region_id": region.id, "region_path": region.path,
                          "edition_id": edition, "reason": reason, "granted_at": demo.ago(300)}])


LABELS_EN = {
    "organiser": "Organiser, province", "organiser2": "Second organiser, who releases", "city": "Organiser, Chengdu",
    "county": "Organiser, Shuangliu", "host": "Host society", "caretaker": "Caretaker",
    "external": "External caretaker", "exhibitor": "Exhibitor", "reviewer": "Reviewer", "gate": "Gate staff",
    "stage": "Stage manager", "moderator": "Moderator", "auditor": "Auditor", "admin": "Administrator",
    "visitor": "Visitor",
}


def _accounts(demo: Demo) -> None:
    """One account for each role; the sign-in page of the demonstration lists them."""
    province, this = demo.kept["province"], demo.kept["editions"]["this"]
    chengdu = next(c for c in demo.kept["cities"] if c.name == "成都市")
    county = demo.kept["home"]
    accounts: list[tuple[str, str, str, Role | None, Any, int | None]] = [
        ("organiser", "省级组织者 周组织", "省级组织者", Role.ORGANISER, province, None),
        ("organiser2", "省级复核人 吴复核", "省级复核人（第二人发布）", Role.ORGANISER, province, None),
        ("city", "成都市组织者 郑成都", "市级组织者（成都）", Role.ORGANISER, chengdu, None),
        ("county", "双流区组织者 王双流", "县级组织者（双流）", Role.ORGANISER, county, None),
        ("host", "省学会 李学会", "主办学会", Role.HOST, province, None),
        ("caretaker", "科服保姆 何保姆", "科服保姆", Role.CARETAKER, county, None),
        ("external", "第三方保姆 林外聘", "第三方专业保姆", Role.EXTERNAL_CARETAKER, county, None),
        ("exhibitor", "参展方 唐参展", "参展单位", None, None, None),
        ("reviewer", "评审专家 宋院士", "评审专家", Role.REVIEWER, province, None),
        ("gate", "检票员 冯检票", "签到工作人员", Role.GATE_STAFF, province, this),
        ("stage", "舞台监督 许导播", "舞台监督", Role.STAGE_MANAGER, province, this),
        ("moderator", "主持审核 韩审核", "互动审核", Role.MODERATOR, province, this),
        ("auditor", "纪检监察 曹审计", "纪检监察", Role.AUDITOR, province, None),
        ("admin", "系统管理员 邓管理", "系统管理员", Role.ADMINISTRATOR, province, None),
        ("visitor", "观众 彭观众", "观众", None, None, None),
    ]
    ids = demo.put(Person, [
        person(demo, name.split(" ")[1], email=f"{key}@demo.example", email_confirmed_at=demo.ago(300),
               password_hash=demo.kept["password"]) for key, name, *_ in accounts
    ])
    demo.kept["accounts"] = {key: i for (key, *_), i in zip(accounts, ids, strict=True)}
    db.session.execute(sa.insert(DemoAccount), [
        {"person_id": i, "position": place, "label": label, "label_en": LABELS_EN[key]}
        for place, ((key, _, label, *_), i) in enumerate(zip(accounts, ids, strict=True))
    ])
    for (_key, _name, label, role, region, edition), number in zip(accounts, ids, strict=True):
        if role is not None:
            _grant(demo, number, role, region, reason=f"demo:{label}", edition=edition)
    own = demo.kept["organisations_of"][chengdu.id][1]
    demo.put(Membership, [{"person_id": demo.kept["accounts"]["exhibitor"], "organisation_id": own["id"],
                           "status": MembershipStatus.CONFIRMED, "is_manager": True}])
    demo.kept["exhibitor_organisation"] = own


def _officials(demo: Demo) -> None:
    cities = demo.kept["cities"]
    counties = [c for city in cities for c in demo.kept["counties"][city.id]]
    ids = demo.put(Person, [person(demo) for _ in [*cities, *counties]])
    demo.kept["official_of"] = {r.id: i for r, i in zip([*cities, *counties], ids, strict=True)}
    demo.put(RoleGrant, [
        {"person_id": i, "role": Role.ORGANISER, "region_id": r.id, "region_path": r.path, "reason": "演示",
         "granted_at": demo.ago(400)} for r, i in zip([*cities, *counties], ids, strict=True)
    ])


def _caretakers(demo: Demo) -> None:
    home_city = next(c for c in demo.kept["cities"] if demo.kept["home"].path.startswith(c.path))
    of_city: dict[int, list[int]] = {home_city.id: [demo.kept["accounts"]["caretaker"]]}
    rows: list[dict[str, Any]] = []
    for city_id, number in demo.shares(demo.kept["city_weights"], CARETAKERS - 1).items():
        ids = demo.put(Person, [person(demo) for _ in range(number)])
        of_city.setdefault(city_id, []).extend(ids)
        for i, number_ in enumerate(ids):
            region = demo.kept["counties"][city_id][i % len(demo.kept["counties"][city_id])]
            rows.append({"person_id": number_, "role": Role.CARETAKER, "region_id": region.id, "region_path": region.path,
                         "reason": "演示", "granted_at": demo.ago(400)})
    demo.put(RoleGrant, rows)
    demo.kept["caretakers_of"] = of_city


def _reviewers(demo: Demo) -> None:
    ids = demo.put(Person, [person(demo) for _ in range(23)])
    province = demo.kept["province"]
    demo.put(RoleGrant, [{"person_id": i, "role": Role.REVIEWER, "region_id": province.id, "region_path": province.path,
                          "reason": "演示", "granted_at": demo.ago(300)} for i in ids])
    demo.kept["reviewers"] = [demo.kept["accounts"]["reviewer"], *ids]
