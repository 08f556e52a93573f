"""The papers, read back as a person would: words, serial and code on every page, long and rare texts."""

from __future__ import annotations

import io
import re
import subprocess
from collections import Counter
from typing import Any, NamedTuple

import pikepdf
import pytest
from flask import Flask

from expo.kit.language import speaking
from expo.programme.models import SessionKind
from expo.signings import actions_ceremony, actions_parties, papers, papers_setting, queries, queries_ceremony
from expo.signings.models import AgreementKind, PartyRole
from tests.makers import make_session
from tests.paper import read_codes, read_text
from tests.signings.making import World, texts_for

TITLES = {
    AgreementKind.INTENT: "合作意向书", AgreementKind.DEVELOPMENT: "技术开发（委托）合同", AgreementKind.TRANSFER: "技术转让（专利权）合同",
    AgreementKind.LICENCE: "技术许可（专利权）合同", AgreementKind.CONSULTING: "技术咨询合同", AgreementKind.SERVICE: "技术服务合同",
    AgreementKind.REGIONAL: "区域科技合作协议",
}


@pytest.fixture
def world(app: Flask) -> World:
    return World()


@pytest.fixture
def context(app: Flask) -> Any:
    with app.test_request_context():
        yield


def paper_of(world: World, kind: AgreementKind, texts: dict[str, str] | None = None, **values: Any) -> tuple[dict[str, Any], bytes]:
    signing = world.drafted(kind, texts=texts, **values)
    content = papers.content_of(queries.get_signing(signing.id), 1)
    return content, papers.agreement_pdf(content)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def pages_of(pdf: bytes) -> list[str]:
    return [page for page in read_text(pdf).split("\f") if page.strip()]


def is_laid_out(pdf: bytes) -> bool:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return "WeasyPrint" in str(document.docinfo.get("/Producer", ""))


class Word(NamedTuple):
    """A word as poppler finds it, in points from the page's upper left corner."""

    page: int
    text: str
    left: float
    foot: float
    right: float


def words_on(pdf: bytes) -> list[Word]:
    html = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return [Word(number, one[4], float(one[0]), float(one[3]), float(one[2]))
            for number, page in enumerate(html.split("<page ")[1:])
            for one in re.findall(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>', page)]


def places_of(pdf: bytes) -> dict[tuple[int, str], Word]:
    words = words_on(pdf)
    times = Counter((word.page, word.text) for word in words)
    return {(word.page, word.text): word for word in words if times[word.page, word.text] == 1}


@pytest.mark.parametrize("kind", AgreementKind)
def test_a_paper_has_its_title_parties_amount_in_capitals_and_its_serial_on_every_page(world: World, context: Any,
                                                                                       kind: AgreementKind) -> None:
    content, pdf = paper_of(world, kind, texts_for(kind, dated="2026-11-21"))
    assert not is_laid_out(pdf)
    whole, pages = squeezed(read_text(pdf)), pages_of(pdf)
    for wanted in (TITLES[kind], world.seller.name, world.buyer.name, str(world.seller.credit_code), "刘𬭼", "陈晓",
                   "1,200,000.00", "人民币壹佰贰拾万元整", "2026年11月21日", "第一条", "以下无正文"):
        assert wanted in whole, wanted
    for number, page in enumerate(pages, 1):
        assert content["serial"] in page
        assert f"第{number}页共{len(pages)}页" in squeezed(page)
    assert 2 <= len(pages) <= 4


def test_the_code_on_every_page_leads_to_the_check_of_this_version(world: World, context: Any) -> None:
    content, pdf = paper_of(world, AgreementKind.INTENT)
    codes = read_codes(pdf)
    assert len(codes) == len(pages_of(pdf)) >= 2
    assert set(codes) == {f"http://localhost/check/{content['serial']}?v=1"}


def test_the_same_content_gives_the_same_bytes(world: World, context: Any) -> None:
    content, pdf = paper_of(world, AgreementKind.INTENT)
    assert papers.agreement_pdf(content) == pdf
    assert papers.agreement_pdf(content | {"subject": "别的"}) != pdf


def test_long_titles_and_clauses_break_and_are_complete(world: World, context: Any) -> None:
    title = "基于多源传感与机理模型融合的高原大型水电机组振动监测与故障预警智能诊断系统研发及其在金沙江流域梯级电站群的示范应用与产业化推广合作开发项目（二期）示范工程建设"[:78]
    clause = ("本项目针对高原地区复杂地质条件，研制耐低温传感器ABC-12345，" * 90)[:2725]
    _content, pdf = paper_of(world, AgreementKind.DEVELOPMENT, texts_for(AgreementKind.DEVELOPMENT, subject=clause), title=title)
    assert not is_laid_out(pdf)
    whole = squeezed(re.sub(r"\f?技术开发（委托）合同\s+编号：[^\n]+|[^\n]*扫码核验[^\n]*|http://[^\n]+|第\s*\d+\s*页[^\n]+|QY-2026-[^\n]+", "", read_text(pdf)))
    assert squeezed(title) in whole
    assert whole.count("耐低温传感器") == clause.count("耐低温传感器")


@pytest.mark.parametrize("way", ["stamped", "laid out"])
def test_nothing_runs_over_the_margins(world: World, context: Any, way: str) -> None:
    long = "X" * 300 + "https://example.cn/" + "y" * 200 + ("x\u0304" if way == "laid out" else "")
    _content, pdf = paper_of(world, AgreementKind.SERVICE, texts_for(AgreementKind.SERVICE, subject=long))
    assert is_laid_out(pdf) is (way == "laid out")
    edges = [(word.left, word.right) for word in words_on(pdf)]
    assert len(edges) > 50
    assert min(left for left, _right in edges) >= 23 / 25.4 * 72 - 1
    assert max(right for _left, right in edges) <= (210 - 23) / 25.4 * 72 + 1


@pytest.mark.parametrize("kind", [AgreementKind.INTENT, AgreementKind.LICENCE, AgreementKind.REGIONAL])
def test_a_stamped_paper_reads_and_stands_like_one_that_is_laid_out(world: World, context: Any, kind: AgreementKind) -> None:
    signing = world.drafted(kind, title="基于多源传感与机理模型融合的高原大型水电机组振动监测与故障预警智能诊断系统")
    actions_parties.add_party(signing.id, PartyRole.WITNESS, name="四川省科学技术协会", by=world.city)
    content = papers.content_of(queries.get_signing(signing.id), 1)
    words, articles = papers_setting._words_of(content), papers_setting._articles_of(content)
    stamped, laid_out = papers_setting._stamped(content, words, articles), papers_setting._laid_out(content, words, articles)
    assert stamped is not None
    assert [Counter(squeezed(page)) for page in pages_of(stamped)] == [Counter(squeezed(page)) for page in pages_of(laid_out)]
    assert read_codes(stamped) == read_codes(laid_out)
    # What stands once on a page stands on the same spot both ways; pairs of Latin letters are not drawn together here.
    ours, theirs = places_of(stamped), places_of(laid_out)
    shared = ours.keys() & theirs.keys()
    assert len(shared) > 40
    assert {key: (ours[key], theirs[key]) for key in shared
            if abs(ours[key].left - theirs[key].left) > 2.5 or abs(ours[key].foot - theirs[key].foot) > 1} == {}


def test_what_is_no_plain_writing_is_laid_out_and_complete(world: World, context: Any) -> None:
    _content, plain = paper_of(world, AgreementKind.SERVICE)
    _content, other = paper_of(world, AgreementKind.SERVICE, texts_for(AgreementKind.SERVICE, subject="测得均值x\u0304，误差不超过2%。"))
    assert not is_laid_out(plain)
    assert is_laid_out(other)
    assert "测得均值x\u0304，误差不超过2%。" in squeezed(read_text(other))


def test_a_reader_finds_title_and_articles_beside_the_pages(world: World, context: Any) -> None:
    content, pdf = paper_of(world, AgreementKind.TRANSFER)
    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_outline() as outline:
        assert str(document.docinfo.Title) == f"{TITLES[AgreementKind.TRANSFER]} {content['serial']}"
        assert str(document.Root.Lang) == "zh-Hans"
        titles = [item.title for item in outline.root]
    assert titles[:2] == [TITLES[AgreementKind.TRANSFER], "第一条　标的权利"]
    assert len(titles) == len(content["articles"]) + 1


@pytest.mark.parametrize("subject", ["一般文字", "均值x\u0304"])
def test_a_paper_is_the_same_in_whatever_language_it_is_asked_for(world: World, context: Any, subject: str) -> None:
    content, pdf = paper_of(world, AgreementKind.SERVICE, texts_for(AgreementKind.SERVICE, subject=subject))
    papers_setting._mould_of.cache_clear()
    with speaking("en"):
        assert papers.agreement_pdf(content) == pdf


def test_an_intent_letter_says_form_tasks_next_step_contacts_and_what_binds(world: World, context: Any) -> None:
    _content, pdf = paper_of(world, AgreementKind.INTENT, texts_for(AgreementKind.INTENT, binding="secrecy"))
    whole = squeezed(read_text(pdf))
    for wanted in ("意向合作方式", "技术开发", "各方分工", "下一步工作安排", "2027年6月30日前完成", "甲方联系人：王芳13800001234",
                   "有效期6个月", "除“保密”", "一式四份，各方各执二份", "依法向绵阳市涪城区人民法院起诉"):
        assert wanted in whole, wanted


@pytest.mark.parametrize(("manner", "wanted"), [
    ("instalments", ["一次总算、分期支付", "第一期：人民币600,000.00元（大写：人民币陆拾万元整），合同生效后10日内支付。"]),
    ("entrance", ["入门费：人民币200,000.00元（大写：人民币贰拾万元整）", "提成比例为3.5%", "查阅会计账目的办法"]),
    ("lump", ["一次总算、一次总付", "支付时间"]),
])
def test_payment_is_written_as_article_846_has_it(world: World, context: Any, manner: str, wanted: list[str]) -> None:
    _content, pdf = paper_of(world, AgreementKind.LICENCE, texts_for(AgreementKind.LICENCE, payment=manner))
    whole = squeezed(read_text(pdf))
    for words in wanted:
        assert words in whole, words


def test_a_licence_says_what_its_kind_means_and_a_transfer_how_its_price_was_found(world: World, context: Any) -> None:
    _content, licence = paper_of(world, AgreementKind.LICENCE, texts_for(AgreementKind.LICENCE, exclusivity="sole"))
    assert "排他实施许可" in squeezed(read_text(licence))
    assert "许可期限自2026年12月1日起至2027年6月30日止" in squeezed(read_text(licence))
    _content, transfer = paper_of(world, AgreementKind.TRANSFER)
    assert "协议定价方式确定价格" in squeezed(read_text(transfer))
    assert "2026年10月1日至2026年10月20日在本单位公示" in squeezed(read_text(transfer))


def test_a_third_party_and_a_witness_have_their_places(world: World, context: Any) -> None:
    signing = world.opened(AgreementKind.REGIONAL)
    third = world.organisation("重庆市北碚区科学技术协会", 33)
    actions_parties.add_party(signing.id, PartyRole.PARTY, organisation_id=third.id, by=world.city)
    actions_parties.add_party(signing.id, PartyRole.WITNESS, name="四川省科学技术协会", by=world.city)
    whole = squeezed(read_text(papers.agreement_pdf(papers.content_of(queries.get_signing(signing.id), 1))))
    assert "丙方（盖章）重庆市北碚区科学技术协会" in whole
    assert "见证方（盖章）四川省科学技术协会" in whole


def test_an_empty_draft_can_be_read_and_says_that_it_is_one(world: World, context: Any) -> None:
    signing = world.opened(AgreementKind.LICENCE)
    assert "草稿·不作签署之用" in squeezed(read_text(papers.preview(queries.get_signing(signing.id))))


def test_the_batch_list_has_everybody_in_the_order_of_the_stage(world: World, context: Any) -> None:
    session = make_session(world.edition, world.places.province, "集中签约", kind=SessionKind.SIGNING)
    first, second = world.drafted(), world.drafted(AgreementKind.SERVICE)
    actions_ceremony.place(second.id, session.id, 1, 1, by=world.city)
    actions_ceremony.place(first.id, session.id, 2, 1, by=world.city)
    chosen = queries_ceremony.find_session(world.edition.id, session.id)
    assert chosen is not None
    pages = pages_of(papers.batch_list_pdf(chosen, queries_ceremony.list_placed(session.id, ("/",))))
    assert "第一批" in squeezed(pages[0])
    assert second.serial in squeezed(pages[0])
    assert "第二批" in squeezed(pages[1])
    assert first.serial in squeezed(pages[1])
