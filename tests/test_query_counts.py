"""Every page of the site asks the database the same number of questions for one record of everything and for three.

New pages are walked by themselves. A page that may ask more stands in ``GROWING`` with its reason; an entry that
nothing needs any more fails the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import memo
from expo.kit.access import Actor
from expo.kit.db import db
from expo.people.queries import load_actor
from tests.access_world import World
from tests.conftest import Browser
from tests.test_access_matrix import TECHNICAL, _addresses, _ask, _is_closed, _rules

Counting = Callable[[], AbstractContextManager[Callable[[], int]]]

#: Endpoint → why it asks more for more records.
GROWING: dict[str, str] = {}

#: What frames the records and is not copied: there are few of them, and who asks is one of them.
FRAME = TECHNICAL | {"region", "edition", "history", "release", "sign_in_session", "alembic_version"}


def add_two_of_everything() -> set[str]:
    """Copy each row of each table twice, under the same parents unless a unique rule wants other ones.

    Rows that may stand there only once, such as an edition's stage of a kind, stay alone. Returns the tables copied.
    """
    copies: dict[tuple[str, Any], list[Any]] = {}
    with db.engine.begin() as connection:
        for table in db.metadata.sorted_tables:
            if table.name in FRAME or list(table.primary_key.columns.keys()) != ["id"]:
                continue
            for row in connection.execute(sa.select(table)).mappings().all():
                try:
                    with connection.begin_nested():
                        copies[table.name, row["id"]] = [
                            _insert_copy(connection, table, dict(row), number, copies) for number in (1, 2)
                        ]
                except sa.exc.IntegrityError:
                    continue
    return {table for table, _id in copies}


def _insert_copy(connection: sa.Connection, table: sa.Table, values: dict[str, Any], number: int,
                 copies: dict[tuple[str, Any], list[Any]]) -> Any:
    values.pop("id")
    unique = _unique_columns(table)
    if any(isinstance(values.get(column.name), date) for column in unique):  # A time moves as a whole.
        values = {name: value + timedelta(days=number) if isinstance(value, date) else value
                  for name, value in values.items()}
    for column in unique:
        if (value := values.get(column.name)) is None:
            continue
        parents = [copies.get((key.column.table.name, value)) for key in column.foreign_keys]
        if parents:
            values[column.name] = parents[0][number - 1] if parents[0] else value
        else:
            values[column.name] = _another(column, value, number)
    return connection.execute(sa.insert(table).values(values).returning(table.c.id)).scalar_one()


def _unique_columns(table: sa.Table) -> set[sa.Column[Any]]:
    rules: Iterator[Any] = iter([
        *(rule for rule in table.constraints if isinstance(rule, sa.UniqueConstraint)),
        *(index for index in table.indexes if index.unique),
    ])
    return {column for rule in rules for column in rule.columns}


def _another(column: sa.Column[Any], value: Any, number: int) -> Any:
    if isinstance(value, bool) or isinstance(column.type, sa.Enum):
        return value
    if isinstance(value, int):
        return value + 1000 * number
    length = getattr(column.type, "length", None) or 1000
    return f"{value[: length - 2]}-{number}" if isinstance(value, str) else value


def _counts(app: Flask, world: World, actor: Actor | None, count_queries: Counting) -> dict[str, tuple[int, int]]:
    """Endpoint and address → questions and length of every page that ``actor`` may open; kept ones are rendered anew."""
    app.test_client_class = Browser
    client, found = app.test_client(), {}
    assert isinstance(client, Browser)
    if actor:
        client.sign_in(actor)
    for rule in _rules(app, "GET"):
        if _is_closed(app, rule, actor):
            continue
        for address in _addresses(app, rule, world):
            _ask(client, address)  # What a process keeps is there after the first time.
            memo.forget_pages()
            with count_queries() as count:
                status, text = _ask(client, address)
            if status < 300:
                found[f"{rule.endpoint} {address}"] = count(), len(text)
    return found


@pytest.mark.parametrize(("who", "at_least"), [("anonymous", 2), ("province", 40), ("owner", 5), ("expert", 2), ("holder", 2)])
def test_no_page_asks_more_questions_for_three_records_than_for_one(
    app: Flask, count_queries: Counting, who: str, at_least: int,
) -> None:
    world = World()
    actors = {"anonymous": None, "province": world.province, "owner": world.owner, "expert": world.expert,
              "holder": load_actor(world.holder.id)}
    one = _counts(app, world, actors[who], count_queries)
    assert len(add_two_of_everything()) > 30
    three = _counts(app, world, actors[who], count_queries)
    both = one.keys() & three.keys()
    wrong = [f"{page}: {one[page][0]} → {three[page][0]}" for page in sorted(both)
             if three[page][0] > one[page][0] and page.split()[0] not in GROWING]
    assert not wrong, "\n".join(wrong)
    longer = sum(three[page][1] > one[page][1] + 100 for page in both)
    assert longer >= at_least, "The copies show on too few pages for this test to mean anything."


def test_every_exception_names_a_page(app: Flask) -> None:
    assert {rule.endpoint for rule in _rules(app, "GET")} >= GROWING.keys()
