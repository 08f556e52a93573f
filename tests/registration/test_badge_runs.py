"""Runs of badges: in a desk's order, with an index, resumable, and each print in the log."""

from __future__ import annotations

import io

import pypdf
import pytest

from expo.checkin.models import Scan
from expo.kit import jobs
from expo.kit.access import ANONYMOUS
from expo.kit.db import db
from expo.kit.files import StoredFile, get_bytes
from expo.kit.refusals import Forbidden
from expo.people.permissions import Role
from expo.registration import actions_badges, queries_badges
from expo.registration import jobs as badge_jobs
from expo.registration.actions_forgetting import erase_own
from expo.registration.models import Badge, BadgeKind
from expo.registration.models_badges import BadgePaperSize, BadgeRun, BadgeSides, BadgeSize, PrintOrder
from expo.registration.preparing import sign_badges
from tests.makers import make_actor, make_badge, make_registration
from tests.paper import read_text

PEOPLE = [("张三", "绵阳师范学院"), ("李四", "阿坝州科协"), ("王五", "阿坝州科协"), ("赵六", "重庆大学"), ("Anna Bell", "重庆大学")]


@pytest.fixture
def people(edition, places):
    for name, organisation in PEOPLE:
        found = make_registration(edition, name, BadgeKind.MEDIA if name == "赵六" else BadgeKind.VISITOR,
                                  organisation_name=organisation, region_path=places.chengdu.path)
        make_badge(found)
    return edition


def run(edition, by, work_off, order=PrintOrder.ORGANISATION, paper=BadgePaperSize.SINGLE) -> BadgeRun:
    job_id = actions_badges.start_run(edition.id, "", {}, [], order, paper, by=by).id
    work_off()
    assert jobs.find_job(job_id).status is jobs.JobStatus.DONE, jobs.find_job(job_id).message
    found = queries_badges.find_run_of(job_id)
    assert found is not None
    return found


def pages(file_id: int) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(get_bytes(db.session.get(StoredFile, file_id)))).pages]


def names(made: BadgeRun) -> list[str]:
    return [next(name for name, _organisation in PEOPLE if name in text) for text in pages(made.file_id)]


def index(made: BadgeRun) -> str:
    return read_text(get_bytes(db.session.get(StoredFile, made.index_id)))


def test_badges_lie_as_they_are_handed_out(people, organiser, work_off):
    assert names(run(people, organiser, work_off)) == ["李四", "王五", "Anna Bell", "赵六", "张三"]
    assert names(run(people, organiser, work_off, PrintOrder.NAME)) == ["Anna Bell", "李四", "王五", "张三", "赵六"]
    actions_badges.add_desk(people.id, "1 号台 媒体", ["media"], "A", "Z", by=organiser)
    actions_badges.add_desk(people.id, "2 号台", [], "M", "Z", by=organiser)
    made = run(people, organiser, work_off, PrintOrder.DESK)
    assert names(made) == ["赵六", "王五", "张三", "Anna Bell", "李四"]
    assert "1 号台 媒体" in index(made)
    assert "其余证件" in index(made)


def test_the_index_says_on_which_pages_a_group_lies(people, organiser, work_off):
    lines = [" ".join(line.split()) for line in index(run(people, organiser, work_off)).splitlines()]
    text = " ".join(lines)
    assert "阿坝州科协" in text
    assert "1–2" in text


def test_badges_on_a4_lie_four_to_a_sheet_and_cards_on_sheets_of_their_own(people, organiser, work_off):
    made = run(people, organiser, work_off, paper=BadgePaperSize.A4)
    assert len(pages(made.file_id)) == 2
    card = actions_badges.make_design(people.id, "媒体卡", BadgeSize.CARD, BadgeSides.TWO, by=organiser)
    actions_badges.save_design(people.id, card.id, actions_badges.DesignEntry(
        card.name, ["media"], card.front, card.back, card.css, {}, in_use=True), by=organiser)
    found = pages(run(people, organiser, work_off, paper=BadgePaperSize.A4).file_id)
    assert len(found) == 3
    # The card's sheet and its back come first; the index counts pages, not places.
    assert index(run(people, organiser, work_off, paper=BadgePaperSize.A4)).split().count("3") >= 2
    assert "赵六" in found[0] + found[1] + found[2]


def test_every_print_is_in_the_log_and_a_second_one_says_so(client, people, organiser, work_off):
    first = run(people, organiser, work_off)
    assert first.again == 0
    second = run(people, organiser, work_off)
    assert second.again == 5
    assert all("第2次打印" in text.replace(" ", "") for text in pages(second.file_id))
    assert not any("次打印" in text for text in pages(first.file_id))
    log = queries_badges.list_prints(people.id)
    assert sorted(one.nth for one in log) == [1] * 5 + [2] * 5
    assert db.session.query(Scan).count() == 0
    client.sign_in(organiser)
    assert "曾打印过" in client.get(f"/work/2026/badges/{second.id}").text
    assert client.get(f"/work/2026/badges/{second.id}/badges.pdf").data[:5] == b"%PDF-"
    assert client.get(f"/work/2026/badges/{second.id}/index.pdf").data[:5] == b"%PDF-"


def test_a_run_that_died_goes_on_where_it_was_and_gives_the_same_paper(people, organiser, work_off, monkeypatch):
    whole = run(people, organiser, work_off)
    monkeypatch.setattr(badge_jobs, "CHUNK", 2)
    job = actions_badges.start_run(people.id, "", {}, [], PrintOrder.ORGANISATION, BadgePaperSize.SINGLE, by=organiser)
    number, arguments = job.id, job.arguments
    drawn = badge_jobs._Drawn._new
    count = []

    def dies(self, chunk):
        count.append(len(chunk))
        if len(count) == 3:
            raise SystemExit
        return drawn(self, chunk)

    monkeypatch.setattr(badge_jobs._Drawn, "_new", dies)
    context = jobs._claim(number)[2]
    with pytest.raises(SystemExit):
        badge_jobs.print_badges(context, **arguments)
    db.session.rollback()
    assert len(jobs.find_job(number).checkpoint["parts"]) == 2
    context = jobs.JobContext(number, organiser.person_id, 2, dict(jobs.find_job(number).checkpoint))
    badge_jobs.print_badges(context, **arguments)
    assert count == [2, 2, 1, 1]
    made = queries_badges.find_run_of(number)
    assert names(made) == names(whole)
    assert sorted(one.nth for one in queries_badges.list_prints(people.id)) == [1] * 5 + [2] * 5


def test_what_does_not_fit_and_what_no_font_has_is_listed(client, edition, organiser, work_off):
    make_badge(make_registration(edition, "王" * 80, organisation_name="李\U0003134a"))
    made = run(edition, organiser, work_off)
    assert [row[2] for row in made.overflows] == ["name"]
    assert made.boxes == [["王" * 80, "\U0003134a"]]
    # A job's row outlives the names, which are forgotten with the run.
    said = jobs.find_job(made.job_id).result["summary"]
    assert ("1 张证件含字库没有的字" in said, "王" in said) == (True, False)
    client.sign_in(organiser)
    page = client.get(f"/work/2026/badges/{made.id}").text
    assert "王" * 80 in page


def test_runs_are_open_to_their_maker_and_the_province_only(client, people, places, organiser, work_off):
    made = run(people, organiser, work_off)
    city = make_actor(Role.ORGANISER, places.mianyang)
    client.sign_in(city)
    assert client.get(f"/work/2026/badges/{made.id}").status_code == 404
    assert client.get(f"/work/2026/badges/{made.id}/badges.pdf").status_code == 404
    client.sign_in(make_actor(Role.REVIEWER, places.province))
    assert client.get("/work/2026/badges/").status_code == 403


def test_who_may_not_print_starts_no_run(people, places):
    with pytest.raises(Forbidden):
        actions_badges.start_run(people.id, "", {}, [], PrintOrder.NAME, BadgePaperSize.SINGLE,
                                 by=make_actor(Role.REVIEWER, places.province))


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_runs_asks_a_constant_number_of_questions(client, people, organiser, work_off, count_queries, number):
    for _again in range(number):
        run(people, organiser, work_off)
    client.sign_in(organiser)
    client.get("/work/2026/badges/")
    with count_queries() as counted:
        client.get("/work/2026/badges/")
    assert counted() <= 12


def test_codes_of_older_badges_are_kept_before_a_new_key_signs(edition):
    from expo.kit.config import current_config
    from expo.kit.signing import rotate_key
    from expo.registration.queries_keys import badge_code

    badge = make_badge(make_registration(edition, "来宾"))
    before = badge_code(badge, edition)
    assert actions_badges.sign_unsigned() == 1
    assert actions_badges.sign_unsigned() == 0
    rotate_key(current_config().home, "badge")
    assert badge_code(db.session.get(Badge, badge.id), edition) == before


def test_the_code_of_somebody_who_was_erased_is_not_made_again(edition):
    found = make_registration(edition, "来宾")
    badge = make_badge(found)
    erase_own(found.token, by=ANONYMOUS)
    sign_badges(False)
    assert db.session.get(Badge, badge.id).signed == ""
