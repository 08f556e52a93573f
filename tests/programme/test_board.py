"""The board's answers: what places mean, moves that can be taken back, and who may do what."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from expo.editions.models import Edition, EditionStatus
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.refusals import Forbidden, NotFound, Refused
from expo.kit.unit import action
from expo.people.permissions import Role
from expo.programme import (
    actions_board,
    actions_moves,
    actions_moves_items,
    queries_board,
    queries_instance,
    rules_board,
)
from expo.programme.actions_board import make_move, redo, undo
from expo.programme.models import Session, SessionItem
from expo.programme.models_grid import ClosedPlace
from expo.programme.models_planning import RuleSetting
from expo.programme.rules_board import Level
from tests.conftest import Browser
from tests.makers import make_actor, make_edition, make_person, stored
from tests.programme.plans import Programme
from tests.test_query_counts import Counting


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def place_of(session: Session) -> tuple[int | None, int | None]:
    db.session.expire_all()
    found = db.session.get(Session, session.id)
    assert found is not None
    return found.hall_id, found.slot_id


def at(programme: Programme, hall: int, slot: int) -> tuple[int, int]:
    return programme.halls[hall].id, programme.slots[slot].id


def place(programme: Programme, session: Session, hall: int, slot: int, by: Actor | None = None) -> None:
    there = at(programme, hall, slot)
    seen = queries_board.session_versions(programme.edition.id)
    make_move(programme.edition.id, {"do": "place", "session": session.id, "hall": there[0], "slot": there[1]}, seen,
              by=by or programme.province)


def verdicts(programme: Programme, session: Session) -> dict[tuple[int, int], rules_board.Verdict]:
    board = queries_board.load_board(programme.edition.id)
    return rules_board.verdicts_of(board.draft, board.checker, session.id)


def card(programme: Programme, session: Session) -> rules_board.Card:
    board = queries_board.load_board(programme.edition.id)
    return rules_board.cards_of(board.draft, board.checker, ["/"])[session.id]


def test_every_place_says_how_far_it_is_allowed_and_why(programme: Programme) -> None:
    session = programme.session("大专场", expected_audience=250, minutes=90)
    programme.place(programme.session("同城专场"), 0, 1)
    stored(ClosedPlace(edition_id=programme.edition.id, hall_id=programme.halls[1].id, slot_id=programme.slots[1].id))
    said = verdicts(programme, session)
    assert said[at(programme, 0, 0)].level is Level.ALLOWED
    assert said[at(programme, 1, 0)].level is Level.WARNS
    assert said[at(programme, 1, 1)].level is Level.BLOCKED
    assert said[at(programme, 0, 1)].swap is not None
    board = queries_board.load_board(programme.edition.id)
    assert "250" in str(rules_board.reasons_of(board.draft, said[at(programme, 1, 0)])[0])


def test_a_place_that_no_release_may_hold_is_told_apart_from_one_that_the_draft_may_not(programme: Programme) -> None:
    session = programme.session(minutes=100)
    assert {v.level for v in verdicts(programme, session).values()} == {Level.STOPS_RELEASE}
    queries_board.forget_boards()
    stored(RuleSetting(edition_id=programme.edition.id, rule="length", severity="block", weight=5))
    assert {v.level for v in verdicts(programme, session).values()} == {Level.BLOCKED}
    with pytest.raises(Refused, match="100"):
        place(programme, session, 0, 0)
    assert place_of(session) == (None, None)


@pytest.mark.parametrize(("hall", "slot"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_what_a_place_promises_is_what_the_session_pays_there(programme: Programme, hall: int, slot: int) -> None:
    session = programme.session("大专场", expected_audience=150)
    programme.place(programme.session("同城专场"), 1 - hall, slot)
    promised = verdicts(programme, session)[at(programme, hall, slot)]
    place(programme, session, hall, slot)
    board = queries_board.load_board(programme.edition.id)
    assert sum(c.cost for c in board.checker.by_session[session.id]) == promised.cost
    assert card(programme, session).level is promised.level


def test_changing_places_counts_for_both_and_a_pin_forbids_it(programme: Programme) -> None:
    big, small = programme.session("大", expected_audience=250), programme.session("小", expected_audience=50)
    programme.place(big, 0, 0)
    programme.place(small, 1, 1)
    swap = verdicts(programme, small)[at(programme, 0, 0)]
    assert (swap.swap, swap.level) == (big.id, Level.WARNS)  # The big one would go into the small hall.
    actions_moves.pin_session(big.id, actions_moves.rules.Pins(hall_id=programme.halls[0].id), by=programme.province)
    swap = verdicts(programme, small)[at(programme, 0, 0)]
    assert swap.level is Level.BLOCKED
    assert "大" in str(swap.refusal)


def test_steps_are_taken_back_one_after_the_other_and_done_again(programme: Programme) -> None:
    one, other = programme.session("甲"), programme.session("乙")
    edition, by = programme.edition.id, programme.province
    place(programme, one, 0, 0)
    place(programme, one, 1, 0)
    place(programme, other, 0, 0)
    make_move(edition, {"do": "swap", "session": one.id, "other": other.id}, queries_board.session_versions(edition), by=by)
    states = [(place_of(one), place_of(other))]
    for _step in range(4):
        undo(edition, by=by)
        states.append((place_of(one), place_of(other)))
    assert states == [
        (at(programme, 0, 0), at(programme, 1, 0)), (at(programme, 1, 0), at(programme, 0, 0)),
        (at(programme, 1, 0), (None, None)), (at(programme, 0, 0), (None, None)), ((None, None), (None, None))]
    with pytest.raises(Refused, match="撤销"):
        undo(edition, by=by)
    again = []
    for _step in range(4):
        redo(edition, by=by)
        again.append((place_of(one), place_of(other)))
    assert again == states[-2::-1]
    undo(edition, by=by)
    redo(edition, by=by)
    undo(edition, by=by)
    undo(edition, by=by)
    assert (place_of(one), place_of(other)) == states[2]


def test_steps_before_a_release_are_taken_back_in_the_draft_and_the_release_stays(programme: Programme, client: Browser) -> None:
    session, other = programme.session("蓉城专场"), programme.place(programme.session("别的专场"), 1, 1)
    edition, by = programme.edition, programme.province
    place(programme, session, 0, 0)
    programme.release()
    undo(edition.id, by=by)
    assert place_of(session) == (None, None)
    assert "蓉城专场" in client.get(f"/expo/{edition.slug}/programme").text
    redo(edition.id, by=by)
    with pytest.raises(Refused):  # Nothing has changed since the release.
        programme.release("第二版")
    undo(edition.id, by=by)
    programme.release("第二版")
    assert "蓉城专场" not in client.get(f"/expo/{edition.slug}/programme").text
    assert place_of(other) == at(programme, 1, 1)
    redo(edition.id, by=by)
    assert place_of(session) == at(programme, 0, 0)


def test_a_new_move_ends_what_could_be_done_again(programme: Programme) -> None:
    session = programme.session()
    place(programme, session, 0, 0)
    undo(programme.edition.id, by=programme.province)
    place(programme, session, 1, 0)
    with pytest.raises(Refused, match="重做"):
        redo(programme.edition.id, by=programme.province)
    undo(programme.edition.id, by=programme.province)
    assert place_of(session) == (None, None)


def test_a_step_is_not_taken_back_over_somebody_elses_head(programme: Programme) -> None:
    session, second = programme.session("抢手专场"), make_actor(Role.ORGANISER, programme.places.province)
    place(programme, session, 0, 0)
    place(programme, session, 1, 0)
    place(programme, session, 1, 1, by=second)
    for _again in range(2):
        with pytest.raises(Refused, match="抢手专场"):
            undo(programme.edition.id, by=programme.province)
    assert place_of(session) == at(programme, 1, 1)
    undo(programme.edition.id, by=second)
    assert place_of(session) == at(programme, 1, 0)
    # Where it stands again is not what the first one has seen change: better to look than to guess.
    with pytest.raises(Refused):
        undo(programme.edition.id, by=programme.province)


def test_everybody_takes_back_their_own_steps_only(programme: Programme) -> None:
    session, second = programme.session(), make_actor(Role.ORGANISER, programme.places.province)
    place(programme, session, 0, 0)
    with pytest.raises(Refused):
        undo(programme.edition.id, by=second)
    with pytest.raises(Refused):
        undo(make_edition("2027").id, by=programme.province)
    assert place_of(session) == at(programme, 0, 0)


def test_a_place_that_was_given_away_since_is_not_taken_back(programme: Programme) -> None:
    one, other = programme.session("甲"), programme.session("乙")
    place(programme, one, 0, 0)
    place(programme, one, 1, 0)
    place(programme, other, 0, 0, by=make_actor(Role.ORGANISER, programme.places.province))
    with pytest.raises(Refused, match="乙"):
        undo(programme.edition.id, by=programme.province)
    assert place_of(one) == at(programme, 1, 0)


def test_only_the_last_hundred_steps_are_kept(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions_board, "_MOST_STEPS", 2)
    session = programme.session()
    for hall, slot in ((0, 0), (0, 1), (1, 0)):
        place(programme, session, hall, slot)
    undo(programme.edition.id, by=programme.province)
    undo(programme.edition.id, by=programme.province)
    with pytest.raises(Refused):
        undo(programme.edition.id, by=programme.province)
    assert place_of(session) == at(programme, 0, 0)


def test_what_is_kept_between_requests_is_what_a_fresh_reading_finds(programme: Programme) -> None:
    one, other = programme.session("甲"), programme.session("乙")
    programme.show(one, programme.project(), presenter=make_person().id)
    place(programme, one, 0, 0)
    for hall, slot in ((1, 0), (1, 1)):
        place(programme, other, hall, slot)
        kept, fresh = queries_board.load_board(programme.edition.id), queries_instance.load_draft(programme.edition.id)
        assert (kept.draft.version, kept.draft.plan, kept.draft.names) == (fresh.version, fresh.plan, fresh.names)
        assert kept.checker.charges() == type(kept.checker)(fresh.instance, fresh.plan).charges()


def ask(client: Browser, url: str, **values: Any) -> Any:
    return client.get(url, headers={"Accept": "application/json"}, **values)


def send(client: Browser, programme: Programme, move: Any, seen: Any = None) -> Any:
    seen = {str(n): v for n, v in queries_board.session_versions(programme.edition.id).items()} if seen is None else seen
    return client.post(f"{programme.base}/board/moves", json={"move": move, "seen": seen}, headers={"Accept": "application/json"})


def test_a_move_is_answered_with_the_board_as_it_is_then(programme: Programme, client: Browser) -> None:
    session = programme.session("蓉城专场")
    client.sign_in(programme.province)
    before = ask(client, f"{programme.base}/board/state").json
    hall, slot = at(programme, 1, 1)
    answer = send(client, programme, {"do": "place", "session": session.id, "hall": hall, "slot": slot})
    assert answer.status_code == 200
    [entry] = answer.json["cards"]
    assert (entry["place"], answer.json["waiting"], answer.json["version"]) == (f"{hall}-{slot}", [], before["version"] + 1)
    assert "蓉城专场" in answer.json["undo"]
    assert "蓉城专场" in entry["html"]
    answer = client.post(f"{programme.base}/board/undo", json={}, headers={"Accept": "application/json"})
    assert (answer.json["waiting"], answer.json["undo"]) == ([session.id], None)
    assert client.post(f"{programme.base}/board/redo", json={}).json["cards"][0]["place"] == f"{hall}-{slot}"


def test_a_move_on_an_old_board_is_refused_in_words(programme: Programme, client: Browser) -> None:
    session = programme.session("抢手专场")
    client.sign_in(programme.province)
    move = {"do": "place", "session": session.id, "hall": programme.halls[0].id, "slot": programme.slots[0].id}
    assert send(client, programme, move, {session.id: 0}).status_code == 200
    answer = send(client, programme, move | {"hall": programme.halls[1].id}, {session.id: 0})
    assert answer.status_code == 409
    assert "抢手专场" in answer.json["title"]
    gone = send(client, programme, move | {"hall": 999})
    assert (gone.status_code, "刷新" in gone.json["title"]) == (409, True)


@pytest.mark.parametrize("sent", [None, [], {}, {"move": 1, "seen": {}}, {"move": {"do": 5}, "seen": {}},
                                  {"move": {"do": "place"}, "seen": {"x": 1}}, {"move": {"do": "fly"}, "seen": {}},
                                  {"move": {"do": "restore", "orders": {"x": []}}, "seen": {}}])
def test_what_cannot_be_read_is_refused_in_words(programme: Programme, client: Browser, sent: Any) -> None:
    client.sign_in(programme.province)
    answer = client.post(f"{programme.base}/board/moves", json=sent, headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert "无法读取" in answer.json["title"]


@pytest.mark.parametrize("text", [
    '{"move": ' + "[" * 100_000 + "]" * 100_000 + ', "seen": {}}', '{"move": {"do": "place"}, "seen": {"1": 1e999}}',
    '{"move": {"do": "place"}, "seen": {"1": NaN}}', f'{{"move": {{"do": "pin", "session": 1, "hall": {10**30}}}, "seen": {{}}}}',
    f'{{"move": {{"do": "restore", "orders": {{"{"1" * 5000}": []}}}}, "seen": {{}}}}', '{"move": {"do": ["place"]}, "seen": {}}',
    f'{{"move": {{"do": "restore", "orders": {{" {10**30}": []}}}}, "seen": {{}}}}',
    f'{{"move": {{"do": "move", "session": 1, "items": [{"1," * 600}1]}}, "seen": {{}}}}', '[]', 'null', '"x"', '{"move": null, "seen": null}',
    '{"move": {"do": "put_back", "session": 1, "rows": []}, "seen": {}}',
])
def test_what_no_board_sends_is_refused_in_words(programme: Programme, client: Browser, text: str) -> None:
    client.sign_in(programme.province)
    answer = client.post(f"{programme.base}/board/moves", data=text, content_type="application/json", headers={"Accept": "application/json"})
    assert answer.status_code in {404, 409}, answer.text
    assert answer.get_json()["title"]


def test_a_city_sees_all_places_moves_none_and_orders_its_own(programme: Programme, client: Browser) -> None:
    own = programme.place(programme.session("成都专场"), 0, 0)
    other = programme.place(programme.session("绵阳保密专场", region=programme.places.mianyang), 1, 0)
    programme.show(own, programme.project(), programme.project())
    items = [item.id for item in db.session.query(SessionItem).order_by(SessionItem.position)]
    client.sign_in(programme.chengdu)
    page = client.get(f"{programme.base}/board").text
    assert "成都专场" in page
    assert page.count("data-look=") == 2
    assert "绵阳保密专场" not in page
    assert "data-grip " not in page
    for path in (f"sessions/{other.id}", f"sessions/{other.id}/verdicts", f"items/{items[0]}/verdict?session={other.id}"):
        assert ask(client, f"{programme.base}/board/{path}").status_code == 404
    panel = client.get(f"{programme.base}/board/sessions/{own.id}").text
    assert "data-may-order" in panel
    assert "data-pins" not in panel
    hall, slot = at(programme, 1, 1)
    assert send(client, programme, {"do": "place", "session": own.id, "hall": hall, "slot": slot}).status_code == 403
    assert send(client, programme, {"do": "reorder", "session": own.id, "items": items[::-1]}).status_code == 200
    assert send(client, programme, {"do": "move", "items": items[:1], "session": other.id}).status_code == 404


def test_who_may_only_read_moves_nothing(programme: Programme, client: Browser) -> None:
    session = programme.session()
    auditor = make_actor(Role.AUDITOR, programme.places.province)
    client.sign_in(auditor)
    assert client.get(f"{programme.base}/board").status_code == 200
    assert send(client, programme, {"do": "unplace", "session": session.id}).status_code == 403
    assert client.post(f"{programme.base}/board/undo", json={}).status_code == 403
    client.sign_in(Actor(make_person().id, "观众"))
    for path in ("", "/state", f"/sessions/{session.id}", f"/sessions/{session.id}/verdicts"):
        assert client.get(f"{programme.base}/board{path}").status_code == 403


def test_sessions_of_another_edition_are_not_moved_from_here(programme: Programme) -> None:
    session = programme.session()
    other = make_edition("2027")
    with pytest.raises(NotFound):
        make_move(other.id, {"do": "unplace", "session": session.id}, {}, by=programme.province)


@action
def close(edition_id: int) -> None:
    edition = db.session.get(Edition, edition_id)
    assert edition is not None
    edition.status = EditionStatus.CLOSED


def test_a_closed_edition_is_read_only(programme: Programme, client: Browser) -> None:
    session = programme.place(programme.session())
    close(programme.edition.id)
    client.sign_in(programme.province)
    assert "data-may-place" not in client.get(f"{programme.base}/board").text
    with pytest.raises((Refused, Forbidden)):
        place(programme, session, 1, 1)


def test_a_project_hears_what_another_session_would_mean(programme: Programme, client: Browser) -> None:
    one, short = programme.session("甲"), programme.session("短会", minutes=2)
    programme.show(one, programme.project())
    item = db.session.query(SessionItem).one()
    client.sign_in(programme.chengdu)
    url = f"{programme.base}/board/items/{item.id}/verdict?session="
    said = ask(client, url + str(short.id)).json
    assert said["level"] == "stops-release"
    assert "短会" in said["why"][0]
    actions_moves_items.pin_item(one.id, item.id, True, by=programme.chengdu)
    assert ask(client, url + str(short.id)).json["level"] == "blocked"
    assert ask(client, f"{programme.base}/board/items/999/verdict?session={one.id}").status_code == 404


def test_filters_work_without_scripts(programme: Programme, client: Browser) -> None:
    programme.place(programme.session("新能源专场"), 0, 0)
    programme.place(programme.session("绵州专场", region=programme.places.mianyang), 1, 0)
    client.sign_in(programme.province)
    for query in ("q=绵州", f"city={programme.places.mianyang.id}", "q=绵州&kind=city"):
        assert client.get(f"{programme.base}/board?{query}").text.count("board-cell is-missed") == 1
    assert client.get(f"{programme.base}/board?q=没有").text.count("board-cell is-missed") == 2
    assert client.get(f"{programme.base}/board?city=x&industry=y&host=z&kind=w&day=v").status_code == 200


def test_the_board_asks_the_same_number_of_questions_for_one_and_three(
    programme: Programme, client: Browser, count_queries: Counting,
) -> None:
    client.sign_in(programme.province)
    first = programme.place(programme.session())
    programme.show(first, programme.project())

    def counts() -> list[int]:
        found = []
        for path in ("", "/state", f"/sessions/{first.id}", f"/sessions/{first.id}/verdicts", f"?pick={first.id}"):
            queries_board.forget_boards()
            with count_queries() as count:
                assert client.get(f"{programme.base}/board{path}").status_code == 200
            found.append(count())
        return found

    counts()  # What a process keeps is there after the first time.
    one = counts()
    for hall, slot in ((1, 0), (0, 1)):
        programme.show(programme.place(programme.session(), hall, slot), programme.project(), programme.project())
    assert counts() == one
