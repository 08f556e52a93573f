"""What administrators do with other people's accounts."""

from __future__ import annotations

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import get_record, not_found
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people import queries, queries_persons, queries_sign_in
from expo.people.actions_account import forget_second_factor
from expo.people.actions_persons import find_or_make_person
from expo.people.actions_sessions import end_sessions
from expo.people.actions_sign_in import tell
from expo.people.models import Person
from expo.people.permissions import P
from expo.people.rules_roles import require_administrator_left, require_other_person
from expo.people.rules_sign_in import normal_address


def _managed(person_id: int, by: Actor) -> Person:
    """The person, if ``by`` may manage accounts where this person is at home."""
    if not queries_persons.is_within(person_id, by.region_paths(P.PEOPLE_MANAGE)):
        raise not_found()
    return get_record(Person, person_id, for_update=True)


@action
def add_person(name: str, address: str, *, by: Actor) -> int:
    """Make an account for somebody, or find the one they have; they sign in by a code sent to the address."""
    by.require(P.PEOPLE_MANAGE)
    address = normal_address(address)
    is_mail = "@" in address
    person_id = find_or_make_person(name, None if is_mail else address, address if is_mail else None, by=by)
    person = get_record(Person, person_id)
    tell(person, _("You have an account at %(site)s", site=current_config().site_name),
         _("%(who)s made an account for you at %(site)s. Sign in with a one-time code: %(url)s", who=by.name,
           site=current_config().site_name, url=f"{current_config().public_url}/sign-in/code"))
    return person_id


@action
def disable_account(person_id: int, reason: str, *, by: Actor) -> None:
    """Switch an account off: it can neither sign in nor go on working in a browser that is signed in."""
    person = _managed(person_id, by)
    require_other_person(by, person_id)
    if person.disabled_at is not None:
        raise Refused(_l("This account is switched off already."))
    for grant in queries.list_grants(person_id, on=clock.today(current_config().timezone)):
        require_administrator_left(grant.role, queries_sign_in.count_administrators())
    person.disabled_at = clock.now()
    record("disabled", "person", person_id, {"reason": [None, reason]})
    end_sessions(person_id, by=by)


@action
def enable_account(person_id: int, *, by: Actor) -> None:
    """Switch an account on again; its roles are as they were."""
    person = _managed(person_id, by)
    if person.disabled_at is None:
        raise Refused(_l("This account is switched on already."))
    person.disabled_at, person.failed_sign_ins, person.locked_until = None, 0, None


@action
def sign_out_everywhere(person_id: int, *, by: Actor) -> int:
    """End all sessions of a person; how many."""
    _managed(person_id, by)
    return end_sessions(person_id, by=by)


@action
def take_second_factor(person_id: int, *, by: Actor) -> None:
    """For somebody who has lost both phone and recovery codes: they set it up anew when they sign in next."""
    person = _managed(person_id, by)
    require_other_person(by, person_id)
    if person.totp_secret is None:
        raise Refused(_l("This account has no second factor."))
    forget_second_factor(person)
    end_sessions(person_id, by=by)


@action
def note_unmasking(person_id: int, *, by: Actor) -> Person:
    """Write down that somebody looked at another's contact data, and hand it out."""
    if person_id != by.person_id and not queries_persons.is_within(person_id, by.region_paths(P.PEOPLE_UNMASK)):
        raise not_found()
    record("unmasked", "person", person_id)
    return get_record(Person, person_id)
