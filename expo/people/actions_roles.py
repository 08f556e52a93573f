"""Granting and revoking roles."""

from __future__ import annotations

from datetime import date

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people import queries, queries_sign_in
from expo.people.models import Person, RoleGrant
from expo.people.permissions import Role
from expo.people.rules_roles import (
    require_administrator_left,
    require_later,
    require_may_grant,
    require_other_person,
    require_separate_duties,
)
from expo.places.models import Region


@action
def grant_role(person_id: int, role: Role, region_id: int, edition_id: int | None = None, until: date | None = None,
               reason: str = "", *, by: Actor) -> int:
    """Give a person a role on a region and below; the grant's number."""
    person = get_record(Person, person_id, for_update=True)
    region = get_record(Region, region_id)
    today = clock.today(current_config().timezone)
    require_may_grant(by, role, region.path, edition_id)
    require_other_person(by, person_id)
    require_later(until, today)
    held = queries.list_grants(person_id, on=today)
    require_separate_duties(role, {grant.role for grant in held})
    if person.disabled_at or person.anonymised_at:
        raise Refused(_l("This account is switched off. Switch it on before you grant a role."))
    if any((g.role, g.region_id, g.edition_id, g.until) == (role, region_id, edition_id, until) for g in held):
        raise Refused(_l("This person holds this very role already."), field="role")
    grant = RoleGrant(person_id=person_id, role=role, region_id=region.id, region_path=region.path,
                      edition_id=edition_id, until=until, reason=reason[:200], granted_by_id=by.person_id)
    db.session.add(grant)
    db.session.flush()
    return int(grant.id)


@action
def revoke_role(grant_id: int, *, by: Actor) -> int:
    """End a grant from now on; the person's number."""
    grant = get_record(RoleGrant, grant_id, for_update=True)
    if grant.ended_at is not None:
        raise not_found()
    require_may_grant(by, grant.role, grant.region_path, grant.edition_id)
    require_other_person(by, grant.person_id)
    require_administrator_left(grant.role, queries_sign_in.count_administrators())
    grant.ended_at, grant.ended_by_id = clock.now(), by.person_id
    return int(grant.person_id)
