"""What happened to a person's account and to an organisation, in sentences."""

from __future__ import annotations

from typing import Any

from expo.kit.history import list_history
from expo.kit.language import _l
from expo.kit.timeline import Line, timeline_of
from expo.people.models import OrganisationKind

PERSON: dict[str, Any] = {
    "signed_in": _l("Signed in"), "locked": _l("Locked after failures to sign in"),
    "ended_session": _l("Signed out of a browser"), "ended_sessions": _l("Signed out of browsers"),
    "used_recovery_code": _l("Used a recovery code"), "made_recovery_codes": _l("Made recovery codes"),
    "unmasked": _l("Contact data shown"), "disabled": _l("Account switched off"), "enable_account": _l("Account switched on"),
    "reset_password": _l("New password by a code"), "settle_new_password": _l("Password changed"),
    "find_or_make_person": _l("Entered by another room or by an administrator"), "add_person": _l("Account made"),
    "settle_sign_up": _l("Signed up"), "settle_address": _l("Address confirmed"), "change_account": _l("Data changed"),
    "set_second_factor": _l("Second factor switched on"), "drop_second_factor": _l("Second factor switched off"),
    "take_second_factor": _l("Second factor taken away"), "settle_first": _l("Became the first administrator"),
}
ORGANISATION: dict[str, Any] = {
    "add_organisation": _l("Registered"), "find_or_make_organisation": _l("Made by an import"),
    "change_organisation": _l("Data changed"),
}
PERSON_FIELDS: dict[str, Any] = {
    "failed_sign_ins": _l("Failures in a row"), "locked_until": _l("Locked until"), "disabled_at": _l("Switched off at"),
    "language": _l("Language"), "reason": _l("Reason"), "sessions": _l("Sessions ended"),
}
ORGANISATION_FIELDS: dict[str, Any] = {
    "name": _l("Name"), "kind": (_l("Kind"), OrganisationKind), "credit_code": _l("Unified social credit code"),
    "address": _l("Address"), "legal_representative": _l("Legal representative"), "website": _l("Website"),
}


def person_timeline(person_id: int) -> list[Line]:
    """What happened to an account, newest first."""
    return timeline_of(list_history("person", person_id, limit=60), PERSON, PERSON_FIELDS)


def organisation_timeline(organisation_id: int) -> list[Line]:
    """What happened to an organisation, newest first."""
    return timeline_of(list_history("organisation", organisation_id, limit=40), ORGANISATION, ORGANISATION_FIELDS)
