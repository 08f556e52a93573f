"""Places: quotas, the waiting list that moves up by itself, and invitations being used."""

from __future__ import annotations

from expo.kit.access import SYSTEM, Actor
from expo.kit.db import db, get_record
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, announce
from expo.people.models import Person
from expo.people.permissions import P
from expo.registration import actions_messages as messages
from expo.registration import queries, rules
from expo.registration import queries_places as places
from expo.registration.actions import approve_loaded
from expo.registration.events import PlaceFreed
from expo.registration.models import BadgeKind, Registration, RegistrationStatus
from expo.registration.models_invitations import PlaceQuota
from expo.registration.queries_kinds import list_policies
from expo.registration.rules_kinds import is_looked_at
from expo.registration.rules_places import Room, Seeker


def move_up(fact: PlaceFreed) -> None:
    """Reaction: whoever waits longest and finds a place under all of their quotas, gets it and is told."""
    edition = queries.get_edition(fact.edition_id)
    # The quotas are locked first, so that a place is given away once, also when two are freed in the same moment.
    room = Room(places.list_quotas(edition.id, for_update=True), places.count_taken)
    waiting = places.list_waiting(edition.id)
    if not waiting:
        return
    policies = list_policies(edition.id)
    for one in waiting:
        seeker = seeker_of(one)
        if room.full(seeker) is not None:
            continue
        room.take(seeker)
        if is_looked_at(policies[one.badge_kind], one):
            rules.LIFECYCLE.move(one, RegistrationStatus.SUBMITTED)
            one.waiting_since = None
            messages.tell_received(one, edition, get_record(Person, one.person_id).language)
        else:
            approve_loaded(one, edition, SYSTEM)


def seeker_of(registration: Registration) -> Seeker:
    """What quotas look at."""
    return Seeker(registration.badge_kind, registration.zone, registration.organisation_name)


def _require_all(edition_id: int, by: Actor) -> None:
    """Quotas and forms are the whole province's."""
    rules.require_whole(by.region_paths(P.REGISTRATION_MANAGE, edition_id))


@action
def set_quota(edition_id: int, kind: BadgeKind | None, zone: str, organisation: str, number: int, *, by: Actor) -> int:
    """So many places; said again for the same ones, the number is changed. More of them move the waiting ones up."""
    _require_all(edition_id, by)
    rules.require_running(queries.get_edition(edition_id))
    zone, organisation = zone.strip(), organisation.strip()
    if kind is None and not zone and not organisation and number <= 0:
        raise Refused(_l("Say how many may come."), "places")
    found = next((q for q in places.list_quotas(edition_id, for_update=True)
                  if (q.badge_kind, q.zone, q.organisation_name) == (kind, zone, organisation)), None)
    if found is None:
        found = PlaceQuota(edition_id=edition_id, badge_kind=kind, zone=zone, organisation_name=organisation, places=number)
        db.session.add(found)
    found.places = number
    db.session.flush()
    announce(PlaceFreed(edition_id))
    return found.id


@action
def remove_quota(edition_id: int, quota_id: int, *, by: Actor) -> None:
    """No limit there any more."""
    _require_all(edition_id, by)
    db.session.delete(places.get_quota(edition_id, quota_id))
    db.session.flush()
    announce(PlaceFreed(edition_id))
