"""A session from the stage manager's taps to its clips, on the real stack: what is excluded in the midst leaves no trace."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Playwright, expect

from expo.kit import clock
from expo.kit.db import db
from expo.kit.files import storage
from expo.people.permissions import P
from expo.places.models import Hall as HallPlace
from expo.programme.actions import publish_release
from expo.programme.models import EditionHall, SessionItem, Slot
from expo.projects.models import ProjectStatus
from expo.streaming import (
    actions_broadcasts,
    actions_channels,
    actions_clips,
    actions_cues,
    queries_channels,
    queries_clips,
)
from expo.streaming.jobs import make_replay
from expo.streaming.jobs_clips import cut_orders
from expo.streaming.models import Broadcast, Channel, Recording
from expo.streaming.models_clips import ClipStatus
from expo.streaming.models_cues import CueKind
from scripts.browser import launch
from scripts.stack import nginx_module
from tests.journeys.test_streams import JobAtHand
from tests.makers import make_project, make_session, make_venue, stored
from tests.streaming.painted import READ_CLOCK, PaintedSender, painted_time
from tests.streaming.stack import MediaStack, Room, wait_for

pytestmark = pytest.mark.skipif(nginx_module("rtmp") is None, reason="this machine's nginx has no rtmp module")

#: How long each project stays on the stage.
TURN_S = 4
SEGMENT_MS = 1000


class Hall:
    """A session that is on now in a hall with a channel; three projects, the second of which will be excluded."""

    def __init__(self, stack: MediaStack) -> None:
        self.stack = stack
        with stack.inside():
            places, edition = stack.places, stack.edition
            hall = stored(HallPlace(venue_id=make_venue(places.province).id, name="天府厅", capacity=200, has_streaming=True))
            stored(EditionHall(edition_id=edition.id, hall_id=hall.id))
            now = clock.now()
            slot = stored(Slot(edition_id=edition.id, starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(minutes=90)))
            session = make_session(edition, places.chengdu, "人工智能专场", hall_id=hall.id, slot_id=slot.id, is_streamed=True)
            projects = [make_project(edition, places.qingyang, places.chengdu, title, ProjectStatus.PUBLISHED)
                        for title in ("脑机接口", "低空物流", "量子测量")]
            for place, project in enumerate(projects):
                stored(SessionItem(session_id=session.id, project_id=project.id, position=place, minutes=4))
            self.session_id, self.projects, self.numbers = session.id, [p.id for p in projects], [p.number for p in projects]
            publish_release(edition.id, "第一版", by=stack.director)
            actions_channels.create_hall_channels(edition.id, by=stack.director)
            channel = db.session.scalars(sa.select(Channel).where(Channel.hall_id == hall.id)).one()
            broadcast = db.session.scalars(sa.select(Broadcast).where(Broadcast.session_id == session.id)).one()
            found = queries_channels.get_channel(channel.id, stack.director, P.STREAMING_READ)
            keys = {key.role: (key.id, actions_channels.text_of(key)) for key in found.keys}
            self.room = Room(stack, channel.id, broadcast.id, keys)
        #: Place of a project → when it came on the stage, in milliseconds of the clock.
        self.taps: dict[int | None, float] = {}
        #: What could be loaded while the picture was covered, and at the end; and what was listed without being there.
        self.covered: dict[str, int | None] = {}
        self.shown: dict[str, int | None] = {}
        self.still_listed: list[str] = []
        #: Milliseconds that a picture was on its way from the painter into a segment, at most. On a busy machine it comes
        #: on the stage's clock that much later than it was painted.
        self.way = 0.0

    def tap(self, place: int | None) -> None:
        with self.stack.inside():
            cue = actions_cues.tap(self.session_id, CueKind.END if place is None else CueKind.START,
                                   None if place is None else self.projects[place], by=self.stack.director)
            self.taps[place] = cue.at.timestamp() * 1000

    def stay(self) -> None:
        """Until this turn has been shown for its time: by the segments that are there, not by our own clock."""
        count = len(self.room.segments())
        wait_for(lambda: len(self.room.segments()) >= count + TURN_S, 60, "no more pictures come")

    def painted(self) -> dict[str, int | None]:
        """Segment → the time in its first picture; none for what is not the sender's. What is erased meanwhile is missing."""
        folder, found = self.room.folder / "src", dict[str, int | None]()
        for name in self.room.segments():
            try:
                at = found[name] = painted_time(folder / name)
                if at is not None:
                    self.way = max(self.way, (folder / name).stat().st_mtime * 1000 - SEGMENT_MS - at)
            except (subprocess.CalledProcessError, FileNotFoundError):
                assert not (folder / name).exists(), f"{name} is broken"
        return found


def watch(chromium: Browser, hall: Hall) -> Page:
    """A visitor of the session's page who has pressed the button and sees the picture move."""
    page = chromium.new_context(base_url=hall.stack.url, viewport={"width": 1000, "height": 800}, locale="zh-CN").new_page()
    page.set_default_timeout(90_000)
    page.goto(f"/sessions/{hall.session_id}")
    page.locator(".live-start:not([hidden])").click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 0")
    return page


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, "--autoplay-policy=no-user-gesture-required")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Hall]:
    """The whole course: the first project, the second excluded while it is on, the third, the end, the replay, the clips."""
    stack = MediaStack(tmp_path_factory.mktemp("stage"))
    try:
        stack.start("web", "edge", "media", "studio")
        made = Hall(stack)
        with PaintedSender(made.room.address(), seconds=300):
            wait_for(made.room.plays, 40, "the hall does not play")
            viewer = watch(chromium, made)
            made.tap(0)
            made.stay()
            made.tap(1)
            made.stay()
            with stack.inside():
                actions_clips.exclude_project(made.room.broadcast_id, made.projects[1], by=stack.director)
            wait_for(lambda: None in made.painted().values(), 30, "the picture is not covered")
            made.covered = made.painted()
            made.still_listed = [n for n in made.covered if not (made.room.folder / "src" / n).exists()]
            made.tap(2)
            wait_for(lambda: any(at and at > made.taps[2] for at in made.painted().values()), 30, "the picture does not come back")
            made.stay()
            # Whoever was watching sees the third project by itself.
            viewer.wait_for_function(f"since => ({READ_CLOCK})(document.querySelector('video')) > since", arg=made.taps[2])
            viewer.context.close()
            made.tap(None)
            made.shown = made.painted()
            with stack.inside():
                actions_broadcasts.end_broadcast(made.room.broadcast_id, by=stack.director)
            wait_for(lambda: len(made.room.one(Recording)) == 2, 60, "the recorded pieces do not come")
        with stack.inside():
            make_replay(JobAtHand(), made.room.broadcast_id)
            cut_orders(made.room.broadcast_id)
            db.session.remove()
            actions_broadcasts.publish_replay(made.room.broadcast_id, by=stack.director)
            for place in (0, 2):
                actions_clips.accept_clip(made.room.broadcast_id, made.projects[place], by=stack.director)
        yield made
    finally:
        for name in tuple(stack.processes):
            stack.kill(name)


def test_an_excluded_project_is_covered_at_once_and_taken_out_of_what_was_shown(hall: Hall) -> None:
    assert hall.still_listed == []
    seen = [at for at in hall.covered.values() if at is not None]
    assert seen, "what came before must stay"
    assert max(seen) < hall.taps[1]  # Pictures of the excluded turn, which were there before the exclusion, are gone.
    after = [at for at in hall.shown.values() if at is not None]
    assert not [at for at in after if hall.taps[1] <= at < hall.taps[2] - hall.way]
    assert [at for at in after if at >= hall.taps[2]]


def test_recording_replay_and_clips_leave_an_excluded_project_out(hall: Hall) -> None:
    pieces = hall.room.one(Recording)
    excluded = (hall.taps[1] / 1000, (hall.taps[2] - hall.way) / 1000)
    for piece in pieces:
        assert piece.ended_at.timestamp() <= excluded[0] + 0.1 or piece.started_at.timestamp() >= excluded[1] - 0.1
    with hall.stack.inside():
        clips = {clip.project_id: clip.status for clip in queries_clips.list_clips(hall.room.broadcast_id)}
    assert clips == dict(zip(hall.projects, (ClipStatus.PUBLISHED, ClipStatus.EXCLUDED, ClipStatus.PUBLISHED), strict=True))


def test_a_clip_begins_with_its_projects_first_picture_and_is_sent_in_ranges(hall: Hall) -> None:
    with hall.stack.inside():
        clips = [queries_clips.find_clip(hall.room.broadcast_id, hall.projects[place]) for place in (0, 2)]
        sources = [storage().path(clip.file.key) for clip in clips if clip and clip.file]  # type: ignore[attr-defined]
        numbers = [clip.id for clip in clips if clip]
    for place, path in zip((0, 2), sources, strict=True):
        first = painted_time(path)
        assert first is not None
        # From the tap on, at the first keyframe; the recorder's clock is good for some tenths of a second.
        assert -700 - hall.way <= first - hall.taps[place] <= 3000 + hall.way, (first, hall.taps[place], hall.way)
    for number in numbers:
        page = hall.stack.ask(f"/projects/{hall.numbers[0 if number == numbers[0] else 2]}")[2].decode()
        assert f"/live/clips/{number}.mp4" in page
        status, head, body = hall.stack.ask(f"/live/clips/{number}.mp4", headers={"Range": "bytes=100-299"})
        assert (status, len(body)) == (206, 200)
        assert re.fullmatch(r"bytes 100-299/\d+", head["Content-Range"])


def test_a_visitor_jumps_to_a_project_by_its_chapter(hall: Hall, chromium: Browser) -> None:
    page = watch(chromium, hall)
    page.get_by_role("button", name="设置").click()
    chapters = page.locator(".live-menu-part", has_text="量子测量").get_by_role("button")
    expect(chapters).to_have_text(["脑机接口", "量子测量"])
    begins = page.evaluate("() => [...document.querySelector('video').textTracks].find((one) => one.kind === 'chapters').cues[1].startTime")
    chapters.nth(1).click()
    page.wait_for_function("at => { const now = document.querySelector('video').currentTime; return now >= at - 0.1 && now < at + 20; }", arg=begins)
    page.context.close()
