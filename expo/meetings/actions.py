"""Wanting to talk, answering, agreeing a time, and noting what came of it."""

from __future__ import annotations

import secrets

from expo.editions.rules import require_not_archived
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, announce
from expo.meetings import messages, queries, rules
from expo.meetings.events import IntentStated, MeetingHeld
from expo.meetings.models import (
    Interest,
    InterestLevel,
    InterestStatus,
    Meeting,
    MeetingOutcome,
    MeetingStatus,
)
from expo.meetings.rules import Party, Place
from expo.people.actions_consents import give_consent, withdraw_consent
from expo.people.models import ConsentPurpose
from expo.people.permissions import P
from expo.projects.models import Project
from expo.projects.queries import get_project_by_id

#: The wording of the consent to pass on a contact (forms.InterestForm.share_contact).
CONSENT_VERSION = "2026-1"


@action
def express_interest(project_id: int, level: InterestLevel, message: str = "", *, shares_contact: bool,
                     by: Actor) -> Interest:
    """Say what one wants of a project; said again, the newer word counts."""
    project = get_project_by_id(project_id)
    rules.require_wanting(project, by)
    rules.require_level(level, shares_contact)
    assert by.person_id is not None
    interest = queries.find_interest(project_id, by.person_id)
    is_new = interest is None or interest.status is InterestStatus.WITHDRAWN
    if interest is None:
        organisation = queries.find_organisation_of(by)
        interest = Interest(project_id=project_id, person_id=by.person_id, level=level, status=InterestStatus.OPEN,
                            organisation_id=organisation.id if organisation else None)
        if level is InterestLevel.NO:
            interest.status = InterestStatus.WITHDRAWN
        db.session.add(interest)
    elif level is InterestLevel.NO:
        _end(interest, by)
    elif interest.status is InterestStatus.WITHDRAWN:
        rules.INTERESTS.move(interest, InterestStatus.OPEN)
        interest.answer, interest.answered_at = "", None
    interest.level, interest.message = level, message.strip()
    if level is not InterestLevel.NO:
        interest.consent_id = give_consent(by.person_id, ConsentPurpose.CONTACT_EXCHANGE, CONSENT_VERSION,
                                           f"project/{project_id}", project.title, by=by)
    db.session.flush()
    if is_new and level is not InterestLevel.NO:
        messages.tell_exhibitor(project, _l("Somebody wants to talk about %(number)s", number=project.number), _l(
            "“%(title)s” has a new interest: %(level)s.\n\n%(words)s\n\nAnswer here: %(url)s", title=project.title,
            level=level.label, words=interest.message, url=messages.interest_url(interest)))
    return interest


@action
def withdraw_interest(interest_id: int, *, by: Actor) -> None:
    """The visitor wants nothing more: the contact is hidden at once, agreed meetings are cancelled and told."""
    interest = _locked(interest_id)
    if rules.require_party(interest, interest.project, by) is not Party.VISITOR:
        raise Refused(_l("Only the visitor can withdraw an interest; you can decline it."))
    _end(interest, by)


@action
def hide_contact(interest_id: int, *, by: Actor) -> None:
    """Take back one's own consent to be known to the other side; the talk itself goes on."""
    interest = _locked(interest_id)
    party = rules.require_party(interest, interest.project, by)
    consent = interest.consent if party is Party.VISITOR else interest.answer_consent
    if consent is None or not rules.living(consent):
        raise Refused(_l("Your contact is not shown any more."))
    withdraw_consent(consent.id, by=by)


@action
def answer_interest(interest_id: int, *, accepted: bool, answer: str, shares_contact: bool, by: Actor) -> Interest:
    """The project's side says yes or no, with words; a yes may come with its own contact."""
    interest = _locked(interest_id)
    project = interest.project
    rules.require_exhibitor(interest, project, by)
    require_not_archived(project.edition)
    rules.INTERESTS.move(interest, InterestStatus.ACCEPTED if accepted else InterestStatus.DECLINED)
    interest.answer, interest.answered_at, interest.answered_by_id = answer.strip(), clock.now(), by.person_id
    if accepted and shares_contact and by.person_id is not None:
        interest.answer_consent_id = give_consent(
            by.person_id, ConsentPurpose.CONTACT_EXCHANGE, CONSENT_VERSION, f"interest/{interest.id}", project.title, by=by)
    if not accepted:
        _cancel_waiting(interest, str(_("The interest was declined.")), by)
    said = _l("accepted") if accepted else _l("declined")
    messages.tell_visitor(interest, _l("Your interest in %(number)s was %(said)s", number=project.number, said=said), _l(
        "Your interest in “%(title)s” was %(said)s.\n\n%(answer)s\n\n%(url)s", title=project.title, said=said,
        answer=interest.answer, url=messages.interest_url(interest)))
    return interest


@action
def propose_meeting(interest_id: int, place: Place, *, by: Actor) -> Meeting:
    """Either side proposes a time and a place."""
    interest = _locked(interest_id)
    party = rules.require_party(interest, interest.project, by)
    require_not_archived(interest.project.edition)
    rules.require_accepted(interest)
    rules.require_place(place, clock.now())
    _require_free(interest.project, interest, place, None)
    meeting = Meeting(interest_id=interest.id, project_id=interest.project_id, proposed_by_id=by.person_id,
                      status=MeetingStatus.PROPOSED, uid=f"{secrets.token_hex(12)}@expo", **vars(place))
    db.session.add(meeting)
    db.session.flush()
    messages.tell_other(interest, meeting, party, _l("A meeting is proposed"), "proposed")
    return meeting


@action
def propose_another(meeting_id: int, place: Place, *, by: Actor) -> Meeting:
    """Another time or place instead; an agreed meeting is open again until the other side accepts."""
    meeting, interest, party = _met(meeting_id, by)
    rules.require_accepted(interest)
    rules.require_place(place, clock.now())
    _require_free(interest.project, interest, place, meeting.id)
    rules.MEETINGS.move(meeting, MeetingStatus.PROPOSED)
    meeting.starts_at, meeting.ends_at = place.starts_at, place.ends_at
    meeting.place, meeting.online_url = place.place, place.online_url
    meeting.proposed_by_id, meeting.sequence = by.person_id, meeting.sequence + 1
    messages.tell_other(interest, meeting, party, _l("Another time is proposed"), "proposed")
    return meeting


@action
def accept_meeting(meeting_id: int, *, by: Actor) -> Meeting:
    """The side that did not propose agrees; both get the calendar entry."""
    meeting, interest, party = _met(meeting_id, by)
    rules.require_accepted(interest)
    rules.require_other_proposed(meeting, interest, party)
    place = Place(meeting.starts_at, meeting.ends_at, meeting.place, meeting.online_url)
    rules.require_place(place, clock.now())
    _require_free(interest.project, interest, place, meeting.id)
    rules.MEETINGS.move(meeting, MeetingStatus.ACCEPTED)
    meeting.sequence += 1
    messages.tell_both(interest, meeting, _l("The meeting is agreed"), "agreed")
    return meeting


@action
def cancel_meeting(meeting_id: int, reason: str | None, *, by: Actor) -> Meeting:
    """Either side, or an organiser of the project's region, calls it off; the other side is told why."""
    meeting, interest = _seen(meeting_id, by)
    if not reason or len(reason.strip()) < 2:
        raise Refused(_l("Give a reason: the other side reads it."), "reason")
    _cancel(meeting, interest, reason.strip()[:200])
    return meeting


@action
def note_result(meeting_id: int, *, held: bool, outcome: MeetingOutcome | None = None, note: str = "",
                amount_fen: int | None = None, by: Actor) -> Meeting:
    """What came of an agreed meeting."""
    meeting, interest = _seen(meeting_id, by)
    rules.require_begun(meeting, clock.now())
    if held and outcome is None:
        raise Refused(_l("Say what came of it."), "outcome")
    rules.MEETINGS.move(meeting, MeetingStatus.HELD if held else MeetingStatus.NO_SHOW)
    meeting.outcome_note = note.strip()
    if not held:
        return meeting
    meeting.outcome = outcome
    meeting.amount_fen = amount_fen if outcome is MeetingOutcome.INTENT else None
    db.session.flush()
    announce(MeetingHeld(meeting.id, interest.project_id))
    if outcome is MeetingOutcome.INTENT:
        announce(IntentStated(meeting.id, interest.project_id, meeting.amount_fen))
    return meeting


def _locked(interest_id: int) -> Interest:
    return queries.get_interest(interest_id, for_update=True)


def _met(meeting_id: int, by: Actor) -> tuple[Meeting, Interest, Party]:
    meeting = queries.get_meeting(meeting_id, for_update=True)
    party = rules.require_party(meeting.interest, meeting.project, by)
    require_not_archived(meeting.project.edition)
    return meeting, _with_project(meeting), party


def _seen(meeting_id: int, by: Actor) -> tuple[Meeting, Interest]:
    """A meeting for its two sides and for organisers."""
    meeting = queries.get_meeting(meeting_id, for_update=True)
    if rules.party_of(meeting.interest, meeting.project, by) is None:
        rules.require_in_scope(meeting.project, by, P.MEETINGS_MANAGE)
    require_not_archived(meeting.project.edition)
    return meeting, _with_project(meeting)


def _with_project(meeting: Meeting) -> Interest:
    interest: Interest = queries.get_interest(meeting.interest_id)
    return interest


def _require_free(project: Project, interest: Interest, place: Place, besides: int | None) -> None:
    people = {interest.person_id} | ({project.exhibitor_id} if project.exhibitor_id is not None else set())
    queries.lock_parties(project.id, people)
    rules.require_free(queries.find_clash_of_project(project.id, place, besides), str(_("this project")))
    for person_id in sorted(people):
        whose = _("the visitor") if person_id == interest.person_id else _("the exhibitor")
        rules.require_free(queries.find_clash_of_person(person_id, place, besides), str(whose))


def _end(interest: Interest, by: Actor) -> None:
    if interest.status is not InterestStatus.WITHDRAWN:
        rules.INTERESTS.move(interest, InterestStatus.WITHDRAWN)
    _cancel_waiting(interest, str(_("The visitor has withdrawn the interest.")), by)
    if interest.consent is not None and rules.living(interest.consent):
        withdraw_consent(interest.consent.id, by=by)


def _cancel_waiting(interest: Interest, reason: str, by: Actor) -> None:
    for meeting in interest.meetings:
        if meeting.status in {MeetingStatus.PROPOSED, MeetingStatus.ACCEPTED}:
            _cancel(meeting, interest, reason)


def _cancel(meeting: Meeting, interest: Interest, reason: str) -> None:
    rules.MEETINGS.move(meeting, MeetingStatus.CANCELLED)
    meeting.cancelled_reason, meeting.sequence = reason, meeting.sequence + 1
    messages.tell_both(interest, meeting, _l("The meeting is cancelled"), "cancelled")
