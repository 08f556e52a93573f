"""Setting registration up: kinds of badges, the fields of their forms, wordings of consents, times of keeping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, get_record, not_found
from expo.kit.jobs import Job, start_job
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.models import ConsentPurpose
from expo.people.permissions import P
from expo.registration import queries, queries_kinds, rules, rules_fields
from expo.registration.models import BadgeKind
from expo.registration.models_forms import (
    ConsentWording,
    FieldType,
    KeptThing,
    KindSetting,
    RegistrationField,
    RetentionTime,
)
from expo.registration.rules_fields import ALWAYS_REQUIRED
from expo.registration.rules_kinds import KindPolicy
from expo.registration.words import CONSENT_TEXTS

MOST_FIELDS = 60


@dataclass(frozen=True)
class FieldEntry:
    """A field as an organiser describes it."""

    kind: FieldType
    label: str = ""
    label_en: str = ""
    help: str = ""
    help_en: str = ""
    choices: str = ""
    is_required: bool = False
    required_from: date | None = None
    frozen_from: date | None = None
    condition_key: str = ""
    condition_values: Sequence[str] = ()
    is_private: bool = False
    in_list: bool = False


def _set_up(edition_id: int, by: Actor) -> Edition:
    edition = queries.get_edition(edition_id)
    rules.require_whole(by.region_paths(P.REGISTRATION_MANAGE, edition_id))
    rules.require_running(edition)
    return edition


@action
def set_policy(edition_id: int, policy: KindPolicy, *, by: Actor) -> None:
    """How a kind is handed out from now on; registrations that are there stay as they are."""
    _set_up(edition_id, by)
    if set(policy.zones) and any(len(zone) > 40 for zone in policy.zones):
        raise Refused(_l("A zone's name has at most 40 characters."), "zones")
    setting = queries_kinds.find_setting(edition_id, policy.kind, for_update=True)
    if setting is None:
        setting = KindSetting(edition_id=edition_id, badge_kind=policy.kind, is_public=False, needs_approval=True)
        db.session.add(setting)
    setting.is_public, setting.needs_approval = policy.is_public, policy.needs_approval
    setting.has_waiting_list, setting.companions = policy.has_waiting_list, policy.companions
    setting.zones, setting.zone_choices = list(policy.zones), list(policy.zone_choices)


def _built(edition_id: int, kind: BadgeKind) -> list[RegistrationField]:
    """The fields as rows: the default ones are written down when something is built upon them for the first time."""
    fields = queries_kinds.list_fields(edition_id, kind)
    if fields and fields[0].id is None:
        for one in fields:
            one.edition_id = edition_id
        db.session.add_all(fields)
        db.session.flush()
    return fields


@action
def build_form(edition_id: int, kind: BadgeKind, *, by: Actor) -> None:
    """Make the default form of a kind one's own."""
    _set_up(edition_id, by)
    _built(edition_id, kind)


@action
def add_field(edition_id: int, kind: BadgeKind, entry: FieldEntry, *, by: Actor) -> int:
    """A new field at the end of a kind's form."""
    _set_up(edition_id, by)
    fields = _built(edition_id, kind)
    if len(fields) >= MOST_FIELDS:
        raise Refused(_l("A form has at most %(n)s fields; a longer one is not filled in.", n=MOST_FIELDS))
    if entry.kind is FieldType.BUILT_IN:
        raise not_found()
    used = {one.key for one in queries_kinds.list_fields(edition_id, kind, with_removed=True)}
    number = 1
    while f"f{number}" in used:
        number += 1
    field = RegistrationField(edition_id=edition_id, badge_kind=kind, key=f"f{number}", kind=entry.kind,
                              position=max((one.position for one in fields), default=0) + 1)
    _describe(field, entry, fields)
    db.session.add(field)
    db.session.flush()
    return field.id


@action
def change_field(edition_id: int, field_id: int, entry: FieldEntry, *, by: Actor) -> RegistrationField:
    """Describe a field anew. Its type stays: the answers that are there belong to it."""
    _set_up(edition_id, by)
    field = queries_kinds.get_field(edition_id, field_id, for_update=True)
    _describe(field, entry, queries_kinds.list_fields(edition_id, field.badge_kind))
    return field


def _describe(field: RegistrationField, entry: FieldEntry, fields: Sequence[RegistrationField]) -> None:
    rules_fields.require_days(entry.required_from, entry.frozen_from)
    field.is_required = entry.is_required or (field.kind is FieldType.BUILT_IN and field.key in ALWAYS_REQUIRED)
    field.required_from = entry.required_from if entry.is_required else None
    field.frozen_from = entry.frozen_from
    if field.kind is FieldType.BUILT_IN:
        return
    if not entry.label.strip():
        raise Refused(_l("Give the field a name."), "label")
    field.label, field.label_en = entry.label.strip(), entry.label_en.strip()
    field.help, field.help_en = entry.help.strip(), entry.help_en.strip()
    chosen = field.kind in {FieldType.CHOICE, FieldType.CHOICES}
    field.choices = rules_fields.read_choices(entry.choices, field.choices or []) if chosen else []
    if chosen and len(field.choices) < 2:
        raise Refused(_l("Write at least two choices, one a line."), "choices")
    field.is_private, field.in_list = entry.is_private, entry.in_list and not entry.is_private
    field.condition_key, field.condition_values = "", []
    if entry.condition_key:
        rules_fields.require_condition(field.key, entry.condition_key, [one for one in fields if one is not field])
        field.condition_key = entry.condition_key
        upper = next(one for one in fields if one.key == entry.condition_key)
        field.condition_values = rules_fields.read_condition(upper, entry.condition_values)


@action
def remove_field(edition_id: int, field_id: int, *, by: Actor) -> RegistrationField:
    """Take a field off its form. Answers that were given stay with their registrations."""
    _set_up(edition_id, by)
    field = queries_kinds.get_field(edition_id, field_id, for_update=True)
    if field.key in ALWAYS_REQUIRED and field.kind is FieldType.BUILT_IN:
        raise Refused(_l("Name and phone are needed: no badge without a name, no message without a phone."))
    for other in queries_kinds.list_fields(edition_id, field.badge_kind):
        if other.condition_key == field.key:
            raise Refused(_l("“%(field)s” waits for this field. Change that one first.", field=other.label))
    field.removed_at = clock.now()
    return field


@action
def order_fields(edition_id: int, kind: BadgeKind, ids: Sequence[int], *, by: Actor) -> None:
    """Put the fields of a form in this order."""
    _set_up(edition_id, by)
    places = {field_id: place for place, field_id in enumerate(ids)}
    for field in _built(edition_id, kind):
        field.position = places.get(field.id, len(places) + field.position)


@action
def copy_form(edition_id: int, kind: BadgeKind, source: BadgeKind, source_edition_id: int, *, by: Actor) -> int:
    """Add another form's own fields to this one, those that are here by name already left out; how many came."""
    _set_up(edition_id, by)
    by.require(P.REGISTRATION_READ, edition_id=source_edition_id)
    fields = _built(edition_id, kind)
    have = {one.label for one in fields}
    used = {one.key for one in queries_kinds.list_fields(edition_id, kind, with_removed=True)}
    position, names, copied = max((one.position for one in fields), default=0), dict[str, str](), 0
    for one in rules_fields.own_fields(queries_kinds.list_fields(source_edition_id, source)):
        if one.label in have or len(used) >= MOST_FIELDS:
            continue
        key = one.key if one.key not in used else next(f"f{n}" for n in range(1, 1000) if f"f{n}" not in used)
        names[one.key] = key
        used.add(key)
        position, copied = position + 1, copied + 1
        condition = names.get(one.condition_key, "")
        db.session.add(RegistrationField(
            edition_id=edition_id, badge_kind=kind, key=key, kind=one.kind, label=one.label, label_en=one.label_en,
            help=one.help, help_en=one.help_en, choices=[list(c) for c in one.choices], is_required=one.is_required,
            condition_key=condition, condition_values=list(one.condition_values) if condition else [],
            is_private=one.is_private, in_list=one.in_list, position=position,
        ))
    return copied


@action
def publish_wording(edition_id: int, purpose: ConsentPurpose, text: str, text_en: str, *, by: Actor) -> ConsentWording:
    """A new version of what people consent to. Those who agreed to an older one are asked again on their page."""
    _set_up(edition_id, by)
    if purpose not in CONSENT_TEXTS:
        raise not_found()
    if len(text.strip()) < 20:
        raise Refused(_l("Say in whole sentences what is done with which data, and for how long."), "text")
    versions = [one for one in queries_kinds.list_own_wordings(edition_id) if one.purpose is purpose]
    if versions and (versions[-1].text, versions[-1].text_en) == (text.strip(), text_en.strip()):
        raise Refused(_l("This is the present text."), "text")
    made = ConsentWording(edition_id=edition_id, purpose=purpose, text=text.strip(), text_en=text_en.strip(),
                          version=f"{queries.get_edition(edition_id).slug[:14]}-{len(versions) + 2}")
    db.session.add(made)
    db.session.flush()
    return made


@action
def start_asking_again(edition_id: int, purpose: ConsentPurpose, *, by: Actor) -> Job:
    """Send everybody whose consent is to an older text the link to the new one."""
    edition = _set_up(edition_id, by)
    return start_job("registration.ask_again", {"edition_id": edition_id, "purpose": purpose.value}, by=by,
                     title=_("Ask again for consent: %(purpose)s (%(edition)s)", purpose=purpose.label, edition=edition.name))


@action
def set_retention(edition_id: int, days: dict[KeptThing, int], *, by: Actor) -> None:
    """After how many days what is forgotten."""
    rules.require_whole(by.region_paths(P.REGISTRATION_MANAGE, edition_id))
    get_record(Edition, edition_id)
    found = queries_kinds.list_retention(edition_id)
    for thing, number in days.items():
        row: Any = found.get(thing)
        if row is None:
            row = RetentionTime(edition_id=edition_id, thing=thing, days=number)
            db.session.add(row)
        if row.days != number:
            row.days, row.done_at = number, None
