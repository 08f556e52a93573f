"""Who watched: every figure of a report is counted from the rows below it, and says the same wherever it stands."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pikepdf
import pytest
import python_calamine
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from expo.checkin.models import Gate, Scan, ScanResult
from expo.kit.config import current_config
from expo.kit.db import db
from expo.kit.history import HistoryRow
from expo.meetings.models import Interest, InterestLevel, InterestStatus
from expo.people.permissions import Role
from expo.places.models import VenueKind
from expo.projects.models import Project
from expo.streaming import queries_report as queries
from expo.streaming.models import AudiencePoint, Broadcast, BroadcastStatus, Channel, Viewing
from expo.streaming.models_cues import Cue, CueKind
from expo.streaming.models_talk import (
    MessageKind,
    Poll,
    PollStatus,
    PollVote,
    TalkMessage,
    TalkRoom,
    TalkStatus,
)
from expo.streaming.rules_report import (
    Figures,
    Point,
    Share,
    drawn_curve,
    sum_of,
    top_of,
    viewers_during,
    whole_curve,
)
from tests.conftest import Browser
from tests.makers import make_actor, make_badge, make_person, make_registration, make_venue, stored
from tests.programme.plans import Programme

TEN = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def test_in_a_minute_that_is_not_written_down_nobody_watched() -> None:
    curve = whole_curve([Point(at(0), 5, 1), Point(at(3), 7, 1)])
    assert [point.viewers for point in curve] == [5, 0, 0, 7]
    assert viewers_during(curve, at(0), at(4)) == 3
    assert viewers_during(curve, at(10), at(12)) == 0


@given(st.lists(st.integers(0, 300_000), min_size=1, max_size=1000))
def test_a_drawn_curve_keeps_its_peak_and_fits_below_its_scale(viewers: list[int]) -> None:
    drawn = drawn_curve([Point(at(n), number, 0) for n, number in enumerate(viewers)])
    assert len(drawn) <= 240
    assert max(point.viewers for point in drawn) == max(viewers)
    top = top_of(viewers)
    assert max(viewers) <= top <= max(20, max(viewers) * 2.5)
    assert top % 2 == 0


def test_streams_together_add_up_and_have_the_highest_peak() -> None:
    both = sum_of([Figures(10, 6000, 8, questions=1), Figures(30, 6000, 20, questions=2)])
    assert (both.viewers, both.peak, both.average_min, both.questions) == (40, 20, 5.0, 3)
    assert sum_of([]).average_min == 0.0


class Watched:
    """A stream of an hour with two projects: two registered visitors, two venues, three without an account."""

    def __init__(self) -> None:
        self.programme = Programme()
        session = self.programme.session("人工智能专场")
        self.projects = [self.programme.project(name).id for name in ("脑机接口", "低空物流")]
        self.programme.show(session, *(db.session.get_one(Project, n) for n in self.projects))
        self.programme.place(session)
        self.programme.release()
        self.edition, self.places = self.programme.edition, self.programme.places
        self.session_id = session.id
        channel = stored(Channel(edition_id=self.edition.id, name="一厅", region_path=self.places.chengdu.path))
        found = db.session.scalar(sa.select(Broadcast).where(Broadcast.session_id == session.id))
        if found is not None:
            with db.engine.begin() as connection:
                connection.execute(sa.delete(Broadcast).where(Broadcast.id == found.id))
            db.session.remove()
        self.id = stored(Broadcast(session_id=session.id, channel_id=channel.id, status=BroadcastStatus.ENDED, started_at=at(0),
                                   ended_at=at(60), peak_viewers=6)).id
        self.base = f"/work/{self.edition.slug}/streaming/broadcasts/{self.id}/report"
        self._watch()
        self._talk()
        for project, minute in zip(self.projects, (0, 30), strict=True):
            stored(Cue(session_id=session.id, kind=CueKind.START, project_id=project, at=at(minute)))
        stored(Cue(session_id=session.id, kind=CueKind.END, at=at(50)))
        self.manager = make_actor(Role.STAGE_MANAGER, self.places.chengdu, name="舞台监督")
        self.organiser = make_actor(Role.ORGANISER, self.places.chengdu, name="市科协")
        self.stranger = make_actor(Role.STAGE_MANAGER, self.places.mianyang, name="别市监督")
        db.session.remove()

    def _watch(self) -> None:
        chengdu, mianyang = (make_registration(self.edition, name, region_path=region.path, region_id=region.id, organisation_name="某公司")
                             for name, region in (("张成都", self.places.qingyang), ("李绵阳", self.places.fucheng)))
        venue, other = (make_venue(self.places.fucheng, name, kind=VenueKind.BRANCH) for name in ("涪城分会场", "江油分会场"))
        for viewer, seconds in ((f"p{chengdu.person_id}", 1800), (f"p{mianyang.person_id}", 600), (f"v{venue.id}", 3600), (f"v{other.id}", 60),
                                ("aaaaa", 60), ("abcde12", 60), ("a9", 120), (f"p{make_person('未登记').id}", 300)):
            stored(Viewing(broadcast_id=self.id, viewer=viewer, seconds=seconds, first_at=at(0), last_at=at(50)))
        for minute, viewers in ((0, 2), (10, 6), (30, 4), (59, 1)):
            stored(AudiencePoint(broadcast_id=self.id, minute=at(minute), viewers=viewers, venues=2))
        day = TEN.astimezone(current_config().timezone).date()
        badge = make_badge(mianyang)
        for door in ("东门", "西门"):
            gate = stored(Gate(edition_id=self.edition.id, name=door, venue_id=venue.id, region_path=venue.region_path))
            stored(Scan(client_id=door, edition_id=self.edition.id, gate_id=gate.id, badge_id=badge.id, registration_id=mianyang.id, result=ScanResult.ADMITTED, day=day))

    def _talk(self) -> None:
        asker = make_person("提问人").id
        for kind, answer in ((MessageKind.CHAT, ""), (MessageKind.QUESTION, ""), (MessageKind.QUESTION, "可以")):
            stored(TalkMessage(client_id=uuid4().hex, session_id=self.session_id, person_id=asker, author="提**", kind=kind, text="请问价格？",
                               status=TalkStatus.SHOWN, answer=answer, answered_at=at(5) if answer else None))
        stored(TalkRoom(session_id=self.session_id, edition_id=self.edition.id, region_path=self.places.chengdu.path, applause=7))
        poll = stored(Poll(session_id=self.session_id, question="最期待哪个？", choices=["脑机接口", "低空物流"], status=PollStatus.CLOSED))
        stored(PollVote(poll_id=poll.id, person_id=asker, choice=1))
        for minute, level, place in ((5, InterestLevel.MUST, 0), (40, InterestLevel.WOULD, 1), (90, InterestLevel.MUST, 1),
                                     (6, InterestLevel.NO, 1)):
            status = InterestStatus.WITHDRAWN if level is InterestLevel.NO else InterestStatus.OPEN
            stored(Interest(project_id=self.projects[place], person_id=make_person(f"客商{minute}").id, level=level, status=status, created_at=at(minute)))

    def report(self) -> Any:
        return queries.load_report(db.session.get_one(Broadcast, self.id), self.edition.id)


@pytest.fixture
def watched(app: Flask) -> Watched:
    return Watched()


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = python_calamine.load_workbook(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_every_figure_is_counted_from_its_rows(watched: Watched) -> None:
    report = watched.report()
    assert report.figures == Figures(viewers=8, seconds=6600, peak=6, messages=1, questions=2, answered=1, applause=7, interests=2)
    assert report.figures.average_min == 13.8
    assert (len(report.points), sum(point.viewers for point in report.points)) == (60, 13)
    assert report.polls == [("最期待哪个？", [("脑机接口", 0), ("低空物流", 1)])]


def test_viewers_are_told_apart_by_city_and_add_up_to_all(watched: Watched) -> None:
    report = watched.report()
    mianyang, chengdu = watched.places.mianyang.name, watched.places.chengdu.name
    assert report.shares == [Share(mianyang, 3, 4260), Share(chengdu, 1, 1800), Share(None, 1, 300), Share(None, 3, 240, is_anonymous=True)]
    assert sum(share.viewers for share in report.shares) == report.figures.viewers
    assert sum(share.seconds for share in report.shares) == report.figures.seconds


def test_a_venue_stands_with_its_minutes_and_who_came_there_each_once(watched: Watched) -> None:
    assert [(v.name, v.seconds, v.checked_in) for v in watched.report().venues] == [("涪城分会场", 3600, 1), ("江油分会场", 60, 0)]


def test_a_project_has_the_viewers_and_the_interests_of_its_own_time(watched: Watched) -> None:
    stages = watched.report().stages
    assert [(s.title, s.since, s.until, s.interests) for s in stages] == [("脑机接口", at(0), at(30), 1), ("低空物流", at(30), at(50), 1)]
    assert sum(s.interests for s in stages) == watched.report().figures.interests


def test_page_workbook_and_paper_say_the_same(watched: Watched, client: Browser) -> None:
    client.sign_in(watched.manager)
    text = client.get(watched.base).text
    assert all(word in text for word in ("13.8", "涪城分会场", "低空物流", "最期待哪个？", "未登录观众"))
    book = sheets(client.get(f"{watched.base}.xlsx").data)
    assert list(book) == ["人工智能专场", "在线人数变化", "按市（州）", "分会场", "项目", "投票"]
    assert book["人工智能专场"][1][:2] == ["观看人数", 8.0]
    assert len(book["在线人数变化"]) == 61
    assert book["按市（州）"][1] == [watched.places.mianyang.name, 3.0, 71.0]
    answer = client.get(f"{watched.base}.pdf")
    assert answer.mimetype == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.data)) as paper:
        assert len(paper.pages) >= 1
        assert str(paper.docinfo.get("/Title")) == "人工智能专场"


def test_the_table_of_all_streams_agrees_with_each_report(watched: Watched, client: Browser) -> None:
    client.sign_in(watched.manager)
    address = f"/work/{watched.edition.slug}/streaming/reports"
    assert watched.base in client.get(address).text
    rows = sheets(client.get(f"{address}.xlsx").data)
    (head, row) = next(iter(rows.values()))
    assert dict(zip(head, row, strict=True))["提问"] == 2.0
    assert row[3:] == [8.0, 6.0, 13.8, 1.8, 1.0, 2.0, 1.0, 7.0, 2.0]
    assert watched.base not in client.get(f"{address}?q=没有这场").text


def test_only_who_may_see_streams_of_the_region_reads_its_report(watched: Watched, client: Browser) -> None:
    table = f"/work/{watched.edition.slug}/streaming/reports"
    client.sign_in(watched.stranger)
    assert [client.get(watched.base + form).status_code for form in ("", ".xlsx", ".pdf")] == [404] * 3
    assert watched.base not in client.get(table).text
    client.sign_in(make_actor(Role.GATE_STAFF, watched.places.chengdu, name="门岗"))
    assert [client.get(one).status_code for one in (watched.base, table)] == [403] * 2
    client.sign_in(watched.organiser)
    assert client.get(watched.base).status_code == 200


def test_who_watched_how_long_goes_to_those_who_manage_registrations_of_the_region_and_is_written_down(watched: Watched, client: Browser) -> None:
    address = f"{watched.base}/viewers.xlsx"
    client.sign_in(watched.manager)
    assert address not in client.get(watched.base).text
    assert client.get(address).status_code == 403
    client.sign_in(watched.organiser)
    assert address in client.get(watched.base).text
    (rows,) = sheets(client.get(address).data).values()
    assert [row[0] for row in rows[1:]] == ["张成都"]  # Mianyang's visitors are Mianyang's.
    assert rows[1][3] == 30.0
    written = db.session.scalars(sa.select(HistoryRow.action).where(HistoryRow.record_type == "edition")).all()
    assert any(action.endswith(":exported") for action in written)


def test_before_it_has_begun_a_stream_has_no_report(watched: Watched, client: Browser) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.update(Broadcast).values(status=BroadcastStatus.PLANNED, started_at=None, ended_at=None))
    client.sign_in(watched.manager)
    assert client.get(watched.base).status_code == 404


def test_a_report_asks_the_same_number_of_questions_however_many_watched(watched: Watched, client: Browser, count_queries: Any) -> None:
    client.sign_in(watched.manager)

    def counted() -> list[int]:
        found = []
        for address in (watched.base, f"/work/{watched.edition.slug}/streaming/reports"):
            client.get(address)
            with count_queries() as count:
                assert client.get(address).status_code == 200
            found.append(count())
        return found

    before = counted()
    for number in range(2):
        venue = make_venue(watched.places.qingyang, kind=VenueKind.BRANCH)
        stored(Viewing(broadcast_id=watched.id, viewer=f"v{venue.id}", seconds=60, first_at=at(0), last_at=at(5)))
        stored(Poll(session_id=watched.session_id, question=f"问题{number}", choices=["甲", "乙"], status=PollStatus.CLOSED))
        channel = stored(Channel(edition_id=watched.edition.id, name=f"频道{number}", region_path=watched.places.chengdu.path))
        stored(Broadcast(channel_id=channel.id, title="临时直播", status=BroadcastStatus.ENDED, started_at=at(0), ended_at=at(9), starts_at=at(0), ends_at=at(9)))
    assert counted() == before
