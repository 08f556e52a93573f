"""What people are told about their registration, in their own language."""

from __future__ import annotations

from expo.editions.models import Edition
from expo.kit.config import current_config
from expo.kit.language import _, speaking
from expo.kit.outbox import send_mail, send_sms
from expo.registration.models import Registration
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


def tell_link(registration: Registration, edition: Edition, language: str) -> None:
    """Somebody has registered again: the way to what is there already."""
    with speaking(language):
        _tell(registration, _("%(edition)s: you are registered already", edition=edition.name), _(
            "%(name)s, you are registered for %(edition)s already. Your registration: %(link)s "
            "If you did not ask for this, you need not do anything.",
            name=registration.name, edition=edition.name, link=link_of(registration)))


def _tell(registration: Registration, subject: str, text: str,
          attachments: list[dict[str, str]] | None = None) -> None:
    if registration.phone:
        send_sms(registration.phone, f"【{current_config().site_name}】{text}")
    if registration.email:
        send_mail(registration.email, subject, text, attachments)
