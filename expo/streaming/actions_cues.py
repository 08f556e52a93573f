"""The stage manager's taps, and what they tell the screens."""

from __future__ import annotations

from typing import Any

from expo.editions.queries import get_edition_by_id
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, not_found
from expo.kit.language import _l
from expo.kit.memo import renew_pages
from expo.kit.push import push
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.permissions import P
from expo.programme.queries import get_released_session, list_shown_numbers
from expo.programme.rules_content import ShownSession
from expo.streaming import queries_cues as queries
from expo.streaming.models_cues import Cue, CueKind
from expo.streaming.rules_cues import Course, Turn, course_of, require_tap


def cue_topic(session_id: int) -> str:
    """Where everybody hears what is on: titles of published projects, nothing else."""
    return f"public/cues/{session_id}"


def require_directing(session_id: int, by: Actor) -> tuple[int, ShownSession]:
    """(edition, released session) that this person directs; another region's does not exist."""
    edition, _programme, session = get_released_session(session_id)
    if not by.may(P.STREAMING_DIRECT, region_path=session.region_path, edition_id=edition.id):
        raise not_found()
    return edition.id, session


@action
def tap(session_id: int, kind: CueKind, project_id: int | None = None, *, seen: int | None = None, by: Actor) -> Cue:
    """One tap, now. ``seen`` is the last cue that the tapping person's page knew (0: none): whoever taps at the same
    moment as a colleague is told instead of starting the next project twice."""
    edition_id, session = require_directing(session_id, by)
    get_edition_by_id(edition_id, for_update=True)  # Taps of one session wait for each other here.
    last = queries.find_last(session_id, for_update=True)
    if seen is not None and seen != (last.id if last else 0):
        raise Refused(_l("A colleague has just tapped. Look at where the session stands now."))
    if session.is_cancelled:
        raise Refused(_l("“%(title)s” is cancelled.", title=session.label))
    turns, taps = queries.turns_of(session), queries.list_taps([session_id]).get(session_id, [])
    require_tap(course_of(turns, taps), kind, project_id, [turn.project_id for turn in turns])
    cue = Cue(session_id=session_id, kind=kind, project_id=project_id, at=clock.now(), by_id=by.person_id)
    db.session.add(cue)
    db.session.flush()
    _tell(edition_id, session)
    return cue


@action
def take_back(session_id: int, *, seen: int | None = None, by: Actor) -> None:
    """Undo the last tap: the session stands as before it."""
    edition_id, session = require_directing(session_id, by)
    get_edition_by_id(edition_id, for_update=True)
    last = queries.find_last(session_id, for_update=True)
    if last is None or (seen is not None and seen != last.id):
        raise Refused(_l("A colleague has just tapped. Look at where the session stands now."))
    last.taken_back_at = clock.now()
    db.session.flush()
    _tell(edition_id, session)


def _tell(edition_id: int, session: ShownSession) -> None:
    push(cue_topic(session.id), "cue", as_shown(session, queries.load_course(session)))
    renew_pages(f"edition/{edition_id}")


def as_shown(session: ShownSession, course: Course) -> dict[str, Any]:
    """A course as screens and pages get it."""
    now = clock.now()
    items = {item.project_id: item for item in session.items}
    ends_at, delay = course.ends_at(), course.delay(now)
    # What was withdrawn since the release keeps its place in the order and loses its name.
    shown = list_shown_numbers([turn.project_id for turn in (course.now, course.next) if turn])

    def named(turn: Turn | None) -> dict[str, Any] | None:
        if turn is None:
            return None
        if turn.project_id not in shown:
            return {"project": turn.project_id, "title": str(_l("This project is no longer shown.")), "minutes": turn.minutes}
        item = items[turn.project_id]
        return {"project": item.project_id, "number": item.number, "title": item.label, "owner": item.owner,
                "presenter": item.presenter, "minutes": item.minutes}

    return {
        "phase": course.phase.value, "phase_label": str(course.phase.label), "at": now.isoformat(),
        "now": named(course.now),
        "next": named(course.next),
        "since": course.since.isoformat() if course.since else None, "ends_at": ends_at.isoformat() if ends_at else None,
        "delay_min": round(delay.total_seconds() / 60),
        "expected": {str(project): at.isoformat() for project, at in course.expected(now).items()},
    }
