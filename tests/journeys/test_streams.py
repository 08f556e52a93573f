"""Real pictures through the real stack and a real browser: what happens when all is well, and at each fault.

All senders are started together and all faults that can be are made together, so that the whole takes little longer
than the slowest of them. The stack is the parts of scripts/serve on a database of its own.
"""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright

from expo.kit.db import db
from expo.streaming import actions_channels, actions_simulcast, queries_simulcast
from expo.streaming.actions_broadcasts import end_broadcast
from expo.streaming.jobs import make_replay
from expo.streaming.media import server
from expo.streaming.models import Audience, Broadcast, BroadcastStatus, EndReason, KeyRole, Recording
from scripts.browser import launch
from scripts.stack import nginx_module
from tests.streaming.painted import READ_CLOCK, PaintedSender
from tests.streaming.stack import MediaStack, Room, RtmpTarget, pipe_sender, wait_for

pytestmark = pytest.mark.skipif(nginx_module("rtmp") is None, reason="this machine's nginx has no rtmp module")

PICTURE = ("-re", "-f", "lavfi", "-i", "testsrc2=s={size}:r={rate}")
TONE = ("-re", "-f", "lavfi", "-i", "sine=f=440:r=44100")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "{gop}", "-keyint_min", "{gop}", "-sc_threshold", "0")
AAC = ("-c:a", "aac")
START_S = 40


def picture(size: str = "160x90", gop: int = 10, rate: int = 10, *, tone: bool = True) -> tuple[str, ...]:
    words = (*PICTURE, *(TONE if tone else ()), *H264, *(AAC if tone else ()))
    return tuple(word.format(size=size, gop=gop, rate=rate) for word in words)


@dataclass
class Scene:
    """All rooms, each with its sender at work."""

    stack: MediaStack
    rooms: dict[str, Room] = field(default_factory=dict)
    senders: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    #: How many segments a room had when its fault was made.
    before: dict[str, int] = field(default_factory=dict)

    def send(self, name: str, *options: str, role: KeyRole = KeyRole.MAIN, as_name: str = "") -> None:
        self.senders[as_name or name] = pipe_sender(self.rooms[name].address(role), *options)

    def goes_on(self, name: str, by: int = 3) -> bool:
        return len(self.rooms[name].segments()) > self.before[name] + by


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    stack = MediaStack(tmp_path_factory.mktemp("media"))
    made = Scene(stack)
    try:
        stack.start("web", "edge", "media", "studio")
        with PaintedSender(_room(made, "painted").address(), seconds=240):
            _send_all(made)
            for name, room in made.rooms.items():
                wait_for(room.plays, START_S, f"{name} does not play")
            _break_some(made)
            yield made
    finally:
        for sender in made.senders.values():
            sender.kill()
            sender.wait()
        for name in tuple(stack.processes):
            stack.kill(name)


def _room(scene: Scene, name: str, audience: Audience = Audience.PUBLIC) -> Room:
    scene.rooms[name] = scene.stack.channel(name, audience=audience)
    return scene.rooms[name]


def _send_all(scene: Scene) -> None:
    for name in ("backup", "revoked", "sound", "upright", "slow", "dark"):
        _room(scene, name)
    _room(scene, "invited", Audience.INVITED)
    for name in ("backup", "revoked", "invited"):
        scene.send(name, *picture())
    scene.send("backup", *picture("128x72"), role=KeyRole.BACKUP, as_name="second")
    scene.send("sound", *TONE, *AAC)
    scene.send("upright", *picture("2160x3840", gop=1, rate=1))
    scene.send("slow", *picture(gop=50))
    scene.send("dark", "-re", "-f", "lavfi", "-i", "color=black:s=160x90:r=10", *(w.format(gop=10) for w in H264))


def _break_some(scene: Scene) -> None:
    wait_for(lambda: len([i for i in scene.rooms["backup"].ingests if i.width]) == 2, 10)
    for name in ("backup", "revoked"):
        scene.before[name] = len(scene.rooms[name].segments())
    scene.senders["backup"].kill()
    scene.senders["backup"].wait()
    with scene.stack.inside():
        actions_channels.revoke_key(scene.rooms["revoked"].keys[KeyRole.MAIN][0], by=scene.stack.director)


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
                     "--use-fake-device-for-media-stream")
    yield browser
    browser.close()


def watch(chromium: Browser, scene: Scene, name: str) -> Page:
    """A visitor who has pressed the button and sees the picture."""
    page = chromium.new_context(base_url=scene.stack.url, viewport={"width": 1000, "height": 800}, locale="zh-CN").new_page()
    page.set_default_timeout(30_000)
    page.goto(f"/live/{scene.rooms[name].broadcast_id}")
    page.locator(".live-start:not([hidden])").click()
    page.locator("[data-playing=yes]").wait_for()
    return page


def latencies(page: Page, count: int = 5) -> list[float]:
    """Seconds from the painting of a picture to its sight, read back from the picture itself."""
    found: list[float] = []
    until = time.monotonic() + 15
    while len(found) < count and time.monotonic() < until:
        painted = page.locator("video").evaluate(READ_CLOCK)
        if painted and abs(time.time() - painted / 1000) < 60:
            found.append(time.time() - painted / 1000)
        time.sleep(0.3)
    return found


def test_a_good_key_is_live_within_seconds_and_the_key_stands_nowhere(scene: Scene) -> None:
    room = scene.rooms["painted"]
    assert room.status is BroadcastStatus.LIVE
    ticket = room.ticket()
    status, headers, body = scene.stack.ask(ticket["hls"])
    assert (status, headers["Content-Type"]) == (200, "application/vnd.apple.mpegurl")
    assert b"src/live.m3u8" in body
    assert b"low/live.m3u8" in body
    key = room.keys[KeyRole.MAIN][1]
    found = [path for path in scene.stack.stack.home.rglob("*") if key in str(path) or (path.is_file() and key.encode() in path.read_bytes())]
    assert found == []


def test_a_picture_of_what_is_on_stands_where_the_player_has_not_begun(scene: Scene) -> None:
    room = scene.rooms["painted"]
    poster = wait_for(lambda: room.ticket()["poster"], 30)
    status, headers, body = scene.stack.ask(poster)
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (960, 540)


def test_a_wrong_key_is_refused(scene: Scene) -> None:
    wrong = pipe_sender(f"{scene.stack.ingest_url}/aaaa-bbbb-cccc-dddd-eeee-ffff", *picture(), "-t", "3")
    assert wrong.wait(timeout=30) != 0


def test_a_second_sender_with_the_same_key_is_refused_and_told_of(scene: Scene) -> None:
    room = scene.rooms["painted"]
    second = pipe_sender(room.address(), *picture(), "-t", "3")
    assert second.wait(timeout=30) != 0
    assert "second_sender" in room.warnings

def test_a_forged_or_old_address_opens_nothing(scene: Scene) -> None:
    room = scene.rooms["painted"]
    kind, until, mark, viewer, folder = room.ticket()["hls"].split("/")[2:7]
    for changed in (f"/hls/{kind}/{until}/{mark[:-2]}xx/{viewer}/{folder}/index.m3u8", f"/hls/{kind}/{int(until) + 9}/{mark}/{viewer}/{folder}/index.m3u8",
                    f"/hls/{kind}/{until}/{mark}/a0/{folder}/index.m3u8", f"/hls/{kind}/{until}/{mark}/{viewer}/{'0' * 16}/index.m3u8"):
        assert scene.stack.ask(changed)[0] == 403, changed
    assert scene.stack.ask(f"/hls/{kind}/{until}/{mark}/{viewer}/{folder}/../{folder}/index.m3u8")[0] in {200, 404}


def test_a_passed_on_address_of_a_closed_stream_opens_nothing(scene: Scene) -> None:
    room = scene.rooms["invited"]
    assert room.ticket()["state"] == "refused"
    cookie = "session=" + scene.stack.session_cookie(scene.stack.director.person_id or 0)
    status, headers, body = scene.stack.ask(f"/live/{room.broadcast_id}/ticket", cookie)
    assert status == 200
    address = json.loads(body)["hls"]
    own = headers["Set-Cookie"].split(";")[0]
    assert scene.stack.ask(address, own)[0] == 200
    assert scene.stack.ask(address)[0] == 403
    assert scene.stack.ask(address, "viewer=" + "0" * 32)[0] == 403


def test_the_backup_takes_over_when_the_main_sender_goes(scene: Scene) -> None:
    room = scene.rooms["backup"]
    wait_for(lambda: room.on_air and room.on_air.width == 128, 10)
    wait_for(lambda: scene.goes_on("backup") and room.size() == (128, 72), 20)
    assert "#EXT-X-DISCONTINUITY" in (room.folder / "src" / "dvr.m3u8").read_text()


def test_a_revoked_key_cuts_its_sender_off_and_the_filler_goes_on(scene: Scene) -> None:
    room = scene.rooms["revoked"]
    wait_for(lambda: scene.senders["revoked"].poll() is not None, 10)
    assert room.ingests[0].end_reason is EndReason.REVOKED
    wait_for(lambda: scene.goes_on("revoked") and room.size() == (1280, 720), 15)  # The filler picture's size.
    assert "no_sender" in room.warnings
    assert pipe_sender(room.address(), *picture(), "-t", "3").wait(timeout=30) != 0


def test_a_sender_comes_back_to_the_same_viewers_after_its_fault_was_mended(scene: Scene) -> None:
    room = scene.rooms["revoked"]
    wait_for(lambda: room.size() == (1280, 720), 15)
    scene.before["revoked"] = len(room.segments())
    with scene.stack.inside():
        key = actions_channels.issue_key(room.channel_id, KeyRole.MAIN, by=scene.stack.director)
        room.keys[KeyRole.MAIN] = (key.id, actions_channels.text_of(key))
    scene.send("revoked", *picture(), as_name="returned")
    wait_for(lambda: scene.goes_on("revoked") and room.size() == (160, 90), 20)
    assert room.status is BroadcastStatus.LIVE


@pytest.mark.parametrize(("name", "size"), [("sound", (1280, 720)), ("dark", (160, 90)), ("upright", (2160, 3840))])
def test_sound_alone_silence_and_an_upright_4k_picture_are_shown_as_they_are(scene: Scene, name: str, size: tuple[int, int]) -> None:
    assert scene.rooms[name].size() == size


def test_a_channel_is_sent_on_to_another_site_whose_wrong_key_and_death_are_told_and_mended(scene: Scene, tmp_path: Path) -> None:
    room = scene.rooms["painted"]
    key = "their-key"
    target = RtmpTarget(tmp_path / "target", key)
    with scene.stack.inside():
        kept = actions_simulcast.add_target(room.channel_id, "省电视台", target.server, "a-wrong-key", by=scene.stack.director)
        actions_simulcast.switch_target(kept.id, is_on=True, by=scene.stack.director)
    try:
        wait_for(lambda: _target_of(scene, kept.id) == ("failed", "unreachable"), 20, "nobody answers, and it is not told")
        target.start()
        wait_for(lambda: _target_of(scene, kept.id) == ("failed", "refused"), 40, "the wrong key is not told")
        with scene.stack.inside():
            actions_simulcast.change_target(kept.id, "省电视台", target.server, key=key, by=scene.stack.director)
        wait_for(lambda: _target_of(scene, kept.id) == ("sending", None) and target.received() > 50_000, 40)
        assert key not in " ".join(_commands())
        target.kill()
        wait_for(lambda: _target_of(scene, kept.id)[0] == "failed", 20)
        target.start()
        before = target.received()
        wait_for(lambda: _target_of(scene, kept.id) == ("sending", None) and target.received() > before + 50_000, 60)
        with scene.stack.inside():
            actions_simulcast.switch_target(kept.id, is_on=False, by=scene.stack.director)
        wait_for(lambda: not any(target.server in command for command in _commands()), 20)
        assert _target_of(scene, kept.id) == ("off", None)
        assert scene.rooms["painted"].on_air
    finally:
        target.kill()


def _target_of(scene: Scene, target_id: int) -> tuple[str, str | None]:
    with scene.stack.inside():
        target = queries_simulcast.get_target(target_id)
        return target.state.value, target.fault.value if target.fault else None


def test_keyframes_five_seconds_apart_are_warned_of_and_cut_anew(scene: Scene) -> None:
    room = scene.rooms["slow"]
    wait_for(lambda: "long_gop" in room.warnings, 25)
    length = len(room.segments())
    wait_for(lambda: len(room.segments()) > length + 3, 20)
    durations = [line for line in (room.folder / "src" / "live.m3u8").read_text().splitlines() if line.startswith("#EXTINF")]
    assert float(durations[-1][8:].rstrip(",")) <= 1.2


def test_a_black_and_silent_picture_is_warned_of(scene: Scene) -> None:
    wait_for(lambda: {"black", "no_sound"} <= scene.rooms["dark"].warnings, 20)
    assert not scene.rooms["painted"].warnings & {"black", "no_sound", "frozen"}


def test_the_picture_is_seen_within_three_seconds_and_again_from_before(scene: Scene, chromium: Browser) -> None:
    page = watch(chromium, scene, "painted")
    found = latencies(page)
    assert len(found) == 5
    assert statistics.median(found) <= 4.0, found  # 2.3 s on a machine at rest.
    page.evaluate("document.querySelector('.live-player').player.goBack(12)")
    page.wait_for_function("() => document.querySelector('.live-player').player.engine.kind === 'dvr'")
    behind = latencies(page, 3)
    assert statistics.median(behind) > 8, behind
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('.live-player').player.engine.kind === 'live'")
    page.context.close()


def test_running_viewers_go_on_while_the_app_is_stopped(scene: Scene, chromium: Browser) -> None:
    page = watch(chromium, scene, "painted")
    scene.stack.kill("web")
    try:
        time.sleep(4)
        found = latencies(page, 3)
        assert len(found) == 3
        assert statistics.median(found) <= 4.0, found
    finally:
        scene.stack.stack.app_socket.unlink(missing_ok=True)
        scene.stack.start("web")
    assert scene.rooms["painted"].ticket()["state"] == "live"
    page.context.close()


def test_somebody_presents_from_the_browser_to_somebody_in_another_and_survives_a_cut_line(scene: Scene, chromium: Browser) -> None:
    room = _room(scene, "presented")
    context = chromium.new_context(base_url=scene.stack.url, permissions=["camera", "microphone"], locale="zh-CN")
    context.add_cookies([{"name": "session", "value": scene.stack.session_cookie(scene.stack.director.person_id or 0), "url": scene.stack.url}])
    speaker = context.new_page()
    speaker.goto(f"/work/2026/streaming/channels/{room.channel_id}/present")
    speaker.locator("[data-go]").click()
    speaker.locator(".presenter[data-state=live]").wait_for()
    wait_for(room.plays, 15)
    viewer = watch(chromium, scene, "presented")
    assert viewer.locator("video").evaluate("video => video.videoWidth") == 1280
    speaker.evaluate("document.querySelector('.presenter').presenter.socket.close()")
    speaker.locator(".presenter[data-state=waiting]").wait_for()
    speaker.locator(".presenter[data-state=live]").wait_for()
    wait_for(lambda: len([i for i in room.ingests if i.width]) == 2, 15)
    at = viewer.locator("video").evaluate("video => video.currentTime")
    viewer.wait_for_function("at => document.querySelector('video').currentTime > at + 4", arg=at)
    viewer.context.close()
    context.close()


def test_a_stream_that_ended_becomes_a_replay_that_starts_where_it_began(scene: Scene) -> None:
    room = scene.rooms["painted"]
    with scene.stack.inside():
        began = db.session.get_one(Broadcast, room.broadcast_id).started_at
        end_broadcast(room.broadcast_id, by=scene.stack.director)
    pieces: list[Recording] = wait_for(lambda: room.one(Recording), 10)
    assert pieces[0].broadcast_id == room.broadcast_id
    assert began
    assert abs((pieces[0].started_at - began).total_seconds()) < 4
    with scene.stack.inside():
        make_replay(JobAtHand(), room.broadcast_id)
        replay = db.session.get_one(Broadcast, room.broadcast_id)
        assert replay.replay_id
        assert replay.replay_starts_at == pieces[0].started_at


class JobAtHand:
    """A job that runs here and now; nobody looks at its progress."""

    def progress(self, *_said: object) -> None:
        """Nobody waits."""


def test_a_media_server_started_anew_is_taken_up_where_it_was(scene: Scene) -> None:
    """Senders come back by themselves, as OBS does; what they sent before is closed as lost."""
    room = scene.rooms["invited"]
    before = room.ingests[-1]
    config = scene.stack.app.extensions["expo_config"]
    scene.stack.kill("media")
    scene.stack.stack.control_socket.unlink(missing_ok=True)
    scene.stack.start("media")
    wait_for(lambda: server.take_snapshot(config), 5)
    count = len(room.segments())
    scene.send("invited", *picture("128x72"))
    wait_for(lambda: room.on_air and room.on_air.id != before.id, 20)
    wait_for(lambda: len(room.segments()) > count + 2 and room.size() == (128, 72), 15)
    assert next(i for i in room.ingests if i.id == before.id).end_reason is EndReason.LOST
    assert room.status is BroadcastStatus.LIVE


def test_a_killed_studio_leaves_nothing_running_and_the_next_one_goes_on(scene: Scene) -> None:
    scene.stack.kill("studio")
    wait_for(lambda: not _packagers_of(scene.stack), 30, "what the studio started still runs")
    scene.stack.stack.studio_socket.unlink(missing_ok=True)
    count = len(scene.rooms["slow"].segments())
    scene.stack.start("studio")
    wait_for(lambda: len(scene.rooms["slow"].segments()) > count + 1, START_S, "the channel is not taken up again")


def _packagers_of(stack: MediaStack) -> list[str]:
    """Commands of the ffmpeg processes that write into the stack's data folder."""
    return [command for command in _commands() if command.startswith("ffmpeg") and str(stack.stack.home) in command]


def _commands() -> list[str]:
    """What runs on this machine, with all of its words."""
    commands = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # It has ended in the meantime.
            commands.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return commands
