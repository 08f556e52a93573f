"""Designs of badges: nothing but harmless HTML and CSS gets in, everything fits, and what does not is said."""

from __future__ import annotations

import io
import time
from dataclasses import replace

import pypdf
import pytest

from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import Role
from expo.registration import actions_badges, queries_badges
from expo.registration.actions_badges import DesignEntry
from expo.registration.models import BadgeKind
from expo.registration.models_badges import BadgePaperSize, BadgeSides, BadgeSize
from expo.registration.papers_badges import BadgePaper, Heading, badges_pdf, overflows_of
from expo.registration.papers_designs import Design, built_in, design_of
from expo.registration.papers_preview import faults_of, worst_case
from expo.registration.rules_designs import clean_css, clean_side, slots_of
from expo.registration.rules_imposing import grid_for
from tests.makers import make_actor, make_badge, make_registration
from tests.paper import read_codes, read_text

HEADING = Heading("第六届科创会", "2026年11月20日–22日", "天府国际会议中心")
CODE = "HTTPS://EXPO.EXAMPLE.CN/B/" + "ABCDEFGH234567QZ" * 7 + "ABCDEFGHIJ"


def paper(name: str = "王敏", **values: object) -> BadgePaper:
    return BadgePaper(BadgeKind.VISITOR, name, "中国科学院", "工程师", "2026-000001", CODE, **values)  # type: ignore[arg-type]


def entry(design, **values):
    given = {"name": design.name, "kinds": design.kinds, "front": design.front, "back": design.back, "css": design.css,
             "colours": {}} | values
    return DesignEntry(**given)


@pytest.mark.parametrize("attack", [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<img src='http://evil.example/a.png'>",
    "<img src='file:///etc/passwd'>", "<img src='data:image/svg+xml,<svg/>'>", "<img src='expo-file:other'>",
    "<div style='background:url(http://evil.example)'>x</div>", "<link rel=stylesheet href=http://evil.example>",
    "<style>@import 'http://evil.example'</style>", "<iframe src=http://evil.example></iframe>",
    "<object data=x></object>", "<svg><script>1</script></svg>", "<a href='javascript:alert(1)'>x</a>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'>", "<base href='http://evil.example'>",
    "<div data-slot='../../etc'>x</div>", "<!-- {{ 7*7 }} -->", "<template><script>1</script></template>",
])
def test_html_that_could_do_something_is_left_out(attack):
    found = clean_side(f"<div data-slot=\"name\"></div>{attack}", {"logo"})
    for word in ("script", "onerror", "http", "file:///", "svg", "javascript", "style=", "other", "etc", "iframe", "<!--"):
        assert word not in found.text
    assert slots_of(found.text) == ["name"]


@pytest.mark.parametrize("attack", [
    "@import 'http://evil.example';", ".a { background: url(http://evil.example) }", ".a { background: URL('//evil.example') }",
    "@font-face { font-family: x; src: url(x) }", "@page { size: 9000mm 9000mm }", ".a { width: expression(alert(1)) }",
    ".a { background-image: image-set('http://evil.example' 1x) }", ".a { content: attr(href) }", ".a { behavior: url(x) }",
    ".a { width: 1e12mm }", ".a { font-size: 9em }", ".a { width: calc(400mm * 400) }", ".a { --x: 1e9mm }",
    ".a { font: 10pt/1 url(x) }", ".a { position: running(x) }", ".a { \\62 ackground: u\\72l(http://evil.example) }",
    "@media print { .a { background: url(x) } }", ".a { -weasy-bookmark-label: 'x' }", ".a { transform: scale(1e9) }",
])
def test_css_that_could_fetch_or_swell_is_left_out(attack):
    found = clean_css(f"{attack} .good {{ color: red; }}")
    for word in ("url", "evil", "import", "expression", "@", "1e", "em", "calc", "attr(", "running", "transform", "weasy"):
        assert word not in found.text
    assert "color: red" in found.text
    assert found.faults


def test_templates_are_no_programs(app):
    """What looks like Jinja is printed as it stands."""
    design = built_in(BadgeSize.A6)
    side = clean_side("<p>{{ 7*7 }} {% raw %}{{ config }}</p>", set()).text
    pdf = badges_pdf(HEADING, [paper()], [Design(design.size, design.sides, side + design.front, "", design.css)])
    assert "{{ 7*7 }}" in read_text(pdf)


@pytest.mark.parametrize("side", ["<div>" * 500, "<p>x</p>" * 500, "x" * 30_000])
def test_a_side_is_bounded(side):
    found = clean_side(side, set())
    assert found.text == ""
    assert found.faults


def test_as_much_as_is_allowed_is_laid_out_in_a_moment_and_on_one_page(app):
    side = "<div class='a'>" * 15 + "<p class='b'>x</p>" * 150 + "</div>" * 15
    css = clean_css(".a { padding: 400mm; font-size: 80mm } .b { height: 400mm; margin: 400mm; font-size: 200pt }").text
    begin = time.process_time()
    design = Design(BadgeSize.A6, BadgeSides.ONE, clean_side(side, set()).text, "", css, is_draft=True)
    assert len(pypdf.PdfReader(io.BytesIO(badges_pdf(HEADING, [paper()], [design]))).pages) == 1
    assert time.process_time() - begin < 60  # Unbounded, it takes minutes.


@pytest.mark.parametrize("size", list(BadgeSize))
def test_the_sites_own_designs_bear_the_worst_people(app, size):
    design = built_in(size)
    people = [one for _label, one in worst_case(BadgeKind.VISITOR, [])]
    pdf = badges_pdf(HEADING, people, [design])
    assert read_codes(pdf, dpi=300) == [people[0].code] * 3
    text = "".join(read_text(pdf).split())
    for one in people[:3]:
        assert "".join(one.name.split()) in text
    assert faults_of(HEADING, design, BadgeKind.VISITOR) == []


@pytest.mark.parametrize("size", list(BadgeSize))
def test_letters_shrink_until_the_worst_people_are_whole_on_both_sides(app, size):
    people = [one for _label, one in worst_case(BadgeKind.VISITOR, [])]
    people.append(paper("欧阳建华", seat="国际会议中心一号报告厅 123排108座"))
    people.append(replace(people[0], organisation="四川省攀枝花市仁和区钒钛新材料产业技术创新中心".ljust(55, "筹")))
    assert overflows_of(HEADING, people, [built_in(size, BadgeSides.TWO)]) == [[]] * len(people)


def test_lines_of_a_seat_and_of_a_name_end_where_a_reader_pauses(app):
    design = built_in(BadgeSize.TALL)
    [_, long_name, *_rest] = [one for _label, one in worst_case(BadgeKind.VISITOR, [])]
    lines = read_text(badges_pdf(HEADING, [long_name], [design])).split()
    assert {"阿卜杜热依木江·", "买买提艾力江吐尔逊别克", "座位", "一号报告厅", "23排108座"} <= set(lines)


def test_what_does_not_fit_even_in_the_smallest_letters_is_said(app):
    cut = overflows_of(HEADING, [paper("王敏"), paper("王" * 80)], [built_in(BadgeSize.CARD)])
    assert cut[0] == []
    assert [(one.slot, one.text) for one in cut[1]] == [("name", "王" * 80)]


def test_two_sides_are_two_pages_and_a_folded_badge_is_one_of_double_height(app):
    sizes = {}
    for sides in BadgeSides:
        pages = pypdf.PdfReader(io.BytesIO(badges_pdf(HEADING, [paper()], [built_in(BadgeSize.A6, sides)]))).pages
        sizes[sides] = [(round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pages]
    assert sizes == {BadgeSides.ONE: [(298, 420)], BadgeSides.TWO: [(298, 420)] * 2, BadgeSides.FOLDED: [(298, 839)]}


@pytest.mark.parametrize(("paper_size", "cell", "number"), [
    (BadgePaperSize.A4, (105, 148), 4), (BadgePaperSize.A4, (90, 130), 4), (BadgePaperSize.A4, (86, 54), 10),
    (BadgePaperSize.A3, (105, 148), 8), (BadgePaperSize.A3, (90, 260), 4), (BadgePaperSize.A4, (105, 296), 2),
])
def test_a_sheet_takes_as_many_badges_as_fit_and_marks_stay_on_it(paper_size, cell, number):
    grid = grid_for(paper_size, cell)
    assert len(grid.cells) == number
    for x, y in grid.cells:
        assert x >= -0.001
        assert y >= -0.001
        assert x + cell[0] <= grid.width + 0.001
        assert y + cell[1] <= grid.height + 0.001
    for line in grid.marks():
        assert all(-0.001 <= line[at] <= (grid.width, grid.height)[at % 2] + 0.001 for at in range(4))


def test_backs_stand_behind_their_fronts_when_the_sheet_is_turned():
    grid = grid_for(BadgePaperSize.A4, (90, 130))
    for front, back in enumerate(grid.mirrored):
        x, y = grid.cells[front]
        assert grid.cells[back] == pytest.approx((grid.width - x - 90, y))


def test_a_design_is_used_for_its_kinds_and_one_for_all_others(app):
    own = Design(BadgeSize.CARD, BadgeSides.ONE, "<p></p>", "", "", frozenset({"media"}))
    others = Design(BadgeSize.TALL, BadgeSides.ONE, "<p></p>", "", "")
    assert design_of(BadgeKind.MEDIA, [others, own]) is own
    assert design_of(BadgeKind.GUEST, [others, own]) is others
    assert design_of(BadgeKind.GUEST, [own]) == built_in(BadgeSize.A6)


def test_own_fields_and_words_around_values_stand_on_the_badge(app):
    side = '<p class="a" data-slot="answer:diet" data-before="餐：" data-after="！"></p><p class="b" data-slot="seat" data-before="座位"></p>'
    design = Design(BadgeSize.A6, BadgeSides.ONE, side, "", ".a, .b { height: 8mm; width: 80mm; }", is_draft=True)
    text = read_text(badges_pdf(HEADING, [paper(answers={"diet": "素食"})], [design]))
    assert "餐：素食！" in text
    assert "座位" not in text


def test_only_the_provinces_organisers_design(edition, places, organiser):
    city = make_actor(Role.ORGANISER, places.chengdu)
    with pytest.raises(Forbidden):
        actions_badges.make_design(edition.id, "新", BadgeSize.A6, BadgeSides.ONE, by=city)
    made = actions_badges.make_design(edition.id, "新", BadgeSize.A6, BadgeSides.ONE, by=organiser)
    with pytest.raises(Forbidden):
        actions_badges.save_design(edition.id, made.id, entry(made), by=city)
    with pytest.raises(Forbidden):
        actions_badges.delete_design(edition.id, made.id, by=city)


def test_a_saved_design_is_clean_and_one_kind_has_one_design(edition, organiser):
    first = actions_badges.make_design(edition.id, "嘉宾证", BadgeSize.A6, BadgeSides.ONE, by=organiser)
    said = actions_badges.save_design(edition.id, first.id, entry(
        first, kinds=["guest"], front=first.front + "<script>1</script>", css=first.css + ".x { background: url(x) }",
        colours={"guest": "#123456", "media": "red"}, in_use=True), by=organiser)
    assert len(said) == 2
    kept = queries_badges.get_design(edition.id, first.id)
    assert "script" not in kept.front
    assert "url" not in kept.css
    assert kept.colours == {"guest": "#123456"}
    second = actions_badges.make_design(edition.id, "其他", BadgeSize.CARD, BadgeSides.ONE, by=organiser)
    with pytest.raises(Refused):
        actions_badges.save_design(edition.id, second.id, entry(second, kinds=["guest"], in_use=True), by=organiser)
    actions_badges.save_design(edition.id, second.id, entry(second, kinds=["guest"]), by=organiser)


def test_the_designer_shows_real_and_worst_people_and_keeps_nothing(client, edition, organiser):
    make_badge(make_registration(edition, "真实来宾", BadgeKind.VISITOR))
    design = actions_badges.make_design(edition.id, "新", BadgeSize.TALL, BadgeSides.TWO, by=organiser)
    client.sign_in(organiser)
    page = client.get(f"/work/2026/registration/designs/{design.id}")
    assert "data-slot" in page.text
    answer = client.post(f"/work/2026/registration/designs/{design.id}/preview", data={
        "front": design.front + "<script>1</script><p data-slot='nothing'></p>", "back": design.back, "css": design.css})
    badges = answer.json["badges"]
    assert badges[0]["label"] == "真实：真实来宾"
    assert len(badges) == 6
    assert all(len(one["pages"]) == 2 and one["pages"][0].startswith("data:image/png") for one in badges)
    assert any("nothing" in sentence for sentence in answer.json["faults"])
    assert queries_badges.get_design(edition.id, design.id).front == design.front


def test_a_design_without_a_readable_code_is_told_so(app):
    small = Design(BadgeSize.A6, BadgeSides.ONE, '<div class="q" data-slot="qr"></div>', "", ".q { width: 9mm; height: 9mm; }")
    assert len(faults_of(HEADING, small, BadgeKind.VISITOR)) == 2


def test_a_draft_changes_no_badge_until_it_is_put_to_use(edition, organiser):
    from expo.registration.papers_printing import designs_of

    made = actions_badges.make_design(edition.id, "新", BadgeSize.CARD, BadgeSides.ONE, by=organiser)
    assert designs_of(edition.id) == []
    actions_badges.save_design(edition.id, made.id, entry(made, in_use=True), by=organiser)
    assert [one.size for one in designs_of(edition.id)] == [BadgeSize.CARD]
