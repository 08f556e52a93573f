"""Writing to nominators and owners about released decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from expo.kit import clock
from expo.kit.language import _
from expo.kit.outbox import send_mail, send_sms
from expo.kit.unit import action
from expo.shortlist import queries_deciding
from expo.shortlist.models import Candidate, CandidateStatus

BATCH = 200


@action(history=False)
def tell_batch(edition_id: int, released_at: datetime) -> int:
    """Put the next messages of a release into the outbox and note whom they are about; returns how many.

    Messages and notes are stored together, so a killed job neither forgets nor repeats anybody.
    """
    candidates = queries_deciding.list_untold(edition_id, released_at, BATCH)
    for _nominator, group in groupby(candidates, key=lambda one: one.nominated_by_id):
        _tell_nominator(list(group))
    for candidate in candidates:
        _tell_owner(candidate)
        candidate.told_at = clock.now()
    return len(candidates)


def _tell_nominator(candidates: Sequence[Candidate]) -> None:
    person = candidates[0].nominated_by
    if person is None or not person.email:
        return
    name = candidates[0].edition.name
    lines = "\n".join(_line(candidate) for candidate in candidates)
    send_mail(
        person.email, _("%(name)s: decisions about %(n)s of your nominations", name=name, n=len(candidates)),
        _("These decisions about your nominations for %(name)s were released:\n\n%(lines)s\n\n"
          "Returned nominations can be completed and handed in again on the workbench.", name=name, lines=lines),
    )


def _line(candidate: Candidate) -> str:
    text = f"{candidate.ticket.number} {candidate.ticket.title}: {candidate.status.label}"
    reason = reason_of(candidate)
    return f"{text} ({reason})" if reason else text


def reason_of(candidate: Candidate) -> str:
    """Why, for everyone who did not get in: the reason given, else what the rules found in the way."""
    if candidate.status is CandidateStatus.SELECTED:
        return ""
    return candidate.reason or (str(candidate.hurdle.label) if candidate.hurdle else "")


def _tell_owner(candidate: Candidate) -> None:
    ticket = candidate.ticket
    reason = reason_of(candidate)
    text = _("Your project “%(title)s” in the selection for %(name)s: %(status)s.", title=ticket.title,
             name=candidate.edition.name, status=candidate.status.label)
    if reason:
        text += " " + _("Reason: %(reason)s", reason=reason)
    if ticket.contact_email:
        send_mail(ticket.contact_email, _("%(name)s: your project", name=candidate.edition.name), text)
    elif ticket.contact_phone:
        send_sms(ticket.contact_phone, text)
