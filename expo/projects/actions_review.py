"""Organisers accept, return, publish and withdraw."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from expo.editions.rules import require_not_archived
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.files import Received, keep_file
from expo.kit.jobs import start_job
from expo.kit.language import DEFAULT, _l, speaking
from expo.kit.memo import renew_pages
from expo.kit.outbox import send_mail, send_sms
from expo.kit.refusals import Refused
from expo.kit.unit import action, announce, record
from expo.people.permissions import P
from expo.projects import queries, rules
from expo.projects.events import ProjectPublished, ProjectWithdrawn
from expo.projects.models import Project, ProjectStatus
from expo.projects.rules import Checks

COVERS = "projects.draw_covers"


@action
def accept_material(project_id: int, checks: Checks, *, by: Actor) -> Project:
    """The material is fit to be shown; who ticked which check is kept."""
    project = _decided(project_id, P.PROJECTS_ACCEPT, by)
    rules.require_checks(project, checks)
    rules.require_complete(project, queries.roles_of(project))
    project.accepted_by_id, project.accepted_at, project.acceptance = by.person_id, clock.now(), asdict(checks)
    rules.LIFECYCLE.move(project, ProjectStatus.ACCEPTED)
    return project


@action
def return_material(project_id: int, remarks: str | None, *, by: Actor) -> Project:
    """Back to the exhibitor, with what is to be changed; they may work on it even after the deadline."""
    project = _decided(project_id, P.PROJECTS_ACCEPT, by)
    if not remarks or len(remarks.strip()) < 4:
        raise Refused(_l("Say what is to be changed: the exhibitor reads it."), "remarks")
    rules.LIFECYCLE.move(project, ProjectStatus.CONFIRMED)
    project.remarks, project.handed_in_at = remarks.strip(), None
    project.accepted_at, project.accepted_by_id, project.acceptance = None, None, {}
    _tell(project, _l("Please complete your project %(number)s", number=project.number), _l(
        "The material of “%(title)s” was returned with these remarks:\n\n%(remarks)s\n\nGo on here: %(url)s",
        title=project.title, remarks=project.remarks, url=_own_url(project)))
    return project


@action
def publish_project(project_id: int, *, by: Actor) -> Project:
    """Open the project's page to everybody."""
    project = _decided(project_id, P.PROJECTS_MANAGE, by)
    _publish(project)
    _after_publishing(project.edition_id, [project], by)
    return project


@action
def publish_projects(edition_id: int, ids: Collection[int], paths: Collection[str], *, by: Actor) -> int:
    """Publish those of the chosen ones that are accepted; how many that were."""
    ready = [p for p in queries.list_for_update(edition_id, ids, paths) if p.status is ProjectStatus.ACCEPTED]
    for project in ready:
        rules.require_in_scope(project, by, P.PROJECTS_MANAGE)
        _publish(project)
    _after_publishing(edition_id, ready, by)
    return len(ready)


@action
def take_offline(project_id: int, reason: str | None, *, by: Actor) -> Project:
    """Close a published page for now; it stays accepted and can be published again."""
    project = _decided(project_id, P.PROJECTS_MANAGE, by)
    record("taken_offline", "project", project.id, {"reason": [None, rules.require_reason(reason)]})
    rules.LIFECYCLE.move(project, ProjectStatus.ACCEPTED)
    _open_files(project, False)
    renew_pages(f"edition/{project.edition_id}")
    return project


@action
def withdraw_project(project_id: int, reason: str | None, *, by: Actor) -> Project:
    """The project takes no part: by the exhibitor's wish until it is accepted, by an organiser's decision always."""
    project = queries.get_for_update(project_id)
    rules.require_side(project, by)
    require_not_archived(project.edition)
    late = project.status in {ProjectStatus.ACCEPTED, ProjectStatus.PUBLISHED}
    if late and not rules.may_manage(project, by):
        raise Refused(_l("The material has been accepted already. Ask the organiser to withdraw the project."))
    project.withdrawn_reason = rules.require_reason(reason)[:300]
    rules.LIFECYCLE.move(project, ProjectStatus.WITHDRAWN)
    _open_files(project, False)
    announce(ProjectWithdrawn(project.id, project.withdrawn_reason))
    renew_pages(f"edition/{project.edition_id}")
    return project


@action
def reinstate_project(project_id: int, *, by: Actor) -> Project:
    """A withdrawn project takes part after all, from the invitation on; its material is still there."""
    project = _decided(project_id, P.PROJECTS_MANAGE, by)
    rules.LIFECYCLE.move(project, ProjectStatus.INVITED)
    project.withdrawn_reason, project.invitation_sent_at = "", None
    project.accepted_at, project.accepted_by_id, project.acceptance, project.published_at = None, None, {}, None
    return project


@action
def place_in_zone(project_id: int, zone: str, *, by: Actor) -> Project:
    """In which exhibition zone it is shown on site."""
    project = _decided(project_id, P.PROJECTS_MANAGE, by)
    project.zone = zone.strip()[:60]
    if project.status is ProjectStatus.PUBLISHED:
        renew_pages(f"edition/{project.edition_id}")
    return project


@action
def set_drawn_cover(project_id: int, received: Received, *, by: Actor) -> None:
    """Give a project without a picture the program's own one; a real one that came meanwhile stays."""
    project = queries.get_for_update(project_id)
    if project.cover_id is not None:
        return
    project.cover_id = keep_file(received, is_public=True, by=by).id
    renew_pages(f"edition/{project.edition_id}")


@action
def unmask_contact(project_id: int, *, by: Actor) -> Project:
    """Show the contact in clear, and keep who looked."""
    project = queries.get_for_update(project_id)
    if not rules.is_exhibitor(project, by):
        rules.require_in_scope(project, by, P.PROJECTS_READ)
        by.require(P.PEOPLE_UNMASK, region_path=project.region_path)
    record("unmasked", "project", project.id)
    return project


@action
def note_export(edition_id: int, rows: int, *, by: Actor) -> None:
    """Who took the list along, and how long it was."""
    record("exported", "edition", edition_id, {"rows": [None, rows]})


def _decided(project_id: int, permission: P, by: Actor) -> Project:
    project = queries.get_for_update(project_id)
    rules.require_in_scope(project, by, permission)
    require_not_archived(project.edition)
    return project


def _publish(project: Project) -> None:
    project.published_at = clock.now()
    rules.LIFECYCLE.move(project, ProjectStatus.PUBLISHED)
    _open_files(project, True)
    announce(ProjectPublished(project.id))


def _open_files(project: Project, is_public: bool) -> None:
    """Files of a page may be fetched by everybody exactly as long as the page may."""
    for one in project.files:
        one.file.is_public = is_public


def _after_publishing(edition_id: int, projects: list[Project], by: Actor) -> None:
    if not projects:
        return
    renew_pages(f"edition/{edition_id}")
    if any(project.cover_id is None for project in projects):
        start_job(COVERS, {"edition_id": edition_id}, by=by, title=_l("Draw covers for projects without pictures"))
    for project in projects:
        _tell(project, _l("Your project %(number)s is published", number=project.number), _l(
            "“%(title)s” can now be seen by everybody, and keeps this address after the expo:\n%(url)s",
            title=project.title, url=f"{current_config().public_url}/projects/{project.number}"))


def _tell(project: Project, subject: Any, body: Any) -> None:
    """A mail to the project's contact in their language, or a text message where there is no mail address."""
    with speaking(project.exhibitor.language if project.exhibitor else DEFAULT):
        if project.contact_email:
            send_mail(project.contact_email, subject, body)
        elif rules.is_mobile(project.contact_phone):
            send_sms(project.contact_phone, f"[{current_config().site_name}] {subject}")


def _own_url(project: Project) -> str:
    return f"{current_config().public_url}/work/exhibitor/projects/{project.number}"


