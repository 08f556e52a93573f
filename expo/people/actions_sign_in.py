"""Signing in by password or code, the second factor, and the lock after failures.

What somebody tries is judged first (hashing is slow and must not hold up those who write) and settled then by one
action. A failure is a result of that action, not an exception: it must be stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import db, find_record, get_record
from expo.kit.language import _, _l
from expo.kit.outbox import send_mail, send_sms
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people import queries_sign_in as queries
from expo.people.actions_sessions import start_session
from expo.people.models import DemoAccount, OneTimeCode, Person, SignInSession, UnknownSignIn
from expo.people.rules_passwords import password_fits
from expo.people.rules_second_factor import fitting_step, keyed_hash, recovery_hash, unseal
from expo.people.rules_sign_in import (
    CODES_KEPT,
    FAILURES,
    LOCK,
    SESSIONS_KEPT,
    WRONG,
    is_locked,
    normal_address,
    require_unlocked,
)


@dataclass(frozen=True)
class Visit:
    """From where somebody comes."""

    address: str = ""
    browser: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt that fits: a session's token, or ``None`` while the second factor is still to come."""

    person_id: int
    token: str | None
    language: str


def sign_in_by_password(address: str, password: str, visit: Visit) -> Outcome:
    """Sign in; the answer and the time it takes do not tell whether there is such an account."""
    address = normal_address(address)
    account = queries.find_account(address)
    stored = account.password_hash if account else None
    require_unlocked(account or find_record(UnknownSignIn, _key(address)), clock.now())
    fits = password_fits(stored, password)
    outcome = settle_password(address, account.id if account else None, stored, fits, visit)
    if outcome is None:
        raise Refused(WRONG)
    return outcome


@action
def settle_password(address: str, person_id: int | None, stored: str | None, fits: bool, visit: Visit) -> Outcome | None:
    """Begin the session, or count the failure: ``stored`` is the hash that was judged, which may be gone by now."""
    person = find_record(Person, person_id, for_update=True)
    if person is None:
        count_unknown_failure(address)
        return None
    if not fits or person.password_hash != stored or person.disabled_at or is_locked(person, clock.now()):
        count_failure(person, visit)
        return None
    if person.totp_secret:
        return Outcome(person.id, None, person.language)
    return begin(person, visit)


def sign_in_by_second_factor(person_id: int, code: str, visit: Visit) -> Outcome:
    """The second step: a code of the authenticator app or a recovery code."""
    outcome = settle_second_factor(person_id, code, visit)
    if outcome is None:
        require_unlocked(find_record(Person, person_id), clock.now())
        raise Refused(_l("This code does not fit. Take the newest one that the app shows, or a recovery code."),
                      field="code")
    return outcome


@action
def settle_second_factor(person_id: int, code: str, visit: Visit) -> Outcome | None:
    person = get_record(Person, person_id, for_update=True)
    if is_locked(person, clock.now()):
        return None
    if person.disabled_at or not spend_second_factor(person, code):
        count_failure(person, visit)
        return None
    return begin(person, visit, second_factor=True)


def spend_second_factor(person: Person, code: str) -> bool:
    """Whether the code is good; a good one is spent. Called inside an action."""
    key = current_config().secret_key
    secret = unseal(person.totp_secret, key) if person.totp_secret else None
    step = fitting_step(secret, code, clock.now(), person.totp_step) if secret else None
    if step is not None:
        person.totp_step = step
        return True
    recovery = queries.find_recovery_code(person.id, recovery_hash(code, key))
    if recovery is not None:
        recovery.used_at = clock.now()
        record("used_recovery_code", "person", person.id)
        return True
    return False


@action
def sign_in_as_demo(person_id: int, visit: Visit) -> Outcome:
    """Look around as one of the demonstration's accounts; nowhere but in a demonstration."""
    account = find_record(DemoAccount, person_id)
    person = find_record(Person, person_id, for_update=True)
    if not current_config().demo or account is None or person is None or not person.synthetic or person.disabled_at:
        raise Refused(_l("Accounts to try things out exist only in the demonstration."))
    return begin(person, visit)


def begin(person: Person, visit: Visit, *, second_factor: bool = False) -> Outcome:
    """Begin the session of somebody who has proven who they are. Called inside an action."""
    person.failed_sign_ins, person.locked_until = 0, None
    token = start_session(person.id, address=visit.address, browser=visit.browser, second_factor=second_factor)
    record("signed_in", "person", person.id)
    return Outcome(person.id, token, person.language)


def count_failure(person: Person, visit: Visit) -> None:
    """Count one failure; the fifth locks the account and tells its owner. Called inside an action."""
    person.failed_sign_ins += 1
    if person.failed_sign_ins < FAILURES or is_locked(person, clock.now()):
        return
    person.failed_sign_ins, person.locked_until = 0, clock.now() + LOCK
    record("locked", "person", person.id)
    subject = _("Your account was locked for %(minutes)s minutes", minutes=int(LOCK.total_seconds() // 60))
    text = _("After %(n)s failures to sign in, your account at %(site)s is locked for %(minutes)s minutes. If this was "
             "not you, set a new password: %(url)s", n=FAILURES, site=current_config().site_name,
             minutes=int(LOCK.total_seconds() // 60), url=f"{current_config().public_url}/password")
    tell(person, subject, text)


def tell(person: Person, subject: str, text: str) -> None:
    """Tell a person something about their account, by mail if they have one, else by text message."""
    if person.email:
        send_mail(person.email, subject, text)
    elif person.phone:
        send_sms(person.phone, text)


def count_unknown_failure(address: str) -> None:
    """The same count and lock for an address without an account. Called inside an action."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(insert(UnknownSignIn).values(address_hash=_key(address), failures=0, tried_at=clock.now())
                       .on_conflict_do_nothing())
    tried = get_record(UnknownSignIn, _key(address), for_update=True)
    tried.failures += 1
    tried.tried_at = clock.now()
    if tried.failures >= FAILURES:
        tried.failures, tried.locked_until = 0, clock.now() + LOCK


@action(history=False)
def forget_traces() -> None:
    """Once a day: what signing in leaves behind is kept no longer than it matters; sessions half a year, as logs are."""
    now = clock.now()
    db.session.execute(sa.delete(UnknownSignIn).where(UnknownSignIn.tried_at < now - 4 * LOCK))
    db.session.execute(sa.delete(OneTimeCode).where(OneTimeCode.expires_at < now - CODES_KEPT))
    db.session.execute(sa.delete(SignInSession).where(SignInSession.seen_at < now - SESSIONS_KEPT))


def _key(address: str) -> str:
    return keyed_hash(f"address {address}", current_config().secret_key)
