"""People who come along with somebody: children and companions, reached on the holder's phone."""

from __future__ import annotations

from expo.editions.models import StageKind
from expo.editions.queries import find_stage
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.language import DEFAULT, _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.models import ConsentPurpose
from expo.registration import queries, rules
from expo.registration.actions import Entry, Way, enter, language_of
from expo.registration.actions_leaving import leave
from expo.registration.models import Registration, RegistrationStatus
from expo.registration.queries_kinds import get_policy
from expo.registration.rules_kinds import require_companions_left


@action
def bring_along(token: str, name: str, birth_year: int | None, agreed: bool, *, by: Actor) -> Registration:
    """Register somebody who comes along. For a child the holder agrees, for an adult they have asked them (PIPL 31)."""
    host = queries.get_by_token(token, for_update=True)
    edition = host.edition
    rules.require_registration_open(find_stage(edition.id, StageKind.REGISTRATION), clock.now())
    rules.require_changeable(host)
    if host.host_id is not None:
        raise Refused(_l("Who comes along brings nobody else."))
    if not agreed:
        raise Refused(_l("Say that you agree for your child, or have asked the person."), "agreed")
    policy = get_policy(edition.id, host.badge_kind)
    standing = [one for one in queries.list_companions(host.id) if one.status is not RegistrationStatus.CANCELLED]
    require_companions_left(policy, standing)
    entry = Entry(name=name, phone=host.phone, email=None, organisation_name=host.organisation_name, job_title="",
                  region_id=host.region_id, zone=host.zone, shares_phone=True, birth_year=birth_year)
    way = Way(host_id=host.id, complete=False)
    found = enter(edition, entry, policy, {ConsentPurpose.REGISTRATION}, way, by=by, language=language_of(host) or DEFAULT)
    if not found.is_new:
        raise Refused(_l("%(name)s is registered on this phone already.", name=name), "name")
    return found.registration


@action
def leave_behind(token: str, registration_id: int, *, by: Actor) -> Registration:
    """Somebody does not come along after all."""
    host = queries.get_by_token(token, for_update=True)
    rules.require_running(host.edition)
    found = next((one for one in queries.list_companions(host.id, for_update=True) if one.id == registration_id), None)
    if found is None:
        raise Refused(_l("This person does not come along with you."))
    leave(found, _("Cancelled by the holder"))
    return found
