"""Whatever an address or a form says, it never reaches the database in a form that it refuses."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from enum import Enum

import pytest
import sqlalchemy as sa
from flask import request

from expo.kit.db import UtcDateTime
from expo.kit.entries import LARGEST
from expo.kit.paging import Order, decode_cursor, encode_cursor
from expo.kit.refusals import Refused
from expo.kit.web import safe_target


def test_texts_lose_what_no_text_holds(app):
    with app.test_request_context("/?q=a%00b%07c%0Ad", method="POST", data={"note": "x\x00y\u2028z", "ids": ["1", "2"]}):
        assert request.args["q"] == "abc\nd"
        assert (request.form["note"], request.form.getlist("ids", type=int)) == ("xy\u2028z", [1, 2])
        assert (request.values["q"], request.values["note"]) == ("abc\nd", "xy\u2028z")


def test_numbers_that_no_column_holds_are_no_numbers(app):
    with app.test_request_context(f"/?a={10**30}&b={LARGEST}&c=²", method="POST", data={"ids": ["²", str(10**30), "7"]}):
        assert [request.args.get(name, 3, type=int) for name in "abc"] == [3, LARGEST, 3]
        assert request.form.getlist("ids", type=int) == [7]


@pytest.mark.parametrize("address", [f"/sessions/{10**30}", f"/sessions/{2**31}", "/projects/a%00b", "/expo/%00/hall",
                                     "/work/pool/numbers/a%00b"])
def test_addresses_of_impossible_records_are_not_found(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("target", ["http://[", "//[x", "http://evil.example/", "//evil.example", "/\\evil.example",
                                    "javascript:alert(1)", "////evil.example", "\t//evil.example"])
def test_nobody_is_sent_elsewhere_by_a_crafted_target(app, target):
    with app.test_request_context("/"):
        assert safe_target(target, "/here") == "/here"


def test_an_unknown_language_is_not_kept(client):
    client.get(f"/sign-in?lang={'x' * 500}")
    with client.session_transaction() as cookie:
        assert "language" not in cookie
    client.get("/sign-in?lang=en")
    with client.session_transaction() as cookie:
        assert cookie["language"] == "en"


class Colour(Enum):
    RED = "red"


_NUMBER, _TEXT, _MOMENT = sa.column("n", sa.Integer), sa.column("t", sa.String), sa.column("m", UtcDateTime)
_MONEY = sa.column("f", sa.BigInteger)
_COLOUR = sa.column("c", sa.Enum(Colour, values_callable=lambda members: [m.value for m in members]))


def _cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps([0, *values]).encode()).decode()


@pytest.mark.parametrize(("column", "value"), [
    (_NUMBER, 10**30), (_NUMBER, 2**31), (_MONEY, 2**63), (_NUMBER, {"a": 1}), (_NUMBER, "x"), (_NUMBER, None), (_NUMBER, True), (_TEXT, 1), (_TEXT, [1]),
    (_MOMENT, "0001-01-01T00:00:00+14:00"), (_MOMENT, 5), (_MOMENT, "yesterday"), (_COLOUR, "blue"),
])
def test_a_forged_cursor_is_refused(column, value):
    with pytest.raises(Refused):
        decode_cursor(_cursor(value), [Order(column)])


def test_a_cursor_comes_back_as_it_was():
    values = [7, 2**60, "天府\n", datetime(2026, 11, 21, 3, tzinfo=UTC)]
    orders = [Order(_NUMBER), Order(_MONEY), Order(_TEXT), Order(_MOMENT)]
    assert decode_cursor(encode_cursor(values), orders) == (False, values)
