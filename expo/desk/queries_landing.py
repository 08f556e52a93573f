"""What a role finds on its landing page beside the tasks: its gates, its halls, its panels, the log, its own expo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from expo.checkin.queries import GateDay, day_of_gates, list_gates
from expo.desk.queries_mine import list_own_meetings, list_own_projects, list_own_registrations
from expo.editions.models import Edition, Stage, StageKind
from expo.judging.models import Assignment, AssignmentStatus, Panel
from expo.judging.queries import list_my_assignments
from expo.judging.rules import is_scoring_open
from expo.kit.access import Actor
from expo.kit.db import db
from expo.meetings.models import Meeting
from expo.people.models import Organisation, Person, RoleGrant
from expo.people.permissions import P, Role
from expo.people.queries_history import list_streams
from expo.places.models import Venue, VenueKind
from expo.programme.queries import sessions_now_and_next
from expo.programme.rules_content import NowAndNext
from expo.projects.models import Project
from expo.registration.models import Registration
from expo.shortlist.queries_list import count_candidates
from expo.streaming.models import BroadcastStatus
from expo.streaming.models_talk import TalkStatus
from expo.streaming.queries import list_statuses
from expo.streaming.queries_talk import count_messages


@dataclass(frozen=True)
class PanelProgress:
    """How far somebody has come with one open panel."""

    panel: Panel
    done: int
    total: int
    next: Assignment | None


@dataclass(frozen=True)
class Halls:
    """The sessions on now and next, hall by hall, with what is said about their streams."""

    moments: NowAndNext
    streams: dict[int, BroadcastStatus]
    may_direct: bool
    #: How many messages wait in each conversation that the reader moderates.
    waiting: dict[int, int]


@dataclass(frozen=True)
class Call:
    """An edition that takes nominations, and how many the reader's regions have made."""

    edition: Edition
    closes_at: datetime
    candidates: int


@dataclass(frozen=True)
class Own:
    """What somebody has as a visitor or an exhibitor."""

    registrations: list[Registration]
    meetings: list[Meeting]
    projects: list[Project]


@dataclass(frozen=True)
class Site:
    """What an administrator looks after, counted."""

    people: int
    with_roles: int
    organisations: int
    venues: int


@dataclass(frozen=True)
class Landing:
    """One part for each role that has its own work; those that do not concern the reader are empty."""

    gates: list[GateDay] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    stage: Halls | None = None
    panels: list[PanelProgress] = field(default_factory=list)
    streams_of_history: list[tuple[str, int]] | None = None
    own: Own | None = None
    site: Site | None = None


def load_landing(actor: Actor, roles: Sequence[Role], edition: Edition | None, at: datetime, day: date) -> Landing:
    """Only what belongs to the reader's roles is asked for."""
    return Landing(
        gates=_gates(actor, edition, day) if edition and Role.GATE_STAFF in roles else [],
        calls=_calls(actor, at) if actor.may(P.SHORTLIST_NOMINATE) else [],
        stage=_stage(actor, edition, at) if edition and {Role.STAGE_MANAGER, Role.MODERATOR} & set(roles) else None,
        panels=_panels(actor, at) if actor.may(P.JUDGING_SCORE) else [],
        streams_of_history=list_streams() if actor.may(P.HISTORY_READ) else None,
        own=None if roles else _own(actor),
        site=_site() if Role.ADMINISTRATOR in roles else None,
    )


def _site() -> Site:
    def count(what: Any) -> Any:
        return sa.select(sa.func.count(what)).scalar_subquery()

    row = db.session.execute(sa.select(
        count(Person.id), count(sa.distinct(RoleGrant.person_id)), count(Organisation.id), count(Venue.id),
    )).one()
    return Site(*row)


def _gates(actor: Actor, edition: Edition, day: date) -> list[GateDay]:
    """The main venue's gates first."""
    gates = list_gates(edition.id, actor.region_paths(P.CHECKIN_SCAN, edition.id))
    return sorted(day_of_gates(edition.id, gates, day), key=lambda row: row.gate.venue.kind is not VenueKind.MAIN)


def _calls(actor: Actor, at: datetime) -> list[Call]:
    """All editions, not only the one that one works in: the next call opens while the expo is on."""
    rows = db.session.execute(
        sa.select(Edition, Stage.closes_at).join(Stage, Stage.edition_id == Edition.id)
        .where(Stage.kind == StageKind.NOMINATION, Stage.opens_at <= at, Stage.closes_at > at).order_by(Stage.closes_at)
    ).all()
    own = [(edition, closes_at, actor.region_paths(P.SHORTLIST_NOMINATE, edition.id)) for edition, closes_at in rows]
    return [Call(edition, closes_at, count_candidates(edition.id, paths, "", {})) for edition, closes_at, paths in own if paths]


def _stage(actor: Actor, edition: Edition, at: datetime) -> Halls:
    moments = sessions_now_and_next(edition.id, at)
    sessions = [*moments.now, *moments.next]
    paths = actor.region_paths(P.STREAMING_MODERATE, edition.id)
    moderated = [session.id for session in sessions if session.region_path.startswith(paths)]
    counts = count_messages(moderated)
    return Halls(moments, list_statuses([session.id for session in sessions]), actor.may(P.STREAMING_DIRECT),
                 {number: counts.get(number, Counter())[TalkStatus.HELD] for number in moderated})


def _panels(actor: Actor, at: datetime) -> list[PanelProgress]:
    groups: dict[int, list[Assignment]] = {}
    for assignment in list_my_assignments(actor.person_id) if actor.person_id is not None else []:
        if is_scoring_open(assignment.submission.panel, at):
            groups.setdefault(assignment.submission.panel_id, []).append(assignment)
    return [_progress(group) for group in groups.values()]


def _progress(group: list[Assignment]) -> PanelProgress:
    waiting = [one for one in group if one.status is AssignmentStatus.ASSIGNED]
    return PanelProgress(group[0].submission.panel, len(group) - len(waiting), len(group), next(iter(waiting), None))


def _own(actor: Actor) -> Own:
    person_id = actor.person_id or 0
    return Own(list_own_registrations(person_id), list_own_meetings(person_id, limit=5),
               list_own_projects(person_id, actor.organisation_ids, limit=6))
