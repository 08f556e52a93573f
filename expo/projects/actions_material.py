"""What exhibitors (or organisers for them) fill in: texts, facts, pictures, one document, one video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from expo.editions.models import StageKind
from expo.editions.queries import find_stage
from expo.editions.rules import require_not_archived
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, not_found
from expo.kit.files import Received, keep_file
from expo.kit.identity import normal_email, normal_phone
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.text import bigrams
from expo.kit.unit import action
from expo.people.actions_consents import give_consent
from expo.people.models import ConsentPurpose
from expo.pool.fields import parse_fields
from expo.projects import queries, rules
from expo.projects.models import FileRole, Project, ProjectFile, ProjectStatus

#: The wording of the consent to publication that is asked for with handing in (templates/projects/hand_in.html).
CONSENT_VERSION = "2026-1"


@action
def save_basics(project_id: int, *, title: str, title_en: str, summary: str, summary_en: str,
                industry_id: int | None, for_overseas: bool, by: Actor) -> Project:
    """Titles, summaries, industry, and whether people from abroad are shown it."""
    project = _open(project_id, by)
    project.title, project.title_en = rules.require_title(title), title_en.strip()
    project.summary, project.summary_en = summary.strip(), summary_en.strip()
    project.industry_id, project.for_overseas = industry_id, for_overseas
    return _noted(project)


@action
def save_description(project_id: int, *, description: str, by: Actor) -> Project:
    """The long text."""
    project = _open(project_id, by)
    project.description = description.strip()
    return _noted(project)


@action
def save_facts(project_id: int, texts: Mapping[str, str | None], *, by: Actor) -> Project:
    """The kind's own fields, as typed; a value that cannot be read is refused with its field."""
    project = _open(project_id, by)
    values, errors = parse_fields(project.kind, texts)
    for name, message in errors.items():
        raise Refused(message, name)
    project.fields = values
    return _noted(project)


@action
def save_contact(project_id: int, *, owner_name: str, contact_name: str, contact_phone: str, contact_email: str,
                 by: Actor) -> Project:
    """Who owns it and who answers for it. Organisers see this; the public does not see the person."""
    project = _open(project_id, by)
    project.owner_name, project.contact_name = owner_name.strip(), contact_name.strip()
    project.contact_phone = normal_phone(contact_phone, field="contact_phone", mobile=False) if contact_phone else ""
    project.contact_email = normal_email(contact_email, field="contact_email") if contact_email else ""
    return _noted(project)


@action
def add_pictures(project_id: int, received: Sequence[Received], *, by: Actor) -> Project:
    """Put pictures at the gallery's end; the first one becomes the cover. The same picture twice is one."""
    project = _open(project_id, by)
    present = {one.file.sha256 for one in project.files}
    fresh = [one for one in {r.sha256: r for r in received}.values() if one.sha256 not in present]
    pictures = _of(project, FileRole.PICTURE)
    rules.require_room_for_pictures(len(pictures), len(fresh))
    for place, one in enumerate(fresh, max((p.position for p in pictures), default=0) + 1):
        _attach(project, one, FileRole.PICTURE, place, by)
    if project.cover_id is None or _is_drawn(project):
        first = min(_of(project, FileRole.PICTURE), key=lambda p: p.position, default=None)
        project.cover_id = first.file_id if first is not None else project.cover_id
    return _noted(project)


@action
def put_file(project_id: int, received: Received, role: FileRole, *, by: Actor) -> Project:
    """The one document or the one video; a new one takes the old one's place."""
    project = _open(project_id, by)
    for old in _of(project, role):
        _detach(project, old)
    db.session.flush()
    _attach(project, received, role, 0, by)
    return _noted(project)


@action
def describe_picture(project_id: int, file_id: int, caption: str, *, by: Actor) -> Project:
    """A line under a picture."""
    project = _open(project_id, by)
    _file(project, file_id).caption = caption.strip()[:200]
    return project


@action
def move_picture(project_id: int, file_id: int, steps: int, *, by: Actor) -> Project:
    """Move a picture forwards (negative) or backwards in the gallery."""
    project = _open(project_id, by)
    pictures = sorted(_of(project, FileRole.PICTURE), key=lambda p: p.position)
    moved = _file(project, file_id)
    place = pictures.index(moved)
    pictures.remove(moved)
    pictures.insert(max(0, min(len(pictures), place + steps)), moved)
    for position, picture in enumerate(pictures, 1):
        picture.position = position
    return project


@action
def choose_cover(project_id: int, file_id: int, *, by: Actor) -> Project:
    """The picture that stands for the project in the hall."""
    project = _open(project_id, by)
    chosen = _file(project, file_id)
    if chosen.role is not FileRole.PICTURE:
        raise not_found()
    project.cover_id = chosen.file_id
    return project


@action
def remove_file(project_id: int, file_id: int, *, by: Actor) -> Project:
    """Take a picture, the document or the video away."""
    project = _open(project_id, by)
    _detach(project, _file(project, file_id))
    if project.cover_id is None:
        first = min(_of(project, FileRole.PICTURE), key=lambda p: p.position, default=None)
        project.cover_id = first.file_id if first is not None else None
    return _noted(project)


@action
def hand_in(project_id: int, *, may_publish: bool, by: Actor) -> Project:
    """The material is complete; the exhibitor consents to its publication."""
    project = _open(project_id, by)
    if not may_publish:
        raise Refused(_l("Without your consent the material cannot be published."), "may_publish")
    rules.require_complete(project, queries.roles_of(project))
    rules.LIFECYCLE.move(project, ProjectStatus.HANDED_IN)
    project.handed_in_at, project.remarks = clock.now(), ""
    if by.person_id is not None:
        project.consent_id = give_consent(by.person_id, ConsentPurpose.PUBLICATION, CONSENT_VERSION,
                                          f"project/{project.id}", project.title, by=by)
    return project


@action
def take_back(project_id: int, *, by: Actor) -> Project:
    """The exhibitor goes on working before anybody has accepted the material; the deadline holds."""
    project = queries.get_for_update(project_id)
    rules.require_side(project, by)
    require_not_archived(project.edition)
    if project.status is not ProjectStatus.HANDED_IN:
        raise Refused(_l("Only material that waits for acceptance can be taken back."))
    rules.LIFECYCLE.move(project, ProjectStatus.CONFIRMED)
    rules.require_may_edit(project, by, find_stage(project.edition_id, StageKind.MATERIAL), clock.now())
    project.handed_in_at = None
    return project


def _open(project_id: int, by: Actor) -> Project:
    """The project, locked, if the actor may change its material now."""
    project = queries.get_for_update(project_id)
    rules.require_side(project, by)
    require_not_archived(project.edition)
    rules.require_may_edit(project, by, find_stage(project.edition_id, StageKind.MATERIAL), clock.now())
    return project


def _noted(project: Project) -> Project:
    project.completeness = rules.completeness(project, queries.roles_of(project))
    project.search_text = search_text_of(project)
    return project


def search_text_of(project: Project) -> str:
    """What a search for the project looks through."""
    said: list[Any] = [project.title, project.title_en, project.summary, project.summary_en, project.owner_name,
                       project.number, project.description[:3000]]
    return bigrams(" ".join(str(text) for text in said if text))


def _of(project: Project, role: FileRole) -> list[ProjectFile]:
    return [one for one in project.files if one.role is role]


def _file(project: Project, file_id: int) -> ProjectFile:
    found = next((one for one in project.files if one.id == file_id), None)
    if found is None:
        raise not_found()
    return found


def _attach(project: Project, received: Received, role: FileRole, position: int, by: Actor) -> None:
    file = keep_file(received, is_public=False, by=by)
    link = ProjectFile(project_id=project.id, file_id=file.id, file=file, role=role, position=position)
    project.files.append(link)
    db.session.flush()


def _detach(project: Project, link: ProjectFile) -> None:
    if project.cover_id == link.file_id:
        project.cover_id = None
    project.files.remove(link)
    db.session.delete(link)


def _is_drawn(project: Project) -> bool:
    """Whether the cover is the program's own picture, which gives way to the first real one."""
    return all(one.file_id != project.cover_id for one in project.files)
