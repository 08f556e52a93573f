"""From the final list to an exhibitor who takes part."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from expo.editions.models import Edition
from expo.editions.queries import get_edition_by_id
from expo.editions.rules import require_not_archived
from expo.editions.words import ProjectKind
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.identity import normal_email, normal_phone
from expo.kit.jobs import start_job
from expo.kit.language import DEFAULT, _, _l, speaking
from expo.kit.outbox import send_mail, send_sms
from expo.kit.refusals import Refused
from expo.kit.text import bigrams
from expo.kit.unit import acting, action, announce
from expo.people.permissions import P
from expo.places.queries import city_of, get_region
from expo.projects import queries, rules, rules_invitations
from expo.projects.events import ProjectInvited
from expo.projects.models import FileRole, Project, ProjectStatus
from expo.shortlist.events import ListFinalised
from expo.shortlist.models import Candidate

INVITATIONS = "projects.send_invitations"


@dataclass(frozen=True)
class DirectReport:
    """A project that no ticket stands behind (直报)."""

    title: str
    kind: ProjectKind
    region_id: int
    reason: str
    owner_name: str = ""
    industry_id: int | None = None
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""


@action
def invite_projects(edition_id: int, candidate_ids: Collection[int], *, by: Actor) -> list[int]:
    """Make one project of each candidate that has none yet; doing it again makes nothing twice.

    The invitations leave by a job, so that thousands of them do not hold up everybody else's writing.
    """
    edition = get_edition_by_id(edition_id, for_update=True)
    candidates = queries.list_candidates_without_project(edition_id, candidate_ids)
    if not candidates:
        return []
    projects = [_project_of(candidate) for candidate in candidates]
    _give_numbers(edition, projects)
    _match_exhibitors(projects)
    db.session.add_all(projects)
    db.session.flush()
    for project in projects:
        announce(ProjectInvited(project.id))
    start_job(INVITATIONS, {"edition_id": edition_id}, by=by, title=_l("Send invitations to exhibitors"))
    return [project.id for project in projects]


def invite_final_list(fact: ListFinalised) -> None:
    """Reaction: the shortlist is final."""
    invite_projects(fact.edition_id, fact.candidate_ids, by=acting())


@action
def report_directly(edition_id: int, report: DirectReport, *, by: Actor) -> Project:
    """Take a project into the edition without a ticket, for a reason."""
    edition = get_edition_by_id(edition_id, for_update=True)
    require_not_archived(edition)
    region = get_region(report.region_id)
    by.require(P.PROJECTS_MANAGE, region_path=region.path, edition_id=edition_id)
    organisation = queries.find_organisation_named(report.owner_name) if report.owner_name else None
    project = Project(
        edition_id=edition_id, direct_reason=rules.require_reason(report.reason), kind=report.kind,
        side=report.kind.side, title=rules.require_title(report.title), industry_id=report.industry_id,
        region_id=region.id, region_path=region.path, city_id=city_of(region).id, owner_name=report.owner_name,
        organisation_id=organisation.id if organisation else None, contact_name=report.contact_name,
        contact_phone=_phone(report.contact_phone), contact_email=_email(report.contact_email),
        status=ProjectStatus.INVITED, fields={}, description="", summary="", completeness=0,
    )
    _note_derived(project)
    _give_numbers(edition, [project])
    _match_exhibitors([project])
    db.session.add(project)
    db.session.flush()
    announce(ProjectInvited(project.id))
    start_job(INVITATIONS, {"edition_id": edition_id}, by=by, title=_l("Send invitations to exhibitors"))
    return project


@action
def send_invitation(project_id: int, *, by: Actor) -> bool:
    """Send (or send again) the invitation to the project's contact; ``False`` when nothing can reach it (a landline)."""
    project = queries.get_for_update(project_id)
    if by.person_id is not None:
        rules.require_in_scope(project, by, P.PROJECTS_MANAGE)
    if project.status is not ProjectStatus.INVITED:
        raise Refused(_l("This project has been confirmed already; it needs no invitation."))
    project.invitation_sent_at = clock.now()
    with speaking(project.exhibitor.language if project.exhibitor else DEFAULT):
        return _send(project)


@action
def change_contact(project_id: int, *, name: str, phone: str, email: str, by: Actor) -> None:
    """An organiser mends how the exhibitor is reached; links sent before lose their worth."""
    project = queries.get_for_update(project_id)
    rules.require_in_scope(project, by, P.PROJECTS_MANAGE)
    require_not_archived(project.edition)
    phone, email = _phone(phone), _email(email)
    if not (phone or email):
        raise Refused(_l("Give a phone number or an e-mail address."), "phone")
    changed = (phone, email) != (project.contact_phone, project.contact_email)
    project.contact_name, project.contact_phone, project.contact_email = name.strip(), phone, email
    project.completeness = rules.completeness(project, queries.roles_of(project))
    if changed and project.status is ProjectStatus.INVITED:
        project.exhibitor_id = None
        _match_exhibitors([project])
        project.invitation_sent_at = None


@action
def claim_project(token: str, *, by: Actor) -> Project:
    """Whoever holds the invitation's link answers for the project from now on."""
    secret = current_config().secret_key
    project = queries.get_for_update(rules_invitations.read_project_id(secret, token))
    rules_invitations.require_present_contact(secret, token, project)
    rules.require_claimable(project, by)
    project.exhibitor_id = by.person_id
    return project


@action
def confirm_project(project_id: int, *, by: Actor) -> Project:
    """The exhibitor takes part."""
    project = queries.get_for_update(project_id)
    rules.require_side(project, by)
    require_not_archived(project.edition)
    rules.LIFECYCLE.move(project, ProjectStatus.CONFIRMED)
    if project.exhibitor_id is None and rules.is_exhibitor(project, by):
        project.exhibitor_id = by.person_id
    return project


def _project_of(candidate: Candidate) -> Project:
    ticket = candidate.ticket
    project = Project(
        edition_id=candidate.edition_id, ticket_id=ticket.id, candidate_id=candidate.id, side=candidate.side,
        kind=candidate.kind, title=ticket.title, summary="", description=ticket.description,
        fields=dict(ticket.fields), industry_id=candidate.industry_id, region_id=candidate.region_id,
        region_path=candidate.region_path, city_id=candidate.city_id, organisation_id=ticket.organisation_id,
        owner_name=ticket.owner_name, contact_name=ticket.contact_name, synthetic=ticket.synthetic,
        contact_phone=_known_phone(ticket.contact_phone), contact_email=_known_email(ticket.contact_email),
        status=ProjectStatus.INVITED,
    )
    _note_derived(project)
    return project


def _note_derived(project: Project) -> None:
    no_files: set[FileRole] = set()
    project.completeness = rules.completeness(project, no_files)
    project.search_text = bigrams(f"{project.title} {project.owner_name}")


def _give_numbers(edition: Edition, projects: list[Project]) -> None:
    """Called under the edition's lock, so that no number is given twice."""
    last = queries.last_number(edition.id)
    start = int(last.rpartition("-")[2]) if last else 0
    for place, project in enumerate(projects, start + 1):
        project.number = f"{edition.slug}-{place:05d}"


def _match_exhibitors(projects: list[Project]) -> None:
    answerable = queries.find_answerable(
        {p.contact_phone for p in projects}, {p.contact_email for p in projects},
        {p.organisation_id for p in projects if p.organisation_id is not None},
    )
    for project in projects:
        project.exhibitor_id = answerable.match(project.contact_phone, project.contact_email, project.organisation_id)


def _send(project: Project) -> bool:
    config = current_config()
    token = rules_invitations.make_token(config.secret_key, project)
    url = f"{config.public_url}/work/exhibitor/claim/{token}"
    values = {"name": project.contact_name or _("exhibitor"), "title": project.title, "number": project.number,
              "edition": project.edition.name, "url": url, "site": config.site_name}
    if project.contact_email:
        send_mail(project.contact_email, _("Your project is invited to %(edition)s", edition=project.edition.name), _(
            "Dear %(name)s,\n\nyour project “%(title)s” (%(number)s) has been selected for %(edition)s.\n\n"
            "Open this link, sign in, confirm that you take part and fill in the project's page:\n%(url)s\n\n%(site)s",
            **values,
        ))
    if rules.is_mobile(project.contact_phone):
        send_sms(project.contact_phone, _(
            "[%(site)s] “%(title)s” is invited to %(edition)s. Confirm and fill in the project's page: %(url)s", **values
        ))
    return bool(project.contact_email) or rules.is_mobile(project.contact_phone)


def _phone(text: str | None) -> str:
    return normal_phone(text, field="contact_phone", mobile=False) if text else ""


def _email(text: str | None) -> str:
    return normal_email(text, field="contact_email") if text else ""


def _known_phone(text: str) -> str:
    """A ticket's phone in the form in which persons are found; what is no number at all is left to the organiser."""
    try:
        return _phone(text)
    except Refused:
        return ""


def _known_email(text: str) -> str:
    try:
        return _email(text)
    except Refused:
        return ""
