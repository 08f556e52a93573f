"""Addresses of pictures: signed, expiring, bound to a viewer. The edge judges them alone (scripts/edge/hls.conf.template)."""

from __future__ import annotations

from datetime import datetime

from expo.kit.config import Config
from expo.kit.push import sign


def pictures_prefix(config: Config, room: str, viewer: str, until: datetime, bound_to: str = "") -> str:
    """Base of all addresses of one broadcast for one viewer, with its closing slash.

    ``viewer`` says who it is, for counting: ``p<person>``, ``v<venue>``, ``a<random>``, or ``d<person>`` for those who
    direct and are not counted. With ``bound_to`` the address works only together with the cookie ``viewer`` of that
    value: passed on, it opens nothing.
    """
    kind, expires = ("b" if bound_to else "o"), int(until.timestamp())
    # Blanks part them, which none of them holds: else one viewer's end could be read as another one's room.
    mark = sign(config.media.secret, f"{kind} {expires} {viewer} {room} {bound_to}")
    # The cookie goes to this site alone, so what is bound to it is loaded here also where a CDN has all else.
    return f"{'' if bound_to else config.media.hls_url}/hls/{kind}/{expires}/{mark}/{viewer}/{room}/"
