"""What an organiser has set up for registration: a built form, places and who waits for them, codes, delegations, seats."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from expo.desk.demo.making import DAY, Demo
from expo.kit.db import db, get_record
from expo.kit.text import bigrams
from expo.people.models import Consent, ConsentPurpose, Person
from expo.places.models import Hall
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.models_badges import BadgeDesign, BadgeDesk, BadgeSides, BadgeSize
from expo.registration.models_forms import FieldType, KindSetting, RegistrationField
from expo.registration.models_invitations import EACH, Delegation, Invitation, PlaceQuota
from expo.registration.models_seats import Seat, SeatBlock, SeatPlan
from expo.registration.papers_designs import built_in
from expo.registration.queries_consents import about
from expo.registration.queries_places import count_taken
from expo.registration.rules_fields import default_fields
from expo.registration.rules_seats import seat_label
from expo.registration.words import CONSENT_TEXTS

WAITING, CHILDREN, DELEGATIONS, MEMBERS = 9, 2, 4, 24
#: Registrations that are made here.
HERE = WAITING + CHILDREN
TOPICS = [["1", "新一代信息技术", "Information technology"], ["2", "高端装备制造", "Advanced manufacturing"],
          ["3", "生物医药", "Biomedicine"], ["4", "新材料与新能源", "New materials and energy"], ["5", "现代农业", "Agriculture"]]


def make_registering(demo: Demo) -> None:
    """All of it for this year's edition; chance of its own, so that other parts stay what they were."""
    edition, before = demo.kept["editions"]["this"], demo.rng
    demo.rng = Random(4114)
    _form(demo, edition)
    _answers(demo, demo.rng)
    _places(demo, edition)
    _invitations(demo, edition)
    _delegations(demo, edition)
    _family(demo, edition)
    _seats(demo, edition)
    _badge_looks(demo, edition)
    _doubles(demo)
    demo.rng = before


def _form(demo: Demo, edition: int) -> None:
    kind = BadgeKind.TRADE_VISITOR
    demo.put(KindSetting, [{"edition_id": edition, "badge_kind": kind, "is_public": True, "needs_approval": False,
                            "zone_choices": ["智能制造展区", "生物医药展区", "现代农业展区"], "companions": 0}])
    base: list[dict[str, Any]] = [
        {"key": one.key, "kind": one.kind, "is_required": one.is_required, "is_private": one.is_private}
        for one in default_fields(kind)
    ]
    base += [
        {"key": "f1", "kind": FieldType.CHOICES, "label": "关注的领域", "label_en": "Fields of interest", "choices": TOPICS,
         "is_required": True, "in_list": True, "help": "可多选，用于推荐项目和专场。",
         "help_en": "Choose as many as you like; projects and sessions are suggested by it."},
        {"key": "f2", "kind": FieldType.CHECK, "label": "希望现场洽谈", "label_en": "I would like to talk on site"},
        {"key": "f3", "kind": FieldType.LONG, "label": "希望解决的技术问题", "label_en": "The problem to be solved",
         "condition_key": "f2", "condition_values": ["y"], "is_required": True, "frozen_from": demo.today + DAY},
    ]
    demo.put(RegistrationField, [{**field, "edition_id": edition, "badge_kind": kind, "position": place}
                                 for place, field in enumerate(base)])


def _answers(demo: Demo, rng: Random) -> None:
    rows = []
    for number, _badge, row in demo.kept["attendees"]:
        if row["badge_kind"] is BadgeKind.TRADE_VISITOR:
            talks = rng.random() < 0.3
            answers: dict[str, Any] = {"f1": sorted(rng.sample("12345", rng.randint(1, 3)))}
            answers |= {"f2": True, "f3": "希望了解同类成果的中试情况和转让条件。"} if talks else {}
            zone = rng.choice(("智能制造展区", "生物医药展区", "现代农业展区"))
            rows.append({"number": number, "found": answers, "chosen": zone, "opened": [zone]})
    table: Any = Registration.__table__
    db.session.execute(
        sa.update(table).where(table.c.id == sa.bindparam("number"))
        .values(answers=sa.bindparam("found", type_=table.c.answers.type), zone=sa.bindparam("chosen"),
                zones=sa.bindparam("opened", type_=table.c.zones.type)), rows)


def _places(demo: Demo, edition: int) -> None:
    """Quotas; that of the volunteers is full, so some wait."""
    volunteers = count_taken(PlaceQuota(edition_id=edition, badge_kind=BadgeKind.VOLUNTEER, zone="", organisation_name=""), "")
    rows: list[dict[str, Any]] = [
        {"badge_kind": BadgeKind.VOLUNTEER, "places": volunteers}, {"badge_kind": BadgeKind.GUEST, "places": 120},
        {"badge_kind": BadgeKind.EXHIBITOR, "organisation_name": EACH, "places": 30},
        {"badge_kind": BadgeKind.TRADE_VISITOR, "zone": "生物医药展区", "places": 800},
    ]
    demo.put(PlaceQuota, [{"edition_id": edition, **row} for row in rows])
    people = [{"name": demo.name(), "phone": demo.phone(), "synthetic": True, "created_at": demo.ago(3)} for _ in range(WAITING)]
    _register(demo, edition, people, [
        {"badge_kind": BadgeKind.VOLUNTEER, "status": RegistrationStatus.WAITING, "organisation_name": "演示大学志愿者协会",
         "waiting_since": demo.ago(2) + timedelta(hours=n), "created_at": demo.ago(2) + timedelta(hours=n)}
        for n in range(WAITING)
    ])


def _register(demo: Demo, edition: int, people: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[int]:
    """Registrations of new people, with consent, and with badges for those who are approved."""
    home, rng = demo.kept["home"], demo.rng
    persons = demo.put(Person, people)
    full = []
    for person_id, who, row in zip(persons, people, rows, strict=True):
        phone = row.get("phone") or who.get("phone") or who.get("shared_phone") or ""
        digits = phone.removeprefix("+86")
        full.append({"edition_id": edition, "person_id": person_id, "token": f"{rng.getrandbits(150):030x}",
                     "name": who["name"], "phone": phone, "region_id": home.id, "region_path": home.path, "synthetic": True,
                     "search_text": bigrams(f"{who['name']} {row['organisation_name']} {digits} {digits[-4:]}"), **row})
    ids = demo.put(Registration, full)
    version = CONSENT_TEXTS[ConsentPurpose.REGISTRATION].version
    demo.put(Consent, [{"person_id": person_id, "purpose": ConsentPurpose.REGISTRATION, "version": version, "about": about(i),
                        "given_at": row["created_at"]} for i, person_id, row in zip(ids, persons, full, strict=True)])
    demo.put(Badge, [
        {"registration_id": i, "edition_id": edition, "kind": row["badge_kind"], "code": f"{rng.getrandbits(48):012x}",
         "status": BadgeStatus.VALID, "issued_at": row["created_at"]}
        for i, row in zip(ids, full, strict=True) if row["status"] is RegistrationStatus.APPROVED
    ])
    return ids


def _invitations(demo: Demo, edition: int) -> None:
    home = demo.kept["home"]
    rows: list[dict[str, Any]] = [
        {"code": "YAQING2026A", "badge_kind": BadgeKind.GUEST, "note": "开幕式特邀嘉宾", "most_uses": 50, "uses": 12},
        {"code": "ZHUANJIA8K", "badge_kind": BadgeKind.EXPERT, "note": "省级学会推荐专家", "most_uses": 200, "uses": 31},
        {"code": "QIANYUE77M", "badge_kind": BadgeKind.SIGNATORY, "note": "集中签约代表", "most_uses": 80, "uses": 80},
    ]
    demo.put(Invitation, [{"edition_id": edition, "region_path": home.path, "created_at": demo.ago(20),
                           "expires_at": demo.now + 2 * DAY, **row} for row in rows])


def _delegations(demo: Demo, edition: int) -> None:
    cities = demo.kept["cities"][:DELEGATIONS]
    ids = demo.put(Delegation, [
        {"edition_id": edition, "token": f"{demo.rng.getrandbits(150):030x}", "name": f"{city.name}代表团",
         "badge_kinds": [BadgeKind.EXHIBITOR.value, BadgeKind.VISITOR.value], "places": 60, "region_id": city.id,
         "region_path": city.path, "contact_name": demo.name(), "contact_phone": demo.phone(), "created_at": demo.ago(25),
         "open_until": demo.now + DAY} for city in cities
    ])
    members: dict[int, list[int]] = defaultdict(list)
    for number, _badge, row in demo.kept["attendees"]:
        city = next((c for c in cities if str(row["region_path"]).startswith(c.path)), None)
        if city is not None and row["badge_kind"] is BadgeKind.EXHIBITOR and len(members[city.id]) < MEMBERS:
            members[city.id].append(number)
    table: Any = Registration.__table__
    for city, delegation in zip(cities, ids, strict=True):
        db.session.execute(sa.update(table).where(table.c.id.in_(members[city.id])).values(delegation_id=delegation))


def _family(demo: Demo, edition: int) -> None:
    """Two children on a visitor's phone."""
    number, _badge, row = next(a for a in demo.kept["attendees"] if a[2]["badge_kind"] is BadgeKind.VISITOR and a[2]["phone"])
    names = (f"{row['name'][0]}小禾", f"{row['name'][0]}小满")
    people = [{"name": name, "shared_phone": row["phone"], "synthetic": True, "created_at": demo.ago(5)} for name in names]
    _register(demo, edition, people, [
        {"badge_kind": BadgeKind.VISITOR, "status": RegistrationStatus.APPROVED, "organisation_name": row["organisation_name"],
         "host_id": number, "birth_year": demo.today.year - 8 - n, "phone": row["phone"], "created_at": demo.ago(5)}
        for n in range(CHILDREN)
    ])


def _doubles(demo: Demo) -> None:
    """Three visitors who registered twice, each time a little differently."""
    visitors = [(number, row) for number, _badge, row in demo.kept["attendees"] if row["badge_kind"] is BadgeKind.VISITOR]
    registrations: Any = Registration.__table__
    persons: Any = Person.__table__
    for place, names in enumerate((("陈晓雯", "陈小文"), ("张国强", "張國強"), ("欧阳建华", "欧阳建中"))):
        organisation = visitors[2 * place][1]["organisation_name"]
        for (number, row), name in zip(visitors[2 * place + 10:], names, strict=False):
            digits = (row["phone"] or "").removeprefix("+86")
            db.session.execute(sa.update(registrations).where(registrations.c.id == number).values(
                name=name, organisation_name=organisation, search_text=bigrams(f"{name} {organisation} {digits} {digits[-4:]}")))
            db.session.execute(sa.update(persons).where(persons.c.id == row["person_id"]).values(name=name))


def _seats(demo: Demo, edition: int) -> None:
    """The opening ceremony's hall: guests in front, then experts, then the cities."""
    hall = get_record(Hall, demo.kept["halls"][0])
    plan = demo.put(SeatPlan, [{"edition_id": edition, "hall_id": hall.id, "name": "开幕式座位图", "row_count": 18,
                                "row_length": 26, "gaps": [[1, 1], [1, 26]], "aisles": [8, 18], "on_badge": True}])[0]
    blocks: list[tuple[str, int, int, int, int, BadgeKind | None, Any]] = [("贵宾区", 1, 3, 1, 26, BadgeKind.GUEST, None), ("专家区", 4, 5, 1, 26, BadgeKind.EXPERT, None)]
    places = [(6 + n // 2 * 3, 8 + n // 2 * 3, 1 + n % 2 * 13, 13 + n % 2 * 13) for n in range(6)]
    blocks += [(city.name, *place, None, city) for city, place in zip(demo.kept["cities"][:6], places, strict=False)]
    demo.put(SeatBlock, [
        {"plan_id": plan, "name": name, "position": n, "first_row": a, "last_row": b, "first_seat": c, "last_seat": d,
         "badge_kind": kind, "region_id": city.id if city else None}
        for n, (name, a, b, c, d, kind, city) in enumerate(blocks)
    ])
    seats: list[dict[str, Any]] = []
    taken: set[int] = set()
    for _name, a, b, c, d, kind, city in blocks:
        free = [(row, seat) for row in range(a, b + 1) for seat in range(c, d + 1) if [row, seat] not in ([1, 1], [1, 26])]
        people = [number for number, _badge, row in demo.kept["attendees"] if number not in taken and (
            row["badge_kind"] is kind if kind else
            row["badge_kind"] is BadgeKind.EXHIBITOR and str(row["region_path"]).startswith(city.path))]
        for number, (row, seat) in zip(people, free, strict=False):
            taken.add(number)
            seats.append({"plan_id": plan, "registration_id": number, "row_number": row, "seat_number": seat})
    demo.put(Seat, seats)
    table: Any = Registration.__table__
    db.session.execute(
        sa.update(table).where(table.c.id == sa.bindparam("number")).values(seat=sa.bindparam("printed")),
        [{"number": s["registration_id"], "printed": seat_label(hall.name, (s["row_number"], s["seat_number"]))} for s in seats])


def _badge_looks(demo: Demo, edition: int) -> None:
    """Guests have a badge with a photo, to be folded; four desks hand out."""
    own = built_in(BadgeSize.TALL, BadgeSides.FOLDED)
    demo.put(BadgeDesign, [{"edition_id": edition, "name": "嘉宾证（对折）", "size": own.size, "sides": own.sides, "in_use": True,
                            "kinds": [BadgeKind.GUEST.value], "front": own.front, "back": own.back, "css": own.css,
                            "changed_at": demo.ago(20)}])
    vips = [BadgeKind.GUEST.value, BadgeKind.EXPERT.value, BadgeKind.SIGNATORY.value]
    demo.put(BadgeDesk, [
        {"edition_id": edition, "name": name, "kinds": kinds, "first_letter": first, "last_letter": last}
        for name, kinds, first, last in (("1 号台 嘉宾专家", vips, "A", "Z"), ("2 号台 A–H", [], "A", "H"),
                                         ("3 号台 I–S", [], "I", "S"), ("4 号台 T–Z", [], "T", "Z"))
    ])
