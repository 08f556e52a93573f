"""Passwords: what a good one is, and their argon2 hashes.

A hash takes 64 MB and a seventh of a second, so that only a few are made at a time: a flood of sign-ins waits,
it does not eat the machine. Never hash inside an action, which would hold up everybody who writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from expo.kit.language import _l
from expo.kit.refusals import Refused

SHORTEST, LONGEST = 10, 128
PASSWORD_RULE = _l(
    "At least 10 characters. Several words are good; your name, phone number or e-mail address and well-known "
    "passwords are not."
)
_WELL_KNOWN = (
    "password", "passw0rd", "qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "zxcvbnm", "1qaz2wsx", "qazwsx", "1q2w3e4r",
    "abcdefghij", "abcdef", "abc", "1234567890", "0123456789", "123456789", "12345678", "123456", "123123", "9876543210",
    "654321", "woaini", "iloveyou", "5201314", "admin", "administrator", "root", "welcome", "letmein", "dragon",
    "monkey", "sunshine", "princess", "football", "master", "changeme", "tianfu", "chengdu", "sichuan", "kexie", "expo",
)
_hasher = PasswordHasher()
_at_a_time = BoundedSemaphore(2)
_PATIENCE_S = 8


def require_good_password(password: str, known: Iterable[str | None] = (), *, field: str = "password") -> None:
    """Refuse what others would guess. ``known`` are the person's name and addresses."""
    if len(password) < SHORTEST:
        raise Refused(_l("This password is too short: it needs at least %(n)s characters.", n=SHORTEST), field=field)
    if len(password) > LONGEST:
        raise Refused(_l("This password is too long: at most %(n)s characters.", n=LONGEST), field=field)
    plain = password.casefold()
    if any(part in plain for part in _parts(known)):
        raise Refused(_l("Do not use your name, phone number or e-mail address in the password."), field=field)
    for word in _WELL_KNOWN:
        plain = plain.replace(word, "")
    if len(plain) < 5 or len(set(plain)) < 4 or len(set(password)) < 5:
        raise Refused(_l("This password is easy to guess. Several unrelated words make a good one."), field=field)


def _parts(known: Iterable[str | None]) -> list[str]:
    parts = []
    for value in known:
        if value:
            local = value.casefold().rpartition("@")[0] or value.casefold()
            parts += [p for p in re.split(r"[\s.+_-]+", local.removeprefix("+86")) if len(p) >= 3 or _is_chinese(p)]
    return parts


def _is_chinese(text: str) -> bool:
    return len(text) >= 2 and all("一" <= character <= "鿿" for character in text)


def hash_password(password: str) -> str:
    """The hash to store; waits for its turn."""
    with _turn():
        return _hasher.hash(password)


def password_fits(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the hash. Without one it takes as long and fits never."""
    with _turn():
        try:
            return _hasher.verify(stored or _nobodys_hash(), password[: 2 * LONGEST]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("the password of nobody")


@contextmanager
def _turn() -> Iterator[None]:
    if not _at_a_time.acquire(timeout=_PATIENCE_S):
        raise Refused(_l("Very many people are signing in at this moment. Try again in a minute."))
    try:
        yield
    finally:
        _at_a_time.release()
