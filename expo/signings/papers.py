"""Papers of this room: the agreement, set from plain values that are kept with it, and the ceremony's batch list."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from expo.kit.config import current_config
from expo.kit.files import Received, store_bytes
from expo.kit.language import speaking
from expo.kit.pdf import render_template_pdf
from expo.kit.text import numeric_date, shortened
from expo.programme.models import Session
from expo.signings import papers_articles as words
from expo.signings import rules
from expo.signings.models import AgreementKind, Signing, SigningParty
from expo.signings.papers_setting import agreement_pdf

PDF = "application/pdf"


@dataclass(frozen=True)
class Issue:
    """A set paper that lies in the storage, with all that is printed on it."""

    content: dict[str, Any]
    received: Received


def check_address(serial: str, version: int | None = None) -> str:
    """Where anybody may ask whether a paper is genuine; the version tells an older paper at once."""
    tail = f"?v={version}" if version else ""
    return f"{current_config().public_url}/check/{serial}{tail}"


def content_of(signing: Signing, version: int) -> dict[str, Any]:
    """All that the paper says, as plain texts: kept with the version, and the only source of its PDF."""
    kind, terms = signing.kind, dict(signing.terms)
    parties = [_party(party, rules.mark(place), rules.capacity(kind, terms, place))
               for place, party in enumerate(rules.parties_of(signing))]
    project = signing.project
    return {
        "serial": signing.serial, "version": version, "kind": kind.value, "title": words.title_of(kind, terms),
        "noun": words.noun_of(kind), "edition": signing.edition.name, "subject": signing.title,
        "project_number": project.number if project else "", "project_title": project.title if project else "",
        "parties": parties,
        "witnesses": [{"name": one.name, "signer": one.signer} for one in rules.witnesses_of(signing)],
        "amount": words.money(signing.amount_fen) if signing.amount_fen else "",
        "place": str(terms.get("place") or ""), "dated": words.day(terms["dated"]) if terms.get("dated") else "",
        "preamble": words.preamble(kind, signing.edition.name, project.title if project else ""),
        "articles": [[heading, lines] for heading, lines in words.articles(
            kind, terms, signing.amount_fen, [(p["mark"], p["contact"]) for p in parties])],
        "check": check_address(signing.serial, version),
    }


def _party(party: SigningParty, mark: str, capacity: str) -> dict[str, str]:
    return {"mark": mark, "capacity": capacity, "name": party.name, "credit_code": party.credit_code,
            "address": party.address, "legal_representative": party.legal_representative, "signer": party.signer,
            "contact": party.contact}


def issue(signing: Signing) -> Issue:
    """Set the next version's paper and store it: slow, so before the action that freezes the text."""
    content = content_of(signing, len(signing.versions) + 1)
    pdf = agreement_pdf(content)
    return Issue(content, store_bytes(pdf, f"{content['serial']}-v{content['version']}.pdf", PDF, "agreement"))


def preview(signing: Signing) -> bytes:
    """The paper as it would be, marked as a draft; nothing is stored."""
    content = content_of(signing, len(signing.versions) + 1)
    return agreement_pdf(content | {"draft": True})


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def batch_list_pdf(session: Session, signings: Sequence[Signing]) -> bytes:
    """The order of a ceremony, batch by batch: for the stage manager and the host."""
    batches: dict[int, list[dict[str, str]]] = {}
    with speaking("zh_Hans"):
        for one in signings:
            batches.setdefault(one.batch or 0, []).append({
                "order": str(one.stage_order or ""), "title": shortened(one.title, 60), "kind": str(one.kind.label),
                "parties": "\n".join(p.name for p in rules.parties_of(one)),
                "signers": "\n".join(p.signer or "　" for p in rules.parties_of(one)),
                "amount": words.wan(one.amount_fen) if one.amount_fen and one.kind is not AgreementKind.REGIONAL else "",
                "serial": one.serial,
            })
    begins = session.slot.starts_at.astimezone(current_config().timezone) if session.slot else None
    return render_template_pdf(
        "pdf/agreement_batches.html", title=session.title, hall=session.hall.name if session.hall else "",
        day=numeric_date(begins.date()) if begins else "", time=f"{begins:%H:%M}" if begins else "",
        batches=[(words.numeral(number), rows) for number, rows in batches.items()],
    )
