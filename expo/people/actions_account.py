"""What people change about their own account."""

from __future__ import annotations

import sqlalchemy as sa

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, find_record, get_record
from expo.kit.language import DEFAULT, LANGUAGES, _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.actions_sessions import end_sessions
from expo.people.actions_sign_in import Visit, count_failure, tell
from expo.people.models import Person, RecoveryCode, SignInSession
from expo.people.rules_passwords import hash_password, password_fits, require_good_password
from expo.people.rules_second_factor import (
    fitting_step,
    needs_second_factor,
    new_recovery_codes,
    recovery_hash,
    seal,
)
from expo.people.rules_sign_in import require_unlocked


@action
def change_account(name: str, language: str, *, by: Actor) -> None:
    """One's own name and language."""
    person = get_record(Person, by.person_id, for_update=True)
    person.name = name
    person.language = language if language in LANGUAGES else DEFAULT


def change_password(current: str, password: str, visit: Visit, *, by: Actor) -> None:
    """A new password for oneself; every other browser is signed out. Who has none yet needs no old one."""
    person = get_record(Person, by.person_id)
    require_unlocked(person, clock.now())
    require_good_password(password, (person.name, person.phone, person.email))
    stored = person.password_hash
    fits = stored is None or password_fits(stored, current)
    password_hash = hash_password(password) if fits else ""
    if not settle_new_password(stored, password_hash, visit, by=by):
        raise Refused(_l("This is not your present password."), field="current")


@action
def settle_new_password(stored: str | None, password_hash: str, visit: Visit, *, by: Actor) -> bool:
    """Store the new hash; without one the old password did not fit, which counts as a failure to sign in."""
    person = get_record(Person, by.person_id, for_update=True)
    if not password_hash or person.password_hash != stored:
        count_failure(person, visit)
        return False
    person.password_hash = password_hash
    end_sessions(person.id, keep=by.session_id, by=by)
    tell(person, _("Your password was changed"),
         _("The password of your account at %(site)s was changed. If this was not you, set a new one: %(url)s",
           site=current_config().site_name, url=f"{current_config().public_url}/password"))
    return True


@action
def set_second_factor(secret: str, code: str, *, by: Actor) -> list[str]:
    """Switch the second factor on, proven by a first code; the recovery codes, shown this once."""
    person = get_record(Person, by.person_id, for_update=True)
    if person.totp_secret:
        raise Refused(_l("Your second factor is on already. Switch it off first if you want to use another phone."))
    step = fitting_step(secret, code, clock.now(), None)
    if step is None:
        raise Refused(_l("This code does not fit. Check that the clock of your phone is right and take the newest code."),
                      field="code")
    person.totp_secret, person.totp_step = seal(secret, current_config().secret_key), step
    session = find_record(SignInSession, by.session_id)
    if session is not None:
        session.second_factor_at = clock.now()
    return _renew_recovery_codes(person.id)


@action
def renew_recovery_codes(*, by: Actor) -> list[str]:
    """New recovery codes; the old ones no longer work."""
    person = get_record(Person, by.person_id, for_update=True)
    if not person.totp_secret:
        raise Refused(_l("Switch the second factor on first."))
    return _renew_recovery_codes(person.id)


def _renew_recovery_codes(person_id: int) -> list[str]:
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = new_recovery_codes()
    key = current_config().secret_key
    db.session.add_all(RecoveryCode(person_id=person_id, code_hash=recovery_hash(code, key)) for code in codes)
    record("made_recovery_codes", "person", person_id)
    return codes


@action
def drop_second_factor(*, by: Actor) -> None:
    """Switch one's own second factor off, where no role asks for it."""
    person = get_record(Person, by.person_id, for_update=True)
    if not person.totp_secret:
        raise Refused(_l("Your second factor is off already."))
    roles = {grant.role for grant in by.grants}
    if needs_second_factor(roles, demo=current_config().demo, synthetic=person.synthetic):
        raise Refused(_l("Your role needs the second factor. Another administrator can take it away if you lost your phone."))
    forget_second_factor(person)


def forget_second_factor(person: Person) -> None:
    """Remove secret and recovery codes and tell the owner. Called inside an action."""
    person.totp_secret, person.totp_step = None, None
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    tell(person, _("Your second factor was switched off"),
         _("The second factor of your account at %(site)s was switched off. If this was not you, tell your administrator.",
           site=current_config().site_name))
