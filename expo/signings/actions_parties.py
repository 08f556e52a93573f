"""Parties and witnesses: added, filled in, ordered, removed, while the text is open."""

from __future__ import annotations

from collections.abc import Mapping

from expo.editions.rules import require_not_archived
from expo.kit.access import Actor
from expo.kit.db import db, not_found
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.signings import queries, rules
from expo.signings.actions import get_managed, take_snapshot
from expo.signings.models import PartyRole, Signing, SigningParty

FIELDS = ("name", "credit_code", "address", "legal_representative", "signer", "contact")
#: What an empty entry leaves as it is, because the form does not show what is stored.
_KEPT_WHEN_EMPTY = frozenset({"contact"})


@action
def add_party(signing_id: int, role: PartyRole, *, organisation_id: int | None = None, name: str = "", by: Actor) -> SigningParty:
    """Add a party or witness: an organisation as it is today, or a name to be completed."""
    signing = get_managed(signing_id, by)
    rules.require_open_text(signing)
    same = [p for p in signing.parties if p.role is role]
    if len(same) >= (rules.MOST_PARTIES if role is PartyRole.PARTY else rules.MOST_WITNESSES):
        raise Refused(_l("There are %(count)s already; more do not fit on the paper.", count=len(same)))
    party = SigningParty(signing_id=signing.id, role=role, name=name,
                         position=max((p.position for p in signing.parties), default=0) + 1)
    if organisation_id is not None:
        _require_new(signing, organisation_id, None)
        take_snapshot(party, queries.get_organisation(organisation_id))
    if not party.name:
        raise Refused(_l("Enter a name."), "name")
    db.session.add(party)
    db.session.flush()
    _log(signing, None, party.name)
    return party


@action
def take_over(signing_id: int, party_id: int, organisation_id: int, *, by: Actor) -> None:
    """Fill a party with the organisation as it stands in the directory."""
    signing = get_managed(signing_id, by)
    rules.require_open_text(signing)
    party = get_party(signing, party_id)
    _require_new(signing, organisation_id, party_id)
    before = party.name
    take_snapshot(party, queries.get_organisation(organisation_id))
    _log(signing, before, party.name)


@action
def edit_party(signing_id: int, party_id: int, values: Mapping[str, str | None], *, abroad: bool = False, by: Actor) -> None:
    """Change a party's data: by the organisers, or by its own members while the text is drafted."""
    signing = queries.get_signing(signing_id, for_update=True)
    if not rules.may_see(by, signing):
        raise not_found()
    party = get_party(signing, party_id)
    rules.require_fill(by, signing, party)
    rules.require_open_text(signing)
    require_not_archived(signing.edition)
    # Its own members complete a party's data; who the party is, the organisers say.
    own = FIELDS if rules.may_manage(by, signing) else FIELDS[1:]
    wanted = {name: values.get(name) or "" for name in own if name in values}
    if not wanted.get("name", party.name):
        raise Refused(_l("Enter a name."), "name")
    if "credit_code" in wanted:
        wanted["credit_code"] = rules.party_code(wanted["credit_code"], abroad)
    before = party.name
    for name, value in wanted.items():
        if value or name not in _KEPT_WHEN_EMPTY:
            setattr(party, name, value)
    _log(signing, before, party.name)


@action
def remove_party(signing_id: int, party_id: int, *, by: Actor) -> None:
    """Take a party out of the agreement."""
    signing = get_managed(signing_id, by)
    rules.require_open_text(signing)
    party = get_party(signing, party_id)
    db.session.delete(party)
    _log(signing, party.name, None)


@action
def move_up(signing_id: int, party_id: int, *, by: Actor) -> None:
    """Let a party change places with the one before it: who is 甲方 decides the words of the contract."""
    signing = get_managed(signing_id, by)
    rules.require_open_text(signing)
    party = get_party(signing, party_id)
    same = [p for p in signing.parties if p.role is party.role]
    place = same.index(party)
    if place == 0:
        raise Refused(_l("This party stands first already."))
    above = same[place - 1]
    higher, lower = above.position, party.position
    # One place at a time: the database does not let two parties hold the same one, not even for a moment.
    above.position = -1
    db.session.flush()
    party.position = higher
    db.session.flush()
    above.position = lower
    _log(signing, None, party.name)


def get_party(signing: Signing, party_id: int) -> SigningParty:
    """A party of this signing."""
    for party in signing.parties:
        if party.id == party_id:
            return party
    raise not_found()


def _require_new(signing: Signing, organisation_id: int, party_id: int | None) -> None:
    if any(p.organisation_id == organisation_id and p.id != party_id for p in signing.parties):
        raise Refused(_l("This organisation is in the agreement already."))


def _log(signing: Signing, before: str | None, after: str | None) -> None:
    record("party", "signing", signing.id, {"party": [before, after]})
