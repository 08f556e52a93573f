"""Replays cut themselves: what is cut, from which frame, who decides, and what is never shown."""

from __future__ import annotations

import io
import itertools
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from expo.kit import clock, jobs
from expo.kit.db import db, get_record
from expo.kit.files import StoredFile, storage, store_stream
from expo.kit.refusals import NotFound, Refused
from expo.kit.unit import action
from expo.people.permissions import Role
from expo.projects.models import Project, ProjectStatus
from expo.streaming import actions_broadcasts, actions_captions, actions_clips
from expo.streaming import queries_clips as queries
from expo.streaming.jobs import make_replay
from expo.streaming.jobs_clips import cut_orders
from expo.streaming.media import cutting
from expo.streaming.media.server import recordings_folder
from expo.streaming.media.workshop import workshop
from expo.streaming.models import Audience, Broadcast, BroadcastStatus, Channel, Recording
from expo.streaming.models_clips import Clip, ClipStatus
from expo.streaming.models_cues import Cue, CueKind
from expo.streaming.rules_clips import SHORTEST, chapters_vtt, cuts_of, place_in_replay
from expo.streaming.rules_cues import Tap
from expo.streaming.rules_media import recorded_at
from tests.conftest import Browser
from tests.makers import make_actor, stored
from tests.programme.plans import Programme
from tests.streaming.painted import BITS, FPS, HEIGHT, SQUARE, WIDTH, frame

TEN = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SECONDS, GOP = 24, 1


def at(seconds: float) -> datetime:
    return TEN + timedelta(seconds=seconds)


taps = st.lists(st.tuples(st.sampled_from(list(CueKind)), st.integers(1, 4), st.integers(0, 300)), max_size=15)
gaps = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 90)), max_size=4)


@given(taps, gaps)
def test_cuts_never_overlap_and_hold_only_time_in_which_their_project_was_on(sent: list[tuple[CueKind, int, int]],
                                                                            recorded: list[tuple[int, int]]) -> None:
    made = [Tap(kind, at(second), project if kind in {CueKind.START, CueKind.SKIP} else None)
            for kind, project, second in sorted(sent, key=lambda one: one[2])]
    cuts = sorted(cuts_of(made, at(300)).values(), key=lambda one: one.starts_at)
    assert all(one.ends_at <= two.starts_at for one, two in itertools.pairwise(cuts))
    changes = [tap for tap in made if tap.kind is not CueKind.SKIP]
    for cut in cuts:
        assert cut.ends_at - cut.starts_at >= SHORTEST
        assert not any(cut.starts_at < tap.at < cut.ends_at for tap in changes)
        assert [t.project_id for t in changes if t.at <= cut.starts_at][-1] == cut.project_id
    pieces, moment = [], 0
    for gap, length in recorded:
        pieces.append((at(moment + gap), timedelta(seconds=length)))
        moment += gap + length
    places = [place for cut in cuts if (place := place_in_replay(pieces, cut.starts_at, cut.ends_at))]
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(places))
    assert all(begin < end <= sum((p[1] for p in pieces), timedelta(0)) for begin, end in places)


def test_a_time_between_two_pieces_was_not_recorded() -> None:
    pieces = [(at(0), timedelta(seconds=10)), (at(100), timedelta(seconds=10))]
    assert place_in_replay(pieces, at(20), at(90)) is None
    assert place_in_replay(pieces, at(5), at(104)) == (timedelta(seconds=5), timedelta(seconds=14))


def test_a_title_cannot_break_out_of_its_chapter() -> None:
    text = chapters_vtt([(timedelta(0), timedelta(seconds=61.5), "低空 <b>--> & 物流")])
    assert text == "WEBVTT\n\n00:00:00.000 --> 00:01:01.500\n低空 &lt;b>→ &amp; 物流\n"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording with its own time painted in: the milliseconds since its first frame."""
    path = tmp_path_factory.mktemp("film") / "replay.mp4"
    sender = subprocess.Popen(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-",
         "-f", "lavfi", "-i", f"sine=f=440:r=44100:d={SECONDS}", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
         "-g", str(FPS * GOP), "-sc_threshold", "0", "-bf", "2", "-c:a", "aac", "-movflags", "+faststart", str(path)], stdin=subprocess.PIPE)
    assert sender.stdin
    for number in range(SECONDS * FPS):
        sender.stdin.write(frame(number * 1000 // FPS, number))
    sender.stdin.close()
    assert sender.wait(60) == 0
    return path


def painted_time(path: Path, *, last: bool = False) -> int:
    """The milliseconds painted into a video's first or last frame."""
    raw = subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", *(["-sseof", "-1"] if last else []), "-i", str(path), "-map", "0:v:0",
                          *([] if last else ["-frames:v", "1"]), "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True).stdout
    shown = raw[-WIDTH * HEIGHT:] if last else raw[:WIDTH * HEIGHT]
    row = shown[7 * WIDTH:8 * WIDTH]
    return int("".join("1" if row[bit * SQUARE + 3] >= 128 else "0" for bit in range(BITS)), 2)


class Replayed:
    """A session with three projects that was on the stage and recorded: at 2, 8.5 and 15 s, until 21 s."""

    def __init__(self, film: Path) -> None:
        self.programme = Programme()
        session = self.programme.session("人工智能专场")
        self.projects = [self.programme.project(name).id for name in ("脑机接口", "低空物流", "量子测量")]
        self.programme.show(session, *(db.session.get_one(Project, n) for n in self.projects))
        self.programme.place(session)
        self.programme.release()
        places = self.programme.places
        channel = stored(Channel(edition_id=self.programme.edition.id, name="一厅", region_path=places.chengdu.path))
        for project, second in zip(self.projects, (2, 8.5, 15), strict=True):
            stored(Cue(session_id=session.id, kind=CueKind.START, project_id=project, at=at(second)))
        stored(Cue(session_id=session.id, kind=CueKind.END, at=at(21)))
        broadcast = db.session.scalar(sa.select(Broadcast).where(Broadcast.session_id == session.id))
        values: dict[str, Any] = {"channel_id": channel.id, "status": BroadcastStatus.ENDED, "started_at": at(0), "ended_at": at(SECONDS)}
        if broadcast is None:
            self.id = stored(Broadcast(session_id=session.id, **values)).id
        else:
            self.id = broadcast.id
            with db.engine.begin() as connection:
                connection.execute(sa.update(Broadcast).where(Broadcast.id == self.id).values(**values))
        stored(Recording(channel_id=channel.id, broadcast_id=self.id, path="a.flv", started_at=at(0), ended_at=at(SECONDS), duration_ms=SECONDS * 1000))
        self.session_id, self.film = session.id, film
        self.manager = make_actor(Role.STAGE_MANAGER, places.chengdu, name="舞台监督")
        self.stranger = make_actor(Role.STAGE_MANAGER, places.mianyang, name="别市监督")
        self.page = f"/work/{self.programme.edition.slug}/streaming/broadcasts/{self.id}/clips"
        db.session.remove()

    def join(self) -> None:
        """The replay is there, as the job leaves it."""
        with self.film.open("rb") as stream:
            received = store_stream(stream, "replay.mp4", "video/mp4", purpose="replay")
        actions_broadcasts.keep_replay(self.id, received, at(0))
        db.session.remove()

    def job_id(self) -> int:
        return db.session.scalars(sa.select(jobs.Job.id).where(jobs.Job.kind == actions_clips.JOB)).one()

    def clip(self, place: int) -> Clip:
        db.session.remove()
        found = queries.find_clip(self.id, self.projects[place])
        assert found
        return found

    def video(self, place: int) -> Path:
        file = self.clip(place).file
        assert file
        path: Path = storage().path(file.key)  # type: ignore[attr-defined]
        return path

    def address(self, place: int, form: str = "mp4") -> str:
        return f"/live/clips/{self.clip(place).id}.{form}"

    def project_page(self, place: int) -> str:
        return f"/projects/{db.session.get_one(Project, self.projects[place]).number}"


@pytest.fixture
def scene(app: Flask, film: Path) -> Replayed:
    return Replayed(film)


@pytest.fixture
def cut(scene: Replayed, work_off: Callable[[], None]) -> Replayed:
    scene.join()
    work_off()
    return scene


def test_each_project_gets_its_own_piece_from_the_first_keyframe_of_its_time_on(cut: Replayed) -> None:
    assert [cut.clip(n).status for n in range(3)] == [ClipStatus.CUT] * 3
    assert [painted_time(cut.video(n)) for n in range(3)] == [2000, 9000, 15000]
    assert [painted_time(cut.video(n), last=True) // 100 for n in range(3)] == pytest.approx([83, 148, 208], abs=1)
    assert cut.clip(1).poster
    assert cut.clip(1).begins_ms == 9000


def test_nothing_is_shown_before_somebody_accepts_it(cut: Replayed, client: Browser) -> None:
    assert client.get(cut.address(0)).status_code == 404
    assert "clips/" not in client.get(cut.project_page(0)).text
    client.sign_in(cut.manager)
    assert client.get(cut.address(0)).status_code == 200
    client.post(f"{cut.page}/{cut.projects[0]}/accept")
    visitor = client.application.test_client()
    assert cut.address(0) in visitor.get(cut.project_page(0)).text
    assert visitor.get(cut.address(0)).data == cut.video(0).read_bytes()
    assert visitor.get(cut.address(0, "webp")).mimetype == "image/webp"
    actions_clips.withdraw_clip(cut.id, cut.projects[0], by=cut.manager)
    assert visitor.get(cut.address(0)).status_code == 404
    assert "clips/" not in visitor.get(cut.project_page(0)).text


def test_whoever_directs_elsewhere_finds_nothing(cut: Replayed, client: Browser) -> None:
    client.sign_in(cut.stranger)
    assert client.get(cut.page).status_code == 404
    assert client.get(cut.address(0)).status_code == 404
    assert client.post(f"{cut.page}/{cut.projects[0]}/accept").status_code == 404
    for refused in (actions_clips.accept_clip, actions_clips.withdraw_clip, actions_clips.exclude_project, actions_clips.include_project):
        with pytest.raises(NotFound):
            refused(cut.id, cut.projects[0], by=cut.stranger)
    with pytest.raises(NotFound):
        actions_clips.move_cut(cut.id, cut.projects[0], 1, 1, by=cut.stranger)
    with pytest.raises(NotFound):
        actions_clips.request_clips(cut.id, by=cut.stranger)


def test_a_moved_cut_is_made_again_and_waits_for_acceptance_anew(cut: Replayed, client: Browser, work_off: Callable[[], None]) -> None:
    actions_clips.accept_clip(cut.id, cut.projects[1], by=cut.manager)
    client.sign_in(cut.manager)
    client.post(f"{cut.page}/{cut.projects[1]}/move", data={"start": "2", "end": "-1.5"})
    assert cut.clip(1).status is ClipStatus.WANTED
    work_off()
    clip = cut.clip(1)
    assert (clip.status, clip.accepted_at, clip.is_moved) == (ClipStatus.CUT, None, True)
    assert painted_time(cut.video(1)) == 11000
    assert painted_time(cut.video(1), last=True) // 100 == pytest.approx(133, abs=1)
    assert painted_time(cut.video(0)) == 2000  # The others were left alone.
    cut.join()
    work_off()
    assert painted_time(cut.video(1)) == 11000  # A replay made anew does not forget it.


def test_a_move_to_where_nothing_was_recorded_is_refused_in_its_field(cut: Replayed, client: Browser) -> None:
    client.sign_in(cut.manager)
    answer = client.post(f"{cut.page}/{cut.projects[0]}/move", data={"start": "500", "end": "500"})
    assert answer.status_code == 422
    with pytest.raises(Refused):
        actions_clips.move_cut(cut.id, cut.projects[0], 7, 0, by=cut.manager)


def test_a_killed_job_goes_on_with_the_next_clip(scene: Replayed, work_off: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    scene.join()
    calls: list[float] = []

    class Killed(BaseException):
        """What no handler catches, as a kill would be."""

    real = cutting.cut

    def cut_until_killed(source: str, begin: float, end: float, to: Path) -> float:
        calls.append(begin)
        if len(calls) == 2:
            raise Killed
        return real(source, begin, end, to)

    monkeypatch.setattr(cutting, "cut", cut_until_killed)
    with pytest.raises(Killed):
        jobs.run_job(scene.job_id())
    assert [scene.clip(n).status for n in range(3)] == [ClipStatus.CUT, ClipStatus.WANTED, ClipStatus.WANTED]
    first = scene.clip(0).file_id
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        for number in jobs.list_unstarted():
            jobs.run_job(number)
    assert [scene.clip(n).status for n in range(3)] == [ClipStatus.CUT] * 3
    assert scene.clip(0).file_id == first
    assert calls == [2.0, 9.0, 9.0, 15.0]


def test_moments_are_placed_by_the_pieces_that_the_replay_holds(scene: Replayed, app: Flask) -> None:
    """The first piece was deleted from the disk; without it everything lies that much earlier."""
    folder = recordings_folder(app.extensions["expo_config"])
    folder.mkdir(parents=True)
    (folder / "b.flv").write_bytes(scene.film.read_bytes())
    channel_id = db.session.get_one(Broadcast, scene.id).channel_id
    stored(Recording(channel_id=channel_id, broadcast_id=scene.id, path="b.flv", started_at=at(100), ended_at=at(100 + SECONDS), duration_ms=SECONDS * 1000))
    make_replay(SimpleNamespace(progress=lambda *_told: None), scene.id)  # type: ignore[arg-type]
    assert recorded_at(queries.pieces_of(scene.id), at(101)) == timedelta(seconds=1)
    assert recorded_at(queries.pieces_of(scene.id), at(1)) is None


def test_what_a_killed_job_has_left_on_the_disk_is_cleared_away(app: Flask) -> None:
    config = app.extensions["expo_config"]
    left, working = (recordings_folder(config) / f"workshop-{name}" for name in ("left", "working"))
    for folder in (left, working):
        folder.mkdir(parents=True)
        (folder / "0.ts").write_bytes(b"x")
    os.utime(left, (0, 0))
    with workshop(config) as mine:
        assert sorted(mine.parent.glob("workshop-*")) == sorted([mine, working])
    assert not mine.exists()


def test_an_excluded_project_never_shows_before_or_after(scene: Replayed, client: Browser, work_off: Callable[[], None]) -> None:
    actions_clips.exclude_project(scene.id, scene.projects[0], by=scene.manager)
    scene.join()
    work_off()
    assert (scene.clip(0).status, scene.clip(0).file_id) == (ClipStatus.EXCLUDED, None)
    with pytest.raises(Refused):
        actions_broadcasts.publish_replay(scene.id, by=scene.manager)
    with pytest.raises(Refused):  # A neighbour cannot be moved over it either.
        actions_clips.move_cut(scene.id, scene.projects[1], -3, 0, by=scene.manager)
    actions_clips.include_project(scene.id, scene.projects[0], by=scene.manager)
    work_off()
    assert scene.clip(0).status is ClipStatus.CUT
    actions_broadcasts.publish_replay(scene.id, by=scene.manager)
    actions_clips.accept_clip(scene.id, scene.projects[1], by=scene.manager)
    assert "低空物流" in client.get(f"/live/{scene.id}/chapters.vtt").text
    old = scene.address(1)
    actions_clips.exclude_project(scene.id, scene.projects[1], by=scene.manager)
    assert client.get(old).status_code == 404
    assert client.get(f"/live/{scene.id}/replay.mp4").status_code == 404
    client.sign_in(scene.manager)
    text = client.get(f"/live/{scene.id}/chapters.vtt").text
    assert "低空物流" not in text
    assert "00:00:15.000 --> 00:00:21.000\n量子测量" in text


def test_captions_are_seen_where_the_replay_is_seen(cut: Replayed, client: Browser) -> None:
    actions_captions.set_captions(cut.id, "zh", "WEBVTT\n\n00:01.000 --> 00:02.000\n各位来宾".encode(), by=cut.manager)
    address = f"/live/{cut.id}/captions-zh.vtt"
    assert client.get(address).status_code == 404
    actions_broadcasts.publish_replay(cut.id, by=cut.manager)
    assert "各位来宾" in client.get(address).text
    actions_clips.exclude_project(cut.id, cut.projects[0], by=cut.manager)
    assert client.get(address).status_code == 404
    client.sign_in(cut.manager)
    assert client.get(address).status_code == 200


def test_the_bytes_of_an_excluded_or_replaced_clip_are_gone(cut: Replayed, work_off: Callable[[], None]) -> None:
    excluded, moved = cut.video(0), cut.video(1)
    actions_clips.exclude_project(cut.id, cut.projects[0], by=cut.manager)
    actions_clips.move_cut(cut.id, cut.projects[1], 2, 0, by=cut.manager)
    assert not excluded.exists()
    assert not moved.exists()
    work_off()
    assert cut.video(1).exists()
    kept = db.session.scalars(sa.select(StoredFile.purpose).where(StoredFile.purpose.in_(["clip", "picture", "replay"])))
    assert sorted(kept) == ["clip", "clip", "picture", "picture", "replay"]


def test_the_bytes_of_a_replaced_replay_are_gone(cut: Replayed, work_off: Callable[[], None]) -> None:
    actions_clips.accept_clip(cut.id, cut.projects[0], by=cut.manager)
    cut.join()  # The same bytes once more.
    work_off()
    replays = sa.select(StoredFile.key).where(StoredFile.purpose == "replay")
    (key,) = db.session.scalars(replays)
    assert storage().exists(key)
    received = store_stream(io.BytesIO(cut.film.read_bytes() + b"more"), "replay.mp4", "video/mp4", purpose="replay")
    actions_broadcasts.keep_replay(cut.id, received, at(0))
    assert not storage().exists(key)
    work_off()
    assert db.session.scalars(replays).all() == [received.key]
    assert [cut.clip(n).status for n in range(3)] == [ClipStatus.PUBLISHED, ClipStatus.CUT, ClipStatus.CUT]
    assert cut.video(0).exists()


def test_a_clip_whose_project_left_the_stage_meanwhile_is_not_kept(scene: Replayed, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.join()
    real = cutting.cut

    def cut_while_others_decide(source: str, begin: float, end: float, to: Path) -> float:
        if begin == 2.0:
            actions_clips.exclude_project(scene.id, scene.projects[0], by=scene.manager)
            actions_clips.include_project(scene.id, scene.projects[0], by=scene.manager)
        return real(source, begin, end, to)

    monkeypatch.setattr(cutting, "cut", cut_while_others_decide)
    assert cut_orders(scene.id) == 2  # What was decided meanwhile is cut by the job that it has started.


def test_a_neighbour_that_reached_into_an_excluded_time_is_cut_anew(cut: Replayed, work_off: Callable[[], None]) -> None:
    actions_clips.move_cut(cut.id, cut.projects[1], -4, 0, by=cut.manager)
    work_off()
    assert painted_time(cut.video(1)) == 5000
    actions_clips.exclude_project(cut.id, cut.projects[0], by=cut.manager)
    assert cut.clip(1).file_id is None
    work_off()
    assert painted_time(cut.video(1)) == 9000


def test_a_project_whose_material_is_not_published_never_shows(cut: Replayed, client: Browser) -> None:
    actions_clips.accept_clip(cut.id, cut.projects[0], by=cut.manager)
    for number in cut.projects[:2]:
        with db.engine.begin() as connection:
            connection.execute(sa.update(Project).where(Project.id == number).values(status=ProjectStatus.WITHDRAWN, withdrawn_reason="涉密"))
    db.session.remove()
    with pytest.raises(Refused):
        actions_clips.accept_clip(cut.id, cut.projects[1], by=cut.manager)
    assert client.get(cut.address(0)).status_code == 404
    assert [project.id for _, _, project in queries.list_chapters(db.session.get_one(Broadcast, cut.id))] == [cut.projects[2]]


def test_a_stream_that_not_everybody_may_watch_has_no_public_clips(cut: Replayed, client: Browser) -> None:
    actions_clips.accept_clip(cut.id, cut.projects[0], by=cut.manager)
    actions_broadcasts.set_audience(cut.id, Audience.INVITED, by=cut.manager)
    assert client.get(cut.address(0)).status_code == 404
    with pytest.raises(Refused):
        actions_clips.accept_clip(cut.id, cut.projects[1], by=cut.manager)


def test_a_time_that_was_not_recorded_is_said_to_be_missing(scene: Replayed, work_off: Callable[[], None]) -> None:
    shorten(scene.id)
    scene.join()
    work_off()
    assert [scene.clip(n).status for n in range(3)] == [ClipStatus.CUT, ClipStatus.CUT, ClipStatus.MISSING]


@action(history=False)
def shorten(broadcast_id: int) -> None:
    piece = db.session.scalars(sa.select(Recording).where(Recording.broadcast_id == broadcast_id)).one()
    get_record(Recording, piece.id).duration_ms = 14_000


def test_the_list_costs_the_same_however_many_clips_there_are(cut: Replayed, client: Browser, count_queries: Any) -> None:
    client.sign_in(cut.manager)
    client.get(cut.page)
    with count_queries() as sent:
        text = client.get(cut.page).text
    three = sent()
    assert text.count('class="panel clip-row"') == 3
    with db.engine.begin() as connection:
        connection.execute(sa.delete(Clip).where(Clip.project_id != cut.projects[0]))
        connection.execute(sa.delete(Cue).where(Cue.project_id.in_(cut.projects[1:])))
    with count_queries() as sent:
        client.get(cut.page)
    assert sent() == three
