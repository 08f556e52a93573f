"""What waits for somebody: one count per task, each within the reader's regions, each with the list that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from expo.editions.models import Edition
from expo.followup.models import Case, CaseStatus
from expo.followup.queries import overdue_clause
from expo.judging.models import Assignment, AssignmentStatus, Panel, PanelStatus, Submission
from expo.kit.access import Actor
from expo.kit.db import db, in_regions
from expo.kit.jobs import Job, JobStatus
from expo.kit.language import _l
from expo.kit.outbox import MessageStatus, OutboxMessage
from expo.meetings.models import Interest, InterestStatus, Meeting, MeetingStatus
from expo.people.models import Membership, MembershipStatus
from expo.people.permissions import P
from expo.pool.models import Ticket, TicketStatus
from expo.programme.models import Session
from expo.projects.models import Project, ProjectStatus
from expo.registration.models import Registration, RegistrationStatus
from expo.shortlist.models import Candidate, CandidateStatus, Objection
from expo.signings.models import Signing, SigningStatus


@dataclass(frozen=True)
class Asked:
    """Who asks, about which edition, on which day."""

    actor: Actor
    edition: Edition | None
    today: date

    def paths(self, permission: P) -> Sequence[str]:
        return self.actor.region_paths(permission, self.edition.id if self.edition else None)


@dataclass(frozen=True)
class Task:
    """A kind of work: how many things wait, and the page that lists them."""

    label: Any
    endpoint: str
    arguments: dict[str, str]
    permission: P | None
    count: Callable[[Asked], sa.Select[Any] | None]
    in_edition: bool = False
    urgent: bool = False


@dataclass(frozen=True)
class Waiting:
    """A task with its number."""

    task: Task
    number: int


def list_waiting(asked: Asked) -> list[Waiting]:
    """The tasks of this person with what waits in each, those with nothing left out, urgent ones first."""
    statements: list[tuple[Task, Any]] = []
    for task in TASKS:
        if task.permission is not None and not asked.actor.may(task.permission):
            continue
        if task.in_edition and asked.edition is None:
            continue
        statement = task.count(asked)
        if statement is not None:
            statements.append((task, statement.scalar_subquery()))
    if not statements:
        return []
    row = db.session.execute(sa.select(*(s for _, s in statements))).one()
    waiting = [Waiting(task, number) for (task, _), number in zip(statements, row, strict=True) if number]
    return sorted(waiting, key=lambda w: not w.task.urgent)


def _count(model: Any, *clauses: Any) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(model).where(*clauses)


def _edition(model: Any, permission: P, *clauses: Any) -> Callable[[Asked], sa.Select[Any]]:
    """Rows of the edition one works in, within one's regions."""

    def count(asked: Asked) -> sa.Select[Any]:
        assert asked.edition is not None
        return _count(model, model.edition_id == asked.edition.id, in_regions(model.region_path, asked.paths(permission)),
                      *clauses)

    return count


def _own_tickets(late: bool) -> Callable[[Asked], sa.Select[Any]]:
    def count(asked: Asked) -> sa.Select[Any]:
        due = Ticket.next_due_on < asked.today if late else Ticket.next_due_on == asked.today
        return _count(Ticket, Ticket.caretaker_id == asked.actor.person_id, Ticket.status == TicketStatus.OPEN, due)

    return count


def _open_tickets(asked: Asked) -> sa.Select[Any]:
    return _count(Ticket, Ticket.caretaker_id == asked.actor.person_id, Ticket.status == TicketStatus.OPEN)


def _open_cases(asked: Asked) -> sa.Select[Any]:
    return _count(Case, Case.owner_id == asked.actor.person_id, Case.status != CaseStatus.SETTLED)


def _own_cases(asked: Asked) -> sa.Select[Any]:
    return _count(Case, Case.owner_id == asked.actor.person_id, overdue_clause(asked.today))


def _without_caretaker(asked: Asked) -> sa.Select[Any]:
    return _count(Ticket, Ticket.caretaker_id.is_(None), Ticket.status == TicketStatus.OPEN,
                  in_regions(Ticket.region_path, asked.paths(P.POOL_ASSIGN)))


def _to_score(asked: Asked) -> sa.Select[Any]:
    return (
        _count(Assignment, Assignment.person_id == asked.actor.person_id, Assignment.status == AssignmentStatus.ASSIGNED,
               Panel.status == PanelStatus.OPEN)
        .join(Submission, Submission.id == Assignment.submission_id).join(Panel, Panel.id == Submission.panel_id)
    )


def _exhibits(asked: Asked) -> sa.ColumnElement[bool]:
    mine = Project.exhibitor_id == asked.actor.person_id
    return sa.or_(mine, Project.organisation_id.in_(asked.actor.organisation_ids)) if asked.actor.organisation_ids else mine


def _material(asked: Asked) -> sa.Select[Any]:
    return _count(Project, _exhibits(asked), Project.status.in_([ProjectStatus.INVITED, ProjectStatus.CONFIRMED]))


def _interests(asked: Asked) -> sa.Select[Any]:
    return _count(Interest, _exhibits(asked), Interest.status == InterestStatus.OPEN).join(
        Project, Project.id == Interest.project_id)


def _proposals(asked: Asked) -> sa.Select[Any]:
    return (
        _count(Meeting, Meeting.status == MeetingStatus.PROPOSED, Meeting.proposed_by_id != asked.actor.person_id,
               sa.or_(Interest.person_id == asked.actor.person_id, _exhibits(asked)))
        .join(Interest, Interest.id == Meeting.interest_id).join(Project, Project.id == Meeting.project_id)
    )


def _requests(asked: Asked) -> sa.Select[Any] | None:
    if not asked.actor.organisation_ids:
        return None
    return _count(Membership, Membership.status == MembershipStatus.REQUESTED,
                  Membership.organisation_id.in_(asked.actor.organisation_ids))


def _objections(asked: Asked) -> sa.Select[Any]:
    assert asked.edition is not None
    return _count(Objection, Objection.answered_at.is_(None), Candidate.edition_id == asked.edition.id).join(
        Candidate, Candidate.id == Objection.candidate_id)


def _failed_jobs(_asked: Asked) -> sa.Select[Any]:
    return _count(Job, Job.status == JobStatus.FAILED)


def _failed_messages(_asked: Asked) -> sa.Select[Any]:
    return _count(OutboxMessage, OutboxMessage.status == MessageStatus.FAILED)


#: In the order of the loop; the pages named here show the same rows that are counted.
TASKS: tuple[Task, ...] = (
    Task(_l("My tickets are overdue"), "pool.mine", {}, P.POOL_SERVE, _own_tickets(late=True), urgent=True),
    Task(_l("My tickets are due today"), "pool.mine", {}, P.POOL_SERVE, _own_tickets(late=False)),
    Task(_l("My open tickets"), "pool.mine", {}, P.POOL_SERVE, _open_tickets),
    Task(_l("My cases are overdue"), "followup.my_cases", {}, None, _own_cases, urgent=True),
    Task(_l("My open cases"), "followup.my_cases", {}, P.FOLLOWUP_SERVE, _open_cases),
    Task(_l("Submissions to score"), "judging.list_mine", {}, P.JUDGING_SCORE, _to_score),
    Task(_l("My projects need their material"), "projects.list_own", {}, None, _material, urgent=True),
    Task(_l("Visitors wait for an answer"), "meetings.list_inbox", {}, None, _interests, urgent=True),
    Task(_l("Meetings are proposed to me"), "meetings.list_own", {}, None, _proposals),
    Task(_l("People ask to join my organisation"), "people.account", {}, None, _requests),
    Task(_l("Tickets without a caretaker"), "pool.list_tickets", {"caretaker": "none", "status": "open"}, P.POOL_ASSIGN,
         _without_caretaker),
    Task(_l("Candidates to endorse"), "shortlist.list_candidates", {"status": "nominated"}, P.SHORTLIST_ENDORSE,
         _edition(Candidate, P.SHORTLIST_ENDORSE, Candidate.status == CandidateStatus.NOMINATED), in_edition=True),
    Task(_l("Candidates were returned for completion"), "shortlist.list_candidates", {"status": "returned"},
         P.SHORTLIST_NOMINATE, _edition(Candidate, P.SHORTLIST_NOMINATE, Candidate.status == CandidateStatus.RETURNED),
         in_edition=True),
    Task(_l("Decisions wait for their release"), "shortlist.list_candidates", {"pending": "any"}, P.SHORTLIST_RELEASE,
         _edition(Candidate, P.SHORTLIST_RELEASE, Candidate.pending_decision.is_not(None)), in_edition=True),
    Task(_l("Objections to answer"), "shortlist.list_notices", {}, P.SHORTLIST_NOTICE, _objections, in_edition=True,
         urgent=True),
    Task(_l("Material to accept"), "projects.list_projects", {"status": "handed_in"}, P.PROJECTS_ACCEPT,
         _edition(Project, P.PROJECTS_ACCEPT, Project.status == ProjectStatus.HANDED_IN), in_edition=True),
    Task(_l("Accepted projects to publish"), "projects.list_projects", {"status": "accepted"}, P.PROJECTS_ACCEPT,
         _edition(Project, P.PROJECTS_ACCEPT, Project.status == ProjectStatus.ACCEPTED), in_edition=True),
    Task(_l("Sessions without a place"), "programme.list_sessions", {"placed": "no"}, P.PROGRAMME_EDIT,
         _edition(Session, P.PROGRAMME_EDIT, Session.slot_id.is_(None)), in_edition=True),
    Task(_l("Registrations to approve"), "registration.list_registrations", {"status": "submitted"}, P.REGISTRATION_MANAGE,
         _edition(Registration, P.REGISTRATION_MANAGE, Registration.status == RegistrationStatus.SUBMITTED), in_edition=True),
    Task(_l("Agreements in preparation"), "signings.list_signings", {"status": "drafted"}, P.SIGNINGS_MANAGE,
         _edition(Signing, P.SIGNINGS_MANAGE, Signing.status == SigningStatus.DRAFTED), in_edition=True),
    Task(_l("Cases without an owner"), "followup.list_cases", {"status": "unassigned"}, P.FOLLOWUP_MANAGE,
         _edition(Case, P.FOLLOWUP_MANAGE, Case.status == CaseStatus.UNASSIGNED), in_edition=True, urgent=True),
    Task(_l("Cases were escalated to you"), "followup.list_cases", {"level": "1"}, P.FOLLOWUP_MANAGE,
         _edition(Case, P.FOLLOWUP_MANAGE, Case.escalation >= 1, Case.status != CaseStatus.SETTLED), in_edition=True,
         urgent=True),
    Task(_l("Jobs failed"), "kit.show_site", {}, P.JOBS_MANAGE, _failed_jobs, urgent=True),
    Task(_l("Messages could not be sent"), "kit.show_site", {}, P.JOBS_MANAGE, _failed_messages, urgent=True),
)
