"""Signing in: addresses, locks after failures, one-time codes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from expo.kit.identity import normal_email, normal_phone
from expo.kit.language import _l
from expo.kit.refusals import Refused

FAILURES = 5
LOCK = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
CODES_AN_HOUR = 5
CODE_PAUSE = timedelta(seconds=60)
LINK_LIFE = timedelta(hours=24)
CODES_KEPT = timedelta(days=7)
SESSIONS_KEPT = timedelta(days=190)
#: How long the way from the password to the second factor may take.
SECOND_STEP_LIFE = timedelta(minutes=10)

WRONG = _l("This does not fit. Check the address and the password; after %(n)s failures an account is locked for "
           "%(minutes)s minutes.", n=FAILURES, minutes=15)
WRONG_CODE = _l("This code does not fit or has run out. Check the last message, or have a new code sent.")


class Lockable(Protocol):
    locked_until: datetime | None


def normal_address(text: str, *, field: str = "address") -> str:
    """An e-mail address or a phone number in its normal form."""
    if not any(c in "@＠" or c.isdigit() for c in text):
        raise Refused(_l("Enter an e-mail address or a mobile number."), field)
    return normal_email(text, field=field) if "@" in text or "＠" in text else normal_phone(text, field=field)


def is_locked(record: Lockable | None, at: datetime) -> bool:
    return record is not None and record.locked_until is not None and record.locked_until > at


def require_unlocked(record: Lockable | None, at: datetime) -> None:
    """Say plainly that and how long an account is locked; an address without an account answers the same."""
    if record is not None and record.locked_until is not None and record.locked_until > at:
        minutes = -(-int((record.locked_until - at).total_seconds()) // 60)
        raise Refused(
            _l("After %(n)s failures this account is locked. Try again in %(minutes)s minutes, or set a new password "
               "by a code that we send you.", n=FAILURES, minutes=minutes)
        )


def require_pause(sent_at: list[datetime], at: datetime) -> None:
    """Codes are sent one a minute and five an hour to one address."""
    if any(moment > at - CODE_PAUSE for moment in sent_at):
        raise Refused(_l("A code was asked for less than a minute ago. Wait a moment for it to arrive."))
    if sum(moment > at - timedelta(hours=1) for moment in sent_at) >= CODES_AN_HOUR:
        raise Refused(_l("Too many codes were asked for. Try again in an hour."))


def browser_name(user_agent: str) -> str:
    """Chrome · Windows: enough to know one's own browser again."""
    agent = user_agent.lower()
    browsers = (("micromessenger", "WeChat"), ("edg/", "Edge"), ("firefox/", "Firefox"), ("chrome/", "Chrome"),
                ("safari/", "Safari"))
    systems = (("android", "Android"), ("iphone", "iPhone"), ("ipad", "iPad"), ("windows", "Windows"),
               ("mac os", "macOS"), ("linux", "Linux"))
    found = [next((name for mark, name in table if mark in agent), "") for table in (browsers, systems)]
    return " · ".join(name for name in found if name) or user_agent[:40]
