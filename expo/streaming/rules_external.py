"""Pictures of other sites, and our pictures on other sites: which hosts are let in. Pure."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.streaming.models import ChannelSource

#: Players that may be embedded: official platforms' embed addresses, nothing that runs in our own page.
PLAYER_HOSTS = frozenset({
    "player.bilibili.com", "live.bilibili.com", "tv.cctv.com", "v.qq.com", "live.polyv.cn", "live.qcloud.com",
    "player.youku.com", "www.ixigua.com", "live.cctv.com", "www.sctv.cn", "live.sctv.cn",
})
_HOST = re.compile(r"(?=.{4,120}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}")
MOST_HOSTS = 10


def require_address(source: ChannelSource, address: str) -> str:
    """The address of a foreign source, or empty for our own; raises :class:`Refused` by its field."""
    if source is ChannelSource.OWN:
        return ""
    try:
        parts = urlsplit((address or "").strip())
    except ValueError:
        parts = urlsplit("")
    # The host goes into the policy of every page that shows it, so it holds nothing but a name.
    if parts.scheme != "https" or not _HOST.fullmatch(parts.hostname or "") or not _has_plain_port(parts):
        raise Refused(_l("Give the whole address, beginning with https://."), "external_url")
    if source is ChannelSource.PLAYER and parts.hostname not in PLAYER_HOSTS:
        raise Refused(_l("Players of %(host)s are not on the list of sites that may be shown here.", host=parts.hostname),
                      "external_url")
    if source is ChannelSource.HLS and not parts.path.endswith(".m3u8"):
        raise Refused(_l("An HLS address ends with .m3u8."), "external_url")
    return parts.geturl()


def _has_plain_port(parts: SplitResult) -> bool:
    """The usual port, and nobody's name in front of the host."""
    try:
        return parts.username is None and parts.port in (None, 443)
    except ValueError:
        return False


def host_of(address: str) -> str:
    """What the page's policy must let in for a foreign source."""
    return f"https://{urlsplit(address).hostname}"


def require_hosts(text: str) -> str:
    """Host names separated by blanks or lines, in one form; raises :class:`Refused`."""
    hosts = list(dict.fromkeys(text.lower().replace(",", " ").split()))
    wrong = [host for host in hosts if not _HOST.fullmatch(host)]
    if wrong:
        raise Refused(_l("“%(host)s” is no host name such as www.example.cn.", host=wrong[0]), "embed_hosts")
    if len(hosts) > MOST_HOSTS:
        raise Refused(_l("At most %(n)s other sites may show a broadcast.", n=MOST_HOSTS), "embed_hosts")
    return " ".join(hosts)
