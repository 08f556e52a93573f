"""The first administrator of a new site: a one-time link, printed where only its operator can read it."""

from __future__ import annotations

import secrets

from expo.kit import clock
from expo.kit.access import SYSTEM
from expo.kit.config import current_config
from expo.kit.db import db, get_record
from expo.kit.language import _l
from expo.kit.refusals import NotFound, Refused
from expo.kit.unit import action
from expo.people import queries, queries_sign_in
from expo.people.actions_persons import find_or_make_person
from expo.people.actions_roles import grant_role
from expo.people.actions_sessions import token_hash
from expo.people.actions_sign_in import Outcome, Visit, begin
from expo.people.models import OneTimeCode, Person
from expo.people.permissions import Role
from expo.people.rules_passwords import hash_password, require_good_password
from expo.people.rules_sign_in import LINK_LIFE, normal_address
from expo.places.queries import find_province


@action
def make_first_link(address: str = "") -> str:
    """The address of a link that makes its opener the first administrator; earlier links die."""
    if queries_sign_in.has_signed_in_administrator():
        raise Refused(_l("This site has an administrator already. Administrators make further ones on the pages."))
    for older in queries_sign_in.list_open_links():
        older.used_at = clock.now()
    token = secrets.token_urlsafe(24)
    db.session.add(OneTimeCode(purpose="link", address=normal_address(address) if address else "",
                               code_hash=token_hash(token), expires_at=clock.now() + LINK_LIFE))
    return f"{current_config().public_url}/first-administrator/{token}"


def become_first(token: str, name: str, address: str, password: str, visit: Visit) -> Outcome:
    """Open the link: the person, their password and the role of administrator for everything."""
    address = normal_address(address)
    require_good_password(password, (name, address))
    return settle_first(token, name, address, hash_password(password), visit)


@action
def settle_first(token: str, name: str, address: str, password_hash: str, visit: Visit) -> Outcome:
    link = queries_sign_in.find_link(token_hash(token))
    province = find_province()
    if link is None or province is None or queries_sign_in.has_signed_in_administrator():
        raise NotFound(_l("This link has been used or has run out. Make a new one: flask people first-administrator"))
    link.used_at = clock.now()
    is_mail = "@" in address
    person_id = find_or_make_person(name, None if is_mail else address, address if is_mail else None, by=SYSTEM)
    person = get_record(Person, person_id, for_update=True)
    person.name, person.password_hash = name, password_hash
    if not any(g.role is Role.ADMINISTRATOR for g in queries.list_grants(person_id, on=clock.today(current_config().timezone))):
        grant_role(person_id, Role.ADMINISTRATOR, province.id, reason=str(_l("First administrator")), by=SYSTEM)
    return begin(person, visit)
