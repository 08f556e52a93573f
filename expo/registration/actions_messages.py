"""What people are told about their registration, in their own language."""

from __future__ import annotations

from expo.editions.models import Edition
from expo.kit.config import current_config
from expo.kit.language import DEFAULT, _, speaking
from expo.kit.outbox import send_mail, send_sms
from expo.registration.models import Registration
from expo.registration.models_invitations import Delegation
from expo.registration.papers_badges import days_of
from expo.registration.papers_calendar import calendar_of


def link_of(registration: Registration) -> str:
    """The private address of a registration."""
    return f"{current_config().public_url}/my/{registration.token}"


def tell_received(registration: Registration, edition: Edition, language: str) -> None:
    """Somebody will look at the registration."""
    with speaking(language):
        _tell(registration, _("%(edition)s: registration received", edition=edition.name), _(
            "%(name)s, your registration for %(edition)s has been received and is being checked. Its state: %(link)s",
            name=registration.name, edition=edition.name, link=link_of(registration)))


def tell_waiting(registration: Registration, edition: Edition, language: str) -> None:
    """All places are taken; nothing needs to be done."""
    with speaking(language):
        _tell(registration, _("%(edition)s: you are on the waiting list", edition=edition.name), _(
            "%(name)s, all places of this kind for %(edition)s are taken. You are on the waiting list and move up by "
            "yourself as soon as one is free; we will tell you. Its state: %(link)s",
            name=registration.name, edition=edition.name, link=link_of(registration)))


def tell_new_wording(registration: Registration, edition: Edition, language: str) -> None:
    """What was consented to has a new text."""
    with speaking(language):
        _tell(registration, _("%(edition)s: please read and agree anew", edition=edition.name), _(
            "%(name)s, the notice on data protection for %(edition)s has changed. Please read it and say whether you "
            "agree: %(link)s", name=registration.name, edition=edition.name, link=link_of(registration)))


def tell_contact(delegation: Delegation, edition: Edition) -> None:
    """A contact person gets the address under which they keep their delegation's list."""
    link = f"{current_config().public_url}/delegation/{delegation.token}"
    with speaking(DEFAULT):
        text = _("%(name)s, you keep the list of the delegation “%(delegation)s” for %(edition)s. Register and change its "
                 "members here: %(link)s", name=delegation.contact_name, delegation=delegation.name, edition=edition.name,
                 link=link)
        send_sms(delegation.contact_phone, f"【{current_config().site_name}】{text}")
        if delegation.contact_email:
            send_mail(delegation.contact_email, _("%(edition)s: your delegation", edition=edition.name), text)


def tell_approved(registration: Registration, edition: Edition, language: str) -> None:
    """The badge is there; the mail brings the days for the calendar."""
    with speaking(language):
        _tell(registration, _("%(edition)s: your badge", edition=edition.name), _(
            "%(name)s, your badge for %(edition)s (%(days)s) is ready. Show this page at the entrance: %(link)s",
            name=registration.name, edition=edition.name, days=days_of(edition), link=link_of(registration)),
            [{"name": f"expo-{edition.slug}.ics", "type": "text/calendar", "text": calendar_of(edition)}])


def tell_declined(registration: Registration, edition: Edition, language: str) -> None:
    """No badge, and why."""
    with speaking(language):
        _tell(registration, _("%(edition)s: registration declined", edition=edition.name), _(
            "%(name)s, your registration for %(edition)s could not be approved. Reason: %(reason)s",
            name=registration.name, edition=edition.name, reason=registration.decision_note))


def tell_cancelled(registration: Registration, edition: Edition, language: str) -> None:
    """The organiser has ended the registration."""
    with speaking(language):
        _tell(registration, _("%(edition)s: registration cancelled", edition=edition.name), _(
            "%(name)s, your registration for %(edition)s was cancelled. Reason: %(reason)s",
            name=registration.name, edition=edition.name, reason=registration.decision_note))


def tell_reissued(registration: Registration, edition: Edition, language: str) -> None:
    """A new badge; the old one is dead."""
    with speaking(language):
        _tell(registration, _("%(edition)s: new badge", edition=edition.name), _(
            "%(name)s, a new badge was issued to you for %(edition)s; the old one is no longer valid: %(link)s",
            name=registration.name, edition=edition.name, link=link_of(registration)))


def tell_link(registration: Registration, edition: Edition, language: str, only: str = "") -> None:
    """Somebody has registered again, or lost the link: the way to what is there already, to one address if asked."""
    with speaking(language):
        _tell(registration, _("%(edition)s: you are registered already", edition=edition.name), _(
            "%(name)s, you are registered for %(edition)s already. Your registration: %(link)s "
            "If you did not ask for this, you need not do anything.",
            name=registration.name, edition=edition.name, link=link_of(registration)), only=only)


def _tell(registration: Registration, subject: str, text: str,
          attachments: list[dict[str, str]] | None = None, only: str = "") -> None:
    if registration.phone and only in ("", registration.phone):
        send_sms(registration.phone, f"【{current_config().site_name}】{text}")
    if registration.email and only in ("", registration.email):
        send_mail(registration.email, subject, text, attachments)
