"""Signed tickets with which a browser may send pictures into a channel. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

from expo.kit.language import _l
from expo.kit.refusals import Refused

_SALT = "studio"


@dataclass(frozen=True, slots=True)
class StudioTicket:
    """Who gave it out (whose rights are looked at again each time), for which channel, until when."""

    channel_id: int
    person_id: int
    until: datetime
    is_guest: bool = False


def seal_ticket(secret: str, ticket: StudioTicket) -> str:
    return str(URLSafeSerializer(secret, salt=_SALT).dumps(
        [ticket.channel_id, ticket.person_id, int(ticket.until.timestamp()), int(ticket.is_guest)]))


def open_ticket(secret: str, text: str, now: datetime) -> StudioTicket:
    """What a ticket says; raises :class:`Refused` for a forged or an old one."""
    try:
        channel_id, person_id, until, is_guest = URLSafeSerializer(secret, salt=_SALT).loads(text)
        ticket = StudioTicket(int(channel_id), int(person_id), datetime.fromtimestamp(int(until), now.tzinfo), bool(is_guest))
    except (BadData, TypeError, ValueError):
        raise Refused(_l("This link for presenting is not complete. Ask for it again.")) from None
    if now >= ticket.until:
        raise Refused(_l("This link for presenting is too old. Ask for a new one."))
    return ticket
