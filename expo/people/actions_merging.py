"""Two records of one person made one, and a person forgotten. What they did stays written under their old number."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, get_record
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people import queries_references as references
from expo.people.models import Person

#: What does not make somebody known beyond the thing that is forgotten.
_TRACES = frozenset({"consent", "one_time_code", "sign_in_session", "registration"})


def is_account(person: Person) -> bool:
    """Whether somebody has proven that this record is theirs."""
    return bool(person.password_hash or person.phone_confirmed_at or person.email_confirmed_at)


@action
def merge_persons(kept_id: int, dropped_id: int, *, by: Actor) -> None:
    """Everything that points at the dropped record points at the kept one. Of what may be there only once (the same
    membership twice) the kept one's stands and the dropped one's stays where it is.

    A record that somebody signs in with is never dropped: nobody's account becomes another's by a click.
    """
    kept, dropped = get_record(Person, kept_id, for_update=True), get_record(Person, dropped_id, for_update=True)
    if kept.id == dropped.id or kept.merged_into_id is not None or dropped.merged_into_id is not None:
        raise Refused(_l("These are one record already."))
    if is_account(dropped):
        raise Refused(_l("Somebody signs in with this record, so it cannot be merged into another one."))
    if references.count_references(dropped.id).get("role_grant"):
        raise Refused(_l("A role was granted to this record. Roles are never handed over by merging: merge the other way "
                         "round, and grant the role anew."))
    moved: dict[str, int] = {}
    for column in references.person_columns():
        for key in references.list_keys(column, dropped.id):
            if _moved(column, key, kept.id):
                moved[column.table.name] = moved.get(column.table.name, 0) + 1
    db.session.expire_all()
    phone, email, shared = dropped.phone, dropped.email, dropped.shared_phone
    _forget(dropped)
    dropped.merged_into_id = kept.id
    db.session.flush()
    kept.phone = kept.phone or phone
    kept.email = kept.email or email
    if not kept.phone and not kept.email:
        kept.shared_phone = kept.shared_phone or shared
    record("merged", "person", kept.id, {"dropped": dropped.id, "moved": moved})


def _moved(column: sa.Column[Any], key: tuple[Any, ...], person_id: int) -> bool:
    """Point one row at another person; ``False`` where a rule says that there is one like it already."""
    keys = list(column.table.primary_key.columns)
    try:
        with db.session.begin_nested():
            db.session.execute(
                sa.update(column.table).where(*(c == value for c, value in zip(keys, key, strict=True)))
                .values({column.name: person_id}).execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return False
    return True


def _forget(person: Person) -> None:
    person.name = str(_("Anonymised"))
    person.phone = person.email = person.shared_phone = None
    person.phone_confirmed_at = person.email_confirmed_at = None
    person.password_hash = person.totp_secret = None
    person.anonymised_at = person.disabled_at = clock.now()


def is_plain(person: Person) -> bool:
    """Whether nothing hangs on a record but registrations and their consents: no account, no role, nobody's rights."""
    return not is_account(person) and not set(references.count_references(person.id)) - _TRACES


def forget_if_unknown(person_id: int) -> bool:
    """Anonymise a person of whom nothing else is known: no account, no role, no other registration that still has a
    name. Runs inside an action; whether it was done."""
    person = get_record(Person, person_id, for_update=True)
    if person.anonymised_at is not None or not is_plain(person):
        return False
    _forget(person)
    return True
