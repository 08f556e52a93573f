"""How kinds of badges are handed out, where the organiser has said nothing else, and what an invitation opens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.registration.models import BadgeKind, Registration
from expo.registration.models_forms import KindSetting
from expo.registration.models_invitations import Invitation
from expo.registration.rules import PUBLIC_KINDS, needs_approval


@dataclass(frozen=True)
class KindPolicy:
    """How one kind of badge is handed out in one edition."""

    kind: BadgeKind
    is_public: bool
    needs_approval: bool
    has_waiting_list: bool = True
    companions: int = 0
    zones: Sequence[str] = ()
    zone_choices: Sequence[str] = ()

    def zones_with(self, chosen: str) -> list[str]:
        """All zones that a badge of this kind opens."""
        return list(dict.fromkeys([*self.zones, *([chosen] if chosen else [])]))


def default_policy(kind: BadgeKind) -> KindPolicy:
    """What holds until the organiser decides otherwise. A visitor may bring a family along, an official guest staff."""
    companions = {BadgeKind.VISITOR: 4, BadgeKind.GUEST: 2}.get(kind, 0)
    return KindPolicy(kind, kind in PUBLIC_KINDS, needs_approval(kind), companions=companions)


def policy_of(setting: KindSetting) -> KindPolicy:
    """What the organiser has decided."""
    return KindPolicy(setting.badge_kind, setting.is_public, setting.needs_approval, setting.has_waiting_list,
                      setting.companions, tuple(setting.zones), tuple(setting.zone_choices))


def require_kind_open(policy: KindPolicy, invitation: Invitation | None) -> None:
    """A visitor chooses among the kinds that are open to the public, or has an invitation to another."""
    if not policy.is_public and invitation is None:
        raise Refused(_l("This kind of badge is given by the organiser. Choose another one, or ask the organiser."),
                      "badge_kind")


def require_zone(policy: KindPolicy, zone: str) -> None:
    """One of the zones offered, where zones are offered."""
    if policy.zone_choices and zone not in policy.zone_choices:
        raise Refused(_l("Choose one of the zones."), "zone")


def is_looked_at(policy: KindPolicy, registration: Registration) -> bool:
    """Whether somebody decides before the badge is issued: where the kind asks for it, and where a kind that is not for
    the public was given by nobody who would stand for it now (its invitation went to somebody else)."""
    given = (registration.invitation_id, registration.host_id, registration.delegation_id)
    return policy.needs_approval or not (policy.is_public or any(given))


def require_usable(invitation: Invitation | None, at: datetime, kind: BadgeKind | None = None) -> Invitation:
    """The code exists, is still good and has a use left."""
    if invitation is None or invitation.ended_at is not None or (kind is not None and invitation.badge_kind is not kind):
        raise Refused(_l("There is no such invitation code. Check its letters and digits, or ask who gave it to you."), "code")
    if invitation.expires_at is not None and invitation.expires_at <= at:
        raise Refused(_l("This invitation has run out. Ask who gave it to you for a new one."), "code")
    if invitation.uses >= invitation.most_uses:
        raise Refused(_l("This invitation was used as often as it may be. Ask who gave it to you for another one."), "code")
    return invitation


def require_companions_left(policy: KindPolicy, present: Collection[object]) -> None:
    """A holder brings along only as many as the kind of badge allows."""
    if not policy.companions:
        raise Refused(_l("Nobody can be brought along with this kind of badge. Each person registers by themselves."))
    if len(present) >= policy.companions:
        raise Refused(_l("At most %(n)s people can be brought along with this badge.", n=policy.companions))


def tidy_code(text: str) -> str:
    """An invitation code as it is stored: people type small letters, blanks and hyphens."""
    return "".join(c for c in text.upper() if c.isalnum())[:20]


def tidy_names(text: str) -> list[str]:
    """Names that were typed one a line, or with commas between them."""
    parts = text.replace("，", ",").replace("、", ",").replace("\n", ",").split(",")
    return list(dict.fromkeys(part.strip()[:40] for part in parts if part.strip()))[:30]
