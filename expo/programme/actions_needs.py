"""What a session asks for beside its place, written down by its organisers."""

from __future__ import annotations

from collections.abc import Sequence

from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.programme import queries_needs, rules, rules_needs
from expo.programme.actions import root_path
from expo.programme.actions_draft import editable, touch_plan
from expo.programme.models import Session
from expo.programme.models_needs import (
    SessionAfter,
    SessionBranch,
    SessionPerson,
    SessionQuota,
)
from expo.programme.queries_needs import StoredNeeds
from expo.programme.queries_sessions import find_slot
from expo.programme.rules_needs import Attending, Frame, Mix, Needs
from expo.programme.rules_slots import days_between

MOST_PEOPLE = 60


@action
def set_needs(session_id: int, needs: Needs, frame: Frame | None = None, *, seen: int | None = None, by: Actor) -> Session:
    """Write down what a session asks for. ``frame`` belongs to the grid; without it that stays as it is."""
    session = editable(session_id, by)
    rules.require_unchanged(session, seen)
    stored = queries_needs.load_needs(session_id)
    batches = (frame.batches, frame.batch_minutes) if frame else (session.batches, session.batch_minutes)
    rules_needs.require_lengths(session.minutes, needs.lead_minutes, *batches)
    session.needs = [need.value for need in needs.needs]
    session.lead_minutes = needs.lead_minutes
    _set_people(session, stored, needs.people)
    _set_branches(session, stored, needs.branches)
    if frame is not None:
        rules.require_grid(by, session.edition, root_path())
        _set_frame(session, stored, frame)
    record("needs", "session", session.id, {"people": [len(stored.people), len(needs.people)],
                                            "branches": [len(stored.branches), len(needs.branches)]})
    touch_plan(session.edition_id, session)
    return session


def _set_people(session: Session, stored: StoredNeeds, people: Sequence[Attending]) -> None:
    if len({one.person_id for one in people}) != len(people):
        raise Refused(_l("Somebody is named twice."), "people")
    if len(people) > MOST_PEOPLE:
        raise Refused(_l("A session names %(most)s people at most.", most=MOST_PEOPLE), "people")
    for row in stored.people:
        db.session.delete(row)
    db.session.flush()
    db.session.add_all([
        SessionPerson(session_id=session.id, person_id=one.person_id, role=one.role, is_required=one.is_required, position=place)
        for place, one in enumerate(people)
    ])


def _set_branches(session: Session, stored: StoredNeeds, venues: Sequence[int]) -> None:
    wanted = set(venues)
    if len(queries_needs.list_venues(wanted)) != len(wanted):
        raise Refused(_l("One of these venues is not there any more. Reload the page."), "branches")
    for row in stored.branches:
        if row.venue_id not in wanted:
            db.session.delete(row)
    present = {row.venue_id for row in stored.branches}
    db.session.add_all([SessionBranch(session_id=session.id, venue_id=venue) for venue in sorted(wanted - present)])


def _set_frame(session: Session, stored: StoredNeeds, frame: Frame) -> None:
    edition = session.edition
    known = {day.isoformat() for day in days_between(edition.starts_on, edition.ends_on)}
    if not set(frame.days) <= known:
        raise Refused(_l("One of these days is no day of the edition."), "days")
    _require_pin_on(session, frame)
    rules_needs.require_mix(frame.mix, frame.most_items)
    # All days allowed is the same as no limit at all.
    session.allowed_days = [] if set(frame.days) == known else sorted(frame.days)
    session.most_items, session.batches, session.batch_minutes = frame.most_items, frame.batches, frame.batch_minutes
    _set_after(session, stored, frame.after)
    _set_mix(session, stored, frame.mix)


def _require_pin_on(session: Session, frame: Frame) -> None:
    """A session that is pinned to a day stays allowed on that day."""
    if session.pinned_day and frame.days and session.pinned_day.isoformat() not in frame.days:
        raise Refused(_l("“%(title)s” is pinned to %(day)s. Unpin it first, or allow that day.", title=session.title,
                         day=session.pinned_day.isoformat()), "days")
    if session.pinned_slot_id and frame.days:
        slot = find_slot(session.edition_id, session.pinned_slot_id)
        day = slot.starts_at.astimezone(current_config().timezone).date().isoformat() if slot else ""
        if day and day not in frame.days:
            raise Refused(_l("“%(title)s” is pinned to %(day)s. Unpin it first, or allow that day.", title=session.title,
                             day=day), "days")


def _set_after(session: Session, stored: StoredNeeds, codes: Sequence[str]) -> None:
    numbers = {code: number for number, code in queries_needs.list_codes(session.edition_id).items()}
    unknown = [code for code in codes if code not in numbers]
    if unknown:
        raise Refused(_l("No session has the code %(code)s.", code=unknown[0]), "after")
    wanted = list(dict.fromkeys(numbers[code] for code in codes))
    after = queries_needs.list_after(session.edition_id) | {session.id: wanted}
    rules_needs.require_no_circle(after, {number: code for code, number in numbers.items()})
    present = {row.earlier_id: row for row in stored.after}
    for earlier, row in present.items():
        if earlier not in wanted:
            db.session.delete(row)
    db.session.add_all([SessionAfter(session_id=session.id, earlier_id=e) for e in wanted if e not in present])


def _set_mix(session: Session, stored: StoredNeeds, mix: Sequence[Mix]) -> None:
    present = {row.kind: row for row in stored.quotas}
    wanted = {one.kind: one for one in mix if one.least or one.most is not None}
    for kind, row in present.items():
        if kind not in wanted:
            db.session.delete(row)
        else:
            row.least, row.most = wanted[kind].least, wanted[kind].most
    db.session.add_all([SessionQuota(session_id=session.id, kind=kind, least=one.least, most=one.most)
                        for kind, one in wanted.items() if kind not in present])
