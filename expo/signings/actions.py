"""From the intent to the registered contract: opening, changing, freezing, signing, registering, voiding."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from expo.editions.models import Edition
from expo.editions.queries import get_edition_by_id
from expo.editions.rules import require_not_archived
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, not_found
from expo.kit.files import Received, keep_file
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, announce, record
from expo.meetings.models import Meeting
from expo.people.models import Organisation
from expo.people.permissions import P
from expo.projects.models import Project
from expo.signings import clauses, papers, queries, rules
from expo.signings.events import SigningSigned
from expo.signings.models import AgreementKind, AgreementVersion, Signing, SigningParty, SigningStatus

#: The end of a serial: no 0/O, 1/I. With the rate limit of the check page nobody finds serials by trying.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_RANDOM_LETTERS = 4


def today() -> date:
    """The day in the event's zone."""
    return clock.today(current_config().timezone)


@action
def open_signing(edition_id: int, kind: AgreementKind, *, by: Actor, project_number: str | None = None,
                 meeting_id: int | None = None, region_id: int | None = None, title: str | None = None,
                 amount_fen: int = 0) -> Signing:
    """Begin a signing: after a meeting with the intent to sign, for a project, or between organisations of a region."""
    edition = get_edition_by_id(edition_id, for_update=True)
    require_not_archived(edition)
    meeting = _agreed_meeting(meeting_id)
    project = meeting.project if meeting else _project(project_number, edition)
    rules.require_kind(kind, project is not None)
    if project is not None and project.edition_id != edition.id:
        raise Refused(_l("This project belongs to another edition."), "project_number")
    region = _where(project, region_id, edition, by)
    signing = Signing(
        serial=_new_serial(edition), edition_id=edition.id, kind=kind, project_id=project.id if project else None,
        meeting_id=meeting.id if meeting else None, title=title or (project.title if project else ""),
        region_id=region[0], region_path=region[1],
        amount_fen=amount_fen or (meeting.amount_fen or 0 if meeting else 0), terms={},
    )
    if not signing.title:
        raise Refused(_l("Give the agreement a title."), "title")
    db.session.add(signing)
    db.session.flush()
    _first_parties(signing, project, meeting)
    return signing


def _agreed_meeting(meeting_id: int | None) -> Meeting | None:
    if meeting_id is None:
        return None
    meeting = queries.get_meeting(meeting_id)
    rules.require_intent(meeting)
    known = queries.find_of_meeting(meeting_id)
    if known is not None:
        raise Refused(_l("This meeting has its signing already: %(serial)s.", serial=known.serial))
    return meeting


def _project(number: str | None, edition: Edition) -> Project | None:
    if not number:
        return None
    project = queries.find_project(number.strip())
    if project is None or project.edition_id != edition.id:
        raise Refused(_l("There is no project “%(number)s” in this edition.", number=number), "project_number")
    return project


def _where(project: Project | None, region_id: int | None, edition: Edition, by: Actor) -> tuple[int, str]:
    """The region that a signing counts for: the project's, or the chosen one."""
    if project is not None:
        by.require(P.SIGNINGS_MANAGE, region_path=project.region_path, edition_id=edition.id)
        return project.region_id, project.region_path
    if region_id is None:
        raise Refused(_l("Choose the region that this agreement counts for."), "region_id")
    region = queries.get_region(region_id, by.region_paths(P.SIGNINGS_MANAGE, edition.id))
    return region.id, region.path


def _new_serial(edition: Edition) -> str:
    """QY-2026-0042-7F3K: counted within the year, its end not to be guessed. Under the edition's lock."""
    prefix = f"QY-{edition.starts_on.year}-"
    last = queries.last_serial(prefix)
    number = int(last.removeprefix(prefix).split("-")[0]) + 1 if last else 1
    return f"{prefix}{number:04d}-{''.join(secrets.choice(_LETTERS) for _ in range(_RANDOM_LETTERS))}"


def _first_parties(signing: Signing, project: Project | None, meeting: Meeting | None) -> None:
    """The project's owner and, after a meeting, whoever wanted to talk; their data are completed on the page."""
    sides: list[tuple[Organisation | None, str]] = []
    if project is not None and (project.organisation is not None or project.owner_name):
        sides.append((project.organisation, project.owner_name))
    if meeting is not None and meeting.interest.organisation is not None:
        sides.append((meeting.interest.organisation, ""))
    for position, (organisation, name) in enumerate(sides, 1):
        party = SigningParty(signing_id=signing.id, position=position, name=name)
        if organisation is not None:
            take_snapshot(party, organisation)
        db.session.add(party)


def take_snapshot(party: SigningParty, organisation: Organisation) -> None:
    """Write down an organisation as it is today: later changes of it do not rewrite the agreement."""
    party.organisation_id, party.name = organisation.id, organisation.name
    party.credit_code = organisation.credit_code or ""
    party.address, party.legal_representative = organisation.address, organisation.legal_representative


def get_managed(signing_id: int, by: Actor) -> Signing:
    """A signing, locked, that the actor manages; hidden from those who may not even see it."""
    signing = queries.get_signing(signing_id, for_update=True)
    if not rules.may_see(by, signing):
        raise not_found()
    by.require(P.SIGNINGS_MANAGE, region_path=signing.region_path, edition_id=signing.edition_id)
    require_not_archived(signing.edition)
    return signing


@action
def edit_record(signing_id: int, *, kind: AgreementKind, title: str, amount_fen: int,
                project_number: str | None = None, by: Actor) -> None:
    """Change what is agreed about; clauses that the new kind does not know are dropped."""
    signing = get_managed(signing_id, by)
    rules.require_open_text(signing)
    project = _project(project_number, signing.edition)
    rules.require_kind(kind, project is not None)
    if project is not None and project.id != signing.project_id:
        signing.region_id, signing.region_path = _where(project, None, signing.edition, by)
        signing.project_id = project.id
    elif project is None:
        signing.project_id = None
    if kind is not signing.kind:
        signing.terms = clauses.parse_terms(kind, clauses.texts_of(kind, _fitting(kind, signing.terms)))[0]
    signing.kind, signing.title, signing.amount_fen = kind, title, amount_fen


def _fitting(kind: AgreementKind, terms: Mapping[str, Any]) -> dict[str, Any]:
    """Values that the clauses of another kind can take over: choices only where they offer the same."""
    kept = {}
    for clause in clauses.clauses_of(kind):
        value = terms.get(clause.name)
        if value is not None and (not clause.choices or value in {c.value for c in clause.choices}):
            kept[clause.name] = value
    return kept


@action
def draft(signing_id: int, *, by: Actor) -> None:
    """Begin with the text: from now on the parties' members may fill in their own data."""
    signing = get_managed(signing_id, by)
    if len([p for p in rules.parties_of(signing) if p.name]) < 2:
        raise Refused(_l("Enter at least two parties first."))
    rules.LIFECYCLE.move(signing, SigningStatus.DRAFTED)


@action
def fill_clauses(signing_id: int, kind: AgreementKind, texts: Mapping[str, str | None], *, by: Actor) -> None:
    """Write the clauses; what is required is asked for only when the text is frozen."""
    signing = get_managed(signing_id, by)
    rules.require_open_text(signing)
    if kind is not signing.kind:
        raise Refused(_l("The kind of this agreement was changed meanwhile. Reload the page to see its clauses."))
    values, errors = clauses.parse_terms(kind, texts)
    for name, why in errors.items():
        raise Refused(why, name)
    signing.terms = values


def prepare_issue(signing_id: int, by: Actor) -> papers.Issue:
    """The paper to be frozen, set and stored outside of any transaction, which it would hold up for long."""
    signing = queries.get_signing(signing_id)
    if not rules.may_see(by, signing):
        raise not_found()
    by.require(P.SIGNINGS_MANAGE, region_path=signing.region_path, edition_id=signing.edition_id)
    rules.LIFECYCLE.require(signing.status, SigningStatus.FROZEN)
    rules.require_complete(rules.problems(signing, public_seller=queries.has_public_seller(signing)))
    return papers.issue(signing)


@action
def freeze(signing_id: int, issue: papers.Issue, *, by: Actor) -> AgreementVersion:
    """Freeze the text as the paper shows it; refused if anything was changed since the paper was set."""
    signing = get_managed(signing_id, by)
    rules.require_complete(rules.problems(signing, public_seller=queries.has_public_seller(signing)))
    number = len(signing.versions) + 1
    if papers.content_of(signing, number) != issue.content:
        raise Refused(_l("Somebody changed the agreement while its paper was being made. Read it again, then freeze it."))
    rules.LIFECYCLE.move(signing, SigningStatus.FROZEN)
    file = keep_file(issue.received, by=by)
    version = AgreementVersion(signing_id=signing.id, number=number, content=issue.content, sha256=file.sha256,
                               file_id=file.id)
    db.session.add(version)
    record("issued", "signing", signing.id, {"version": [None, number], "sha256": [None, file.sha256]})
    return version


@action
def unfreeze(signing_id: int, reason: str | None, *, by: Actor) -> None:
    """Open a frozen text again: its paper is superseded at once, the next one is a new version."""
    signing = get_managed(signing_id, by)
    reason = rules.require_reason(reason)
    rules.LIFECYCLE.require(signing.status, SigningStatus.DRAFTED)
    if signing.status is not SigningStatus.FROZEN:
        raise Refused(_l("Only a frozen text is opened again."))
    rules.LIFECYCLE.move(signing, SigningStatus.DRAFTED)
    record("reopened", "signing", signing.id, {"reason": [None, reason]})


@action
def mark_signed(signing_id: int, signed_on: date | None, *, by: Actor) -> None:
    """Note that the paper was signed; the project's follow-up begins with it."""
    signing = get_managed(signing_id, by)
    rules.LIFECYCLE.require(signing.status, SigningStatus.SIGNED)
    issued_on = signing.versions[-1].issued_at.astimezone(current_config().timezone).date()
    signing.signed_on = rules.require_signing_day(signed_on, issued_on, today())
    rules.LIFECYCLE.move(signing, SigningStatus.SIGNED)
    announce(SigningSigned(signing.id, signing.project_id))


@action
def attach_scan(signing_id: int, received: Received, *, by: Actor) -> None:
    """Keep the scan of the signed paper; a better one replaces it, both stay in the history."""
    signing = get_managed(signing_id, by)
    if signing.status not in rules.DONE:
        raise Refused(_l("A scan belongs to a signed agreement. Note the day of the signature first."), "scan")
    signing.scan_id = keep_file(received, by=by).id
    record("scanned", "signing", signing.id, {"sha256": [None, received.sha256]})


@action
def register_contract(signing_id: int, number: str | None, technology_fen: int | None, *, by: Actor) -> None:
    """Note the registration with the technology contract registry: its number and the amount of technology."""
    signing = get_managed(signing_id, by)
    rules.LIFECYCLE.require(signing.status, SigningStatus.REGISTERED)
    number, technology_fen = rules.require_registrable(signing, number, technology_fen)
    known = queries.find_registered(number, but=signing.id)
    if known is not None:
        raise Refused(_l("This number belongs to %(serial)s already.", serial=known.serial), "registered_number")
    signing.registered_number, signing.technology_fen = number, technology_fen
    rules.LIFECYCLE.move(signing, SigningStatus.REGISTERED)


@action
def void(signing_id: int, reason: str | None, *, by: Actor) -> None:
    """Declare the agreement void, for good: its check page says so from now on."""
    signing = get_managed(signing_id, by)
    reason = rules.require_reason(reason)
    rules.LIFECYCLE.require(signing.status, SigningStatus.VOID)
    signing.void_reason = reason
    rules.LIFECYCLE.move(signing, SigningStatus.VOID)


@action
def note_reading(signing_id: int, what: str, *, by: Actor) -> Signing:
    """Log that somebody took a paper with people's names and numbers: "paper 1", "scan", "draft"."""
    signing = queries.get_signing(signing_id)
    if not rules.may_see(by, signing):
        raise not_found()
    record("taken", "signing", signing.id, {"what": [None, what]})
    return signing


@action
def show_contacts(signing_id: int, *, by: Actor) -> dict[int, str]:
    """The parties' contacts in clear, by party; who looked is logged."""
    signing = queries.get_signing(signing_id)
    if not rules.may_read(by, signing):
        raise not_found()
    by.require(P.PEOPLE_UNMASK, region_path=signing.region_path, edition_id=signing.edition_id)
    record("unmasked", "signing", signing.id)
    return {party.id: party.contact for party in signing.parties}
