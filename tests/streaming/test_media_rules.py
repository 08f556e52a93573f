"""Keys, senders, beginnings and ends, warnings, captions, lists of segments: what is decided without a media server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from expo.kit.refusals import Refused
from expo.streaming.media import archive
from expo.streaming.media.packager import Levels, Plan, Source, SourceKind, command
from expo.streaming.models import (
    Audience,
    BroadcastStatus,
    CaptionLine,
    Channel,
    ChannelSource,
    KeyRole,
    StreamKey,
    WarningKind,
)
from expo.streaming.rules_captions import caption_vtt
from expo.streaming.rules_external import require_address, require_hosts
from expo.streaming.rules_keys import digest_of, is_usable, key_text, new_salt
from expo.streaming.rules_media import (
    Course,
    LiveSender,
    Move,
    due_moves,
    ingest_of,
    inner_name,
    replay_offset,
    sender_on_air,
)
from expo.streaming.rules_tickets import StudioTicket, open_ticket, seal_ticket
from expo.streaming.rules_warnings import warnings_of
from expo.streaming.rules_watching import Viewer, may_watch
from expo.streaming.studio_browser import command as browser_command

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
PLANNED, LIVE, ENDED = BroadcastStatus.PLANNED, BroadcastStatus.LIVE, BroadcastStatus.ENDED


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


# --- Keys ----------------------------------------------------------------------------------------------------------


def test_a_key_is_the_same_each_time_and_different_for_each_salt_and_site() -> None:
    salt = new_salt()
    key = key_text("s" * 40, "stream-key", salt)
    assert key == key_text("s" * 40, "stream-key", salt)
    assert len({key, key_text("s" * 40, "stream-key", new_salt()), key_text("t" * 40, "stream-key", salt)}) == 3
    assert len(key.replace("-", "")) * 5 >= 120


def test_a_key_copied_by_hand_still_fits() -> None:
    key = key_text("s" * 40, "stream-key", "salt")
    assert digest_of(f" {key.upper().replace('-', '')} ") == digest_of(key)
    assert digest_of(key[:-1]) != digest_of(key)


@pytest.mark.parametrize(("values", "closed_at", "usable"), [
    ({}, None, True), ({"revoked_at": NOON - minutes(1)}, None, False), ({"expires_at": NOON + minutes(1)}, None, True),
    ({"expires_at": NOON}, None, False), ({}, NOON, False),
])
def test_a_revoked_or_old_key_or_a_closed_channel_lets_nobody_in(
    values: dict[str, datetime], closed_at: datetime | None, usable: bool,
) -> None:
    assert is_usable(StreamKey(role=KeyRole.MAIN, **values), Channel(closed_at=closed_at), NOON) is usable


def test_the_inner_name_names_the_sender_and_not_its_key() -> None:
    assert ingest_of(inner_name("abcdef", 17)) == 17
    assert ingest_of("abcdef-f3") is None


# --- Who is on air -------------------------------------------------------------------------------------------------


def sender(number: int, role: KeyRole = KeyRole.MAIN, *, is_preferred: bool = False) -> LiveSender:
    return LiveSender(number, f"room-{number}", role, NOON + minutes(number), is_preferred)


def test_the_main_sender_goes_before_the_backup_which_takes_over_and_keeps_the_air() -> None:
    main, backup = sender(2), sender(1, KeyRole.BACKUP)
    assert sender_on_air([backup, main], None) is main
    assert sender_on_air([backup], 2) is backup
    assert sender_on_air([backup, main], 1) is backup


def test_a_sender_chosen_by_hand_goes_before_all_as_long_as_it_is_there() -> None:
    chosen = sender(3, KeyRole.BROWSER, is_preferred=True)
    assert sender_on_air([sender(1), chosen], 1) is chosen
    assert sender_on_air([sender(1)], 3) == sender(1)


def test_an_interpreter_is_never_the_picture() -> None:
    assert sender_on_air([sender(1, KeyRole.AUDIO)], None) is None


# --- Beginnings and ends -------------------------------------------------------------------------------------------


def course(status: BroadcastStatus = PLANNED, *, number: int = 1, starts: float = 0, ends: float = 90,
           source: ChannelSource = ChannelSource.OWN) -> Course:
    return Course(number, 7, status, source, NOON + minutes(starts), NOON + minutes(ends))


@pytest.mark.parametrize(("at", "sends", "begins"), [
    (-6, True, False), (-5, True, True), (0, False, False), (30, True, True), (90, True, False),
])
def test_a_stream_begins_five_minutes_early_at_most_and_only_when_somebody_sends(at: float, sends: bool, begins: bool) -> None:
    now = NOON + minutes(at)
    assert bool(due_moves([course()], {7: now if sends else None}, now)) is begins


@pytest.mark.parametrize("gone_s", [5, 20, 120])
def test_a_sender_gone_in_the_midst_ends_nothing(gone_s: int) -> None:
    now = NOON + minutes(30) + timedelta(seconds=gone_s)
    assert due_moves([course(LIVE)], {7: None}, now) == []


@pytest.mark.parametrize(("over_s", "still_s", "ends"), [
    (-1, None, False), (60, None, False), (121, None, True), (600, 10, False), (600, 121, True), (7201, 0, True),
])
def test_a_stream_ends_by_itself_when_its_session_is_over_and_nothing_moves(over_s: int, still_s: int | None, ends: bool) -> None:
    now = NOON + minutes(90) + timedelta(seconds=over_s)
    moved = None if still_s is None else now - timedelta(seconds=still_s)
    assert bool(due_moves([course(LIVE)], {7: moved}, now)) is ends


def test_the_next_session_takes_the_channel_over_at_its_time_and_not_before() -> None:
    before, following = course(LIVE), course(number=2, starts=100, ends=190)
    early, due = NOON + minutes(96), NOON + minutes(100)
    assert due_moves([before, following], {7: early}, early) == []
    assert due_moves([before, following], {7: due}, due) == [Move(1, 7, ENDED), Move(2, 7, LIVE)]


def test_a_stream_from_another_site_follows_the_clock_alone() -> None:
    foreign = {"source": ChannelSource.PLAYER}
    assert due_moves([course(**foreign)], {}, NOON) == [Move(1, 7, LIVE)]  # type: ignore[arg-type]
    assert due_moves([course(LIVE, **foreign)], {}, NOON + minutes(90)) == [Move(1, 7, ENDED)]  # type: ignore[arg-type]


# --- Warnings ------------------------------------------------------------------------------------------------------


def levels(brightness: float = 120, movement: float = 3, loudness: float = -20, seconds: int = 60) -> Levels:
    made = Levels()
    for _ in range(seconds):
        made.brightness.append(brightness)
        made.movement.append(movement)
        made.loudness.append(loudness)
    return made


@pytest.mark.parametrize(("seen", "kinds"), [
    (levels(), set()), (levels(brightness=16, movement=0), {WarningKind.BLACK}), (levels(movement=0), {WarningKind.FROZEN}),
    (levels(loudness=-100), {WarningKind.NO_SOUND}), (levels(movement=0, seconds=20), set()),
    (levels(16, 0, -100), {WarningKind.BLACK, WarningKind.NO_SOUND}),
])
def test_black_frozen_and_silent_pictures_are_told_apart(seen: Levels, kinds: set[WarningKind]) -> None:
    assert warnings_of(seen, has_sender=True, is_live=True, has_picture=True) == kinds


def test_nobody_sending_is_a_warning_only_while_live_and_mere_sound_has_no_picture_to_warn_of() -> None:
    assert warnings_of(Levels(), has_sender=False, is_live=True, has_picture=False) == {WarningKind.NO_SENDER}
    assert warnings_of(Levels(), has_sender=False, is_live=False, has_picture=False) == frozenset()
    assert warnings_of(levels(0, 0), has_sender=True, is_live=True, has_picture=False) == frozenset()


# --- Rights --------------------------------------------------------------------------------------------------------

VIEWERS = {"anybody": Viewer("a1"), "registered": Viewer("p1", is_registered=True), "invited": Viewer("p2", is_invited=True),
           "venue": Viewer("v1", is_venue=True), "director": Viewer("p3", is_directing=True)}


@pytest.mark.parametrize(("audience", "allowed"), [
    (Audience.PUBLIC, set(VIEWERS)), (Audience.REGISTERED, {"registered", "venue", "director"}),
    (Audience.INVITED, {"invited", "director"}), (Audience.VENUES, {"venue", "director"}),
])
def test_each_audience_lets_in_exactly_its_own(audience: Audience, allowed: set[str]) -> None:
    assert {name for name, viewer in VIEWERS.items() if may_watch(audience, viewer)} == allowed


# --- Other sites ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "address"), [
    (ChannelSource.PLAYER, "http://player.bilibili.com/x"), (ChannelSource.PLAYER, "https://evil.example/player"),
    (ChannelSource.PLAYER, "https://player.bilibili.com@evil.example/"), (ChannelSource.PLAYER, "javascript:alert(1)"),
    (ChannelSource.PLAYER, "https://player.bilibili.com:8443/"), (ChannelSource.HLS, "https://cdn.example.cn/live.mp4"),
    (ChannelSource.HLS, ""), (ChannelSource.HLS, "https://[bad/x.m3u8"),
])
def test_addresses_that_are_not_on_the_list_are_refused(source: ChannelSource, address: str) -> None:
    with pytest.raises(Refused) as refusal:
        require_address(source, address)
    assert refusal.value.field == "external_url"


def test_good_foreign_addresses_are_kept_and_our_own_has_none() -> None:
    player = "https://player.bilibili.com/player.html?bvid=1"
    assert require_address(ChannelSource.PLAYER, player) == player
    assert require_address(ChannelSource.HLS, "https://cdn.example.cn/a/live.m3u8") == "https://cdn.example.cn/a/live.m3u8"
    assert require_address(ChannelSource.OWN, player) == ""


def test_only_host_names_may_embed() -> None:
    assert require_hosts("WWW.Example.cn  b.example.cn, www.example.cn") == "www.example.cn b.example.cn"
    for wrong in ("https://a.cn", "*", "a b'; script-src *", "localhost", " ".join(f"a{n}.example.cn" for n in range(11))):
        with pytest.raises(Refused):
            require_hosts(wrong)


# --- Tickets, captions, replays ------------------------------------------------------------------------------------


def test_a_ticket_for_presenting_cannot_be_forged_or_kept_for_ever() -> None:
    ticket = StudioTicket(3, 8, NOON, is_guest=True)
    text = seal_ticket("s" * 40, ticket)
    assert open_ticket("s" * 40, text, NOON - minutes(1)) == ticket
    for secret, word, at in (("t" * 40, text, NOON - minutes(1)), ("s" * 40, text[:-2] + "xx", NOON - minutes(1)),
                             ("s" * 40, text, NOON), ("s" * 40, "", NOON)):
        with pytest.raises(Refused):
            open_ticket(secret, word, at)


def test_a_moment_is_found_in_a_replay_whose_pieces_have_a_gap_between_them() -> None:
    pieces = [(NOON, minutes(10)), (NOON + minutes(12), minutes(10))]
    found = [replay_offset(pieces, NOON + minutes(n)) for n in (-1, 5, 11, 13, 30)]
    assert found == [timedelta(0), minutes(5), minutes(10), minutes(11), None]


def test_typed_captions_become_a_track_at_their_places() -> None:
    lines = [CaptionLine(at=NOON + timedelta(seconds=n), text=text, language="zh") for n, text in ((1.5, "各位来宾"), (3, "下午好"))]
    assert caption_vtt(lines, [(NOON, minutes(10))]) == (
        "WEBVTT\n\n00:00:01.500 --> 00:00:03.000\n各位来宾\n\n00:00:03.000 --> 00:00:10.000\n下午好\n")
    assert caption_vtt([], [(NOON, minutes(10))]) == ""


def test_what_was_typed_while_nothing_was_recorded_is_in_no_track() -> None:
    """An excluded project is left out of the recording; what it said must not stand over the next one's picture."""
    lines = [CaptionLine(at=NOON + minutes(n), text=text, language="zh") for n, text in ((5, "公开"), (15, "保密"), (25, "公开"))]
    track = caption_vtt(lines, [(NOON, minutes(10)), (NOON + minutes(20), minutes(10))])
    assert track == "WEBVTT\n\n00:05:00.000 --> 00:05:07.000\n公开\n\n00:15:00.000 --> 00:15:07.000\n公开\n"


# --- ffmpeg and its lists ------------------------------------------------------------------------------------------


def words(source: Source, *, has_low: bool = True) -> str:
    return " ".join(command(Plan(source, Path("/pictures"), has_low)))


def test_a_good_sender_is_passed_on_and_only_the_small_rung_is_encoded() -> None:
    said = words(Source(SourceKind.SENDER, "rtmp://inner/live/a"))
    assert "-c:v:0 copy" in said
    assert said.count("libx264") == 1
    assert "append_list+discont_start" in said
    assert "-skip_frame" not in said


def test_a_channel_beyond_the_encoders_is_only_passed_on_and_looked_at_by_its_keyframes() -> None:
    said = words(Source(SourceKind.SENDER, "rtmp://inner/live/a"), has_low=False)
    assert "libx264" not in said
    assert "-skip_frame nokey" in said
    assert "name:low" not in said


def test_keyframes_too_far_apart_are_made_anew() -> None:
    said = words(Source(SourceKind.SENDER, "rtmp://inner/live/a", is_encoded=True))
    assert "copy" not in said
    assert said.count("force_key_frames") == 2


def test_mere_sound_gets_a_picture_and_a_silent_picture_gets_silence() -> None:
    assert "-loop 1 -framerate 5 -i /still.png" in words(Source(SourceKind.SENDER, "rtmp://x", has_video=False, still="/still.png"))
    assert "anullsrc" in words(Source(SourceKind.SENDER, "rtmp://x", has_audio=False))


def test_firefoxes_vp8_is_encoded_and_h264_is_copied() -> None:
    assert "-c:v copy" in " ".join(browser_command("rtmp://x", copied=True))
    assert "-fps_mode vfr" in " ".join(browser_command("rtmp://x", copied=False))


def playlist(first: int, last: int) -> str:
    entries = "".join(f"#EXTINF:1.0,\n#EXT-X-PROGRAM-DATE-TIME:2026-11-21T04:00:{n:02d}.000+0000\n{n}.ts\n" for n in range(first, last))
    return f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n{entries}"


def test_the_long_list_grows_by_what_is_new_even_after_the_studio_was_started_anew(tmp_path: Path) -> None:
    rung = tmp_path / "src"
    rung.mkdir()
    for first, last in ((0, 3), (1, 5), (3, 8)):
        kept = archive.Archive()  # A new one each time, as after a restart.
        kept.follow(tmp_path, has_low=False)
        (rung / "live.m3u8").write_text(playlist(first, last))
        kept.lengthen()
        kept.lengthen()
    lines = (rung / "dvr.m3u8").read_text().splitlines()
    assert [line for line in lines if line.endswith(".ts")] == [f"{n}.ts" for n in range(8)]
    assert lines.count("#EXTM3U") == 1
    assert archive.longest_segment(tmp_path) == 1.0
