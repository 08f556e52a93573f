"""Figures of broadcasts from the rows that were counted: nothing in a report is kept anywhere else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import db, in_regions
from expo.kit.language import said
from expo.meetings.models import Interest, InterestLevel
from expo.places.models import Venue
from expo.places.queries import list_cities
from expo.places.rules import city_path_of
from expo.programme.models import Session
from expo.programme.queries import find_programme, find_released_session
from expo.programme.rules_content import ShownSession
from expo.projects.models import Project
from expo.registration.models import Registration
from expo.registration.queries import seen_from
from expo.streaming.models import AudiencePoint, Broadcast, Channel, Viewing
from expo.streaming.models_talk import MessageKind, PollStatus, TalkMessage, TalkRoom
from expo.streaming.queries_cues import list_taps
from expo.streaming.queries_talk import count_votes, list_polls
from expo.streaming.queries_venues import count_checked_in
from expo.streaming.rules_cues import course_of, longest_spans
from expo.streaming.rules_report import (
    Figures,
    OnStage,
    Point,
    Report,
    Share,
    VenueShare,
    viewers_during,
    whole_curve,
    within,
)


def list_begun(edition_id: int, paths: Iterable[str]) -> list[Broadcast]:
    """Broadcasts that have begun within the reader's regions, the latest first."""
    region = sa.func.coalesce(Session.region_path, Channel.region_path)
    edition = sa.func.coalesce(Session.edition_id, Channel.edition_id)
    return list(db.session.scalars(
        sa.select(Broadcast).outerjoin(Session, Broadcast.session_id == Session.id)
        .outerjoin(Channel, Broadcast.channel_id == Channel.id)
        .where(edition == edition_id, Broadcast.started_at.is_not(None), in_regions(region, paths))
        .options(joinedload(Broadcast.channel)).order_by(Broadcast.started_at.desc(), Broadcast.id.desc())
    ))


def list_interests(edition_id: int, project_ids: Collection[int] | None = None) -> dict[int, list[datetime]]:
    """Project → when somebody said that they want to talk with it."""
    statement = (sa.select(Interest.project_id, Interest.created_at).join(Project, Project.id == Interest.project_id)
                 .where(Project.edition_id == edition_id, Interest.level != InterestLevel.NO).order_by(Interest.created_at))
    if project_ids is not None:
        statement = statement.where(Interest.project_id.in_(project_ids))
    found: dict[int, list[datetime]] = defaultdict(list)
    for project_id, at in db.session.execute(statement):
        found[project_id].append(at)
    return found


def count_figures(broadcasts: Sequence[Broadcast], interests: dict[int, int]) -> dict[int, Figures]:
    """Broadcast → its figures; ``interests`` by broadcast. Four statements for however many."""
    ids = [b.id for b in broadcasts]
    sessions = [b.session_id for b in broadcasts if b.session_id is not None]
    watched: Any = {row[0]: row for row in db.session.execute(
        sa.select(Viewing.broadcast_id, sa.func.count(), sa.func.sum(Viewing.seconds))
        .where(Viewing.broadcast_id.in_(ids)).group_by(Viewing.broadcast_id))}
    talked: Any = {row[0]: row for row in db.session.execute(
        sa.select(TalkMessage.session_id, sa.func.count().filter(TalkMessage.kind == MessageKind.CHAT),
                  sa.func.count().filter(TalkMessage.kind == MessageKind.QUESTION),
                  sa.func.count().filter(TalkMessage.kind == MessageKind.QUESTION, TalkMessage.answered_at.is_not(None)))
        .where(TalkMessage.session_id.in_(sessions)).group_by(TalkMessage.session_id))}
    applause: Any = dict(db.session.execute(
        sa.select(TalkRoom.session_id, TalkRoom.applause).where(TalkRoom.session_id.in_(sessions))).all())
    found: dict[int, Figures] = {}
    for b in broadcasts:
        _id, viewers, seconds = watched.get(b.id, (b.id, 0, 0))
        _session, messages, questions, answered = talked.get(b.session_id, (0, 0, 0, 0))
        found[b.id] = Figures(viewers, int(seconds), b.peak_viewers, messages, questions, answered,
                              applause.get(b.session_id, 0), interests.get(b.id, 0))
    return found


def list_points(broadcast_id: int) -> list[Point]:
    """Viewers minute by minute, as they were written."""
    return [Point(*row) for row in db.session.execute(
        sa.select(AudiencePoint.minute, AudiencePoint.viewers, AudiencePoint.venues)
        .where(AudiencePoint.broadcast_id == broadcast_id).order_by(AudiencePoint.minute))]


def _number_of(kind: str) -> Any:
    """The number behind a viewer's letter; nothing for the others, so that no database tries to read their letters."""
    return sa.case((Viewing.viewer.startswith(kind), sa.cast(sa.func.substr(Viewing.viewer, 2), sa.BigInteger)))


def list_shares(broadcast_id: int, edition_id: int) -> list[Share]:
    """Viewers by city: of registered visitors theirs, of venues their own; most watched first, the unknown last."""
    rows: list[Any] = []
    for kind, path, joined in (
        ("p", Registration.region_path, sa.and_(Registration.person_id == _number_of("p"), Registration.edition_id == edition_id)),
        ("v", Venue.region_path, Venue.id == _number_of("v")),
    ):
        model = Registration if kind == "p" else Venue
        rows += db.session.execute(
            sa.select(path, sa.func.count(), sa.func.sum(Viewing.seconds)).select_from(Viewing).outerjoin(model, joined)
            .where(Viewing.broadcast_id == broadcast_id, Viewing.viewer.startswith(kind)).group_by(path)).all()
    cities = {city.path: str(said(city, "name")) for city in list_cities()}
    of_city: dict[str | None, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for path, viewers, seconds in rows:
        city = cities.get(city_path_of(path)) if path else None
        before = of_city[city]
        of_city[city] = before[0] + viewers, before[1] + int(seconds)
    viewers, seconds = db.session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Viewing.seconds), 0))
        .where(Viewing.broadcast_id == broadcast_id, Viewing.viewer.startswith("a"))).one()
    shares = [Share(name, viewers_there, watched) for name, (viewers_there, watched) in of_city.items()]
    shares += [Share(None, viewers, int(seconds), is_anonymous=True)] if viewers else []
    return sorted(shares, key=lambda one: (one.is_anonymous, one.city is None, -one.viewers, -one.seconds))


def list_venue_shares(broadcast_id: int, edition_id: int, day: date) -> list[VenueShare]:
    """Branch venues whose screens showed it, the longest first, with their check-ins of its day."""
    rows = db.session.execute(
        sa.select(Venue, Viewing.seconds).join(Viewing, Venue.id == _number_of("v"))
        .where(Viewing.broadcast_id == broadcast_id, Viewing.viewer.startswith("v"))
        .order_by(Viewing.seconds.desc(), Venue.id)).all()
    came = count_checked_in(edition_id, [venue.id for venue, _seconds in rows], day)
    return [VenueShare(venue.label, seconds, came.get(venue.id, 0)) for venue, seconds in rows]


def list_stages(broadcast: Broadcast, session: ShownSession, points: Sequence[Point], interests: dict[int, list[datetime]]) -> list[OnStage]:
    """The session's projects that were on the stage, in order of time."""
    assert broadcast.started_at
    until = broadcast.ended_at or clock.now()
    spans = longest_spans(course_of((), list_taps([session.id]).get(session.id, [])).spans, until)
    items = {item.project_id: item for item in session.items}
    return [
        OnStage(items[number].number, items[number].label, span.since, span.until, viewers_during(points, span.since, span.until),
                within(interests.get(number, ()), broadcast.started_at, until))
        for number, span in sorted(spans.items(), key=lambda one: one[1].since) if number in items and span.until
    ]


def list_poll_results(session_id: int) -> list[tuple[str, list[tuple[str, int]]]]:
    """Polls that were open, with the votes for each choice."""
    polls = [poll for poll in reversed(list_polls(session_id)) if poll.status is not PollStatus.DRAFT]
    votes = count_votes([poll.id for poll in polls])
    return [(poll.question, [(choice, votes.get(poll.id, Counter())[place]) for place, choice in enumerate(poll.choices)])
            for poll in polls]


def count_interests(edition_id: int, broadcasts: Iterable[Broadcast]) -> dict[int, int]:
    """Broadcast → how many wanted to talk with its session's projects while it was on."""
    programme, wanted = find_programme(edition_id), list_interests(edition_id)
    found: dict[int, int] = {}
    for b in broadcasts:
        session = programme.by_id.get(b.session_id or 0) if programme else None
        if session is not None and b.started_at is not None:
            until = b.ended_at or clock.now()
            found[b.id] = sum(within(wanted.get(item.project_id, ()), b.started_at, until) for item in session.items)
    return found


def load_report(broadcast: Broadcast, edition_id: int) -> Report:
    """Everything about one broadcast that has begun."""
    assert broadcast.started_at
    released = find_released_session(broadcast.session_id) if broadcast.session_id else None
    session = released[2] if released else None
    points = whole_curve(list_points(broadcast.id))
    interests = list_interests(edition_id, [item.project_id for item in session.items]) if session else {}
    until = broadcast.ended_at or clock.now()
    number = sum(within(moments, broadcast.started_at, until) for moments in interests.values())
    return Report(
        count_figures([broadcast], {broadcast.id: number})[broadcast.id], points, list_shares(broadcast.id, edition_id),
        list_venue_shares(broadcast.id, edition_id, broadcast.started_at.astimezone(current_config().timezone).date()),
        list_stages(broadcast, session, points, interests) if session else (),
        list_poll_results(session.id) if session else (),
    )


def iterate_registered(broadcast_id: int, edition_id: int, paths: Iterable[str]) -> Iterator[Any]:
    """(name, organisation, region path, seconds, first, last) of each registered viewer within the reader's regions."""
    yield from db.session.execute(
        sa.select(Registration.name, Registration.organisation_name, Registration.region_path, Viewing.seconds,
                  Viewing.first_at, Viewing.last_at)
        .join(Viewing, Registration.person_id == _number_of("p"))
        .where(Viewing.broadcast_id == broadcast_id, Viewing.viewer.startswith("p"), Registration.edition_id == edition_id,
               seen_from(paths))
        .order_by(Viewing.seconds.desc(), Registration.id).execution_options(yield_per=500))
