"""Registering, changing, leaving: what people do about their own attendance, and the desk for them."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from expo.editions.models import Edition, StageKind
from expo.editions.queries import find_stage
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record
from expo.kit.files import Received, delete_file, keep_file
from expo.kit.identity import normal_email, normal_phone
from expo.kit.language import DEFAULT, _, _l
from expo.kit.refusals import Refused
from expo.kit.text import bigrams
from expo.kit.unit import action, announce, record
from expo.people.actions_consents import withdraw_consent
from expo.people.actions_persons import find_or_make_person
from expo.people.models import ConsentPurpose, Person
from expo.people.permissions import P
from expo.places.models import Region
from expo.registration import actions_messages as messages
from expo.registration import queries, rules, rules_fields, rules_kinds
from expo.registration.actions_consents import give_consents
from expo.registration.actions_leaving import leave
from expo.registration.events import PlaceFreed
from expo.registration.models import Badge, BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.models_forms import FieldType, RegistrationField
from expo.registration.models_invitations import Delegation, Invitation
from expo.registration.queries_consents import find_consent
from expo.registration.queries_delegations import count_members
from expo.registration.queries_keys import sign_code
from expo.registration.queries_kinds import get_policy, list_fields
from expo.registration.queries_places import count_taken, find_invitation, list_quotas
from expo.registration.rules_codes import NUMBER_BYTES
from expo.registration.rules_kinds import KindPolicy
from expo.registration.rules_places import HOLDING, Room, Seeker

#: So many links to one registration go out within this time, whoever asks for them.
MOST_LINKS, LINKS_WITHIN = 3, timedelta(hours=1)
#: So many people register themselves on one phone; a delegation's contact person may register more on theirs.
MOST_ON_A_PHONE = 10


@dataclass(frozen=True)
class Entry:
    """What somebody says about themselves on a registration form. No region: from elsewhere."""

    name: str
    phone: str
    email: str | None
    organisation_name: str
    job_title: str
    region_id: int | None
    # Answers to the organiser's own fields by their keys; files that were received for some of them.
    answers: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Received] = field(default_factory=dict)
    zone: str = ""
    # The phone is somebody else's: a child, a parent, a companion who is reached on it.
    shares_phone: bool = False
    birth_year: int | None = None


@dataclass(frozen=True)
class Registered:
    """What became of a form: the registration, and whether it is a new one."""

    registration: Registration
    is_new: bool


@dataclass(frozen=True)
class Way:
    """By which way somebody comes in."""

    invitation: Invitation | None = None
    at_desk: bool = False
    host_id: int | None = None
    delegation_id: int | None = None
    # Whoever enters others need not know all answers.
    complete: bool = True
    # An organiser's own decision stands above quotas.
    beyond_quotas: bool = False


@action
def register(edition_id: int, entry: Entry, kind: BadgeKind, consents: Collection[ConsentPurpose], *, by: Actor,
             language: str = DEFAULT, code: str = "") -> Registered:
    """A visitor registers. Whoever is registered already gets the link to it, and nobody else learns anything."""
    edition = queries.get_edition(edition_id)
    rules.require_registration_open(find_stage(edition_id, StageKind.REGISTRATION), clock.now())
    rules.require_consents(consents)
    policy, invitation = get_policy(edition_id, kind), None
    if code:
        found = find_invitation(edition_id, rules_kinds.tidy_code(code), for_update=True)
        invitation = rules_kinds.require_usable(found, clock.now(), kind)
    rules_kinds.require_kind_open(policy, invitation)
    if entry.shares_phone and queries.count_on_phone(edition_id, normal_phone(entry.phone)) >= MOST_ON_A_PHONE:
        raise Refused(_l("Many people are registered on this phone already. Give another one, or come to the desk."), "phone")
    return enter(edition, entry, policy, consents, Way(invitation), by=by, language=language)


@action
def register_at_desk(edition_id: int, entry: Entry, kind: BadgeKind, consents: Collection[ConsentPurpose], *,
                     by: Actor) -> Registered:
    """Somebody without a registration stands at the desk; what an organiser enters is approved thereby."""
    edition = queries.get_edition(edition_id)
    by.require(P.BADGES_PRINT, edition_id=edition_id)
    rules.require_running(edition)
    rules.require_consents(consents)
    policy = get_policy(edition_id, kind)
    may_manage = by.may(P.REGISTRATION_MANAGE, edition_id=edition_id, region_path=region_path_of(entry.region_id))
    if policy.needs_approval and not may_manage:
        by.require(P.REGISTRATION_MANAGE, edition_id=edition_id, region_path=region_path_of(entry.region_id))
    way = Way(at_desk=True, complete=False, beyond_quotas=may_manage)
    found = enter(edition, entry, policy, consents, way, by=by, language=DEFAULT)
    if found.registration.status is RegistrationStatus.SUBMITTED and found.is_new:
        approve_loaded(found.registration, edition, by)
    return found


def enter(edition: Edition, entry: Entry, policy: KindPolicy, consents: Collection[ConsentPurpose], way: Way, *, by: Actor,
          language: str) -> Registered:
    """Make a registration inside a running action, or find the one that is there."""
    phone = normal_phone(entry.phone)
    person = _person_for(phone, entry, language, by)
    existing = queries.find_registration_of(edition.id, person.id)
    if existing is not None:
        if not way.at_desk and way.delegation_id is None:
            _send_link(existing, edition)
        return Registered(existing, is_new=False)
    rules_kinds.require_zone(policy, entry.zone) if way.complete else None
    registration = Registration(
        edition_id=edition.id, person_id=person.id, token=secrets.token_urlsafe(16), badge_kind=policy.kind, phone=phone,
        email=normal_email(entry.email) if entry.email else None, name=entry.name, status=RegistrationStatus.SUBMITTED,
        invitation_id=way.invitation.id if way.invitation else None, host_id=way.host_id,
        delegation_id=way.delegation_id, birth_year=entry.birth_year,
    )
    write_answers(registration, entry, list_fields(edition.id, policy.kind), complete=way.complete, by=by)
    registration.zone, registration.zones = entry.zone, policy.zones_with(entry.zone)
    write_entry(registration, entry)
    has_place = way.beyond_quotas or _invited(way.invitation) or has_room(registration)
    if not has_place:
        _wait(registration, policy)
    if way.invitation is not None:
        way.invitation.uses += 1
    db.session.add(registration)
    db.session.flush()
    give_consents(registration, edition.name, consents, by)
    if has_place:
        _go_on(registration, edition, policy, way, by, language)
    elif not way.at_desk:
        messages.tell_waiting(registration, edition, language)
    return Registered(registration, is_new=True)


def _invited(invitation: Invitation | None) -> bool:
    return invitation is not None and invitation.is_approved


def _go_on(registration: Registration, edition: Edition, policy: KindPolicy, way: Way, by: Actor, language: str) -> None:
    if not policy.needs_approval or _invited(way.invitation):
        approve_loaded(registration, edition, by)
    elif not way.at_desk:
        messages.tell_received(registration, edition, language)


def _wait(registration: Registration, policy: KindPolicy) -> None:
    if not policy.has_waiting_list:
        raise Refused(_l("All places are taken."), "badge_kind")
    registration.status, registration.waiting_since = RegistrationStatus.WAITING, clock.now()


def has_room(registration: Registration, seeker: Seeker | None = None) -> bool:
    """Whether all quotas that count this registration have a place left; they stay locked until the action ends."""
    seeker = seeker or Seeker(registration.badge_kind, registration.zone, registration.organisation_name)
    quotas = list_quotas(registration.edition_id, kind=seeker.kind, for_update=True)
    return Room(quotas, count_taken).full(seeker) is None


def _person_for(phone: str, entry: Entry, language: str, by: Actor) -> Person:
    """The person who registers, locked; made when there is none. What is known about them is not changed: nobody
    proves by typing a number that it is theirs.

    A number names its owner, unless the form says that it is somebody else's; then it is number and name together.
    An account that merely claims a number, while it was proven by e-mail, is not its owner: else whoever made such
    an account would get the registrations of whoever really has the phone.
    """
    if not entry.shares_phone:
        person = queries.find_owner(phone, for_update=True)
        if person is not None:
            return person
        if queries.find_person_by_phone(phone) is None:
            return _new_owner(phone, entry.name, language, by)
    name = tidy_name(entry.name)
    person = queries.find_person_on(phone, name)
    if person is None:
        person = Person(name=name, shared_phone=phone, language=language)
        db.session.add(person)
        db.session.flush()
    return person


def _new_owner(phone: str, name: str, language: str, by: Actor) -> Person:
    try:
        person_id = find_or_make_person(name, phone, by=by)
    except IntegrityError:
        # Somebody else has sent the same number in the same moment; now it is there.
        person_id = find_or_make_person(name, phone, by=by)
    person = get_record(Person, person_id, for_update=True)
    person.language = language
    return person


def tidy_name(name: str) -> str:
    """A name as people on a shared phone are told apart by it: however wide it was typed."""
    return " ".join(unicodedata.normalize("NFKC", name).split())[:80]


def region_path_of(region_id: int | None) -> str:
    return get_record(Region, region_id).path if region_id else queries.find_province_path()


def write_entry(registration: Registration, entry: Entry) -> None:
    rules.require_name(entry.name)
    registration.name = entry.name
    registration.organisation_name = entry.organisation_name
    registration.job_title = entry.job_title
    registration.region_id = entry.region_id
    registration.region_path = region_path_of(entry.region_id)
    index(registration)


def write_answers(registration: Registration, entry: Entry, fields: Collection[RegistrationField], *, complete: bool,
                  frozen: bool = True, by: Actor) -> None:
    """Take the answers to the organiser's fields over; files among them are kept now."""
    fields, today = list(fields), clock.today(current_config().timezone)
    before = registration.answers if registration.id else None
    six = {"email": entry.email, "organisation_name": entry.organisation_name, "job_title": entry.job_title,
           "region_id": entry.region_id}
    if complete:
        was = None if before is None else {
            "email": registration.email, "organisation_name": registration.organisation_name,
            "job_title": registration.job_title, "region_id": registration.region_id, "name": registration.name}
        rules_fields.require_built_in(fields, {"name": entry.name, **six}, today, before=was)
    keys = {one.key for one in fields if one.kind is FieldType.FILE}
    # The number of a file is never taken from a form: else anybody could point at anybody's document.
    given = {key: value for key, value in entry.answers.items() if key not in keys}
    given |= {key: value for key, value in (before or {}).items() if key in keys}
    for key, received in entry.files.items():
        if key in keys:
            if isinstance(replaced := given.get(key), int):
                delete_file(replaced)
            given[key] = keep_file(received, by=by).id
    registration.answers = rules_fields.clean_answers(fields, given, today, before=before, complete=complete,
                                                      frozen=frozen)


def index(registration: Registration) -> None:
    """Make a registration findable by its words, its number and the number's last four digits."""
    digits = registration.phone.removeprefix("+86").removeprefix("+")
    registration.search_text = bigrams(
        f"{registration.name} {registration.organisation_name} {registration.job_title} {digits} {digits[-4:]}"
    )


def approve_loaded(registration: Registration, edition: Edition, by: Actor, note: str = "") -> Badge:
    """Approve inside a running action and issue the badge."""
    rules.LIFECYCLE.move(registration, RegistrationStatus.APPROVED)
    registration.waiting_since = None
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
    rules.require_same_identity(registration, entry.name, entry.organisation_name,
                                get_policy(registration.edition_id, registration.badge_kind).needs_approval)
    change_loaded(registration, entry, complete=True, by=by)
    return registration


def change_loaded(registration: Registration, entry: Entry, *, complete: bool, frozen: bool = True, by: Actor) -> None:
    """Write changed fields inside a running action. Another zone or organisation needs a place there."""
    policy = get_policy(registration.edition_id, registration.badge_kind)
    before = Seeker(registration.badge_kind, registration.zone, registration.organisation_name)
    after = Seeker(registration.badge_kind, entry.zone or registration.zone, entry.organisation_name)
    if after.zone != before.zone:
        rules_kinds.require_zone(policy, after.zone)
    moved = after != before and registration.status in HOLDING
    if moved and not has_room(registration, after):
        raise Refused(_l("There all places are taken, so this cannot be changed now."),
                      "zone" if after.zone != before.zone else "organisation_name")
    write_answers(registration, entry, list_fields(registration.edition_id, registration.badge_kind), complete=complete,
                  frozen=frozen, by=by)
    registration.email = normal_email(entry.email) if entry.email else None
    registration.zone, registration.zones = after.zone, policy.zones_with(after.zone)
    write_entry(registration, entry)
    if moved:
        db.session.flush()
        announce(PlaceFreed(registration.edition_id))


@action
def cancel_own(token: str, *, by: Actor) -> Registration:
    """Somebody will not come after all, and neither will those who would have come along."""
    registration = queries.get_by_token(token, for_update=True)
    rules.require_running(registration.edition)
    leave(registration, _("Cancelled by the holder"))
    for companion in queries.list_companions(registration.id, for_update=True):
        if rules.LIFECYCLE.allows(companion.status, RegistrationStatus.CANCELLED):
            leave(companion, _("Cancelled by the holder"))
    return registration


@action
def register_again(token: str, consents: Collection[ConsentPurpose], *, by: Actor) -> Registration:
    """Somebody who has cancelled comes after all."""
    registration = queries.get_by_token(token, for_update=True)
    edition = registration.edition
    rules.require_registration_open(find_stage(edition.id, StageKind.REGISTRATION), clock.now())
    rules.require_consents(consents)
    rules.require_not_merged(registration)
    policy = get_policy(edition.id, registration.badge_kind)
    _require_still_given(registration)
    policy = replace(policy, needs_approval=rules_kinds.is_looked_at(policy, registration))
    registration.decided_by_id = registration.decided_at = None
    registration.decision_note = ""
    give_consents(registration, edition.name, consents, by)
    if not has_room(registration):
        rules.LIFECYCLE.move(registration, RegistrationStatus.WAITING)
        _wait(registration, policy)
        messages.tell_waiting(registration, edition, language_of(registration))
        return registration
    rules.LIFECYCLE.move(registration, RegistrationStatus.SUBMITTED)
    _go_on(registration, edition, policy, Way(), by, language_of(registration))
    return registration


def _require_still_given(registration: Registration) -> None:
    """A place that somebody else has given, as a host or as a delegation, is theirs to give again."""
    if registration.host_id is not None:
        host = queries.find_registration(registration.host_id, for_update=True)
        if host is None or host.status in {RegistrationStatus.CANCELLED, RegistrationStatus.DECLINED}:
            raise Refused(_l("The person with whom you came is not registered any more. Register by yourself."))
        standing = [one for one in queries.list_companions(host.id) if one.status is not RegistrationStatus.CANCELLED]
        rules_kinds.require_companions_left(get_policy(host.edition_id, host.badge_kind), standing)
    if registration.delegation_id is not None:
        delegation = get_record(Delegation, registration.delegation_id, for_update=True)
        if count_members([delegation.id]).get(delegation.id, 0) >= delegation.places:
            raise Refused(_l("All %(n)s places of this delegation are taken.", n=delegation.places))


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
    """A consent, given later or to a newer text."""
    registration = queries.get_by_token(token, for_update=True)
    rules.require_changeable(registration)
    give_consents(registration, registration.edition.name, [purpose], by)
    return registration


@action
def send_links(edition_id: int, address: str, *, by: Actor) -> None:
    """Somebody has lost their link: it goes to the number or e-mail that the registration has, to nobody else."""
    edition = queries.get_edition(edition_id)
    wanted = normal_email(address, field="address") if "@" in address else normal_phone(address, field="address")
    for found in queries.list_by_address(edition_id, wanted):
        _send_link(found, edition, only=wanted)


def _send_link(registration: Registration, edition: Edition, only: str = "") -> None:
    """Send the link, but no more often than somebody needs it who asks: anybody may ask, and a phone rings each time."""
    if queries.count_links_sent(registration.id, clock.now() - LINKS_WITHIN) < MOST_LINKS:
        messages.tell_link(registration, edition, language_of(registration), only=only)
        record("link_sent", "registration", registration.id)
