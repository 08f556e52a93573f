"""Delegations: opened by an organiser, kept by their contact person, one by one or by sheet."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, get_record
from expo.kit.identity import normal_email, normal_phone
from expo.kit.jobs import Job, start_job
from expo.kit.language import DEFAULT, _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.models import ConsentPurpose
from expo.people.permissions import P
from expo.places.models import Region
from expo.registration import actions_messages as messages
from expo.registration import queries, rules
from expo.registration import queries_delegations as delegations
from expo.registration.actions import Entry, Way, change_loaded, enter
from expo.registration.actions_leaving import leave
from expo.registration.models import BadgeKind, Registration
from expo.registration.models_invitations import Delegation, DelegationList, ListStatus
from expo.registration.queries_kinds import get_policy

CONSENTS = frozenset({ConsentPurpose.REGISTRATION})


@dataclass(frozen=True)
class DelegationEntry:
    """A delegation as an organiser describes it."""

    name: str
    badge_kinds: Sequence[BadgeKind]
    places: int
    region_id: int
    contact_name: str
    contact_phone: str
    contact_email: str | None = None
    open_until: datetime | None = None


@action
def open_delegation(edition_id: int, entry: DelegationEntry, *, by: Actor) -> Delegation:
    """A new delegation; its contact person gets the address of its page."""
    edition = queries.get_edition(edition_id)
    rules.require_running(edition)
    delegation = Delegation(edition_id=edition_id, token=secrets.token_urlsafe(16))
    _describe(delegation, entry, by)
    db.session.add(delegation)
    _flush_named()
    messages.tell_contact(delegation, edition)
    return delegation


@action
def change_delegation(edition_id: int, delegation_id: int, entry: DelegationEntry, *, by: Actor) -> Delegation:
    """Describe it anew. A new contact person gets a new address; the old one opens nothing any more."""
    edition = queries.get_edition(edition_id)
    delegation = _managed(edition_id, delegation_id, by)
    was = (delegation.contact_phone, delegation.contact_email)
    _describe(delegation, entry, by)
    if was != (delegation.contact_phone, delegation.contact_email):
        delegation.token = secrets.token_urlsafe(16)
        messages.tell_contact(delegation, edition)
    _flush_named()
    return delegation


def _flush_named() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Refused(_l("There is a delegation of this name already."), "name") from error


def _managed(edition_id: int, delegation_id: int, by: Actor) -> Delegation:
    paths = by.region_paths(P.REGISTRATION_MANAGE, edition_id)
    return delegations.get_delegation(delegation_id, edition_id, paths, for_update=True)


def _describe(delegation: Delegation, entry: DelegationEntry, by: Actor) -> None:
    region = get_record(Region, entry.region_id)
    by.require(P.REGISTRATION_MANAGE, edition_id=delegation.edition_id, region_path=region.path)
    if not entry.badge_kinds:
        raise Refused(_l("Choose at least one kind of badge."), "badge_kinds")
    delegation.name, delegation.places = entry.name.strip(), entry.places
    delegation.badge_kinds = [kind.value for kind in entry.badge_kinds]
    delegation.region_id, delegation.region_path = region.id, region.path
    delegation.contact_name, delegation.contact_phone = entry.contact_name, normal_phone(entry.contact_phone, field="contact_phone")
    delegation.contact_email = normal_email(entry.contact_email, field="contact_email") if entry.contact_email else None
    delegation.open_until = entry.open_until


@action
def end_delegation(edition_id: int, delegation_id: int, *, by: Actor) -> None:
    """Its page opens no more; its members stay registered."""
    delegation = _managed(edition_id, delegation_id, by)
    delegation.ended_at = delegation.ended_at or clock.now()


@action
def send_address(edition_id: int, delegation_id: int, *, by: Actor) -> None:
    """Send the contact person the address once more."""
    delegation = _managed(edition_id, delegation_id, by)
    messages.tell_contact(delegation, queries.get_edition(edition_id))
    record("link_sent", "delegation", delegation.id)


def _kept(token: str) -> tuple[Delegation, Edition]:
    """The delegation whose list may still be changed, locked: its places are counted once."""
    return _open_now(delegations.get_by_token(token, for_update=True))


def _open_now(delegation: Delegation) -> tuple[Delegation, Edition]:
    edition = queries.get_edition(delegation.edition_id)
    rules.require_running(edition)
    if delegation.ended_at is not None or (delegation.open_until is not None and delegation.open_until <= clock.now()):
        raise Refused(_l("The list was closed. Ask the organiser if something must still be changed."))
    return delegation, edition


@action
def add_member(token: str, entry: Entry, kind: BadgeKind, *, by: Actor) -> Registration:
    """The contact person registers somebody, having told them what is done with their data."""
    delegation, edition = _kept(token)
    return _add(delegation, edition, entry, kind, by)


def _add(delegation: Delegation, edition: Edition, entry: Entry, kind: BadgeKind, by: Actor) -> Registration:
    if kind.value not in delegation.badge_kinds:
        raise Refused(_l("This delegation has no badges of this kind."), "badge_kind")
    if delegations.count_members([delegation.id]).get(delegation.id, 0) >= delegation.places:
        raise Refused(_l("All %(n)s places of this delegation are taken.", n=delegation.places))
    way = Way(delegation_id=delegation.id, complete=False)
    found = enter(edition, entry, get_policy(edition.id, kind), CONSENTS, way, by=by, language=DEFAULT)
    if not found.is_new:
        if found.registration.delegation_id == delegation.id:
            raise Refused(_l("%(name)s is on this list already.", name=found.registration.name), "phone")
        raise Refused(_l("This phone is registered already. The organiser can put the registration on your list."), "phone")
    return found.registration


@action
def change_member(token: str, registration_id: int, entry: Entry, *, by: Actor) -> Registration:
    """The contact person corrects what stands about a member."""
    delegation, _edition = _kept(token)
    return _change(delegation, registration_id, entry, by)


def _change(delegation: Delegation, registration_id: int, entry: Entry, by: Actor) -> Registration:
    member = delegations.get_member(delegation.id, registration_id)
    rules.require_changeable(member)
    policy = get_policy(member.edition_id, member.badge_kind)
    rules.require_same_identity(member, entry.name, entry.organisation_name, policy.needs_approval)
    change_loaded(member, entry, complete=False, by=by)
    return member


@action
def cancel_member(token: str, registration_id: int, *, by: Actor) -> Registration:
    """A member does not come; the place is free for another one."""
    delegation, _edition = _kept(token)
    member = delegations.get_member(delegation.id, registration_id)
    leave(member, _("Cancelled by the delegation's contact person"))
    return member


@action
def keep_list(token: str, name: str, rows: list[dict[str, Any]], errors: list[list[Any]], *, by: Actor) -> DelegationList:
    """Keep a sheet that was checked. Nobody is registered by that."""
    delegation, _edition = _kept(token)
    kept = DelegationList(delegation_id=delegation.id, name=name[:200], rows=rows, errors=errors)
    db.session.add(kept)
    db.session.flush()
    return kept


@action
def start_list(token: str, list_id: int, *, by: Actor) -> Job | None:
    """Take a checked sheet over; ``None`` when that was begun before."""
    delegation, edition = _kept(token)
    kept = get_record(DelegationList, delegations.get_list(delegation.id, list_id).id, for_update=True)
    if kept.status is not ListStatus.CHECKED:
        return None
    kept.status = ListStatus.RUNNING
    # Not by its address: that stays out of the job's row, and another contact person's new one stops nothing.
    return start_job("registration.take_list", {"delegation_id": delegation.id, "list_id": list_id}, by=by,
                     title=_("List of the delegation %(name)s (%(edition)s)", name=delegation.name, edition=edition.name))


@action
def take_rows(delegation_id: int, list_id: int, most: int, *, by: Actor) -> tuple[int, int]:
    """Take the next rows over, each by itself: (done, all). What was done is noted with it, so a new start repeats nothing."""
    delegation, edition = _open_now(get_record(Delegation, delegation_id, for_update=True))
    kept = get_record(DelegationList, delegations.get_list(delegation.id, list_id).id, for_update=True)
    rows = [dict(row) for row in kept.rows]
    for row in [one for one in rows if "done" not in one][:most]:
        row["done"], row["fault"] = True, ""
        try:
            take_row(delegation, edition, row, by=by)
        except Refused as refusal:
            row["fault"] = str(refusal)
    kept.rows = rows
    done = sum("done" in row for row in rows)
    if done == len(rows) and kept.status is not ListStatus.DONE:
        kept.status, kept.done_at = ListStatus.DONE, clock.now()
    return done, len(rows)


@action
def take_row(delegation: Delegation, edition: Edition, row: dict[str, Any], *, by: Actor) -> None:
    """One row, inside of taking many: what a refused one has begun is undone with it."""
    entry = Entry(name=row["name"], phone=row["phone"], email=row["email"], organisation_name=row["organisation_name"],
                  job_title=row["job_title"], region_id=row["region_id"], zone=row["zone"], answers=row["answers"],
                  shares_phone=row["shares_phone"])
    if row["number"]:
        _change(delegation, row["number"], entry, by)
    else:
        row["number"], row["was_new"] = _add(delegation, edition, entry, BadgeKind(row["kind"]), by).id, True
