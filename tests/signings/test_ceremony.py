"""The order of a ceremony: batches in the programme's running order, put in order, and nobody signing twice at once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from expo.kit.access import Actor
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.people.models import Membership, MembershipStatus
from expo.people.permissions import Role
from expo.programme import actions_moves, actions_places, actions_sessions
from expo.programme.models import Session, SessionItem, SessionKind
from expo.signings import actions_ceremony, actions_parties, queries, queries_ceremony
from expo.signings.models import Signing
from tests.conftest import Browser
from tests.makers import (
    make_actor,
    make_hall,
    make_person,
    make_session,
    make_slot,
    make_venue,
    stored,
)
from tests.signings.making import World


@pytest.fixture
def world(app: Flask) -> World:
    return World()


def ceremony(world: World, title: str = "集中签约", **values: Any) -> Session:
    return make_session(world.edition, world.places.province, title, kind=SessionKind.SIGNING, **values)


def signed_by(world: World, name: str, title: str = "") -> Signing:
    """An agreement for which everybody signs with names of its own, except the seller's."""
    signing = world.drafted(**({"title": title} if title else {}))
    for place, party in enumerate(queries.get_signing(signing.id).parties):
        actions_parties.edit_party(signing.id, party.id, {"signer": name if not place else f"签约人{signing.id}", "contact": "王芳 13800001234"},
                                   by=world.city)
    return signing


def put(world: World, signing: Signing, session: Session, batch: int, order: int) -> None:
    actions_ceremony.place(signing.id, session.id, batch, order, by=world.city)


def standing(session: Session) -> list[tuple[int, int | None, int | None]]:
    return [(s.id, s.batch, s.stage_order) for s in queries_ceremony.list_placed(session.id, ("/",))]


def clashes(world: World, **where: Any) -> list[str]:
    return [str(clash.sentence) for clash in queries_ceremony.list_clashes(world.edition.id, ("/",), **where)]


def test_a_batch_is_put_in_order_and_one_goes_to_the_next(world: World) -> None:
    session = ceremony(world)
    first, second, third = (signed_by(world, f"甲{n}") for n in range(3))
    for order, signing in enumerate((first, second, third), 1):
        put(world, signing, session, 1, order)
    moved = actions_ceremony.order_batch(world.edition.id, session.id, 1, [(third.id, 1), (first.id, 1), (second.id, 2)], by=world.city)
    assert moved == 1
    assert standing(session) == [(third.id, 1, 1), (first.id, 1, 2), (second.id, 2, 1)]


def test_a_batch_is_ordered_only_as_it_was_shown(world: World) -> None:
    session = ceremony(world)
    first, second = signed_by(world, "甲"), signed_by(world, "乙")
    put(world, first, session, 1, 1)
    put(world, second, session, 1, 2)
    for turns in ([(first.id, 1)], [(first.id, 1), (first.id, 1)], []):
        with pytest.raises(Refused, match="已有变动"):
            actions_ceremony.order_batch(world.edition.id, session.id, 1, turns, by=world.city)
    with pytest.raises(Refused, match="1 到 200"):
        actions_ceremony.order_batch(world.edition.id, session.id, 1, [(first.id, 0), (second.id, 1)], by=world.city)
    assert standing(session) == [(first.id, 1, 1), (second.id, 1, 2)]


def test_batches_change_their_turns_with_everybody_in_them(world: World) -> None:
    session = ceremony(world)
    first, second = signed_by(world, "甲"), signed_by(world, "乙")
    put(world, first, session, 1, 1)
    put(world, second, session, 2, 1)
    actions_ceremony.swap_batches(world.edition.id, session.id, 2, 1, by=world.city)
    assert standing(session) == [(second.id, 1, 1), (first.id, 2, 1)]


def test_who_may_not_move_all_of_a_batch_moves_none_of_it(world: World) -> None:
    session = ceremony(world)
    signing = signed_by(world, "甲")
    put(world, signing, session, 1, 1)
    refused: list[tuple[Actor, tuple[type[Exception], ...]]] = [
        (world.caretaker, (Forbidden,)), (make_actor(Role.ORGANISER, world.places.mianyang), (NotFound, Refused))]
    for actor, errors in refused:
        with pytest.raises(errors):
            actions_ceremony.swap_batches(world.edition.id, session.id, 1, 2, by=actor)
        with pytest.raises(errors):
            actions_ceremony.order_batch(world.edition.id, session.id, 1, [(signing.id, 2)], by=actor)
    assert standing(session) == [(signing.id, 1, 1)]


def test_somebody_who_signs_twice_in_a_batch_is_named_with_both_agreements(world: World) -> None:
    session = ceremony(world)
    one, other, later = (signed_by(world, "张三丰", title) for title in ("甲协议", "乙协议", "丙协议"))
    put(world, one, session, 1, 1)
    put(world, other, session, 1, 2)
    put(world, later, session, 2, 1)
    [sentence] = clashes(world)
    for words in ("张三丰", world.seller.name, "第 1 批", "甲协议", "乙协议"):
        assert words in sentence
    assert clashes(world, session_id=session.id, batch=2) == []
    actions_ceremony.order_batch(world.edition.id, session.id, 1, [(one.id, 1), (other.id, 3)], by=world.city)
    assert clashes(world) == []


def test_two_people_of_one_name_are_no_conflict(world: World) -> None:
    session = ceremony(world)
    one, other = signed_by(world, "李明"), signed_by(world, "别人")
    buyer = queries.get_signing(other.id).parties[1]
    actions_parties.edit_party(other.id, buyer.id, {"signer": "李明", "contact": "王芳 13800001234"}, by=world.city)
    put(world, one, session, 1, 1)
    put(world, other, session, 1, 2)
    assert clashes(world) == []


def test_two_ceremonies_at_once_need_two_people(world: World) -> None:
    """Batches of ten minutes after a welcome of ten: the second of one ceremony is on while the other one's first is."""
    venue = make_venue(world.places.province)
    halls, slot, late = [make_hall(venue, f"第{n}厅") for n in range(2)], make_slot(world.edition, 10), make_slot(world.edition, 14)
    actions_places.set_halls(world.edition.id, [hall.id for hall in halls], by=world.boss)
    here = ceremony(world, "甲仪式", batch_minutes=10, batches=2, lead_minutes=10)
    there = ceremony(world, "乙仪式", batch_minutes=10, batches=2, lead_minutes=20)
    one, other = signed_by(world, "张三丰"), signed_by(world, "张三丰")
    put(world, one, here, 2, 1)
    put(world, other, there, 1, 1)
    assert clashes(world) == []  # Neither has a time yet.
    actions_moves.place_session(here.id, halls[0].id, slot.id, by=world.boss)
    actions_moves.place_session(there.id, halls[1].id, slot.id, by=world.boss)
    [sentence] = clashes(world)
    assert "两场仪式" in sentence
    put(world, other, there, 2, 1)
    assert clashes(world) == []
    put(world, other, there, 1, 1)
    actions_moves.place_session(there.id, halls[1].id, late.id, by=world.boss)
    assert clashes(world) == []


def test_who_signs_is_not_needed_elsewhere_at_that_time(world: World) -> None:
    """The first batch is over at 11:00, when the other sessions begin; the second is not."""
    venue = make_venue(world.places.province)
    halls, slot, later = [make_hall(venue, f"第{n}厅") for n in range(3)], make_slot(world.edition, 10), make_slot(world.edition, 11)
    actions_places.set_halls(world.edition.id, [hall.id for hall in halls], by=world.boss)
    session = ceremony(world, batch_minutes=10, batches=2, lead_minutes=50)
    actions_moves.place_session(session.id, halls[0].id, slot.id, by=world.boss)
    signer, namesake = make_person("张三丰"), make_person("张三丰")
    stored(Membership(person_id=signer.id, organisation_id=world.seller.id, status=MembershipStatus.CONFIRMED))
    stored(Membership(person_id=namesake.id, organisation_id=world.buyer.id, status=MembershipStatus.CONFIRMED))
    own = make_session(world.edition, world.places.chengdu, "成都专场")
    foreign = make_session(world.edition, world.places.mianyang, "绵阳专场", moderator_id=namesake.id)
    stored(SessionItem(session_id=own.id, project_id=world.project("另一项目").id, position=0, minutes=4, presenter_id=signer.id))
    signing = signed_by(world, "张三丰")
    put(world, signing, session, 2, 1)
    assert clashes(world) == []  # The others have no time yet.
    actions_moves.place_session(own.id, halls[1].id, later.id, by=world.boss)
    actions_moves.place_session(foreign.id, halls[2].id, later.id, by=world.boss)
    [sentence] = clashes(world)
    for words in ("张三丰", world.seller.name, signing.title, "“成都专场”"):
        assert words in sentence
    assert len(clashes(world, session_id=session.id, batch=2)) == 1
    put(world, signing, session, 1, 1)
    assert clashes(world) == []


def test_of_another_citys_session_is_only_said_that_it_needs_a_signer(world: World) -> None:
    halls = [make_hall(make_venue(world.places.province), f"第{n}厅") for n in range(2)]
    slot = make_slot(world.edition, 10)
    actions_places.set_halls(world.edition.id, [hall.id for hall in halls], by=world.boss)
    signer = make_person("张三丰")
    stored(Membership(person_id=signer.id, organisation_id=world.seller.id, status=MembershipStatus.CONFIRMED))
    session, foreign = ceremony(world), make_session(world.edition, world.places.mianyang, "绵阳专场", moderator_id=signer.id)
    for hall, one in zip(halls, (session, foreign), strict=True):
        actions_moves.place_session(one.id, hall.id, slot.id, by=world.boss)
    put(world, signed_by(world, "张三丰"), session, 1, 1)
    [found] = queries_ceremony.list_clashes(world.edition.id, (world.places.chengdu.path,))
    assert "另一专场也需要其到场" in str(found.sentence)
    assert "绵阳专场" not in str(found.sentence)


def test_the_running_order_shows_batches_with_their_times_in_order(world: World, client: Browser) -> None:
    hall, slot = make_hall(make_venue(world.places.province), "签约厅"), make_slot(world.edition, 10)
    actions_places.set_halls(world.edition.id, [hall.id], by=world.boss)
    session = ceremony(world, batch_minutes=15, batches=2, lead_minutes=10)
    actions_moves.place_session(session.id, hall.id, slot.id, by=world.boss)
    first, second, last = signed_by(world, "甲", "第一份"), signed_by(world, "乙", "第二份"), signed_by(world, "丙", "第三份")
    put(world, first, session, 1, 2)
    put(world, second, session, 1, 1)
    put(world, last, session, 2, 1)
    client.sign_in(world.boss)
    base = f"/work/{world.edition.slug}/programme/sessions/{session.id}"
    for address in (base, f"{base}/order"):
        page = client.get(address).text
        assert page.index("10:10–10:25") < page.index("第二份") < page.index("第一份") < page.index("10:25–10:40") < page.index("第三份")
        assert "计划" not in page.split('id="batches"')[1].split("第 1 批")[0]
    put(world, last, session, 3, 1)
    put(world, second, session, 2, 1)
    assert "专场计划 2 批，实际已有 3 批" in client.get(base).text
    client.sign_in(world.caretaker)
    assert 'id="batches"' not in client.get(base).text


def test_the_page_of_conflicts_names_who_signs_twice(world: World, client: Browser) -> None:
    session = ceremony(world)
    for order in (1, 2):
        put(world, signed_by(world, "张三丰"), session, 1, order)
    client.sign_in(world.boss)
    assert "张三丰" in client.get(f"/work/{world.edition.slug}/programme/conflicts").text
    assert "张三丰" in client.get(f"/work/{world.edition.slug}/signings/ceremony?session={session.id}").text


def test_a_batch_is_ordered_on_its_page(world: World, client: Browser) -> None:
    session = ceremony(world)
    first, second = signed_by(world, "甲"), signed_by(world, "乙")
    put(world, first, session, 1, 1)
    put(world, second, session, 1, 2)
    client.sign_in(world.city)
    path = f"/work/{world.edition.slug}/signings/ceremony/{session.id}"
    page = client.get(f"{path}/batch-1/order").text
    assert page.index(first.title) < page.rindex(second.title)
    assert client.post(f"{path}/batch-1/order", data={"order": [second.id, first.id], f"batch-{first.id}": "2"}).status_code == 303
    assert standing(session) == [(second.id, 1, 1), (first.id, 2, 1)]
    assert client.post(f"{path}/batch-2/earlier").status_code == 303
    assert standing(session) == [(first.id, 1, 1), (second.id, 2, 1)]
    stale = client.post(f"{path}/batch-1/order", data={"order": [first.id, second.id]})
    assert (stale.status_code, "已有变动" in stale.text) == (422, True)
    client.sign_in(world.caretaker)
    assert client.post(f"{path}/batch-1/later").status_code == 403


def test_a_session_that_is_cancelled_has_no_stage(world: World) -> None:
    session = ceremony(world)
    for order in (1, 2):
        put(world, signed_by(world, "张三丰"), session, 1, order)
    assert len(clashes(world)) == 1
    actions_sessions.cancel_session(session.id, "改期", by=world.boss)
    assert clashes(world) == []
