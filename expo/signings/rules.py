"""What may become of a signing, who may touch it, and what its agreement still lacks. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from expo.kit.access import Actor
from expo.kit.fonts import undrawable
from expo.kit.identity import normal_credit_code
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Forbidden, Refused
from expo.kit.text import mask_name
from expo.meetings.models import Meeting, MeetingOutcome
from expo.people.permissions import P
from expo.signings import clauses
from expo.signings.models import AgreementKind, PartyRole, Signing, SigningParty, SigningStatus

LIFECYCLE = Lifecycle(
    {
        SigningStatus.INTENT: {SigningStatus.DRAFTED, SigningStatus.VOID},
        SigningStatus.DRAFTED: {SigningStatus.FROZEN, SigningStatus.VOID},
        # Back to "drafted": whatever is changed after the paper was issued makes the next version.
        SigningStatus.FROZEN: {SigningStatus.SIGNED, SigningStatus.DRAFTED, SigningStatus.VOID},
        SigningStatus.SIGNED: {SigningStatus.REGISTERED, SigningStatus.VOID},
        SigningStatus.REGISTERED: {SigningStatus.VOID},
        SigningStatus.VOID: set(),
    }
)
#: While the text is open, everything printed may be changed.
OPEN = frozenset({SigningStatus.INTENT, SigningStatus.DRAFTED})
DONE = frozenset({SigningStatus.SIGNED, SigningStatus.REGISTERED})
#: States in which the newest version is in force.
ISSUED = frozenset({SigningStatus.FROZEN, SigningStatus.SIGNED, SigningStatus.REGISTERED})
MOST_PARTIES = 6
MOST_WITNESSES = 4
BATCH_SIZE = 10
MARKS = "甲乙丙丁戊己"
#: What the first and the second party of a contract are called by the Civil Code.
CAPACITIES: dict[AgreementKind, tuple[str, str]] = {
    AgreementKind.TRANSFER: ("让与人", "受让人"),
    AgreementKind.LICENCE: ("许可人", "被许可人"),
    AgreementKind.CONSULTING: ("委托人", "受托人"),
    AgreementKind.SERVICE: ("委托人", "受托人"),
}


@dataclass(frozen=True)
class Problem:
    """Something without which the text cannot be issued, and the part of the page where it is put right."""

    sentence: Any
    part: str
    name: str = ""


def capacity(kind: AgreementKind, terms: Mapping[str, Any], place: int) -> str:
    """The capacity in which a party (counted from 0) signs; empty where there is no word for it."""
    pair = CAPACITIES.get(kind)
    if kind is AgreementKind.DEVELOPMENT:
        pair = ("合作方", "合作方") if terms.get("mode") == "joint" else ("委托人", "研究开发人")
    if pair is None or (place > 1 and pair[0] != pair[1]):
        return ""
    return pair[min(place, 1)]


def mark(place: int) -> str:
    """甲方, 乙方 …"""
    return f"{MARKS[place]}方"


def is_party(actor: Actor, signing: Signing) -> bool:
    """Whether the actor acts for one of the parties."""
    return any(p.organisation_id in actor.organisation_ids for p in signing.parties
               if p.organisation_id is not None and p.role is PartyRole.PARTY)


def may_read(actor: Actor, signing: Signing) -> bool:
    """Readers of its region."""
    return actor.may(P.SIGNINGS_READ, region_path=signing.region_path, edition_id=signing.edition_id)


def may_see(actor: Actor, signing: Signing) -> bool:
    """Readers of its region and members of its parties."""
    return may_read(actor, signing) or is_party(actor, signing)


def may_manage(actor: Actor, signing: Signing) -> bool:
    """Those who manage signings in its region."""
    return actor.may(P.SIGNINGS_MANAGE, region_path=signing.region_path, edition_id=signing.edition_id)


def may_fill(actor: Actor, signing: Signing, party: SigningParty) -> bool:
    """Managers, and while it is drafted the party's own members."""
    own = party.organisation_id is not None and party.organisation_id in actor.organisation_ids
    return may_manage(actor, signing) or (own and signing.status is SigningStatus.DRAFTED)


def require_fill(actor: Actor, signing: Signing, party: SigningParty) -> None:
    """Raise :class:`Forbidden` unless :func:`may_fill`."""
    if not may_fill(actor, signing, party):
        raise Forbidden(_l("A party's data are filled in by its own members while the text is drafted, "
                           "or by the organisers."))


def require_open_text(signing: Signing) -> None:
    """What was issued is not changed behind the paper's back."""
    if signing.status not in OPEN:
        raise Refused(_l("The text is “%(status)s” and cannot be changed. Reopen the text for a new version first.",
                         status=signing.status.label))


def require_intent(meeting: Meeting) -> None:
    """A meeting leads to a signing when it ended with the intent to sign."""
    if meeting.outcome is not MeetingOutcome.INTENT:
        raise Refused(_l("This meeting has not ended with an intent to sign. Note its outcome first."))


def require_kind(kind: AgreementKind, has_project: bool) -> None:
    """Only regional cooperation is agreed without a project."""
    if kind is not AgreementKind.REGIONAL and not has_project:
        raise Refused(_l("This kind of agreement needs its project. Enter the project's number."), "project_number")
    if kind is AgreementKind.REGIONAL and has_project:
        raise Refused(_l("A regional cooperation agreement stands without a project. Choose another kind."), "kind")


def party_code(value: str | None, abroad: bool) -> str:
    """The credit code, checked; the number of an organisation registered abroad as it is."""
    if not value:
        return ""
    if not abroad:
        return normal_credit_code(value)
    if len(value) > 18:
        raise Refused(_l("At most 18 characters."), "credit_code")
    return value


def is_abroad(code: str) -> bool:
    """Whether a stored number is none of mainland China's."""
    try:
        return bool(code) and normal_credit_code(code) != code
    except Refused:
        return True


def problems(signing: Signing, *, public_seller: bool) -> list[Problem]:
    """All that the text lacks, in the order of the page; an empty list lets it be frozen."""
    return [*_record_problems(signing), *_party_problems(signing), *_clause_problems(signing, public_seller),
            *_letter_problems(signing)]


def _record_problems(signing: Signing) -> list[Problem]:
    found = []
    if signing.kind is not AgreementKind.REGIONAL and signing.project_id is None:
        found.append(Problem(_l("The project is missing."), "record"))
    if signing.kind in clauses.CONTRACTS and not signing.amount_fen and signing.terms.get("payment") not in clauses.ROYALTIES:
        found.append(Problem(_l("The amount is missing."), "record"))
    return found


_PARTY_FIELDS = (("name", _l("name")), ("credit_code", _l("credit code")), ("address", _l("address")),
                 ("legal_representative", _l("legal representative")), ("contact", _l("contact")))


def _party_problems(signing: Signing) -> list[Problem]:
    parties = parties_of(signing)
    found = []
    if len(parties) < 2:
        found.append(Problem(_l("An agreement needs at least two parties."), "parties"))
    for place, party in enumerate(parties):
        found += [Problem(_l("%(party)s: %(what)s is missing.", party=party.name or mark(place), what=label), "parties")
                  for name, label in _PARTY_FIELDS if not getattr(party, name)]
    codes = [p.credit_code for p in parties if p.credit_code]
    if len(codes) != len(set(codes)):
        found.append(Problem(_l("Two parties have the same credit code."), "parties"))
    return found


def _clause_problems(signing: Signing, public_seller: bool) -> list[Problem]:
    terms = signing.terms
    found = [Problem(_l("“%(clause)s” is missing.", clause=c.label), "clauses", c.name)
             for c in clauses.missing(signing.kind, terms)]
    if clauses.needs_pricing(signing.kind, terms, public_seller):
        found.append(Problem(_l("A public university or institute must say how the price was found."), "clauses", "pricing"))
    if terms.get("payment") == "instalments" and terms.get("instalments"):
        total = sum(i.amount_fen for i in clauses.parse_instalments(terms["instalments"]))
        if total != signing.amount_fen:
            found.append(Problem(_l("The instalments come to %(total)s, the amount of the deal is %(amount)s (10,000 yuan).",
                                    total=f"{total / 1_000_000:g}", amount=f"{signing.amount_fen / 1_000_000:g}"),
                                 "clauses", "instalments"))
    return found


def _letter_problems(signing: Signing) -> list[Problem]:
    """Characters that no font here can draw would be boxes on paper."""
    printed = [signing.title, *(getattr(p, n) for p in signing.parties for n in
               ("name", "address", "legal_representative", "signer", "contact")),
               *(str(v) for v in signing.terms.values())]
    boxes = undrawable("".join(printed))
    if not boxes:
        return []
    return [Problem(_l("These characters cannot be printed: %(characters)s. Write them another way.",
                       characters=" ".join(sorted(boxes))), "record")]


def parties_of(signing: Signing) -> list[SigningParty]:
    """The parties in their order, without witnesses."""
    return [p for p in signing.parties if p.role is PartyRole.PARTY]


def witnesses_of(signing: Signing) -> list[SigningParty]:
    """The witnesses in their order."""
    return [p for p in signing.parties if p.role is PartyRole.WITNESS]


def require_complete(found: Sequence[Problem]) -> None:
    """Raise :class:`Refused`, naming the first things, unless nothing is lacking."""
    if found:
        raise Refused(_l("The text cannot be frozen yet, %(count)s things are missing. The first: %(first)s",
                         count=len(found), first=found[0].sentence))


def require_signing_day(day: date | None, issued_on: date, today: date) -> date:
    """A paper is signed between the day of its issue and today."""
    if day is None:
        raise Refused(_l("Enter the day on which it was signed."), "signed_on")
    if day > today:
        raise Refused(_l("This day lies in the future. Enter the day on which it was signed."), "signed_on")
    if day < issued_on:
        raise Refused(_l("The paper was issued on %(day)s; it cannot have been signed before.", day=issued_on.isoformat()),
                      "signed_on")
    return day


def require_registrable(signing: Signing, number: str | None, technology_fen: int | None) -> tuple[str, int]:
    """A technology contract is registered with its number and the part of its amount that is for technology."""
    if signing.kind not in clauses.CONTRACTS:
        raise Refused(_l("Only the five kinds of technology contract are registered; this is: %(kind)s.", kind=signing.kind.label))
    if not number:
        raise Refused(_l("Enter the number that the registry gave the contract."), "registered_number")
    if technology_fen is None:
        raise Refused(_l("Enter the amount of technology."), "technology")
    if technology_fen > signing.amount_fen:
        raise Refused(_l("The amount of technology is at most the amount of the deal (%(amount)s).",
                         amount=f"{signing.amount_fen / 1_000_000:g}"), "technology")
    return number, technology_fen


def require_reason(reason: str | None) -> str:
    """An agreement is declared void with a reason."""
    if not reason:
        raise Refused(_l("Say why: the reason stays with the record."), "reason")
    return reason


def free_places(taken: Set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """(batch, place) pairs that are free, in order, without an end."""
    for number in count():
        place = (number // BATCH_SIZE + 1, number % BATCH_SIZE + 1)
        if place not in taken:
            yield place


_PHONE = re.compile(r"\+?\d[\d -]{5,}\d")


def masked_contact(contact: str) -> str:
    """A contact such as 王芳 138 0000 1234 with its name and numbers masked."""
    def stars(found: re.Match[str]) -> str:
        digits = re.sub(r"[ -]", "", found[0])
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 7 else "*" * len(digits)

    head, _blank, rest = contact.partition(" ")
    if rest and not any(c.isdigit() for c in head):
        return f"{mask_name(head)} {_PHONE.sub(stars, rest)}"
    return _PHONE.sub(stars, contact)

