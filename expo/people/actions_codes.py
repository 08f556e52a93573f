"""One-time codes by mail and text message: for signing up, signing in, a new password, a new address.

A code is asked for by an address, known or not: both get a row and the same answer, only the message differs.
"""

from __future__ import annotations

import hmac
import secrets

from expo.kit import clock
from expo.kit.access import SYSTEM, Actor
from expo.kit.config import current_config
from expo.kit.db import db, find_record, get_record
from expo.kit.language import _, _l
from expo.kit.outbox import send_mail, send_sms
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people import queries_sign_in as queries
from expo.people.actions_sessions import end_sessions
from expo.people.actions_sign_in import Outcome, Visit, begin, count_failure, count_unknown_failure, tell
from expo.people.models import OneTimeCode, Person
from expo.people.rules_passwords import hash_password, require_good_password
from expo.people.rules_second_factor import keyed_hash
from expo.people.rules_sign_in import (
    CODE_LIFE,
    CODE_PAUSE,
    CODE_TRIES,
    WRONG_CODE,
    is_locked,
    normal_address,
    require_pause,
)

SIGN_UP, SIGN_IN, RESET, CONFIRM = "sign_up", "sign_in", "reset", "confirm"


def start_sign_up(name: str, address: str, password: str, language: str) -> int:
    """Begin to sign up: the account comes into being when the code proves the address. The code's number."""
    address = normal_address(address)
    require_good_password(password, (name, address))
    return ask_code(SIGN_UP, address, {"name": name, "password_hash": hash_password(password), "language": language})


@action(history=False)
def ask_code(purpose: str, address: str, payload: dict[str, str] | None = None, person_id: int | None = None) -> int:
    """Send a code to an address, if it may have one; the number of the code's row either way."""
    address = normal_address(address)
    require_pause(queries.list_code_times(address, clock.now() - 60 * CODE_PAUSE), clock.now())
    digits = f"{secrets.randbelow(10**6):06d}"
    row = OneTimeCode(purpose=purpose, address=address, code_hash="", expires_at=clock.now() + CODE_LIFE,
                      payload=payload or {}, person_id=person_id)
    db.session.add(row)
    account = queries.find_account(address)
    if purpose == SIGN_UP and account is not None and account.password_hash:
        _say_known(account, address)
    elif purpose in {SIGN_UP, CONFIRM} or (account is not None and not account.disabled_at):
        row.code_hash = _hash(address, digits)
        _send(address, digits)
    db.session.flush()
    return int(row.id)


def _hash(address: str, digits: str) -> str:
    return keyed_hash(f"code {address} {digits}", current_config().secret_key)


def _send(address: str, digits: str) -> None:
    site, minutes = current_config().site_name, int(CODE_LIFE.total_seconds() // 60)
    text = _("Your code for %(site)s is %(code)s. It holds for %(minutes)s minutes. Tell it to nobody; if you did not "
             "ask for it, do nothing.", site=site, code=digits, minutes=minutes)
    if "@" in address:
        send_mail(address, _("Your code for %(site)s: %(code)s", site=site, code=digits), text)
    else:
        send_sms(address, text)


def _say_known(account: Person, address: str) -> None:
    url = f"{current_config().public_url}/password"
    text = _("Somebody, probably you, wanted to sign up at %(site)s with this address. You have an account already: "
             "sign in, or set a new password: %(url)s", site=current_config().site_name, url=url)
    if "@" in address:
        send_mail(address, _("You have an account already"), text)
    else:
        send_sms(address, text)


def _spend(code_id: int, purpose: str, digits: str, visit: Visit) -> OneTimeCode | None:
    """The code's row if the code fits; else the failure is counted on the code and on the account, known or not."""
    row = find_record(OneTimeCode, code_id, for_update=True)
    if row is None or row.purpose != purpose or row.used_at is not None:
        return None
    account = queries.find_account(row.address)
    fits = bool(row.code_hash) and hmac.compare_digest(row.code_hash, _hash(row.address, "".join(digits.split())))
    if fits and row.expires_at > clock.now() and row.attempts < CODE_TRIES:
        row.used_at = clock.now()
        return row
    row.attempts += 1
    if account is not None:
        count_failure(account, visit)
    elif purpose != CONFIRM:
        count_unknown_failure(row.address)
    return None


def sign_up(code_id: int, digits: str, visit: Visit) -> Outcome:
    """The address is proven: make the account, or hand over the one that was made for this address by others."""
    return _required(settle_sign_up(code_id, digits, visit))


@action
def settle_sign_up(code_id: int, digits: str, visit: Visit) -> Outcome | None:
    row = _spend(code_id, SIGN_UP, digits, visit)
    if row is None:
        return None
    person = queries.find_account(row.address)
    if person is not None and (person.disabled_at or person.password_hash):
        return None
    if person is None:
        person = Person(name=row.payload["name"], language=row.payload["language"])
        _put_address(person, row.address)
        db.session.add(person)
        db.session.flush()
    _prove(person, row.address)
    person.password_hash = row.payload["password_hash"]
    row.payload = {}
    return Outcome(person.id, None, person.language) if person.totp_secret else begin(person, visit)


def sign_in_by_code(code_id: int, digits: str, visit: Visit) -> Outcome:
    """Sign in by a code instead of the password; the second factor is asked for as ever."""
    return _required(settle_sign_in(code_id, digits, visit))


@action
def settle_sign_in(code_id: int, digits: str, visit: Visit) -> Outcome | None:
    row = _spend(code_id, SIGN_IN, digits, visit)
    person = queries.find_account(row.address) if row else None
    if row is None or person is None or person.disabled_at or is_locked(person, clock.now()):
        return None
    _prove(person, row.address)
    return Outcome(person.id, None, person.language) if person.totp_secret else begin(person, visit)


def reset_password(code_id: int, digits: str, password: str, visit: Visit) -> None:
    """A new password for whoever holds the address: unlocks the account and signs it out everywhere."""
    row = find_record(OneTimeCode, code_id)
    require_good_password(password, (row.address,) if row else ())
    if not settle_reset(code_id, digits, hash_password(password), visit):
        raise Refused(WRONG_CODE, field="code")


@action
def settle_reset(code_id: int, digits: str, password_hash: str, visit: Visit) -> bool:
    row = _spend(code_id, RESET, digits, visit)
    person = queries.find_account(row.address) if row else None
    if row is None or person is None or person.disabled_at:
        return False
    _prove(person, row.address)
    person.password_hash, person.failed_sign_ins, person.locked_until = password_hash, 0, None
    record("reset_password", "person", person.id)
    end_sessions(person.id, by=SYSTEM)
    tell(person, _("Your password was changed"),
         _("The password of your account at %(site)s was changed by a code. If this was not you, set a new one: %(url)s",
           site=current_config().site_name, url=f"{current_config().public_url}/password"))
    return True


def confirm_address(code_id: int, digits: str, visit: Visit, *, by: Actor) -> str:
    """Put a proven address on one's own account; the address."""
    address = settle_address(code_id, digits, visit, by=by)
    if address is None:
        raise Refused(WRONG_CODE, field="code")
    return address


@action
def settle_address(code_id: int, digits: str, visit: Visit, *, by: Actor) -> str | None:
    row = _spend(code_id, CONFIRM, digits, visit)
    if row is None or row.person_id != by.person_id:
        return None
    person = get_record(Person, by.person_id, for_update=True)
    _put_address(person, row.address)
    _prove(person, row.address)
    return row.address


def _put_address(person: Person, address: str) -> None:
    """Write a proven address on a person, taking it from whoever only claimed it."""
    claimant = queries.find_claimant(address)
    if claimant is not None and claimant is not person:
        if queries.find_account(address) is not None and not _has_another(claimant, address):
            raise Refused(_l("This address belongs to another account. Sign in there, or use another address."),
                          field="address")
        setattr(claimant, "email" if "@" in address else "phone", None)
        db.session.flush()
    if "@" in address:
        person.email, person.email_confirmed_at = address, None
    else:
        person.phone, person.phone_confirmed_at = address, None


def _has_another(person: Person, address: str) -> bool:
    return bool(person.phone if "@" in address else person.email) and queries.find_account(address) is not person


def _prove(person: Person, address: str) -> None:
    if "@" in address:
        person.email_confirmed_at = person.email_confirmed_at or clock.now()
    else:
        person.phone_confirmed_at = person.phone_confirmed_at or clock.now()


def _required(outcome: Outcome | None) -> Outcome:
    if outcome is None:
        raise Refused(WRONG_CODE, field="code")
    return outcome
