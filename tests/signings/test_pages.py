"""Pages and addresses: lists, forms, downloads, the public check."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.globals import app_ctx

from expo.kit import history
from expo.kit.db import db
from expo.kit.files import get_bytes
from expo.kit.jobs import Job, JobContext, JobStatus
from expo.people.permissions import Role
from expo.programme.models import SessionKind
from expo.projects.models import Project
from expo.signings import actions, actions_ceremony, jobs, papers, queries
from expo.signings.models import AgreementKind, Signing, SigningStatus
from tests.conftest import Browser
from tests.makers import make_actor, make_edition, make_member, make_project, make_session
from tests.signings.making import World, make_meeting, texts_for

EXE = b"MZ\x90\x00" + b"\x00" * 300


@pytest.fixture
def world(app: Flask) -> World:
    return World()


def base(world: World) -> str:
    return f"/work/{world.edition.slug}/signings/"


def one(world: World, signing: Signing) -> str:
    return f"{base(world)}{signing.id}"


def test_the_list_shows_only_the_readers_regions_and_its_figures_open_their_rows(world: World, client: Browser) -> None:
    mine, registered = world.drafted(), world.signed(AgreementKind.SERVICE)
    actions.register_contract(registered.id, "51-1", 70_000_000, by=world.city)
    elsewhere = make_project(world.edition, world.places.fucheng, world.places.mianyang, "绵阳的项目")
    foreign = world.opened(project=elsewhere, by=world.boss)
    client.sign_in(world.city)
    page = client.get(base(world)).text
    assert mine.serial in page
    assert foreign.serial not in page
    signed = client.get(f"{base(world)}?signed=yes").text
    assert registered.serial in signed
    assert mine.serial not in signed
    totals = queries.count_totals(world.edition.id, (world.places.chengdu.path,))
    assert (totals.rows, totals.signed, totals.signed_fen, totals.registered, totals.technology_fen) == (
        2, 1, 120_000_000, 1, 70_000_000)


@pytest.mark.parametrize(("arguments", "found"), [
    ("q=机组", {"a", "b"}), ("q=𬭼材", {"a", "b"}), ("kind=service", {"b"}), ("status=drafted", {"a"}), ("status=frozen", {"b"}),
    ("amount=none", set()), ("amount=to1000", {"a", "b"}), ("amount=over1000", set()), ("batch=none", {"a"}), ("batch=3", {"b"}),
    ("signed=no", {"a", "b"}), ("signed=yes", set()), ("q=没有这样的", set()), ("kind=nonsense", {"a", "b"}),
])
def test_filters_and_search_find_what_they_say(world: World, client: Browser, arguments: str, found: set[str]) -> None:
    signings = {"a": world.drafted(), "b": world.frozen(AgreementKind.SERVICE)}
    session = make_session(world.edition, world.places.province, kind=SessionKind.SIGNING)
    actions_ceremony.place(signings["b"].id, session.id, 3, 1, by=world.city)
    page = client.sign_in(world.city).get(f"{base(world)}?{arguments}").text
    assert {name for name, s in signings.items() if s.serial in page} == found


@pytest.mark.parametrize("sort", ["newest", "amount", "stage"])
def test_every_order_pages_through_all_rows_once(world: World, client: Browser, sort: str) -> None:
    serials = {world.opened(amount_fen=fen).serial for fen in (1_000_000, 2_000_000, 2_000_000)}
    paths, seen, cursor = (world.places.chengdu.path,), [], None
    while True:
        page = queries.list_signings(world.edition.id, paths, "", {}, sort, cursor, 2)
        seen += [s.serial for s in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(serials)


@pytest.mark.parametrize("address", ["", "ceremony", "own"])
def test_lists_ask_the_database_as_often_for_three_rows_as_for_one(world: World, client: Browser, address: str,
                                                                   count_queries: Callable[[], Any]) -> None:
    session = make_session(world.edition, world.places.province, kind=SessionKind.SIGNING)
    reader = make_member(world.seller) if address == "own" else world.city
    path = "/work/exhibitor/signings" if address == "own" else base(world) + address
    counts = []
    for rows in (1, 2):
        for place in range(rows):
            signing = world.opened()
            actions.draft(signing.id, by=world.city)
            actions_ceremony.place(signing.id, session.id, rows, place + 1, by=world.city)
        client.sign_in(reader)
        client.get(path)
        with count_queries() as count:
            assert client.get(path).status_code == 200
        counts.append(count())
    assert counts[0] == counts[1]


def test_exports_have_the_shown_rows_and_nobodys_name(world: World, client: Browser) -> None:
    drafted, frozen = world.drafted(), world.frozen()
    client.sign_in(world.city)
    text = client.get(f"{base(world)}export.csv?status=frozen").data.decode("utf-8-sig")
    assert frozen.serial in text
    assert drafted.serial not in text
    assert "陈晓" not in text
    assert "13800001234" not in text
    assert client.get(f"{base(world)}export.xlsx").data[:2] == b"PK"


def test_an_export_is_read_after_its_view_is_over(app: Flask, world: World, client: Browser) -> None:
    serial = world.drafted().serial
    client.sign_in(world.city)
    db.session.remove()
    context = app_ctx._get_current_object()  # type: ignore[attr-defined]  # a server has none around its requests
    context.pop()
    try:
        assert serial in client.get(f"{base(world)}export.csv").data.decode("utf-8-sig")
    finally:
        context.push()


@pytest.mark.parametrize("address", ["", "/clauses", "/papers", "/history", "/draft.pdf", "/record", "/parties/new"])
def test_pages_of_a_signing_open_for_its_organisers_and_for_nobody_outside(world: World, client: Browser, address: str) -> None:
    signing = world.drafted()
    client.sign_in(world.city)
    assert client.get(one(world, signing) + address).status_code == 200
    other = make_actor(Role.ORGANISER, world.places.mianyang)
    client.sign_in(other)
    assert client.get(one(world, signing) + address).status_code == 404
    client.sign_in(make_member(world.organisation("旁人公司", 70)))
    assert client.get(one(world, signing) + address).status_code in {403, 404}


def test_anonymous_visitors_are_asked_to_sign_in(world: World, client: Browser) -> None:
    signing = world.opened()
    assert client.get(one(world, signing)).status_code == 302
    assert client.get(base(world)).status_code == 302


def test_a_signing_is_not_found_under_another_edition(world: World, client: Browser) -> None:
    signing = world.opened()
    make_edition("2025")
    client.sign_in(world.boss)
    assert client.get(f"/work/2025/signings/{signing.id}").status_code == 404


def test_an_auditor_reads_and_changes_nothing(world: World, client: Browser) -> None:
    signing = world.drafted()
    client.sign_in(make_actor(Role.AUDITOR, world.places.province))
    assert client.get(one(world, signing)).status_code == 200
    assert client.post(f"{one(world, signing)}/void", data={"reason": "x"}).status_code == 403
    assert queries.get_signing(signing.id).status is SigningStatus.DRAFTED


def test_a_member_reads_takes_the_paper_and_fills_in_its_own_party(world: World, client: Browser) -> None:
    member = make_member(world.seller)
    signing = world.drafted()
    own, other = signing.parties
    client.sign_in(member)
    assert signing.serial in client.get("/work/exhibitor/signings").text
    page = client.get(one(world, signing)).text
    assert "王芳 13800001234" in page, "one's own contact"
    assert page.count("13800001234") == 1, "the other side's is masked"
    form = client.get(f"{one(world, signing)}/parties/{own.id}").text
    assert 'name="name"' not in form
    answer = client.post(f"{one(world, signing)}/parties/{own.id}", data={
        "credit_code": own.credit_code, "address": "新址9号", "legal_representative": "李四", "signer": "赵六", "contact": ""})
    assert answer.status_code == 303
    assert queries.get_signing(signing.id).parties[0].address == "新址9号"
    assert client.get(f"{one(world, signing)}/parties/{other.id}").status_code == 403
    assert client.get(f"{one(world, signing)}/history").status_code == 404
    assert f"{one(world, signing)}/history" not in page
    world.freeze(signing.id)
    client.sign_in(member)
    assert client.get(f"{one(world, signing)}/v1.pdf").data[:4] == b"%PDF"


def test_contacts_are_masked_until_somebody_asks_and_that_is_logged(world: World, client: Browser) -> None:
    signing = world.drafted()
    client.sign_in(world.city)
    assert "13800001234" not in client.get(one(world, signing)).text
    assert "13800001234" in client.post(f"{one(world, signing)}/contacts").text
    actions_seen = db.session.scalars(sa.select(history.HistoryRow.action).where(history.HistoryRow.record_id == str(signing.id))).all()
    assert "signings.show_contacts:unmasked" in actions_seen
    party = signing.parties[0]
    assert "13800001234" not in client.get(f"{one(world, signing)}/parties/{party.id}").text


def test_a_meetings_page_leads_to_its_signing(world: World, client: Browser) -> None:
    meeting = make_meeting(world)
    number = db.session.get_one(Project, meeting.project_id).number
    client.sign_in(world.city)
    path = f"{base(world)}new?meeting={meeting.id}"
    assert f'href="{path}"' in client.get(f"/work/{world.edition.slug}/meetings/{meeting.id}").text
    form = client.get(path).text
    assert number in form
    assert 'value="50"' in form
    answer = client.post(path, data={"kind": "intent", "project_number": number, "amount_fen": "50", "region_id": ""})
    assert answer.status_code == 303
    opened = db.session.scalars(sa.select(Signing)).one()
    assert (opened.meeting_id, opened.amount_fen) == (meeting.id, 50_000_000)
    client.sign_in(make_actor(Role.ORGANISER, world.places.mianyang))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(("typed", "fen"), [("1.2 万元", 1_200_000), ("1.2", 1_200_000), ("3亿", 30_000_000_000), ("500元", 50_000),
                                            ("1,200万", 1_200_000_000), ("０.5", 500_000), ("", 0)])
def test_amounts_are_understood_as_people_write_them(world: World, client: Browser, typed: str, fen: int) -> None:
    project = world.project()
    client.sign_in(world.city)
    answer = client.post(f"{base(world)}new", data={"kind": "intent", "project_number": project.number, "amount_fen": typed, "region_id": ""})
    assert answer.status_code == 303, answer.text
    assert db.session.scalar(sa.select(Signing.amount_fen)) == fen


@pytest.mark.parametrize("typed", ["很多", "-5", "99999999999999", "1.2.3"])
def test_an_amount_that_is_none_is_told_at_its_field_and_kept(world: World, client: Browser, typed: str) -> None:
    project = world.project()
    client.sign_in(world.city)
    answer = client.post(f"{base(world)}new", data={"kind": "intent", "project_number": project.number, "amount_fen": typed, "region_id": ""})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Signing)) == 0


def test_the_same_form_sent_twice_opens_one_signing(world: World, client: Browser) -> None:
    project = world.project()
    client.sign_in(world.city)
    form = {"kind": "intent", "project_number": project.number, "amount_fen": "5", "region_id": "", "once": "o" * 24}
    assert client.post(f"{base(world)}new", data=form).status_code == 303
    assert client.post(f"{base(world)}new", data=form).status_code == 422
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Signing)) == 1


def test_clauses_are_saved_half_done_and_mistakes_stand_at_their_fields(world: World, client: Browser) -> None:
    signing = world.opened(AgreementKind.LICENCE)
    client.sign_in(world.city)
    path = f"{one(world, signing)}/clauses"
    assert client.post(path, data={"subject": "高原监测技术"}).status_code == 303
    assert queries.get_signing(signing.id).terms == {"subject": "高原监测技术"}
    answer = client.post(path, data=texts_for(AgreementKind.LICENCE, royalty_rate="abc", payment="royalty", subject="改了的内容"))
    assert answer.status_code == 422
    assert 'id="royalty_rate-error"' in answer.text
    assert "改了的内容" in answer.text
    assert queries.get_signing(signing.id).terms == {"subject": "高原监测技术"}


def test_the_whole_way_through_the_pages(world: World, client: Browser) -> None:
    signing = world.opened(AgreementKind.SERVICE)
    client.sign_in(world.city)
    path = one(world, signing)
    assert client.post(f"{path}/draft").status_code == 303
    assert client.post(f"{path}/clauses", data=texts_for(AgreementKind.SERVICE)).status_code == 303
    assert "/freeze" in client.get(path).text
    assert client.post(f"{path}/freeze").status_code == 303
    assert client.post(f"{path}/signed", data={"signed_on": "2999-01-01"}).status_code == 422
    assert client.post(f"{path}/signed", data={"signed_on": actions.today().isoformat()}).status_code == 303
    scan = {"scan": (io.BytesIO(get_bytes(queries.get_signing(signing.id).versions[0].file)), "signed.pdf")}
    assert client.post(f"{path}/scan", data=scan).status_code == 303
    assert client.post(f"{path}/register", data={"registered_number": "51-9", "technology_fen": "200"}).status_code == 422
    assert client.post(f"{path}/register", data={"registered_number": "51-9", "technology_fen": "100"}).status_code == 303
    done = queries.get_signing(signing.id)
    assert (done.status, done.technology_fen, done.scan is not None) == (SigningStatus.REGISTERED, 100_000_000, True)
    assert client.get(f"{path}/history").status_code == 200


@pytest.mark.parametrize(("content", "name"), [(EXE, "signed.pdf"), (EXE, "signed.exe"), (b"", "signed.pdf"),
                                               (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "scan.png")])
def test_what_is_no_scan_is_refused(world: World, client: Browser, content: bytes, name: str) -> None:
    signing = world.signed()
    client.sign_in(world.city)
    answer = client.post(f"{one(world, signing)}/scan", data={"scan": (io.BytesIO(content), name)})
    assert answer.status_code == 422
    assert 'id="scan-error"' in answer.text
    assert queries.get_signing(signing.id).scan is None


def test_the_downloaded_version_is_the_fingerprinted_file_and_its_taking_is_logged(world: World, client: Browser) -> None:
    signing = world.frozen()
    client.sign_in(world.city)
    content = client.get(f"{one(world, signing)}/v1.pdf").data
    assert hashlib.sha256(content).hexdigest() == signing.versions[0].sha256
    assert client.get(f"{one(world, signing)}/v2.pdf").status_code == 404
    seen = db.session.scalars(sa.select(history.HistoryRow.action).where(history.HistoryRow.record_id == str(signing.id))).all()
    assert "signings.note_reading:taken" in seen


def test_a_batch_is_signed_from_its_page(world: World, client: Browser) -> None:
    session = make_session(world.edition, world.places.province, kind=SessionKind.SIGNING)
    signing = world.frozen()
    client.sign_in(world.city)
    assert client.post(f"{base(world)}ceremony/{session.id}/place-all").status_code == 303
    path = f"{base(world)}ceremony/{session.id}/batch-1/signed"
    assert signing.title in client.get(path).text
    assert client.post(path, data={"signed_on": actions.today().isoformat(), "signing_id": [signing.id]}).status_code == 303
    assert queries.get_signing(signing.id).status is SigningStatus.SIGNED
    assert client.get(f"{base(world)}ceremony/{session.id}/batch-1.pdf").data[:4] == b"%PDF"
    assert client.get(f"{base(world)}ceremony/{session.id}/batch-2.pdf").status_code == 404


def test_all_batches_are_printed_by_a_worker_and_found_again(world: World, client: Browser, work_off: Callable[[], None]) -> None:
    session = make_session(world.edition, world.places.province, kind=SessionKind.SIGNING)
    for batch in (1, 2):
        actions_ceremony.place(world.drafted().id, session.id, batch, 1, by=world.city)
    client.sign_in(world.city)
    answer = client.post(f"{base(world)}ceremony/{session.id}/print")
    assert answer.status_code == 303
    work_off()
    job = db.session.scalars(sa.select(Job)).one()
    assert (job.status, job.result["file_id"] > 0) == (JobStatus.DONE, True)
    assert answer.location.endswith(f"/jobs/{job.id}")


def test_the_drafts_on_a_stage_are_frozen_by_a_worker_but_for_those_that_lack_something(
        world: World, client: Browser, work_off: Callable[[], None]) -> None:
    session = make_session(world.edition, world.places.province, kind=SessionKind.SIGNING)
    complete, elsewhere, frozen = world.drafted(), world.drafted(AgreementKind.SERVICE), world.frozen()
    lacking = world.opened()
    actions.draft(lacking.id, by=world.city)
    for order, signing in enumerate((complete, lacking, frozen), 1):
        actions_ceremony.place(signing.id, session.id, 1, order, by=world.city)
    client.sign_in(world.city)
    assert "本场有 2 项协议尚未定稿" in client.get(f"{base(world)}ceremony?session={session.id}").text
    assert client.post(f"{base(world)}ceremony/{session.id}/freeze-drafts").status_code == 303
    work_off()
    job = db.session.scalars(sa.select(Job)).one()
    assert (job.status, job.result["summary"]) == (JobStatus.DONE, "已签发 1 份文本。另有 1 项协议尚未填写完整，仍为起草中。")
    found = {s.id: (s.status, len(s.versions)) for s in map(queries.get_signing, (complete.id, elsewhere.id, frozen.id, lacking.id))}
    assert found == {complete.id: (SigningStatus.FROZEN, 1), elsewhere.id: (SigningStatus.DRAFTED, 0),
                     frozen.id: (SigningStatus.FROZEN, 1), lacking.id: (SigningStatus.DRAFTED, 0)}
    assert "本场有 1 项协议尚未定稿" in client.get(job.result["url"]).text


def test_freezing_that_was_broken_off_goes_on_and_issues_no_paper_twice(
        world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    session = make_session(world.edition, world.places.province, kind=SessionKind.SIGNING)
    drafts = [world.drafted() for _ in range(3)]
    for order, signing in enumerate(drafts, 1):
        actions_ceremony.place(signing.id, session.id, 1, order, by=world.city)
    started = actions_ceremony.start_freezing(world.edition.id, session.id, by=world.city)
    issue = papers.issue

    def breaking(signing: Signing) -> papers.Issue:
        if signing.id == drafts[1].id:
            raise OSError("no space left")
        return issue(signing)

    monkeypatch.setattr(papers, "issue", breaking)
    with pytest.raises(OSError, match="no space"):
        jobs.freeze_drafts(JobContext(started.id, world.city.person_id, 1, {}), world.edition.id, session.id)
    assert [queries.get_signing(s.id).status for s in drafts] == [SigningStatus.FROZEN, SigningStatus.DRAFTED, SigningStatus.DRAFTED]
    monkeypatch.setattr(papers, "issue", issue)
    jobs.freeze_drafts(JobContext(started.id, world.city.person_id, 2, {}), world.edition.id, session.id)
    assert [len(queries.get_signing(s.id).versions) for s in drafts] == [1, 1, 1]


def test_only_those_who_manage_agreements_on_the_stage_freeze_its_drafts(world: World, client: Browser) -> None:
    session = make_session(world.edition, world.places.province, kind=SessionKind.SIGNING)
    actions_ceremony.place(world.drafted().id, session.id, 1, 1, by=world.city)
    path, page = f"{base(world)}ceremony/{session.id}/freeze-drafts", f"{base(world)}ceremony?session={session.id}"
    client.sign_in(make_actor(Role.AUDITOR, world.places.province))
    assert "尚未定稿" not in client.get(page).text
    assert client.post(path).status_code == 403
    client.sign_in(make_actor(Role.ORGANISER, world.places.mianyang))
    client.post(path)
    assert db.session.scalars(sa.select(Job)).all() == []
    client.sign_in(world.city)
    assert client.post(path).status_code == 303
    assert len(db.session.scalars(sa.select(Job)).all()) == 1


# The public check.

def test_a_genuine_paper_shows_what_it_is_without_anybodys_data(world: World, client: Browser) -> None:
    signing = world.signed(AgreementKind.SERVICE)
    page = client.get(f"/check/{signing.serial}?v=1")
    assert page.status_code == 200
    for wanted in ("协议真实有效", "技术服务合同", world.seller.name, world.buyer.name, signing.versions[0].sha256, "已签署"):
        assert wanted in page.text, wanted
    for hidden in ("陈晓", "13800001234", "王芳", "1,200,000"):
        assert hidden not in page.text, hidden


def test_lower_case_serials_are_found_and_unknown_ones_told_without_others(world: World, client: Browser) -> None:
    signing = world.frozen()
    assert client.get(f"/check/{signing.serial.lower()}").status_code == 200
    unknown = client.get(f"/check/{signing.serial[:-1]}" + ("2" if signing.serial[-1] != "2" else "3"))
    assert unknown.status_code == 404
    assert "没有这个编号的协议" in unknown.text
    assert world.seller.name not in unknown.text
    assert client.get(f"/check/?serial={signing.serial}").location.endswith(signing.serial)


def test_nothing_is_public_before_the_first_issue(world: World, client: Browser) -> None:
    signing = world.drafted()
    assert client.get(f"/check/{signing.serial}").status_code == 404


def test_a_superseded_version_and_a_void_agreement_are_told(world: World, client: Browser) -> None:
    signing = world.frozen()
    actions.unfreeze(signing.id, "修改", by=world.city)
    assert "已被替换" in client.get(f"/check/{signing.serial}?v=1").text
    world.freeze(signing.id)
    assert "已被替换" in client.get(f"/check/{signing.serial}?v=1").text
    assert "真实有效" in client.get(f"/check/{signing.serial}?v=2").text
    actions.void(signing.id, "双方解除，内部原因", by=world.city)
    page = client.get(f"/check/{signing.serial}?v=2").text
    assert "协议已作废" in page
    assert "内部原因" not in page


@pytest.mark.parametrize(("change", "words"), [
    (lambda pdf: pdf, "逐字节一致"), (lambda pdf: pdf[:-20] + b"%" + pdf[-20:], "不一致"),
    (lambda pdf: pdf.replace(b"/Type", b"/Tipe", 1), "不一致"),
])
def test_a_compared_file_is_identical_or_changed(world: World, client: Browser, change: Callable[[bytes], bytes], words: str) -> None:
    signing = world.frozen()
    pdf = get_bytes(signing.versions[0].file)
    before = db.session.execute(sa.text("select count(*) from stored_file")).scalar()
    answer = client.post(f"/check/{signing.serial}", data={"file": (io.BytesIO(change(pdf)), "a.pdf")})
    assert words in answer.text
    assert db.session.execute(sa.text("select count(*) from stored_file")).scalar() == before


def test_a_void_agreements_own_file_is_told_void(world: World, client: Browser) -> None:
    signing = world.frozen()
    pdf = get_bytes(signing.versions[0].file)
    actions.void(signing.id, "解除", by=world.city)
    assert "协议已作废" in client.post(f"/check/{signing.serial}", data={"file": (io.BytesIO(pdf), "a.pdf")}).text


def test_what_is_no_pdf_is_not_compared(world: World, client: Browser) -> None:
    signing = world.frozen()
    assert client.post(f"/check/{signing.serial}", data={"file": (io.BytesIO(EXE), "a.pdf")}).status_code == 422
    assert client.post(f"/check/{signing.serial}", data={}).status_code == 422


def test_the_check_is_limited(app: Flask, world: World, client: Browser) -> None:
    app.config["LIMITS_IN_TEST"] = True
    try:
        answers = [client.get("/check/QY-2026-0001-AAAA").status_code for _ in range(32)]
    finally:
        app.config["LIMITS_IN_TEST"] = False
    assert answers[0] == 404
    assert answers[-1] == 429


def test_pages_speak_english_too(world: World, client: Browser) -> None:
    signing = world.frozen()
    assert "This agreement is genuine" in client.get(f"/check/{signing.serial}?lang=en").text
