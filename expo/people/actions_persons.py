"""Persons who come in through other rooms: registrations, imports, invitations."""

from __future__ import annotations

from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.identity import normal_email, normal_phone
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people import queries
from expo.people.models import Person


@action
def find_or_make_person(name: str, phone: str | None = None, email: str | None = None, *, synthetic: bool = False,
                        by: Actor) -> int:
    """The number of the person with this phone, else of the one with this e-mail, else of a new one.

    What is known of somebody is never changed here: whoever fills in a form with another's phone and an own e-mail
    must not get into the other's account. For the same reason a new person's addresses count as unconfirmed.
    """
    phone = normal_phone(phone) if phone else None
    email = normal_email(email) if email else None
    if phone is None and email is None:
        raise Refused(_l("Give a phone number or an e-mail address."), field="phone")
    found = (queries.find_person_by_phone(phone) if phone else None) or (
        queries.find_person_by_email(email) if email else None
    )
    if found is not None:
        return int(found.id)
    person = Person(name=name.strip()[:80], phone=phone, email=email, synthetic=synthetic)
    db.session.add(person)
    db.session.flush()
    return int(person.id)
