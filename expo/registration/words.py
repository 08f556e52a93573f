"""Texts of registration that have versions: what people consent to. A changed text gets a new version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from expo.kit.language import _l
from expo.people.models import ConsentPurpose


@dataclass(frozen=True)
class ConsentText:
    """One purpose in its present wording."""

    version: str
    required: bool
    text: Any


CONSENT_TEXTS: dict[ConsentPurpose, ConsentText] = {
    ConsentPurpose.REGISTRATION: ConsentText("2026-1", True, _l(
        "The organiser stores the name, phone, e-mail, organisation, position and region given here to check the "
        "registration, issue the badge and admit its holder, and sends messages about this registration. The badge's "
        "code holds no personal data. Entries and exits are recorded with gate and time. "
        "The consent can be withdrawn at any time; the badge then ends."
    )),
    ConsentPurpose.SMS: ConsentText("2026-1", False, _l(
        "The organiser may send text messages about the programme: changed halls and times, and invitations to sessions."
    )),
    ConsentPurpose.PICTURES: ConsentText("2026-1", False, _l(
        "Pictures and recordings of the expo on which I can be recognised may be published in reports about it."
    )),
}
