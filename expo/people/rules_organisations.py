"""Who runs an organisation here, and how somebody comes to act for it."""

from __future__ import annotations

from expo.kit.access import Actor
from expo.kit.identity import normal_credit_code
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Forbidden, Refused
from expo.people.models import Membership, MembershipStatus, Organisation
from expo.people.permissions import P

MEMBERSHIP = Lifecycle({
    MembershipStatus.REQUESTED: {MembershipStatus.CONFIRMED, MembershipStatus.ENDED},
    MembershipStatus.CONFIRMED: {MembershipStatus.ENDED},
    MembershipStatus.ENDED: {MembershipStatus.REQUESTED},
})


def is_organiser_of(by: Actor, organisation: Organisation) -> bool:
    """Whether ``by`` looks after the organisations of that region."""
    return by.may(P.ORGANISATIONS_MANAGE, region_path=organisation.region_path)


def may_run(by: Actor, organisation: Organisation, own: Membership | None) -> bool:
    """Whether ``by`` may change the organisation and its members: a confirmed manager, or an organiser of the region."""
    manages = own is not None and own.is_manager and own.status is MembershipStatus.CONFIRMED
    return manages or is_organiser_of(by, organisation)


def require_run(by: Actor, organisation: Organisation, own: Membership | None) -> None:
    if not may_run(by, organisation, own):
        raise Forbidden(_l("Only a manager of this organisation or an organiser of its region may do this."))


def credit_code_of(text: str | None, *, required: bool) -> str | None:
    """The checked credit code; whoever registers an organisation of their own must give it."""
    if not text:
        if required:
            raise Refused(_l("Give the unified social credit code: it stands on the licence and shows which organisation "
                             "this is."), field="credit_code")
        return None
    return normal_credit_code(text)
