"""Kept pages: the same bytes until something is renewed, never for people who are signed in."""

from __future__ import annotations

import base64
import gzip
import zlib

import pytest
from flask import Flask, session
from flask.testing import FlaskClient

from expo.kit import memo
from expo.kit.unit import action
from expo.kit.web import public
from tests.makers import make_person

RENDERED: list[str] = []
_PATH = "/kept-in-test"


def packed(text: str) -> str:
    """As Flask packs a session, with nobody's signature."""
    return f".{base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip('=')}.nobody"


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A page that counts how often it is rendered."""

    @public
    def page() -> str:
        memo.keep_page("edition/1")
        RENDERED.append("once")
        return f"<p>{len(RENDERED)}</p>" + "网" * 400

    if "kept_page" not in app.view_functions:
        app._got_first_request = False
        app.add_url_rule(_PATH, "kept_page", page)
    RENDERED.clear()
    return app.test_client()


def test_a_kept_page_is_rendered_once(visitor: FlaskClient) -> None:
    first, second = visitor.get(_PATH), visitor.get(_PATH)
    assert first.data == second.data
    assert len(RENDERED) == 1
    assert first.headers["ETag"] == second.headers["ETag"]
    assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]


def test_an_unchanged_page_is_answered_without_its_bytes(visitor: FlaskClient) -> None:
    etag = visitor.get(_PATH).headers["ETag"]
    answer = visitor.get(_PATH, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")


def test_it_lies_ready_compressed(visitor: FlaskClient) -> None:
    plain = visitor.get(_PATH)
    packed = visitor.get(_PATH, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data


def test_renewing_its_topic_renders_it_anew_and_another_topic_does_not(visitor: FlaskClient) -> None:
    visitor.get(_PATH)
    memo.renew_pages_now("edition/2")
    assert visitor.get(_PATH).data.startswith(b"<p>1<")
    memo.renew_pages_now("edition/1")
    assert visitor.get(_PATH).data.startswith(b"<p>2<")


def test_an_action_that_fails_renews_nothing(visitor: FlaskClient) -> None:
    @action(history=False)
    def fail() -> None:
        memo.renew_pages("edition/1")
        raise RuntimeError

    visitor.get(_PATH)
    with pytest.raises(RuntimeError):
        fail()
    visitor.get(_PATH)
    assert len(RENDERED) == 1


def test_people_who_are_signed_in_get_their_own_page(visitor: FlaskClient, client: FlaskClient) -> None:
    visitor.get(_PATH)
    client.sign_in(make_person().id)  # type: ignore[attr-defined]  # our client can
    client.get(_PATH)
    client.get(_PATH)
    assert len(RENDERED) == 3


def test_a_browser_with_a_right_of_its_own_gets_its_own_page_and_gives_it_to_nobody(visitor: FlaskClient) -> None:
    with visitor.session_transaction() as kept:
        kept["venue_screen"] = [1, "0123456789abcdef"]
    own = visitor.get(_PATH).data
    with visitor.session_transaction() as kept:
        kept.clear()
    assert visitor.get(_PATH).data != own
    assert len(RENDERED) == 2


def test_each_language_and_query_has_its_own_page(visitor: FlaskClient) -> None:
    visitor.get(_PATH)
    visitor.get(_PATH + "?q=1")
    with visitor.session_transaction() as cookie:
        cookie["language"] = "en"
    visitor.get(_PATH)
    visitor.get(_PATH)
    assert len(RENDERED) == 3


def test_a_message_that_waits_is_not_swallowed(visitor: FlaskClient) -> None:
    visitor.get(_PATH)
    with visitor.session_transaction() as cookie:
        cookie["_flashes"] = [("success", "done")]
    visitor.get(_PATH)
    assert len(RENDERED) == 2


def test_an_answer_that_sets_a_cookie_is_not_kept(app: Flask, visitor: FlaskClient) -> None:
    @public
    def page() -> str:
        memo.keep_page("edition/1")
        session["seen"] = "x"
        RENDERED.append("once")
        return "x"

    if "cookie_page" not in app.view_functions:
        app._got_first_request = False
        app.add_url_rule("/cookie-in-test", "cookie_page", page)
    visitor.get("/cookie-in-test")
    app.test_client().get("/cookie-in-test")
    assert len(RENDERED) == 2


@pytest.mark.parametrize("junk", [".%%%not-base64", packed("[" * 100_000), packed('{"language": []}')])
def test_junk_in_the_cookie_only_loses_the_memo(visitor: FlaskClient, junk: str) -> None:
    visitor.set_cookie("session", junk)
    assert visitor.get(_PATH).status_code == 200


def test_the_memo_stays_within_its_bounds(visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "MOST_PAGES", 5)
    for number in range(9):
        visitor.get(f"{_PATH}?q={number}")
    assert len(memo._pages) == 5
    assert memo._kept_bytes == sum(kept.size for kept in memo._pages.values())
