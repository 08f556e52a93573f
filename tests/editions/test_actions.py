"""Setting up an edition."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from expo.editions import actions, actions_industries, queries
from expo.editions.models import EditionStatus, StageKind, TargetFigure
from expo.kit import clock
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import Role
from expo.shortlist.models import CandidateStatus
from tests.makers import (
    Places,
    make_actor,
    make_candidate,
    make_edition,
    make_industry,
    make_ticket,
    make_venue,
)


def test_copying_takes_over_everything_with_shifted_dates(app: Flask) -> None:
    places = Places()
    by = make_actor(Role.ORGANISER, places.province)
    source = make_edition("2026", starts_on=date(2026, 6, 1))
    actions.change_edition(source.id, venue_id=make_venue(places.chengdu).id, response_days=20, by=by)
    actions_industries.add_industry(source.id, "new-material", "新材料", "", ["26", "C"], by=by)
    actions.set_quotas(source.id, {(places.chengdu.id, "achievement"): 40, (None, None): 2350}, by=by)
    actions.set_targets(source.id, {(None, "signings"): 820}, by=by)
    made = actions.copy_edition(source.id, slug="2027", number=2027, name="2027科创会", name_en="",
                                starts_on=date(2027, 6, 5), by=by)
    setup = queries.load_setup(made)
    before = {s.kind: s.opens_at for s in queries.list_stages(source.id)}
    assert {s.kind: s.opens_at - before[s.kind] for s in setup.stages} == dict.fromkeys(StageKind, timedelta(days=369))
    assert [(i.name, i.gbt_codes) for i in setup.industries] == [("新材料", ("26", "C"))]
    assert set(setup.quotas) == {(places.chengdu.id, "achievement", 40), (None, None, 2350)}
    assert setup.targets == ((TargetFigure.SIGNINGS, None, 820),)
    assert (made.response_days, made.status, made.copied_from_id) == (20, EditionStatus.PREPARING, source.id)


def test_a_slug_or_number_in_use_is_refused_at_its_field(app: Flask) -> None:
    by = make_actor(Role.ORGANISER, Places().province)
    make_edition("2026")
    for slug, number, field in (("2026", 1, "slug"), ("2026b", 2026, "number")):
        with pytest.raises(Refused) as refused:
            actions.open_edition(slug=slug, number=number, name="x", starts_on=date(2026, 1, 1),
                                 ends_on=date(2026, 1, 2), by=by)
        assert refused.value.field == field


def test_only_the_province_sets_up_editions(app: Flask) -> None:
    places = Places()
    edition, other = make_edition("2026"), make_edition("2027")
    for by in (make_actor(Role.ORGANISER, places.chengdu), make_actor(Role.AUDITOR, places.province),
               make_actor(Role.ORGANISER, places.province, other)):
        with pytest.raises(Forbidden):
            actions.change_edition(edition.id, name="改名", by=by)
        with pytest.raises(Forbidden):
            actions.open_edition(slug="2028", number=3, name="x", starts_on=date(2028, 1, 1),
                                 ends_on=date(2028, 1, 1), by=by)
    actions.change_edition(other.id, name="改名", by=make_actor(Role.ORGANISER, places.province, other))
    assert queries.get_edition("2027").name == "改名"


def test_quotas_are_written_changed_and_emptied_in_one_go(app: Flask) -> None:
    places = Places()
    by = make_actor(Role.ADMINISTRATOR, places.province)
    edition = make_edition()
    actions.set_quotas(edition.id, {(places.chengdu.id, "achievement"): 4, (places.mianyang.id, None): 9}, by=by)
    actions.set_quotas(edition.id, {(places.chengdu.id, "achievement"): 5, (places.mianyang.id, None): None,
                                    (None, "challenge"): 0}, by=by)
    assert {(q.region_id, q.kind, q.places) for q in queries.list_quotas(edition.id)} == {
        (places.chengdu.id, "achievement", 5), (None, "challenge", 0)
    }


def test_stages_without_dates_are_taken_away(app: Flask) -> None:
    by = make_actor(Role.ORGANISER, Places().province)
    edition = make_edition(open_stages=False)
    now = clock.now()
    actions.set_stages(edition.id, {StageKind.REVIEW: (now, now + timedelta(days=1)),
                                    StageKind.EXPO: (now, now + timedelta(days=2))}, by=by)
    actions.set_stages(edition.id, {StageKind.REVIEW: (None, None)}, by=by)
    assert [s.kind for s in queries.list_stages(edition.id)] == [StageKind.EXPO]


def test_an_edition_starts_only_with_a_call_and_industries(app: Flask) -> None:
    by = make_actor(Role.ORGANISER, Places().province)
    edition = make_edition(status=EditionStatus.PREPARING)
    with pytest.raises(Refused):
        actions.start_edition(edition.id, by=by)
    make_industry(edition)
    actions.start_edition(edition.id, by=by)
    assert queries.get_edition("2026").status is EditionStatus.RUNNING


def test_an_archived_edition_is_only_read(app: Flask) -> None:
    by = make_actor(Role.ORGANISER, Places().province)
    edition = make_edition()
    actions.mark_closed(edition.id, by=by)
    actions.mark_archived(edition.id, by=by)
    with pytest.raises(Refused):
        actions.change_edition(edition.id, name="x", by=by)
    with pytest.raises(Refused):
        actions.mark_closed(edition.id, by=by)


def test_industries_are_ordered_mapped_and_kept_while_in_use(app: Flask) -> None:
    places = Places()
    by = make_actor(Role.ORGANISER, places.province)
    edition = make_edition()
    first, second, third = (actions_industries.add_industry(edition.id, c, c * 2, "", ["C"], by=by).id for c in "甲乙丙")
    actions_industries.move_industry(third, -1, by=by)
    actions_industries.move_industry(first, -1, by=by)
    assert [i.id for i in queries.list_industries(edition.id)] == [first, third, second]
    with pytest.raises(Refused) as refused:
        actions_industries.change_industry(first, "甲", "甲甲", "", ["98"], by=by)
    assert refused.value.field == "gbt_codes"
    with pytest.raises(Refused):
        actions_industries.add_industry(edition.id, "甲", "丁", "", [], by=by)
    make_candidate(edition, make_ticket(places.qingyang), places.chengdu, industry_id=first,
                   status=CandidateStatus.NOMINATED)
    with pytest.raises(Refused):
        actions_industries.remove_industry(first, by=by)
    actions_industries.remove_industry(second, by=by)
    assert [i.id for i in queries.list_industries(edition.id)] == [first, third]
