"""Registering, changing, leaving: what people do about their own attendance, and the desk for them."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from expo.editions.models import Edition, StageKind
from expo.editions.queries import find_stage
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, get_record
from expo.kit.identity import normal_email, normal_phone
from expo.kit.language import DEFAULT, _, _l
from expo.kit.refusals import Refused
from expo.kit.text import bigrams
from expo.kit.unit import action, record
from expo.people.actions_consents import withdraw_consent
from expo.people.actions_persons import find_or_make_person
from expo.people.models import ConsentPurpose, Person
from expo.people.permissions import P
from expo.places.models import Region
from expo.registration import actions_messages as messages
from expo.registration import queries, rules
from expo.registration.actions_consents import end_badge, give_consents
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.queries_consents import find_consent
from expo.registration.queries_keys import sign_code
from expo.registration.rules_codes import NUMBER_BYTES


@dataclass(frozen=True)
class Entry:
    """What somebody says about themselves on a registration form. No region: from elsewhere."""

    name: str
    phone: str
    email: str | None
    organisation_name: str
    job_title: str
    region_id: int | None


@dataclass(frozen=True)
class Registered:
    """What became of a form: the registration, and whether it is a new one."""

    registration: Registration
    is_new: bool


@action
def register(edition_id: int, entry: Entry, kind: BadgeKind, consents: Collection[ConsentPurpose], *, by: Actor,
             language: str = DEFAULT) -> Registered:
    """A visitor registers. Whoever is registered already gets the link to it, and nobody else learns anything."""
    edition = queries.get_edition(edition_id)
    rules.require_registration_open(find_stage(edition_id, StageKind.REGISTRATION), clock.now())
    rules.require_public_kind(kind)
    rules.require_consents(consents)
    return _enter(edition, entry, kind, consents, by=by, language=language)


@action
def register_at_desk(edition_id: int, entry: Entry, kind: BadgeKind, consents: Collection[ConsentPurpose], *,
                     by: Actor) -> Registered:
    """Somebody without a registration stands at the desk; what an organiser enters is approved thereby."""
    edition = queries.get_edition(edition_id)
    by.require(P.BADGES_PRINT, edition_id=edition_id)
    rules.require_running(edition)
    rules.require_consents(consents)
    if rules.needs_approval(kind):
        by.require(P.REGISTRATION_MANAGE, edition_id=edition_id, region_path=_region_path(entry.region_id))
    found = _enter(edition, entry, kind, consents, by=by, language=DEFAULT, at_desk=True)
    if found.registration.status is RegistrationStatus.SUBMITTED and found.is_new:
        approve_loaded(found.registration, edition, by)
    return found


def _enter(edition: Edition, entry: Entry, kind: BadgeKind, consents: Collection[ConsentPurpose], *, by: Actor,
           language: str, at_desk: bool = False) -> Registered:
    phone = normal_phone(entry.phone)
    email = normal_email(entry.email) if entry.email else None
    person = _person_for(phone, entry.name, language, by)
    existing = queries.find_registration_of(edition.id, person.id)
    if existing is not None:
        if not at_desk:
            messages.tell_link(existing, edition, person.language)
            record("link_sent", "registration", existing.id)
        return Registered(existing, is_new=False)
    registration = Registration(
        edition_id=edition.id, person_id=person.id, token=secrets.token_urlsafe(16), badge_kind=kind, phone=phone,
        email=email, name=entry.name, status=RegistrationStatus.SUBMITTED,
    )
    write_entry(registration, entry)
    db.session.add(registration)
    db.session.flush()
    give_consents(registration, edition.name, consents, by)
    if not rules.needs_approval(kind):
        approve_loaded(registration, edition, by)
    elif not at_desk:
        messages.tell_received(registration, edition, language)
    return Registered(registration, is_new=True)


def _person_for(phone: str, name: str, language: str, by: Actor) -> Person:
    """The person with this number, locked; made when there is none. What is known about them is not changed:
    nobody proves by typing a number that it is theirs."""
    person = queries.find_person_by_phone(phone, for_update=True)
    if person is not None:
        return person
    try:
        person_id = find_or_make_person(name, phone, by=by)
    except IntegrityError:
        # Somebody else has sent the same number in the same moment; now it is there.
        person_id = find_or_make_person(name, phone, by=by)
    person = get_record(Person, person_id, for_update=True)
    person.language = language
    return person


def _region_path(region_id: int | None) -> str:
    return get_record(Region, region_id).path if region_id else queries.find_province_path()


def write_entry(registration: Registration, entry: Entry) -> None:
    registration.name = entry.name
    registration.organisation_name = entry.organisation_name
    registration.job_title = entry.job_title
    registration.region_id = entry.region_id
    registration.region_path = _region_path(entry.region_id)
    index(registration)


def index(registration: Registration) -> None:
    """Make a registration findable by its words, its number and the number's last four digits."""
    digits = registration.phone.removeprefix("+86").removeprefix("+")
    registration.search_text = bigrams(
        f"{registration.name} {registration.organisation_name} {registration.job_title} {digits} {digits[-4:]}"
    )


def approve_loaded(registration: Registration, edition: Edition, by: Actor, note: str = "") -> Badge:
    """Approve inside a running action and issue the badge."""
    rules.LIFECYCLE.move(registration, RegistrationStatus.APPROVED)
    registration.decided_by_id, registration.decided_at = by.person_id, clock.now()
    registration.decision_note = note
    badge = issue(registration)
    messages.tell_approved(registration, edition, language_of(registration))
    return badge


def issue(registration: Registration) -> Badge:
    """A new valid badge with a number nobody has."""
    badge = Badge(registration_id=registration.id, edition_id=registration.edition_id, kind=registration.badge_kind,
                  code=secrets.token_hex(NUMBER_BYTES), status=BadgeStatus.VALID)
    badge.signed = sign_code(badge, get_record(Edition, registration.edition_id))
    db.session.add(badge)
    db.session.flush()
    return badge


def language_of(registration: Registration) -> str:
    """The language in which the person wants to be spoken to."""
    return get_record(Person, registration.person_id).language


@action
def change_own(token: str, entry: Entry, *, by: Actor) -> Registration:
    """Change one's own fields; the phone stays, since the link was sent to it."""
    registration = queries.get_by_token(token, for_update=True)
    rules.require_running(registration.edition)
    rules.require_changeable(registration)
    rules.require_same_identity(registration, entry.name, entry.organisation_name)
    registration.email = normal_email(entry.email) if entry.email else None
    write_entry(registration, entry)
    return registration


@action
def cancel_own(token: str, *, by: Actor) -> Registration:
    """Somebody will not come after all."""
    registration = queries.get_by_token(token, for_update=True)
    rules.require_running(registration.edition)
    rules.LIFECYCLE.move(registration, RegistrationStatus.CANCELLED)
    end_badge(registration.id, BadgeStatus.CANCELLED, _("Cancelled by the holder"))
    return registration


@action
def register_again(token: str, consents: Collection[ConsentPurpose], *, by: Actor) -> Registration:
    """Somebody who has cancelled comes after all."""
    registration = queries.get_by_token(token, for_update=True)
    edition = registration.edition
    rules.require_registration_open(find_stage(edition.id, StageKind.REGISTRATION), clock.now())
    rules.require_consents(consents)
    rules.LIFECYCLE.move(registration, RegistrationStatus.SUBMITTED)
    registration.decided_by_id = registration.decided_at = None
    registration.decision_note = ""
    give_consents(registration, edition.name, consents, by)
    if rules.needs_approval(registration.badge_kind):
        messages.tell_received(registration, edition, language_of(registration))
    else:
        approve_loaded(registration, edition, by)
    return registration


@action
def withdraw_own_consent(token: str, purpose: ConsentPurpose, *, by: Actor) -> Registration:
    """A consent ends now. Without the necessary one the registration ends, too."""
    registration = queries.get_by_token(token, for_update=True)
    consent = find_consent(registration, purpose)
    if consent is None:
        raise Refused(_l("This consent had ended already."))
    withdraw_consent(consent.id, by=by)
    return registration


@action
def give_own_consent(token: str, purpose: ConsentPurpose, *, by: Actor) -> Registration:
    """An optional consent, given later."""
    registration = queries.get_by_token(token, for_update=True)
    rules.require_changeable(registration)
    give_consents(registration, registration.edition.name, [purpose], by)
    return registration
