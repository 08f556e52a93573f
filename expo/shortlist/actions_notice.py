"""Public notice (公示): publish, object, answer, make the list final."""

from __future__ import annotations

from datetime import datetime

from expo.editions.models import StageKind
from expo.editions.queries import find_stage, get_edition_by_id
from expo.editions.rules import require_not_archived, require_open
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.identity import normal_email, normal_phone
from expo.kit.language import _, _l
from expo.kit.outbox import send_mail, send_sms
from expo.kit.refusals import Refused
from expo.kit.unit import action, announce, record
from expo.people.permissions import P
from expo.shortlist import queries_notice
from expo.shortlist.events import ListFinalised
from expo.shortlist.models import CandidateStatus, Decision, Notice, Objection
from expo.shortlist.rules import require_finalisable, require_noticed

#: The version of the privacy text above the objection form; change it together with the text.
CONSENT_VERSION = "2026-1"


@action
def publish_notice(edition_id: int, *, title: str, text: str, opens_at: datetime, closes_at: datetime,
                   by: Actor) -> Notice:
    """Put all selected candidates that stand on no notice yet onto a new one."""
    by.require(P.SHORTLIST_NOTICE, edition_id=edition_id)
    require_not_archived(get_edition_by_id(edition_id, for_update=True))
    require_open(find_stage(edition_id, StageKind.NOTICE), StageKind.NOTICE, clock.now())
    if closes_at <= max(opens_at, clock.now()):
        raise Refused(_l("The notice must close after it opens, and later than now."), field="closes_at")
    candidates = queries_notice.list_unnoticed(edition_id)
    if not candidates:
        raise Refused(_l("No selected candidate is waiting for a notice. Release decisions first."))
    notice = Notice(edition_id=edition_id, title=title, text=text, opens_at=opens_at, closes_at=closes_at)
    db.session.add(notice)
    db.session.flush()
    for candidate in candidates:
        candidate.notice_id = notice.id
    return notice


@action
def extend_notice(notice_id: int, closes_at: datetime, *, by: Actor) -> None:
    """Give more time for objections; a notice is never shortened below now."""
    notice = _get(notice_id, by)
    if notice.finalised_at is not None:
        raise Refused(_l("This list is final already."))
    if closes_at <= clock.now() or closes_at <= notice.opens_at:
        raise Refused(_l("The notice must close after it opens, and later than now."), field="closes_at")
    notice.closes_at = closes_at


@action
def object_to(notice_id: int, candidate_id: int, *, name: str, contact: str, text: str, by: Actor) -> None:
    """Anybody objects to a candidate on an open notice; name and contact are for the answer only."""
    notice = queries_notice.get_notice(notice_id, for_update=True)
    require_noticed(notice, clock.now())
    candidate = queries_notice.get_noticed(candidate_id, notice_id)
    contact = normal_email(contact, field="contact") if "@" in contact else normal_phone(contact, field="contact")
    db.session.add(Objection(notice_id=notice_id, candidate_id=candidate.id, name=name, contact=contact, text=text,
                             consent_version=CONSENT_VERSION))


@action
def answer_objection(notice_id: int, objection_id: int, answer: str, is_upheld: bool, *, by: Actor) -> None:
    """Answer an objection once; an upheld one becomes a pending decision that a second person must release."""
    notice = _get(notice_id, by)
    objection = queries_notice.get_objection(objection_id, notice_id, for_update=True)
    if notice.finalised_at is not None or objection.answered_at is not None:
        raise Refused(_l("This objection was answered already. Reload the page to read the answer."))
    objection.answer, objection.is_upheld = answer, is_upheld
    objection.answered_by_id, objection.answered_at = by.person_id, clock.now()
    candidate = objection.candidate
    if is_upheld and candidate.status is CandidateStatus.SELECTED and candidate.pending_decision is None:
        candidate.pending_decision, candidate.is_proposed = Decision.DECLINED, False
        candidate.decided_by_id, candidate.decided_at = by.person_id, clock.now()
        candidate.reason, candidate.hurdle = _("Objection upheld: %(answer)s", answer=answer), None
    _send_answer(objection)


def _send_answer(objection: Objection) -> None:
    title = objection.candidate.ticket.title
    text = _("Your objection to “%(title)s” has been examined and %(result)s. Answer: %(answer)s", title=title,
             result=_("upheld") if objection.is_upheld else _("not upheld"), answer=objection.answer)
    if "@" in objection.contact:
        send_mail(objection.contact, _("Answer to your objection: %(title)s", title=title), text)
    else:
        send_sms(objection.contact, text)


@action
def show_objector(notice_id: int, objection_id: int, *, by: Actor) -> tuple[str, str]:
    """Name and contact of whoever objected, in clear; the history says who looked."""
    by.require(P.PEOPLE_UNMASK)
    _get(notice_id, by)
    objection = queries_notice.get_objection(objection_id, notice_id)
    record("unmasked", "objection", objection_id, {})
    return objection.name, objection.contact


@action
def finalise_notice(notice_id: int, *, by: Actor) -> int:
    """Make the list final: every candidate that is still selected becomes a project. Returns how many."""
    notice = _get(notice_id, by)
    _all, unanswered = queries_notice.count_objections([notice_id]).get(notice_id, (0, 0))
    require_finalisable(notice, unanswered, queries_notice.count_pending_on(notice_id), clock.now(),
                        queries_notice.count_upheld_on(notice_id))
    notice.finalised_at = clock.now()
    candidate_ids = queries_notice.list_noticed_ids(notice_id)
    announce(ListFinalised(notice.edition_id, tuple(candidate_ids)))
    return len(candidate_ids)


def _get(notice_id: int, by: Actor) -> Notice:
    notice = queries_notice.get_notice(notice_id, for_update=True)
    by.require(P.SHORTLIST_NOTICE, edition_id=notice.edition_id)
    require_not_archived(notice.edition)
    return notice
