"""Sending pictures on to other sites: which addresses are taken, and when a failed one is tried again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from expo.kit.language import _l
from expo.kit.refusals import Refused

#: Each target takes the whole bandwidth of the sender from this machine's uplink once more.
MOST_TARGETS = 5
LONGEST_PAUSE_S = 60.0
#: IPv6 that holds an IPv4 address: NAT64, 6to4, Teredo and the compatible addresses of old.
_TURNED = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))
_KEY = re.compile(r"[\x21-\x7e]{1,500}")
_PATH = re.compile(r"/[\w./~-]*\w[\w./~-]*", re.ASCII)


def require_server(text: str) -> str:
    """The address of an RTMP server without the key, in one form; raises :class:`Refused`."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in {"rtmp", "rtmps"} or not host or not _PATH.fullmatch(parts.path):
        raise Refused(_l("Give the server's address as the other site shows it, such as rtmp://live.example.cn/app."), "server")
    if parts.query or parts.fragment or parts.username is not None:
        raise Refused(_l("What stands behind the question mark belongs to the key. Enter it there."), "server")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def require_key(text: str) -> str:
    key = text.strip().lstrip("/")
    if not _KEY.fullmatch(key):
        raise Refused(_l("A key has up to 500 letters, digits and signs, without blanks."), "key")
    return key


def app_of(server: str) -> str:
    """What RTMP calls the application: the path of the server's address."""
    return urlsplit(server).path.strip("/")


def host_of(server: str) -> tuple[str, int]:
    parts = urlsplit(server)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "rtmps" else 1935)


def is_open_to(host: str, addresses: Iterable[str], inner_hosts: Iterable[str]) -> bool:
    """Whether pictures may go there: to public addresses, and to hosts of the own network that the settings name.

    Whoever directs a channel must not reach with its help what stands behind the firewall, this machine's own inner
    streams least of all.
    """
    return host in inner_hosts or all(_is_public(one.partition("%")[0]) for one in addresses)


def _is_public(address: str) -> bool:
    """An address of the internet, and none that a gateway turns into another one that may not be."""
    found = ip_address(address)
    return found.is_global and not found.is_multicast and not any(found in net for net in _TURNED if net.version == found.version)


def pause_after(tries: int) -> float:
    """Seconds until the next try: 2, 4, 8 … up to a minute."""
    return min(LONGEST_PAUSE_S, 2.0 ** min(tries, 10))
