"""Loading the whole demonstration in one transaction: all of it or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from expo.desk.demo.cases import make_cases
from expo.desk.demo.crowd import make_crowd
from expo.desk.demo.deals import make_deals
from expo.desk.demo.frame import make_frame
from expo.desk.demo.gates import make_gates
from expo.desk.demo.lists import make_lists
from expo.desk.demo.making import SHOWN_AT, Demo, set_sequences
from expo.desk.demo.papers import make_papers
from expo.desk.demo.planning import make_planning
from expo.desk.demo.shows import make_shows
from expo.desk.demo.streams import make_streams
from expo.desk.demo.tickets import make_tickets
from expo.desk.demo.visitors import make_visitors
from expo.kit.access import Actor
from expo.kit.unit import action, record
from expo.places.actions import load_regions, read_regions

PARTS = (make_frame, make_crowd, make_tickets, make_lists, make_shows, make_visitors, make_gates, make_deals, make_cases,
         set_sequences, make_planning, make_streams, make_papers, set_sequences)


def shown_moment(real_now: datetime, zone: ZoneInfo) -> datetime:
    """The moment the demonstration begins at: today, half past ten."""
    return datetime.combine(real_now.astimezone(zone).date(), SHOWN_AT, zone)


def clock_offset(real_now: datetime, zone: ZoneInfo) -> timedelta:
    """How far the demonstration's clock runs ahead of the real one."""
    return shown_moment(real_now, zone) - real_now


@action
def load_demo(now: datetime, zone: ZoneInfo, *, by: Actor) -> dict[str, int]:
    """Make all records as of ``now``; returns how many rows went into each table."""
    load_regions(read_regions(), by=by)
    demo = Demo(now, zone)
    for part in PARTS:
        part(demo)
    record("loaded", "edition", demo.kept["editions"]["this"], dict(demo.rows))
    return dict(demo.rows)
