"""Who may want, answer, propose and note what; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from expo.kit.access import Actor
from expo.kit.db import not_found
from expo.kit.identity import phone_for_reading
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.meetings.models import Interest, InterestLevel, InterestStatus, Meeting, MeetingStatus
from expo.people.models import Consent, Person
from expo.people.permissions import P
from expo.projects.models import Project, ProjectStatus
from expo.projects.rules import is_exhibitor

INTERESTS = Lifecycle(
    {
        InterestStatus.OPEN: {InterestStatus.ACCEPTED, InterestStatus.DECLINED, InterestStatus.WITHDRAWN},
        # Minds are changed: a declined interest may be accepted later, an accepted one end.
        InterestStatus.ACCEPTED: {InterestStatus.DECLINED, InterestStatus.WITHDRAWN},
        InterestStatus.DECLINED: {InterestStatus.ACCEPTED, InterestStatus.WITHDRAWN},
        InterestStatus.WITHDRAWN: {InterestStatus.OPEN},
    }
)
MEETINGS = Lifecycle(
    {
        # To "proposed" again: the other side, or either side of an agreed one, proposes another time.
        MeetingStatus.PROPOSED: {MeetingStatus.PROPOSED, MeetingStatus.ACCEPTED, MeetingStatus.CANCELLED},
        MeetingStatus.ACCEPTED: {MeetingStatus.PROPOSED, MeetingStatus.HELD, MeetingStatus.NO_SHOW,
                                 MeetingStatus.CANCELLED},
        MeetingStatus.HELD: set(),
        MeetingStatus.NO_SHOW: {MeetingStatus.PROPOSED},
        MeetingStatus.CANCELLED: set(),
    }
)
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=12)


class Party(StrEnum):
    """The two sides of a meeting."""

    VISITOR = "visitor"
    EXHIBITOR = "exhibitor"


@dataclass(frozen=True)
class Place:
    """When and where one meets."""

    starts_at: datetime
    ends_at: datetime
    place: str = ""
    online_url: str = ""


@dataclass(frozen=True)
class Contact:
    """How somebody is reached, shown only by their own consent."""

    name: str
    phone: str
    email: str


def party_of(interest: Interest, project: Project, actor: Actor) -> Party | None:
    """On which side of a talk the actor stands."""
    if actor.person_id is not None and interest.person_id == actor.person_id:
        return Party.VISITOR
    return Party.EXHIBITOR if is_exhibitor(project, actor) else None


def require_party(interest: Interest, project: Project, actor: Actor) -> Party:
    """Everybody else learns nothing, not even that there is a talk."""
    party = party_of(interest, project, actor)
    if party is None:
        raise not_found()
    return party


def require_exhibitor(interest: Interest, project: Project, actor: Actor) -> None:
    """Only the project's side answers."""
    if require_party(interest, project, actor) is not Party.EXHIBITOR:
        raise not_found()


def require_wanting(project: Project, actor: Actor) -> None:
    """One may want to talk about published projects of others."""
    if project.status is not ProjectStatus.PUBLISHED:
        raise not_found()
    if is_exhibitor(project, actor):
        raise Refused(_l("This is your own project; interests of others arrive in your inbox."))


def living(consent: Consent | None) -> bool:
    """Whether a consent holds now."""
    return consent is not None and consent.withdrawn_at is None


def visitor_contact(interest: Interest) -> Contact | None:
    """The visitor's contact for the exhibitor; hidden the moment the consent ends."""
    return _contact(interest.person) if living(interest.consent) else None


def exhibitor_contact(interest: Interest) -> Contact | None:
    """The contact of whoever answered, for the visitor, by their consent and only of an accepted interest."""
    if interest.status is not InterestStatus.ACCEPTED or not living(interest.answer_consent):
        return None
    return _contact(interest.answered_by) if interest.answered_by is not None else None


def _contact(person: Person) -> Contact:
    return Contact(person.name, phone_for_reading(person.phone) if person.phone else "", person.email or "")


def require_accepted(interest: Interest) -> None:
    """Times are agreed once both want to talk."""
    if interest.status is not InterestStatus.ACCEPTED:
        raise Refused(_l("Accept the interest first; then a time can be proposed."))


def require_place(place: Place, now: datetime) -> None:
    """A talk needs a future, a length, and somewhere to be."""
    if place.starts_at >= place.ends_at:
        raise Refused(_l("The end lies before the beginning."), "ends_at")
    if not SHORTEST <= place.ends_at - place.starts_at <= LONGEST:
        raise Refused(_l("A meeting lasts between 5 minutes and 12 hours."), "ends_at")
    if place.starts_at < now:
        raise Refused(_l("This time is over. Choose a later one."), "starts_at")
    if not (place.place or place.online_url):
        raise Refused(_l("Say where: a place, or the address of an online meeting."), "place")
    if place.online_url and not place.online_url.startswith("https://"):
        raise Refused(_l("The address of an online meeting begins with https://."), "online_url")


def require_other_proposed(meeting: Meeting, interest: Interest, party: Party) -> None:
    """A proposal is accepted by the side that did not make it."""
    if proposer_of(meeting, interest) is party:
        raise Refused(_l("You proposed this time yourself; the other side accepts it."))


def proposer_of(meeting: Meeting, interest: Interest) -> Party:
    """Which side made the proposal that stands."""
    return Party.VISITOR if meeting.proposed_by_id == interest.person_id else Party.EXHIBITOR


def require_begun(meeting: Meeting, now: datetime) -> None:
    """What came of a talk is known once it has begun."""
    if now < meeting.starts_at:
        raise Refused(_l("This meeting has not begun yet."))


def require_free(clash: Meeting | None, whose: str) -> None:
    """Nobody is in two agreed meetings at once."""
    if clash is not None:
        raise Refused(
            _l("At this time %(whose)s has another agreed meeting. Propose another time.", whose=whose), "starts_at"
        )


def overlaps(a: Place | Meeting, b: Place | Meeting) -> bool:
    """Whether two stretches of time have a moment in common; touching ends do not."""
    return a.starts_at < b.ends_at and b.starts_at < a.ends_at


def require_level(level: InterestLevel, shares_contact: bool) -> None:
    """Who wants to meet must be reachable for the other side."""
    if level is not InterestLevel.NO and not shares_contact:
        raise Refused(_l("Tick that your contact may be passed to this project's side; otherwise nobody can answer you."),
                      "share_contact")


def require_in_scope(project: Project, actor: Actor, permission: P) -> None:
    """An organiser sees the talks about projects of their own regions."""
    if not actor.may(permission, region_path=project.region_path, edition_id=project.edition_id):
        raise not_found()
