"""What a project needs, who may touch it, and when. Pure: values and loaded records in, nothing or a refusal out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.editions.models import Stage, StageKind
from expo.editions.rules import is_open, require_open
from expo.kit.access import Actor
from expo.kit.db import not_found
from expo.kit.identity import normal_phone
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.people.permissions import P
from expo.pool.fields import fields_of, missing_fields
from expo.projects.models import FileRole, Project, ProjectStatus

LIFECYCLE = Lifecycle(
    {
        ProjectStatus.INVITED: {ProjectStatus.CONFIRMED, ProjectStatus.WITHDRAWN},
        ProjectStatus.CONFIRMED: {ProjectStatus.HANDED_IN, ProjectStatus.WITHDRAWN},
        # Back to "confirmed": returned with remarks, or taken back by the exhibitor before anybody has accepted it.
        ProjectStatus.HANDED_IN: {ProjectStatus.ACCEPTED, ProjectStatus.CONFIRMED, ProjectStatus.WITHDRAWN},
        ProjectStatus.ACCEPTED: {ProjectStatus.PUBLISHED, ProjectStatus.CONFIRMED, ProjectStatus.WITHDRAWN},
        ProjectStatus.PUBLISHED: {ProjectStatus.ACCEPTED, ProjectStatus.WITHDRAWN},
        ProjectStatus.WITHDRAWN: {ProjectStatus.INVITED},
    }
)
MOST_PICTURES = 12
LEAST_DESCRIPTION = 50
#: What an exhibitor may still change, and what an organiser may change for them.
EDITABLE_BY_EXHIBITOR = frozenset({ProjectStatus.CONFIRMED})
EDITABLE_BY_ORGANISER = frozenset(
    {ProjectStatus.INVITED, ProjectStatus.CONFIRMED, ProjectStatus.HANDED_IN, ProjectStatus.ACCEPTED}
)


@dataclass(frozen=True)
class Part:
    """Something that a project's page needs, and the section in which it is filled in."""

    key: str
    label: Any
    section: str


@dataclass(frozen=True)
class Checks:
    """What a reviewer ticks before a project may be shown."""

    confidentiality: bool
    novelty: bool
    export: bool = False


def missing_parts(project: Project, roles: Collection[FileRole]) -> list[Part]:
    """What must still be filled in before handing in; ``roles`` are those of the project's files."""
    wanted = [
        (not project.summary, Part("summary", _l("Summary"), "basics")),
        (project.industry_id is None, Part("industry", _l("Industry"), "basics")),
        (len(project.description) < LEAST_DESCRIPTION, Part("description", _l("Description"), "description")),
        *((True, Part(field.name, field.label, "facts")) for field in missing_fields(project.kind, project.fields)),
        (FileRole.PICTURE not in roles, Part("picture", _l("A picture"), "files")),
        (not project.contact_name, Part("contact_name", _l("Contact person"), "contact")),
        (not (project.contact_phone or project.contact_email),
         Part("contact_address", _l("Phone or e-mail"), "contact")),
    ]
    return [part for is_missing, part in wanted if is_missing]


def completeness(project: Project, roles: Collection[FileRole]) -> int:
    """The share of needed parts that are there, in percent; 100 exactly when nothing is missing."""
    needed = 6 + sum(field.required for field in fields_of(project.kind))
    return (needed - len(missing_parts(project, roles))) * 100 // needed


def is_exhibitor(project: Project, actor: Actor) -> bool:
    """Whether the actor stands on the project's side: its exhibitor, or one who acts for its organisation."""
    if actor.person_id is None:
        return False
    return project.exhibitor_id == actor.person_id or (
        project.organisation_id is not None and project.organisation_id in actor.organisation_ids
    )


def may_manage(project: Project, actor: Actor) -> bool:
    """Whether the actor organises the project's region in its edition."""
    return actor.may(P.PROJECTS_MANAGE, region_path=project.region_path, edition_id=project.edition_id)


def may_see(project: Project, actor: Actor) -> bool:
    """Whether the actor may see it before (and whether or not) the public does."""
    return is_exhibitor(project, actor) or actor.may(
        P.PROJECTS_READ, region_path=project.region_path, edition_id=project.edition_id
    )


def require_side(project: Project, actor: Actor) -> None:
    """To everybody but the exhibitor's side and its organisers, an unpublished project does not exist."""
    if not is_exhibitor(project, actor) and not may_manage(project, actor):
        raise not_found()


def require_in_scope(project: Project, actor: Actor, permission: P) -> None:
    """A project of another region looks the same as none at all."""
    if not actor.may(permission, region_path=project.region_path, edition_id=project.edition_id):
        raise not_found()


def may_edit(project: Project, actor: Actor, stage: Stage | None, at: datetime) -> bool:
    """Whether the actor may change the material now."""
    if may_manage(project, actor) and project.status in EDITABLE_BY_ORGANISER:
        return True
    return is_exhibitor(project, actor) and project.status in EDITABLE_BY_EXHIBITOR and is_material_open(project, stage, at)


def is_material_open(project: Project, stage: Stage | None, at: datetime) -> bool:
    """Whether exhibitors may still work on it: until the deadline, and after it when it was returned with remarks."""
    return is_open(stage, at) or bool(project.remarks)


def require_may_edit(project: Project, actor: Actor, stage: Stage | None, at: datetime) -> None:
    """Raise what is to be said when the material may not be changed."""
    require_side(project, actor)
    if may_edit(project, actor, stage, at):
        return
    if project.status is ProjectStatus.INVITED:
        raise Refused(_l("Confirm first that you take part; then the material can be filled in."))
    if project.status not in EDITABLE_BY_EXHIBITOR:
        raise Refused(_l("The material is “%(status)s” and cannot be changed now. Ask the organiser to return it to you.",
                         status=project.status.label))
    require_open(stage, StageKind.MATERIAL, at)


def require_complete(project: Project, roles: Collection[FileRole]) -> None:
    """Raise :class:`Refused`, naming what is missing."""
    missing = missing_parts(project, roles)
    if missing:
        raise Refused(_l("Still missing: %(parts)s. Fill in these first.",
                         parts=", ".join(str(part.label) for part in missing)))


def require_checks(project: Project, checks: Checks) -> None:
    """Publication cannot be taken back: nothing is accepted without the checks the law asks for."""
    if not checks.confidentiality:
        raise Refused(_l("Tick the confidentiality check: without it nothing may be shown."), "confidentiality")
    if not checks.novelty:
        raise Refused(_l("Tick that the owner knows what publication means for a patent."), "novelty")
    if project.for_overseas and not checks.export:
        raise Refused(_l("This project is shown to people from abroad: tick the export check as well."), "export")


def require_reason(reason: str | None, field: str = "reason") -> str:
    """A reason in words."""
    if not reason or len(reason.strip()) < 2:
        raise Refused(_l("Give a reason: it stands in the project's history."), field)
    return reason.strip()


def require_title(title: str | None) -> str:
    """A title that a list can show."""
    title = " ".join((title or "").split())
    if not 4 <= len(title) <= 200:
        raise Refused(_l("A title has 4 to 200 characters."), "title")
    return title


def require_room_for_pictures(present: int, coming: int) -> None:
    """A gallery is looked through, an archive is not."""
    if present + coming > MOST_PICTURES:
        raise Refused(_l("At most %(most)s pictures; there are %(present)s already. Remove some first.",
                         most=MOST_PICTURES, present=present), "pictures")


def is_mobile(phone: str) -> bool:
    """Whether a text message reaches this number."""
    try:
        return bool(phone) and bool(normal_phone(phone))
    except Refused:
        return False


def require_claimable(project: Project, actor: Actor) -> None:
    """A project is claimed once; whoever has it answers for it."""
    if project.status is ProjectStatus.WITHDRAWN:
        raise Refused(_l("This project was withdrawn. Ask the organiser if that was a mistake."))
    if project.exhibitor_id is not None and project.exhibitor_id != actor.person_id:
        raise Refused(_l("Somebody else answers for this project already. Ask the organiser to change its contact."))
