"""The unit of work, the history it writes, and what it refuses."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import history
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.unit import WriteOutsideAction, action, after_commit, once_token
from expo.places.models import Region, RegionKind
from tests.makers import Places, make_person


@action
def rename(region_id: int, name: str, *, by: Actor) -> None:
    region = db.session.get_one(Region, region_id)
    region.name = name
    if name == "fail":
        raise RuntimeError("on purpose")


def test_an_action_writes_its_change_with_before_and_after(app: Flask) -> None:
    places = Places()
    by = Actor(person_id=make_person().id, name="李四")
    rename(places.qingyang.id, "新区", by=by)
    row = history.list_history("region", places.qingyang.id)[0]
    assert (row.actor, row.changes) == ("李四", {"name": ["青羊区", "新区"]})
    assert history.verify() == []


def test_a_failed_action_leaves_nothing_behind(app: Flask) -> None:
    places = Places()
    with pytest.raises(RuntimeError):
        rename(places.qingyang.id, "fail", by=Actor(1, "x"))
    assert db.session.get_one(Region, places.qingyang.id).name == "青羊区"
    assert history.list_history("region", places.qingyang.id) == []


def test_writing_outside_an_action_is_refused(app: Flask) -> None:
    places = Places()
    region = db.session.get_one(Region, places.qingyang.id)
    region.name = "偷改"
    with pytest.raises(WriteOutsideAction):
        db.session.flush()
    db.session.rollback()
    with pytest.raises(WriteOutsideAction):
        db.session.execute(sa.update(Region).values(name="x"))


def test_a_nested_action_that_fails_takes_only_its_own_work_back(app: Flask) -> None:
    places = Places()

    @action
    def outer(*, by: Actor) -> None:
        rename(places.qingyang.id, "甲", by=by)
        with pytest.raises(RuntimeError):
            rename(places.shuangliu.id, "fail", by=by)

    outer(by=Actor(None, "x"))
    assert db.session.get_one(Region, places.qingyang.id).name == "甲"
    assert db.session.get_one(Region, places.shuangliu.id).name == "双流区"
    assert history.verify() == []


def test_effects_wait_for_the_commit_and_die_with_a_failure(app: Flask) -> None:
    places = Places()
    done: list[str] = []

    @action
    def act(fail: bool, *, by: Actor) -> None:
        after_commit(lambda: done.append("effect"))
        assert done == []
        if fail:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act(True, by=Actor(None, "x"))
    assert done == []
    act(False, by=Actor(None, "x"))
    assert done == ["effect"]
    assert places


def test_a_changed_removed_or_added_row_breaks_the_chain_at_a_named_place(app: Flask) -> None:
    places = Places()
    for name in ("一", "二", "三"):
        rename(places.qingyang.id, name, by=Actor(None, "x"))
    numbers = [row.number for row in reversed(history.list_history("region", places.qingyang.id))]
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE history SET actor = 'nobody' WHERE stream = 'region' AND number = :n"),
                           {"n": numbers[1]})
    db.session.rollback()
    [found] = history.verify()
    assert (found.stream, found.number) == ("region", numbers[1])
    with db.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM history WHERE stream = 'region' AND number = :n"), {"n": numbers[1]})
    db.session.rollback()
    [found] = history.verify()
    assert (found.number, found.why) == (numbers[1], f"row {numbers[1]} is missing")


def test_personal_data_enters_the_history_only_as_changed(app: Flask) -> None:
    @action
    def note(*, by: Actor) -> int:
        from expo.people.models import Person

        person = Person(name="王五", phone="+8613800000000")
        db.session.add(person)
        db.session.flush()
        return person.id

    number = note(by=Actor(None, "x"))
    [row] = history.list_history("person", number)
    assert "王五" not in str(row.changes)
    assert row.changes["name"] == [None, history.HIDDEN]


def test_the_same_form_sent_twice_is_done_once(app: Flask) -> None:
    from expo.kit.refusals import Refused

    places = Places()
    once_token.set("a" * 24)
    rename(places.qingyang.id, "甲", by=Actor(None, "x"))
    once_token.set("a" * 24)
    with pytest.raises(Refused):
        rename(places.qingyang.id, "乙", by=Actor(None, "x"))
    once_token.set(None)
    assert db.session.get_one(Region, places.qingyang.id).name == "甲"


def test_many_threads_write_without_losing_or_doubling(app: Flask) -> None:
    places = Places()

    @action
    def add(number: int, *, by: Actor) -> None:
        count = db.session.scalar(sa.select(sa.func.count()).select_from(Region))
        db.session.add(Region(kind=RegionKind.NODE, key=f"n{count}", name=f"区{number}",
                              parent_id=places.province.id, path=f"/510000/n{count}/"))

    def work(start: int) -> None:
        with app.app_context():
            for number in range(5):
                for _attempt in range(50):
                    try:
                        add(start * 10 + number, by=Actor(None, "x"))
                        break
                    except sa.exc.IntegrityError:  # PostgreSQL lets two count at once; the second tries again.
                        continue

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    found = db.session.scalars(sa.select(Region.key).where(Region.kind == RegionKind.NODE)).all()
    assert len(found) == 30 == len(set(found))
    assert history.verify() == []
