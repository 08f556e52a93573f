"""Organisations and membership: who may act in whose name."""

from __future__ import annotations

from typing import Any

from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record
from expo.kit.language import _, _l
from expo.kit.refusals import Forbidden, Refused
from expo.kit.unit import action
from expo.people import queries_organisations as queries
from expo.people.actions_sign_in import tell
from expo.people.models import Membership, MembershipStatus, Organisation, OrganisationKind
from expo.people.permissions import P
from expo.people.rules_organisations import MEMBERSHIP, credit_code_of, is_organiser_of, require_run
from expo.places.models import Region


@action
def add_organisation(name: str, kind: OrganisationKind, region_id: int, credit_code: str | None = None, *, by: Actor,
                     **details: str) -> int:
    """Register an organisation; its number. Whoever is no organiser asks thereby to become its manager."""
    region = get_record(Region, region_id)
    is_organiser = by.may(P.ORGANISATIONS_MANAGE, region_path=region.path)
    code = credit_code_of(credit_code, required=not is_organiser)
    _require_new(name, code, region)
    organisation = Organisation(name=name, kind=OrganisationKind(kind), credit_code=code, region_id=region.id,
                                region_path=region.path, **details)
    db.session.add(organisation)
    db.session.flush()
    if not is_organiser:
        db.session.add(Membership(person_id=by.person_id, organisation_id=organisation.id, is_manager=True))
    return int(organisation.id)


def _require_new(name: str, code: str | None, region: Region) -> None:
    known = queries.find_by_credit_code(code) if code else None
    if known is not None:
        raise Refused(_l("%(name)s is registered with this credit code already. Ask to join it instead.", name=known.name),
                      field="credit_code")
    if queries.find_by_name(name, region.path) is not None:
        raise Refused(_l("An organisation of this name is registered here already. Ask to join it instead."), field="name")


@action
def find_or_make_organisation(name: str, kind: OrganisationKind, region_id: int, *, synthetic: bool = False,
                              by: Actor) -> int:
    """The organisation of this name in the region, made if it is missing: for imports, which know no credit code."""
    region = get_record(Region, region_id)
    by.require(P.POOL_MANAGE, region_path=region.path)
    known = queries.find_by_name(name, region.path)
    if known is not None:
        return int(known.id)
    organisation = Organisation(name=name[:120], kind=kind, region_id=region.id, region_path=region.path,
                                synthetic=synthetic)
    db.session.add(organisation)
    db.session.flush()
    return int(organisation.id)


@action
def change_organisation(organisation_id: int, values: dict[str, Any], *, by: Actor) -> None:
    """Change an organisation's data; region, kind and a known credit code only by an organiser."""
    organisation = get_record(Organisation, organisation_id, for_update=True)
    require_run(by, organisation, queries.find_membership(by.person_id, organisation_id))
    values = dict(values)
    code = credit_code_of(values.pop("credit_code", None), required=False)
    region = get_record(Region, values.pop("region_id"))
    kind = OrganisationKind(values.pop("kind"))
    if not is_organiser_of(by, organisation):
        certain = (organisation.region_id, organisation.kind, organisation.credit_code or code)
        if (region.id, kind, code) != certain:
            raise Refused(_l("Region, kind and credit code can only be changed by an organiser of the region."))
    elif not by.may(P.ORGANISATIONS_MANAGE, region_path=region.path):
        raise Forbidden(_l("You may only choose a region that you look after."), field="region_id")
    known = queries.find_by_credit_code(code) if code else None
    if known is not None and known.id != organisation_id:
        raise Refused(_l("%(name)s is registered with this credit code already. Ask to join it instead.", name=known.name),
                      field="credit_code")
    organisation.credit_code, organisation.kind = code, kind
    organisation.region_id, organisation.region_path = region.id, region.path
    for name, value in values.items():
        setattr(organisation, name, value)


@action
def ask_to_join(organisation_id: int, *, by: Actor) -> None:
    """Ask to act for an organisation; its managers are told."""
    organisation = get_record(Organisation, organisation_id)
    own = queries.find_membership(by.person_id, organisation_id)
    if own is None:
        own = Membership(person_id=by.person_id, organisation_id=organisation_id)
        db.session.add(own)
    elif own.status is MembershipStatus.CONFIRMED:
        raise Refused(_l("You act for this organisation already."))
    elif own.status is MembershipStatus.REQUESTED:
        raise Refused(_l("You have asked already. A manager of the organisation or an organiser has to confirm."))
    else:
        MEMBERSHIP.move(own, MembershipStatus.REQUESTED)
        own.is_manager = False
    url = f"{current_config().public_url}/work/organisations/{organisation_id}"
    for manager in queries.list_managers(organisation_id):
        tell(manager, _("%(who)s asks to act for %(organisation)s", who=by.name, organisation=organisation.name),
             _("%(who)s asks to act for %(organisation)s. Confirm or decline: %(url)s", who=by.name,
               organisation=organisation.name, url=url))


@action
def confirm_membership(membership_id: int, *, by: Actor) -> int:
    """Let somebody act for the organisation from now on; the organisation's number."""
    membership = _decided(membership_id, by)
    MEMBERSHIP.move(membership, MembershipStatus.CONFIRMED)
    tell(membership.person, _("You act for %(organisation)s", organisation=membership.organisation.name),
         _("Your request was confirmed: from now on you act for %(organisation)s at %(site)s.",
           organisation=membership.organisation.name, site=current_config().site_name))
    return int(membership.organisation_id)


@action
def end_membership(membership_id: int, *, by: Actor) -> int:
    """Decline a request or end a membership, one's own too; the organisation's number."""
    membership = queries.get_membership(membership_id)
    if membership.person_id != by.person_id:
        membership = _decided(membership_id, by)
    MEMBERSHIP.move(membership, MembershipStatus.ENDED)
    return int(membership.organisation_id)


@action
def set_manager(membership_id: int, is_manager: bool, *, by: Actor) -> int:
    """Let a member decide on the others, or no longer; the organisation's number."""
    membership = _decided(membership_id, by)
    if membership.status is not MembershipStatus.CONFIRMED:
        raise Refused(_l("Only somebody who acts for the organisation can manage it."))
    membership.is_manager = is_manager
    return int(membership.organisation_id)


def _decided(membership_id: int, by: Actor) -> Membership:
    membership = queries.get_membership(membership_id)
    own = queries.find_membership(by.person_id, membership.organisation_id)
    require_run(by, membership.organisation, own)
    return membership
