"""What registration allows: lifecycles, which kinds are open to whom, and what may still be changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime

from expo.editions.models import Edition, EditionStatus, Stage, StageKind
from expo.editions.rules import require_open
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Forbidden, Refused
from expo.people.models import ConsentPurpose
from expo.registration.models import BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.words import CONSENT_TEXTS

S = RegistrationStatus

LIFECYCLE = Lifecycle(
    {
        S.SUBMITTED: {S.APPROVED, S.DECLINED, S.CANCELLED},
        S.WAITING: {S.SUBMITTED, S.APPROVED, S.DECLINED, S.CANCELLED},
        S.APPROVED: {S.CANCELLED},
        S.DECLINED: {S.APPROVED, S.CANCELLED},
        # Who has cancelled may come after all: there is one registration per person and edition.
        S.CANCELLED: {S.SUBMITTED, S.WAITING},
    }
)
BADGE_LIFECYCLE = Lifecycle(
    {
        BadgeStatus.VALID: {BadgeStatus.REPLACED, BadgeStatus.CANCELLED},
        BadgeStatus.REPLACED: set(),
        BadgeStatus.CANCELLED: set(),
    }
)

_NO_NAME = re.compile(r"[/\\@:<>\[\]{}【】]|www\.|\.(com|cn|net|org|top|xyz|cc|io|vip|shop|info|club|site)\b|\d{6}", re.IGNORECASE)
#: Kinds that anybody may ask for on the public form; the others are given by organisers at the desk.
PUBLIC_KINDS = (BadgeKind.VISITOR, BadgeKind.TRADE_VISITOR, BadgeKind.MEDIA, BadgeKind.EXPERT)
#: Kinds that an organiser looks at before the badge is issued; all others are approved at once.
KINDS_NEEDING_APPROVAL = frozenset({
    BadgeKind.GUEST, BadgeKind.EXHIBITOR, BadgeKind.MEDIA, BadgeKind.STAFF, BadgeKind.VOLUNTEER, BadgeKind.EXPERT,
    BadgeKind.SIGNATORY, BadgeKind.CARETAKER, BadgeKind.PRESENTER,
})


def needs_approval(kind: BadgeKind) -> bool:
    """Whether somebody decides about a registration of this kind."""
    return kind in KINDS_NEEDING_APPROVAL


def require_registration_open(stage: Stage | None, at: datetime) -> None:
    """The public form is open while the edition's registration stage is."""
    require_open(stage, StageKind.REGISTRATION, at)


def require_consents(given: Collection[ConsentPurpose]) -> None:
    """Without the consents that are necessary nothing is stored."""
    if any(text.required and purpose not in given for purpose, text in CONSENT_TEXTS.items()):
        raise Refused(_l("Without this consent the registration cannot be processed. Please read it and agree."),
                      "consent_registration")


def require_running(edition: Edition) -> None:
    """Badges and registrations of an edition that is over stay as they are."""
    if edition.status in {EditionStatus.CLOSED, EditionStatus.ARCHIVED}:
        raise Refused(_l("This edition is over; its registrations can only be read."))


def require_changeable(registration: Registration) -> None:
    """A registration that is over cannot be changed, and one that was checked keeps what was checked."""
    if registration.status in {S.CANCELLED, S.DECLINED}:
        raise Refused(_l("This registration is over, so it cannot be changed."))


def require_approved(registration: Registration) -> None:
    """Badges belong to approved registrations."""
    if registration.status is not S.APPROVED:
        raise Refused(_l("Only an approved registration has a badge. Approve it first."))


def require_same_identity(registration: Registration, name: str, organisation: str, is_checked: bool) -> None:
    """An approved name and organisation stay: else somebody could be approved as one and come as another."""
    checked = registration.status is S.APPROVED and is_checked
    if checked and (name, organisation) != (registration.name, registration.organisation_name):
        raise Refused(_l("Name and organisation were checked for this kind of badge. Ask the organiser to change them."),
                      "name" if name != registration.name else "organisation_name")


def require_name(name: str) -> None:
    """A name goes to phones in the site's own messages, so that nobody writes theirs in its place."""
    if _NO_NAME.search(unicodedata.normalize("NFKC", name)):
        raise Refused(_l("Write a name only, without addresses, numbers and brackets."), "name")


def require_reason(reason: str) -> None:
    """Whoever is declined or cancelled by the organiser is told why."""
    if not reason.strip():
        raise Refused(_l("Give the reason in a sentence; the person will read it."), "note")


def require_not_merged(registration: Registration) -> None:
    """A double goes on in the registration that it was merged into; what was anonymised belongs to nobody."""
    if registration.merged_into_id is not None or registration.anonymised_at is not None:
        raise Refused(_l("This registration is over, so it cannot be changed."))


def require_whole(paths: Collection[str]) -> None:
    """Forms, quotas and wordings are the same for the whole province, so only its organisers set them."""
    if not any(path.count("/") <= 2 for path in paths):
        raise Forbidden(_l("Only the province's organisers set this up."))
