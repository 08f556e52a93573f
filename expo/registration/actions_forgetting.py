"""Forgetting: on somebody's own wish, or because the time of keeping is over. Counts stay what they were."""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.access import SYSTEM, Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record
from expo.kit.files import delete_file
from expo.kit.jobs import Job, start_job
from expo.kit.language import _
from expo.kit.outbox import OutboxMessage
from expo.kit.unit import action, announce, record
from expo.people.actions_merging import forget_if_unknown
from expo.people.models import ConsentPurpose
from expo.registration import actions_messages as messages
from expo.registration import queries, queries_forgetting, rules
from expo.registration.actions import index, language_of
from expo.registration.actions_leaving import end_badge, leave
from expo.registration.events import RegistrationErased
from expo.registration.models import BadgeStatus, Registration, RegistrationStatus
from expo.registration.models_badges import BadgePrint
from expo.registration.models_forms import FieldType, KeptThing, RetentionTime
from expo.registration.models_invitations import Invitation
from expo.registration.queries_consents import list_consents, list_to_ask
from expo.registration.queries_kinds import list_all_fields, list_retention, list_wordings
from expo.registration.rules_retention import DEFAULT_DAYS, due_things


@action
def erase_own(token: str, *, by: Actor) -> None:
    """Forget the holder of a link. Who would still come does not; that somebody of this kind and city was there stays."""
    registration = queries.get_by_token(token, for_update=True)
    edition = registration.edition
    while registration.merged_into_id is not None:
        registration = queries.find_registration(registration.merged_into_id, for_update=True) or registration
    for companion in queries.list_companions(registration.id, for_update=True):
        _erase(companion, edition)
    _erase(registration, edition)


def _erase(registration: Registration, edition: Edition) -> None:
    if registration.anonymised_at is not None:
        return
    comes = clock.today(current_config().timezone) <= edition.ends_on
    if comes and rules.LIFECYCLE.allows(registration.status, RegistrationStatus.CANCELLED):
        leave(registration, _("Erased on the holder's wish"))
    for consent in list_consents(registration):
        consent.withdrawn_at = consent.withdrawn_at or clock.now()
    for address in filter(None, (registration.phone, registration.email)):
        # Other people may be reached on the same phone; what was written about them stays.
        db.session.execute(sa.delete(OutboxMessage).where(OutboxMessage.address == address, sa.or_(
            OutboxMessage.body.contains(registration.token, autoescape=True),
            OutboxMessage.body.contains(registration.name, autoescape=True))))
    for double in queries_forgetting.list_merged_into(registration.id):
        _erase(double, edition)
    _strike_out(registration)
    anonymise(registration)
    record("erased", "registration", registration.id)


def _strike_out(registration: Registration) -> None:
    """Take somebody out of the lists in which their name stands beside others'."""
    for run in queries_forgetting.list_runs(registration.edition_id, registration.id):
        run.overflows, run.boxes, run.photoless = (
            [row for row in rows if row[0] not in (registration.id, registration.name)]
            for rows in (run.overflows, run.boxes, run.photoless))
    said = {registration.name, registration.phone, registration.phone.removeprefix("+86"), registration.email} - {"", None}
    for sheet in queries_forgetting.list_sheets(registration.delegation_id) if registration.delegation_id else ():
        sheet.rows = [row for row in sheet.rows
                      if row["number"] != registration.id and not said & {row["name"], row["phone"], row["email"]}]
        sheet.errors = [error for error in sheet.errors if not said & set(error[4])]


def anonymise(registration: Registration) -> None:
    """Take everything out that says who it was; runs inside an action."""
    end_badge(registration.id, BadgeStatus.CANCELLED, _("Erased"))
    forget_proofs(registration)
    registration.name = str(_("Anonymised"))
    registration.phone, registration.email, registration.birth_year = "", None, None
    registration.organisation_name = registration.job_title = registration.search_text = ""
    registration.answers = {}
    # A declined registration has a reason; who it was about is gone from it.
    registration.decision_note = str(_("Anonymised")) if registration.decision_note else ""
    # The old link opens nothing any more, not even that there was somebody.
    registration.token = secrets.token_urlsafe(16)
    registration.anonymised_at = clock.now()
    for badge in queries_forgetting.list_badges(registration.id):
        badge.signed, badge.ended_reason = "", str(_("Erased"))
    db.session.flush()
    announce(RegistrationErased(registration.edition_id, registration.id, registration.person_id))
    if not queries_forgetting.has_named_registration(registration.person_id):
        forget_if_unknown(registration.person_id)


def forget_proofs(registration: Registration) -> bool:
    """Delete the files that were handed in; whether there were any."""
    keys = {one.key for one in list_all_fields(registration.edition_id)[registration.badge_kind] if one.kind is FieldType.FILE}
    files = [value for key, value in registration.answers.items() if key in keys and isinstance(value, int)]
    for file_id in files:
        delete_file(file_id)
    registration.answers = {key: value for key, value in registration.answers.items() if key not in keys}
    return bool(files)


def start_forgetting() -> None:
    """Daily: one job for each thing of each edition whose time of keeping is over and that was not gone through yet."""
    today = clock.today(current_config().timezone)
    for edition in queries_forgetting.list_past_editions(today):
        times = list_retention(edition.id)
        for thing in due_things(edition.ends_on, today, times):
            if thing not in times or times[thing].done_at is None:
                _start(edition.id, edition.name, thing)


@action
def _start(edition_id: int, name: str, thing: KeptThing, *, by: Actor = SYSTEM) -> Job:
    return start_job("registration.forget", {"edition_id": edition_id, "thing": thing.value}, by=by,
                     title=_("Forget what is due: %(thing)s (%(edition)s)", thing=thing.label, edition=name))


@action
def forget_some(edition_id: int, thing: KeptThing, after: int, most: int, *, by: Actor) -> tuple[int, int]:
    """Go through the next registrations: (the last one's number, how many)."""
    found = queries_forgetting.list_after(edition_id, after, most)
    for registration in found:
        _FORGET[thing](registration)
    return (found[-1].id, len(found)) if found else (after, 0)


def _forget_answers(registration: Registration) -> None:
    forget_proofs(registration)
    registration.answers = {}


def _forget_contacts(registration: Registration) -> None:
    registration.phone, registration.email = "", None
    index(registration)


_FORGET: dict[KeptThing, Any] = {
    KeptThing.PROOFS: forget_proofs, KeptThing.ANSWERS: _forget_answers, KeptThing.CONTACTS: _forget_contacts,
    KeptThing.NAMES: anonymise,
}


@action
def note_forgotten(edition_id: int, thing: KeptThing, number: int, *, by: Actor) -> None:
    """All of it was gone through."""
    row = list_retention(edition_id).get(thing)
    if row is None:
        row = RetentionTime(edition_id=edition_id, thing=thing, days=DEFAULT_DAYS[thing])
        db.session.add(row)
    row.done_at = clock.now()
    if thing is KeptThing.NAMES:
        _forget_lists(edition_id)
    record("forgotten", "edition", edition_id, {"thing": thing.value, "registrations": number})


def _forget_lists(edition_id: int) -> None:
    """With the last names go the papers and sheets on which they stand, and those who kept them."""
    for run in queries_forgetting.list_runs(edition_id):
        files = (run.file_id, run.index_id)
        db.session.execute(sa.update(BadgePrint).where(BadgePrint.run_id == run.id).values(run_id=None))
        db.session.delete(run)
        db.session.flush()
        for file_id in files:
            delete_file(file_id)
    for delegation in queries_forgetting.list_delegations(edition_id):
        for sheet in queries_forgetting.list_sheets(delegation.id):
            db.session.delete(sheet)
        delegation.contact_name, delegation.contact_phone, delegation.contact_email = str(_("Anonymised")), "", None
        delegation.token, delegation.ended_at = secrets.token_urlsafe(16), delegation.ended_at or clock.now()
    db.session.execute(sa.update(Invitation).where(Invitation.edition_id == edition_id).values(note=""))


@action
def ask_some_again(edition_id: int, purpose: ConsentPurpose, after: int, most: int, job_id: int, told: int, *, by: Actor
                   ) -> tuple[int, int]:
    """Send the next ones a message; how far it came is stored with it, so that nobody gets it twice."""
    edition = queries.get_edition(edition_id)
    found = list_to_ask(edition_id, purpose, list_wordings(edition_id)[purpose].version, after, most)
    for registration in found:
        messages.tell_new_wording(registration, edition, language_of(registration))
    if not found:
        return after, 0
    job = get_record(Job, job_id, for_update=True)
    job.checkpoint = {"after": found[-1].id, "told": told + len(found)}
    return found[-1].id, len(found)
