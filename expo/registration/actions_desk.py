"""What organisers and the desk do with registrations and badges."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, get_record, not_found
from expo.kit.files import StoredFile
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.registration import actions_messages as messages
from expo.registration import queries, rules
from expo.registration.actions import (
    Entry,
    approve_loaded,
    change_loaded,
    issue,
    language_of,
)
from expo.registration.actions_leaving import end_badge, leave
from expo.registration.models import Badge, BadgeStatus, Registration, RegistrationStatus
from expo.registration.models_forms import FieldType
from expo.registration.queries_kinds import list_all_fields


@dataclass(frozen=True)
class Decided:
    """What became of many: how many were decided, and who was left as they were and why."""

    done: int
    left: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Contact:
    """Somebody's contact data in clear."""

    phone: str
    email: str | None


def _managed(registration_id: int, edition_id: int, by: Actor) -> tuple[Registration, Edition]:
    edition = queries.get_edition(edition_id)
    paths = by.region_paths(P.REGISTRATION_MANAGE, edition_id)
    found = queries.get_registration(registration_id, edition_id, paths, for_update=True)
    rules.require_running(edition)
    return found, edition


@action
def approve(edition_id: int, registration_id: int, *, by: Actor) -> Badge:
    """Approve a registration; the badge is issued and the person told."""
    registration, edition = _managed(registration_id, edition_id, by)
    return approve_loaded(registration, edition, by)


@action
def decline(edition_id: int, registration_id: int, reason: str, *, by: Actor) -> Registration:
    """Decline a registration with a reason that the person reads."""
    registration, edition = _managed(registration_id, edition_id, by)
    return _decline(registration, edition, reason, by)


def _decline(registration: Registration, edition: Edition, reason: str, by: Actor) -> Registration:
    rules.require_reason(reason)
    registration.decision_note = reason.strip()
    leave(registration, reason.strip(), RegistrationStatus.DECLINED)
    registration.decided_by_id, registration.decided_at = by.person_id, clock.now()
    messages.tell_declined(registration, edition, language_of(registration))
    return registration


@action
def approve_many(edition_id: int, ids: Collection[int], *, by: Actor) -> Decided:
    """Approve the chosen ones; those that cannot be are named, the others are not held up by them."""
    edition = queries.get_edition(edition_id)
    rules.require_running(edition)
    done, left = 0, []
    for found in queries.list_by_ids(edition_id, ids, by.region_paths(P.REGISTRATION_MANAGE, edition_id), for_update=True):
        try:
            approve_loaded(found, edition, by)
            done += 1
        except Refused as refusal:
            left.append((found.name, str(refusal)))
    return Decided(done, left)


@action
def decline_many(edition_id: int, ids: Collection[int], reason: str, *, by: Actor) -> Decided:
    """Decline the chosen ones, all with the same reason."""
    edition = queries.get_edition(edition_id)
    rules.require_running(edition)
    rules.require_reason(reason)
    done, left = 0, []
    for found in queries.list_by_ids(edition_id, ids, by.region_paths(P.REGISTRATION_MANAGE, edition_id), for_update=True):
        if not rules.LIFECYCLE.allows(found.status, RegistrationStatus.DECLINED):
            left.append((found.name, str(found.status.label)))
            continue
        _decline(found, edition, reason, by)
        done += 1
    return Decided(done, left)


@action
def cancel(edition_id: int, registration_id: int, reason: str, *, by: Actor) -> Registration:
    """The organiser ends a registration; its badge opens no gate from now on."""
    registration, edition = _managed(registration_id, edition_id, by)
    rules.require_reason(reason)
    leave(registration, reason.strip())
    registration.decision_note = reason.strip()
    registration.decided_by_id, registration.decided_at = by.person_id, clock.now()
    messages.tell_cancelled(registration, edition, language_of(registration))
    return registration


@action
def reissue(edition_id: int, registration_id: int, reason: str, *, by: Actor) -> Badge:
    """A lost or wrong badge: the old code dies in the same moment in which the new one is born."""
    by.require(P.BADGES_PRINT, edition_id=edition_id)
    edition = queries.get_edition(edition_id)
    registration = queries.get_registration(registration_id, edition_id, for_update=True)
    rules.require_running(edition)
    rules.require_reason(reason)
    rules.require_approved(registration)
    end_badge(registration.id, BadgeStatus.REPLACED, reason.strip())
    db.session.flush()  # The old badge ends before the new one begins: only one may be valid.
    badge = issue(registration)
    messages.tell_reissued(registration, edition, language_of(registration))
    return badge


@action
def change(edition_id: int, registration_id: int, entry: Entry, *, by: Actor) -> Registration:
    """The organiser corrects what somebody wrote about themselves."""
    registration, _edition = _managed(registration_id, edition_id, by)
    rules.require_changeable(registration)
    change_loaded(registration, entry, complete=False, frozen=False, by=by)
    return registration


@action
def show_contact(edition_id: int, registration_id: int, *, by: Actor) -> Contact:
    """The contact data in clear; who looked stands in the history."""
    paths = by.region_paths(P.REGISTRATION_READ, edition_id)
    registration = queries.get_registration(registration_id, edition_id, paths)
    by.require(P.PEOPLE_UNMASK, region_path=registration.region_path, edition_id=edition_id)
    record("unmasked", "registration", registration.id, {"fields": ["phone", "email"]})
    return Contact(registration.phone, registration.email)


@action
def open_proof(edition_id: int, registration_id: int, key: str, *, by: Actor) -> StoredFile:
    """A document that was handed in; who opened it stands in the history."""
    paths = by.region_paths(P.REGISTRATION_MANAGE, edition_id)
    registration = queries.get_registration(registration_id, edition_id, paths)
    fields = {one.key: one for one in list_all_fields(edition_id)[registration.badge_kind]}
    value = registration.answers.get(key)
    if key not in fields or fields[key].kind is not FieldType.FILE or not isinstance(value, int):
        raise not_found()
    record("unmasked", "registration", registration.id, {"fields": [key]})
    return get_record(StoredFile, value)


@action
def note_export(edition_id: int, rows: int, what: dict[str, str], *, by: Actor) -> None:
    """Somebody took a list home."""
    record("exported", "edition", edition_id, {"rows": rows, **what})
