"""Writing to those whom a release concerns: one message each, with a calendar file, and never twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from expo.editions.models import Edition
from expo.editions.queries import get_edition_by_id
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db, get_record
from expo.kit.jobs import start_job
from expo.kit.language import _, _l, said, speaking
from expo.kit.outbox import send_mail, send_sms
from expo.kit.unit import action, record
from expo.programme import queries, queries_concerned
from expo.programme.models import Release
from expo.programme.models_public import ReleaseMessage
from expo.programme.papers_calendar import calendar_of
from expo.programme.queries_concerned import Concerned
from expo.programme.rules_concerned import Effect, effects_of
from expo.programme.rules_content import Content, Programme, ShownSession, read_content
from expo.programme.rules_difference import ChangeKind, difference

BATCH = 100
#: What is said to somebody about a whole session, and about a project of theirs in it.
_OF_SESSION = {
    ChangeKind.NEW: _l("New: “%(session)s”, %(place)s."),
    ChangeKind.MOVED: _l("“%(session)s” has moved to %(place)s. It was %(before)s."),
    ChangeKind.CANCELLED: _l("“%(session)s” (%(before)s) is cancelled."),
    ChangeKind.REINSTATED: _l("“%(session)s” is held after all: %(place)s."),
    ChangeKind.REMOVED: _l("“%(session)s” has no place in the programme any more."),
}
_OF_PROJECT = {
    ChangeKind.NEW: _l("“%(project)s” is shown in “%(session)s”, %(place)s; its turn begins at %(turn)s."),
    ChangeKind.MOVED: _l("“%(session)s” with “%(project)s” has moved to %(place)s; the project's turn begins at %(turn)s. "
                         "It was %(before)s."),
    ChangeKind.ORDER: _l("The turn of “%(project)s” in “%(session)s” now begins at %(turn)s (%(place)s)."),
    ChangeKind.CANCELLED: _l("“%(session)s” (%(before)s), in which “%(project)s” was to be shown, is cancelled."),
    ChangeKind.REINSTATED: _l("“%(session)s” with “%(project)s” is held after all: %(place)s; its turn begins at %(turn)s."),
    ChangeKind.REMOVED: _l("“%(project)s” is no longer in “%(session)s”."),
}


def start_telling(release: Release, *, by: Actor) -> None:
    """Tell those concerned by a release, in the running action; a job writes to them after the commit."""
    start_job("programme.tell", {"release_id": release.id}, by=by,
              title=_("Messages about release %(number)s", number=release.number))
    record("tell", "release", release.id)


def concerned_by(before: Content | None, after: Content) -> list[Concerned]:
    """Whom a release with the content ``after`` concerns, and how."""
    return queries_concerned.list_concerned(effects_of(difference(before, after)))


@action(history=False)
def tell_batch(release_id: int, people: Sequence[Concerned]) -> int:
    """Put their messages into the outbox with a row each, together: a killed job neither forgets nor repeats anybody."""
    release = get_record(Release, release_id)
    before = queries.find_content_before(release.edition_id, release.number)
    letter = letter_of(get_edition_by_id(release.edition_id), release.number, before[1] if before else None,
                       release.content, release.released_at)
    told = queries_concerned.list_told(release_id)
    waiting = [one for one in people if one.key not in told]
    for one in waiting:
        with speaking(one.language):
            letter.send(one)
        sessions = {effect.session_id for effect in one.effects}
        db.session.add(ReleaseMessage(release_id=release_id, recipient=one.key, sessions=len(sessions)))
    return len(waiting)


def letter_of(edition: Edition, number: int, before: Content | None, after: Content, at: datetime | None = None) -> Letter:
    """The letter about a release with this content; ``at`` is when it was published, if it has been."""

    def read(content: Content) -> Programme:
        return read_content(content, release_id=0, edition_id=edition.id, number=number, name="",
                            released_at=at or clock.now(), digest="")

    return Letter(edition, number, read(after), read(before) if before else None)


@dataclass(frozen=True)
class Letter:
    """What one release says to each of those concerned, in the language that is spoken at the moment."""

    edition: Edition
    number: int
    now: Programme
    then: Programme | None

    def send(self, one: Concerned) -> None:
        """By mail with the calendar file, or as a text message where there is only a phone."""
        name = said(self.edition, "name")
        subject = _("%(edition)s: your part of the programme has changed", edition=name)
        if not one.email:
            send_sms(one.phone, f"{subject}\n{self.text(one)}")
            return
        address = f"{current_config().public_url}/expo/{self.edition.slug}/programme"
        body = _("%(name)s, release %(number)s of the programme of %(edition)s concerns you:\n\n%(text)s\n\n"
                 "The whole programme: %(address)s", name=one.name, number=self.number, edition=name,
                 text=self.text(one), address=address)
        calendar = calendar_of([(self.now, self._sessions(one))], name=name, public_url=current_config().public_url,
                               address=address)
        send_mail(one.email, subject, body, [
            {"name": f"programme-{self.edition.slug}.ics", "type": "text/calendar", "text": calendar.decode()},
        ])

    def text(self, one: Concerned) -> str:
        """A line for each effect."""
        return "\n".join(f"· {self._line(effect)}" for effect in one.effects)

    def _line(self, effect: Effect) -> str:
        now, then = self.now.by_id.get(effect.session_id), self.then.by_id.get(effect.session_id) if self.then else None
        shown = now or then
        assert shown is not None  # An effect is of a session in one of the two.
        zone = current_config().timezone
        values = {"session": shown.label, "place": _place(shown, zone), "before": _place(then or shown, zone)}
        if effect.project_id is None:
            return str(_OF_SESSION[effect.kind]) % values
        titles = {item.project_id: item.label for one in (then, now) if one for item in one.items}
        turn = f"{effect.turn.astimezone(zone):%H:%M}" if effect.turn else ""
        return str(_OF_PROJECT[effect.kind]) % {**values, "project": titles[effect.project_id], "turn": turn}

    def _sessions(self, one: Concerned) -> list[ShownSession]:
        """As they are now; what is gone is struck out of the reader's calendar."""
        shown: dict[int, ShownSession] = {}
        for effect in one.effects:
            gone = effect.kind is ChangeKind.REMOVED
            source = self.then if gone and self.then else self.now
            if (known := source.by_id.get(effect.session_id)) and not (gone and effect.session_id in shown):
                shown[known.id] = replace(known, is_cancelled=True) if gone else known
        return list(shown.values())


def _place(session: ShownSession, zone: ZoneInfo) -> str:
    starts, ends = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    return f"{starts:%Y-%m-%d %H:%M}–{ends:%H:%M}, {session.hall.label}"
