"""Opening cases and working in them."""

from __future__ import annotations

from datetime import date

from expo.followup import queries, rules
from expo.followup.events import CaseResponded, CaseSettled
from expo.followup.models import Case, CaseEntry, CaseOutcome, CaseStatus, EntryKind
from expo.kit import clock
from expo.kit.access import SYSTEM, Actor
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.language import _, _l
from expo.kit.outbox import send_sms
from expo.kit.refusals import Refused
from expo.kit.unit import action, announce
from expo.people.permissions import P
from expo.places.queries import city_of, get_region
from expo.pool.actions import open_ticket, reopen_ticket, set_next_step
from expo.pool.actions_assign import assign_caretaker
from expo.pool.models import Ticket, TicketStatus
from expo.pool.queries import get_ticket
from expo.pool.queries_caretakers import find_caretaker, list_caretakers
from expo.projects.models import Project
from expo.shortlist.actions import carry_over


def today() -> date:
    """The day in the event's zone."""
    return clock.today(current_config().timezone)


@action
def open_case(project_id: int, *, by: Actor = SYSTEM) -> Case:
    """Open the one case of a project and find its owner; a project that has one already keeps it."""
    project = queries.get_project(project_id)
    known = queries.find_case_of_project(project_id)
    if known is not None:
        return known
    ticket = _carrying_ticket(project)
    region = get_region(project.region_id)
    edition = queries.get_edition(project.edition_id)
    case = Case(
        edition_id=project.edition_id, project_id=project.id, ticket_id=ticket.id, region_id=region.id,
        region_path=project.region_path, city_id=city_of(region).id,
        due_on=rules.response_deadline(today(), edition.response_days),
    )
    db.session.add(case)
    db.session.flush()
    _note(case, EntryKind.OPENED, today(), "", by)
    owner = _present_caretaker(ticket) or _choose_owner(project.region_path)
    if owner is not None:
        _hand_over(case, owner, by)
    return case


@action
def open_cases(project_ids: list[int], *, by: Actor = SYSTEM) -> int:
    """Open the cases of several projects at once; how many there are now."""
    for project_id in project_ids:
        open_case(project_id, by=by)
    return len(project_ids)


def _carrying_ticket(project: Project) -> Ticket:
    """The ticket through which the caretaker sees the case: the project's own, or a new one for a direct report."""
    if project.ticket_id is None:
        ticket = open_ticket(kind=project.kind, title=project.title, region_id=project.region_id, by=SYSTEM,
                             description=project.description, organisation_id=project.organisation_id,
                             owner_name=project.owner_name, contact_name=project.contact_name,
                             contact_phone=project.contact_phone, contact_email=project.contact_email,
                             source=_("Directly reported project %(number)s", number=project.number))
        project.ticket_id = ticket.id
        return ticket
    ticket = get_ticket(project.ticket_id, for_update=True)
    if ticket.status is TicketStatus.CLOSED:
        reopen_ticket(ticket.id, _("Follow-up of project %(number)s", number=project.number), by=SYSTEM)
    return ticket


def _present_caretaker(ticket: Ticket) -> int | None:
    """Whoever already takes care of the ticket goes on with it, if they still may."""
    if ticket.caretaker_id is None:
        return None
    caretaker = find_caretaker(ticket.caretaker_id, today())
    return ticket.caretaker_id if caretaker and caretaker.serves(ticket.region_path) else None


def _choose_owner(region_path: str) -> int | None:
    loads = queries.count_open_cases()
    caretakers = [
        rules.Helper(c.id, c.region_paths, c.open + loads.get(c.id, 0)) for c in list_caretakers([region_path], today())
        if not c.is_external
    ]
    return rules.choose_owner(caretakers, queries.list_organisers(today()), region_path)


def _hand_over(case: Case, owner_id: int, by: Actor) -> None:
    """Give a case (and the ticket that carries it) to its owner."""
    if case.status is CaseStatus.UNASSIGNED:
        rules.LIFECYCLE.move(case, CaseStatus.ASSIGNED)
    case.owner_id = owner_id
    db.session.flush()
    [owner] = queries.list_people([owner_id])
    _note(case, EntryKind.ASSIGNED, today(), owner.name, by)
    caretaker = find_caretaker(owner_id, today())
    if caretaker is not None and caretaker.serves(case.region_path):
        ticket = get_ticket(case.ticket_id)
        if ticket.status is TicketStatus.CLOSED:
            reopen_ticket(ticket.id, _("Follow-up"), by=SYSTEM)
        assign_caretaker(case.ticket_id, owner_id, by=SYSTEM)
        if case.responded_on is None:
            set_next_step(case.ticket_id, _("Tell the owner a first result"), case.due_on, by=SYSTEM)


@action
def assign_case(case_id: int, owner_id: int, *, by: Actor) -> None:
    """Hand a case to another owner: a caretaker who serves its region, or an organiser above it."""
    case = _open_case_of(case_id, by, manage=True)
    allowed = {person_id for person_id, _label in owner_choices(case)}
    if owner_id not in allowed:
        raise Refused(_l("This person neither serves the region of the project nor organises it."), "owner_id")
    if case.owner_id == owner_id:
        raise Refused(_l("The case is with this person already."), "owner_id")
    _hand_over(case, owner_id, by)


def owner_choices(case: Case) -> list[tuple[int, str]]:
    """Who may own a case, with what they carry: caretakers first, the least loaded first."""
    loads = queries.count_open_cases()
    caretakers = [c for c in list_caretakers([case.region_path], today()) if c.serves(case.region_path)]
    choices = [(c.id, f"{c.name}（{c.open + loads.get(c.id, 0)}）") for c in caretakers]
    known = {c.id for c in caretakers}
    above = [o.person_id for o in queries.list_organisers(today())
             if case.region_path.startswith(o.region_paths) and o.person_id not in known]
    return choices + [(p.id, p.name) for p in queries.list_people(above)]


@action
def respond(case_id: int, happened_on: date | None, note: str | None, *, by: Actor) -> None:
    """Note the response (回音): a dated result that the project's owner has been told."""
    case = _open_case_of(case_id, by)
    note = rules.require_note(note)
    happened_on = rules.require_dated(happened_on, case.opened_at.astimezone(current_config().timezone).date(), today())
    rules.LIFECYCLE.move(case, CaseStatus.RESPONDED)
    case.responded_on, case.escalation = happened_on, 0
    _note(case, EntryKind.RESPONSE, happened_on, note, by)
    announce(CaseResponded(case.id))


@action
def note_progress(case_id: int, happened_on: date | None, note: str | None, next_step: str | None,
                  next_due_on: date | None, *, by: Actor) -> None:
    """Note what happened and what comes next; the first note after the response sets the case in progress."""
    case = _open_case_of(case_id, by)
    note = rules.require_note(note)
    happened_on = rules.require_dated(happened_on, case.opened_at.astimezone(current_config().timezone).date(), today())
    if case.status is not CaseStatus.PROGRESSING:
        rules.LIFECYCLE.move(case, CaseStatus.PROGRESSING)
    case.next_step, case.next_due_on = next_step or "", next_due_on
    _note(case, EntryKind.PROGRESS, happened_on, note, by)
    ticket = get_ticket(case.ticket_id)
    if ticket.status is TicketStatus.OPEN:
        set_next_step(ticket.id, next_step, next_due_on, by=SYSTEM)


@action
def settle(case_id: int, outcome: CaseOutcome, note: str | None, *, by: Actor) -> None:
    """Bring a case to rest (着落). Passed to the next edition, its ticket becomes a candidate there."""
    case = _open_case_of(case_id, by)
    rules.require_reason(outcome, note)
    rules.LIFECYCLE.move(case, CaseStatus.SETTLED)
    case.outcome, case.outcome_note, case.settled_at = outcome, note or "", clock.now()
    case.next_step, case.next_due_on, case.escalation = "", None, 0
    _note(case, EntryKind.SETTLED, today(), note or "", by)
    if outcome is CaseOutcome.NEXT_EDITION:
        _carry_over(case, note)
    announce(CaseSettled(case.id, outcome))


def _carry_over(case: Case, note: str | None) -> None:
    following = queries.find_next_edition(case.edition.ends_on)
    if following is None:
        raise Refused(_l("There is no next edition yet. Set it up first, then pass the project on."), "outcome")
    carry_over(case.ticket_id, following.id,
               note or _("Passed on from %(edition)s, project %(number)s", edition=case.edition.name,
                         number=case.project.number), by=SYSTEM)


@action
def reopen_case(case_id: int, reason: str | None, *, by: Actor) -> None:
    """Take a settled case up again, with a reason."""
    case = queries.get_case(case_id, for_update=True)
    rules.require_work(by, case)
    rules.require_not_archived(case.edition)
    reason = rules.require_note(reason, "reason")
    rules.LIFECYCLE.move(case, CaseStatus.PROGRESSING)
    case.outcome, case.outcome_note, case.settled_at = None, "", None
    _note(case, EntryKind.REOPENED, today(), reason, by)


@action
def escalate_overdue(*, by: Actor = SYSTEM) -> int:
    """Move every case that is late to its level and tell the organisers there; run daily, does nothing twice."""
    moved = 0
    organisers = queries.list_organisers(today())
    for case in queries.list_late_cases(today()):
        level = rules.escalation_due(case.due_on, today())
        if level <= case.escalation:
            continue
        case.escalation, case.escalated_at = level, clock.now()
        _note(case, EntryKind.ESCALATED, today(), "", by)
        _tell_organisers(case, level, organisers)
        moved += 1
    return moved


def _tell_organisers(case: Case, level: int, organisers: list[rules.Helper]) -> None:
    """Level 1 reaches the county's organisers, 2 the city's, 3 the province's; an empty level falls to the next."""
    parts = case.region_path.strip("/").split("/")
    for depth in range(max(1, 4 - level), 0, -1):
        path = "/" + "/".join(parts[:depth]) + "/"
        people = queries.list_people([o.person_id for o in organisers if path in o.region_paths])
        for person in people:
            if person.phone:
                send_sms(person.phone, _("Overdue: project %(number)s has had no response since %(day)s.",
                                         number=case.project.number, day=case.due_on.isoformat()))
        if people:
            return


def _open_case_of(case_id: int, by: Actor, *, manage: bool = False) -> Case:
    case = queries.get_case(case_id, for_update=True)
    if manage:
        by.require(P.FOLLOWUP_MANAGE, region_path=case.region_path, edition_id=case.edition_id)
    else:
        rules.require_work(by, case)
    rules.require_not_archived(case.edition)
    if case.status is CaseStatus.SETTLED:
        raise Refused(_l("This case is settled. Reopen it first, with a reason."))
    return case


def _note(case: Case, kind: EntryKind, on: date, note: str, by: Actor) -> None:
    db.session.add(CaseEntry(case_id=case.id, kind=kind, happened_on=on, note=note, by_id=by.person_id))
