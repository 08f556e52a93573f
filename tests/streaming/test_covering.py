"""An excluded project stays out of what is live, of what players go back to, and of what is recorded."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from expo.kit import clock
from expo.kit.db import db
from expo.kit.refusals import Refused
from expo.people.permissions import Role
from expo.projects.models import Project
from expo.streaming import actions_captions, actions_clips
from expo.streaming.media.archive import Archive, read_entries
from expo.streaming.media.server import pictures_folder
from expo.streaming.models import Broadcast, BroadcastStatus, CaptionLine, Channel, Recording
from expo.streaming.models_cues import Cue, CueKind
from expo.streaming.queries_clips import is_excluded_in_replay, list_hidden, list_last_lines
from expo.streaming.rules_cues import Span, is_covered
from expo.streaming.studio import Studio
from expo.streaming.studio_covering import SPARE, Eraser, trim
from expo.streaming.studio_recording import keep_piece
from tests.makers import make_actor, stored
from tests.programme.plans import Programme

TEN = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return TEN + timedelta(seconds=seconds)


def a_rung(folder: Path, seconds: int, shown: int = 30) -> Path:
    """A rung of segments of a second each since ten; the live list holds the last ones."""
    rung = folder / "src"
    rung.mkdir(parents=True)
    lines = [f"#EXTINF:1.0,\n#EXT-X-PROGRAM-DATE-TIME:{at(n):%Y-%m-%dT%H:%M:%S.000+0000}\n{n}.ts\n" for n in range(seconds)]
    (rung / "dvr.m3u8").write_text("#EXTM3U\n" + "".join(lines))
    first = max(0, seconds - shown)
    (rung / "live.m3u8").write_text(f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{first}\n" + "".join(lines[first:]))
    for n in range(seconds):
        (rung / f"{n}.ts").write_bytes(b"x")
    return rung


def names(path: Path) -> list[int]:
    return [int(name.removesuffix(".ts")) for name, _ in read_entries(path.read_text())]


@given(st.integers(1, 60), st.integers(-5, 60), st.integers(0, 40))
def test_a_time_that_is_left_out_is_in_no_list_and_in_no_file(tmp_path_factory: pytest.TempPathFactory, seconds: int, since: int, length: int) -> None:
    rung = a_rung(tmp_path_factory.mktemp("hls"), seconds)
    Archive.leave_out(rung.parent, at(since), at(since + length))
    kept = [n for n in range(seconds) if not since <= n < since + length]
    assert names(rung / "dvr.m3u8") == kept
    assert sorted(int(path.stem) for path in rung.glob("*.ts")) == kept
    live = (rung / "live.m3u8").read_text()
    if names(rung / "live.m3u8"):
        assert not set(names(rung / "live.m3u8")) - set(kept)
    else:
        assert f"#EXT-X-MEDIA-SEQUENCE:{seconds}\n" in live  # Players go on with the next number.
    marked = [place for place, (_name, lines) in enumerate(read_entries((rung / "dvr.m3u8").read_text())) if "#EXT-X-DISCONTINUITY" in lines]
    assert marked == ([kept.index(since + length)] if length and since + length in kept and since + length > 0 else [])


def test_what_goes_on_is_left_out_to_its_end_and_each_time_once(tmp_path: Path) -> None:
    rung, eraser = a_rung(tmp_path / "room", 60), Eraser()
    spans = [Span(1, clock.now() - clock.real_now() + at(40.5), None)]
    assert is_covered(spans)
    assert eraser.due(tmp_path / "room", spans) == spans
    eraser.leave_out(tmp_path / "room", spans)
    assert names(rung / "dvr.m3u8") == list(range(38))  # The one in which that time begins goes, too.
    assert eraser.due(tmp_path / "room", spans) == []
    assert eraser.due(tmp_path / "room", [Span(1, spans[0].since, at(70))])


class Staged:
    """A live session: the first project from 0 s on, the second from 10 s on, the third at 20 s; recorded from 0 s."""

    def __init__(self) -> None:
        self.programme = Programme()
        session = self.programme.session("人工智能专场")
        self.projects = [self.programme.project(name).id for name in ("脑机接口", "低空物流", "量子测量")]
        self.programme.show(session, *(db.session.get_one(Project, n) for n in self.projects))
        self.programme.place(session)
        self.programme.release()
        places = self.programme.places
        self.session_id = session.id
        self.channel = stored(Channel(edition_id=self.programme.edition.id, name="一厅", region_path=places.chengdu.path, room="0123456789abcdef"))
        self.id = stored(Broadcast(session_id=session.id, channel_id=self.channel.id, status=BroadcastStatus.LIVE, started_at=at(0))).id
        self.manager = make_actor(Role.STAGE_MANAGER, places.chengdu)

    def tap(self, place: int, second: float) -> None:
        stored(Cue(session_id=self.session_id, kind=CueKind.START, project_id=self.projects[place], at=at(second)))

    def hidden(self) -> list[Span]:
        return list_hidden([db.session.get_one(Broadcast, self.id)]).get(self.id, [])


@pytest.fixture
def staged(app: Flask) -> Staged:
    return Staged()


def test_what_is_excluded_after_the_end_goes_from_what_players_look_back_at(staged: Staged, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    config = app.extensions["expo_config"]
    for place in range(3):
        staged.tap(place, 10 * place)
    with db.engine.begin() as connection:
        connection.execute(sa.update(Broadcast).where(Broadcast.id == staged.id).values(
            status=BroadcastStatus.ENDED, ended_at=at(30), room="fedcba9876543210"))
    rung = a_rung(pictures_folder(config) / "fedcba9876543210", 30)
    monkeypatch.setattr(clock, "real_now", clock.now)
    with clock.frozen(at(600)):
        studio = Studio(config)
        studio._clean_up()
        assert names(rung / "dvr.m3u8") == list(range(30))
        actions_clips.exclude_project(staged.id, staged.projects[1], by=staged.manager)
        studio._clean_up()
    assert names(rung / "dvr.m3u8") == [*range(8), *range(22, 30)]
    assert not (rung / "15.ts").exists()


def test_a_project_is_covered_from_its_exclusion_to_the_next_tap(staged: Staged) -> None:
    staged.tap(0, 0)
    staged.tap(1, 10)
    assert not is_covered(staged.hidden())
    actions_clips.exclude_project(staged.id, staged.projects[1], by=staged.manager)
    assert staged.hidden() == [Span(staged.projects[1], at(10), None)]
    assert is_covered(staged.hidden())
    staged.tap(2, 20)
    assert not is_covered(staged.hidden())
    actions_clips.include_project(staged.id, staged.projects[1], by=staged.manager)
    assert staged.hidden() == []


def test_nothing_is_typed_over_a_covered_project_and_what_was_typed_is_shown_no_more(staged: Staged) -> None:
    staged.tap(0, 0)
    for second, text in ((5, "脑机接口的讲解"), (15, "低空物流的讲解")):
        stored(CaptionLine(broadcast_id=staged.id, language="zh", text=text, at=at(second)))
    staged.tap(1, 10)
    actions_clips.exclude_project(staged.id, staged.projects[1], by=staged.manager)
    with pytest.raises(Refused):
        actions_captions.type_caption(staged.id, "zh", "低空物流的参数", by=staged.manager)
    staged.tap(2, 20)
    actions_captions.type_caption(staged.id, "zh", "量子测量的讲解", by=staged.manager)
    assert "低空物流" not in str(said_last(staged))


def said_last(staged: Staged) -> list[str]:
    return [line.text for line in list_last_lines(db.session.get_one(Broadcast, staged.id))]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("piece") / "piece.flv"
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=10", "-t", "16", "-c:v", "libx264",
                    "-preset", "ultrafast", "-g", "10", "-f", "flv", str(path)], check=True)
    return path


def a_piece(film: Path, folder: Path, ends_at: float) -> Path:
    """A recorded piece of 16 seconds whose last frame came at a moment."""
    path = folder / "0123456789abcdef-1-7.flv"
    path.write_bytes(film.read_bytes())
    ended = (at(ends_at) - (clock.now() - clock.real_now())).timestamp()
    os.utime(path, (ended, ended))
    return path


def test_a_recorded_piece_ends_where_the_excluded_project_began(staged: Staged, film: Path, tmp_path: Path) -> None:
    staged.tap(0, 0)
    staged.tap(1, 10)
    actions_clips.exclude_project(staged.id, staged.projects[1], by=staged.manager)
    path = a_piece(film, tmp_path, 16)
    keep_piece(path)
    piece = db.session.query(Recording).one()
    assert piece.ended_at <= at(10)
    said = subprocess.run(["ffprobe", "-loglevel", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)],
                          capture_output=True, text=True, check=True).stdout
    assert float(said) <= 10
    assert float(said) == pytest.approx(10 - SPARE.total_seconds(), abs=0.3)
    staged.tap(2, 20)
    assert not is_excluded_in_replay(db.session.get_one(Broadcast, staged.id))  # So the replay can be released.


def test_of_a_piece_that_holds_nothing_else_nothing_is_kept(staged: Staged, film: Path, tmp_path: Path) -> None:
    staged.tap(1, 0)
    actions_clips.exclude_project(staged.id, staged.projects[1], by=staged.manager)
    path = a_piece(film, tmp_path, 16)
    keep_piece(path)
    assert not path.exists()
    assert db.session.query(Recording).count() == 0


def test_a_piece_that_cannot_be_cut_stays_whole_and_holds_the_replay_back(staged: Staged, tmp_path: Path) -> None:
    staged.tap(0, 0)
    staged.tap(1, 10)
    actions_clips.exclude_project(staged.id, staged.projects[1], by=staged.manager)
    path = tmp_path / "0123456789abcdef-1-7.flv"
    path.write_bytes(b"no pictures" * 1000)
    assert trim(path, at(0), timedelta(seconds=16)) == timedelta(seconds=16)
    assert list(tmp_path.iterdir()) == [path]


def test_a_piece_that_goes_on_behind_the_excluded_project_stays_whole_and_holds_the_replay_back(staged: Staged, film: Path, tmp_path: Path) -> None:
    staged.tap(0, 0)
    staged.tap(1, 4)
    staged.tap(2, 8)
    actions_clips.exclude_project(staged.id, staged.projects[1], by=staged.manager)
    path = a_piece(film, tmp_path, 16)
    assert trim(path, at(0), timedelta(seconds=16)) == timedelta(seconds=16)
    keep_piece(path)
    assert is_excluded_in_replay(db.session.get_one(Broadcast, staged.id))
