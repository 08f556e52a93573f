"""A contact person's sheet: its columns, and what each row asks for. Pure functions over texts.

A checked row is a dictionary, kept as JSON with the list it came from: ``row`` (its number in the file), ``number``
(of the registration that it changes, 0 for a new one), the six fields, ``kind``, ``zone``, ``answers``,
``shares_phone``; later ``done`` and ``fault``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from expo.kit.identity import normal_email, normal_phone
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.sheets import Column
from expo.registration.models import BadgeKind, Registration
from expo.registration.models_forms import FieldType, RegistrationField
from expo.registration.rules_fields import clean_answers, own_fields
from expo.registration.rules_kinds import KindPolicy, require_zone

NUMBER, KIND, REGION = "number", "kind", "region"
#: Of one file; a larger delegation comes in two.
MOST_ROWS = 2000
_LENGTHS = {"name": 80, "organisation_name": 120, "job_title": 80}
OWN = "own_"


@dataclass(frozen=True)
class Frame:
    """What rows are judged by."""

    kinds: Sequence[BadgeKind]
    policies: Mapping[BadgeKind, KindPolicy]
    fields: Mapping[BadgeKind, Sequence[RegistrationField]]
    regions: Mapping[str, int]
    contact_phone: str
    organisation: str
    today: date
    members: Mapping[int, Registration] = field(default_factory=dict)

    def own(self) -> list[RegistrationField]:
        """The own fields of all kinds that the sheet has columns for; one column for the same name."""
        found: dict[str, RegistrationField] = {}
        for kind in self.kinds:
            for one in own_fields(self.fields[kind]):
                if one.kind not in {FieldType.FILE, FieldType.HEADING}:
                    found.setdefault(one.label, one)
        return list(found.values())

    def kind_of(self, text: str) -> BadgeKind:
        """The kind of badge that a cell names."""
        if not text.strip():
            return self.kinds[0]
        found = next((kind for kind in self.kinds if text.strip() in {kind.value, str(kind.label)}), None)
        if found is None:
            raise Refused(_l("This delegation has badges of these kinds: %(kinds)s",
                             kinds="、".join(str(kind.label) for kind in self.kinds)), KIND)
        return found


def columns(frame: Frame) -> list[Column]:
    """The sheet's columns, in their order."""
    found = [
        Column(NUMBER, _l("No."), ("编号", "No.", "number")),
        Column("name", _l("Full name"), ("姓名", "name"), required=True),
        Column("phone", _l("Mobile phone"), ("手机", "手机号", "手机号码", "phone")),
        Column("email", _l("E-mail"), ("邮箱", "电子邮箱", "email")),
        Column("organisation_name", _l("Organisation"), ("单位", "工作单位", "organisation")),
        Column("job_title", _l("Position"), ("职务", "职称", "position")),
        Column(REGION, _l("City or region"), ("市州", "城市", "地区", "city")),
    ]
    if len(frame.kinds) > 1:
        found.append(Column(KIND, _l("Kind of badge"), ("证件类型", "类型", "kind")))
    if any(frame.policies[kind].zone_choices for kind in frame.kinds):
        found.append(Column("zone", _l("Exhibition zone"), ("展区", "zone")))
    return [*found, *(Column(OWN + one.key, one.said, (one.label,)) for one in frame.own())]


def read_row(values: Mapping[str, str], frame: Frame) -> dict[str, Any]:
    """What a row asks for; a refusal names the column."""
    kind, number = frame.kind_of(values.get(KIND, "")), _number(values.get(NUMBER, ""), frame)
    for name, limit in _LENGTHS.items():
        if len(values.get(name, "")) > limit:
            raise Refused(_l("This is longer than %(n)s characters. Please shorten it.", n=limit), name)
    if not values.get("name", "").strip():
        raise Refused(_l("Give the full name."), "name")
    phone = values.get("phone", "").strip()
    answers = _answers(values, frame, kind)
    row = {
        "number": number, "name": values["name"].strip(), "kind": kind.value,
        "phone": normal_phone(phone) if phone else frame.contact_phone, "shares_phone": not phone,
        "email": normal_email(values["email"]) if values.get("email") else None,
        "organisation_name": values.get("organisation_name", "").strip() or frame.organisation,
        "job_title": values.get("job_title", "").strip(), "region_id": _region(values.get(REGION, ""), frame),
        "zone": values.get("zone", "").strip(), "answers": answers,
    }
    require_zone(frame.policies[kind], str(row["zone"]))
    if number and frame.members[number].badge_kind is not kind:
        raise Refused(_l("The kind of a registration cannot be changed here. Cancel it and enter the person anew."), KIND)
    if number and phone and frame.members[number].phone != row["phone"]:
        raise Refused(_l("The phone of a registration stays: its link was sent there. Cancel it and enter the person anew."),
                      "phone")
    return row


def _number(text: str, frame: Frame) -> int:
    if not text.strip():
        return 0
    number = int(text) if text.strip().isdecimal() and len(text) < 12 else -1
    if number not in frame.members:
        raise Refused(_l("No member of this delegation has this number. Leave the cell empty for a new person."), NUMBER)
    return number


def _region(text: str, frame: Frame) -> int | None:
    if not text.strip():
        return None
    wanted = text.strip()
    found = next((region for name, region in frame.regions.items() if name == wanted or name.startswith(wanted)), None)
    if found is None and not wanted.startswith(("省外", "Outside")):
        raise Refused(_l("There is no such city. Write its full name, or leave the cell empty."), REGION)
    return found


def _answers(values: Mapping[str, str], frame: Frame, kind: BadgeKind) -> dict[str, Any]:
    by_label = {one.label: values.get(OWN + one.key, "") for one in frame.own()}
    mine = [one for one in frame.fields[kind] if one.kind is not FieldType.FILE]
    given = {one.key: by_label.get(one.label, "") for one in own_fields(mine)}
    try:
        return clean_answers(mine, given, frame.today, complete=True)
    except Refused as refusal:
        label = next((one.label for one in mine if one.key == refusal.field), "")
        column = next((one.key for one in frame.own() if one.label == label), refusal.field or "")
        raise Refused(refusal.message, OWN + column) from None


def is_same(row: Mapping[str, Any], member: Registration) -> bool:
    """Whether a row says nothing new about the registration that it names."""
    return all(
        (row[name] or None) == (getattr(member, name) or None)
        for name in ("name", "email", "organisation_name", "job_title", "region_id", "zone")
    ) and {**member.answers, **row["answers"]} == member.answers


def doubles(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Places of rows that say the same person as one above: the same phone, or the same name on a shared one."""
    seen: set[Any] = set()
    found = []
    for place, row in enumerate(rows):
        key = (row["phone"], row["name"]) if row["shares_phone"] else row["phone"]
        if key in seen:
            found.append(place)
        seen.add(key)
    return found
