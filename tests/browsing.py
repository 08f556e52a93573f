"""The app before a real browser: on an address of its own, with its protection against forged forms on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright
from werkzeug.serving import make_server

from expo.kit.access import Actor
from expo.kit.db import db
from expo.people.actions_sessions import start_session
from scripts.browser import LOCALE, launch

Opened = Callable[..., Page]


class _Door:
    """Between a server and the app. Once closed it lets nobody in, and waits for who is inside: pages of a test must not
    write into the database of the next one."""

    def __init__(self, app: Flask) -> None:
        self.app, self.inside, self.is_closed = app, 0, False
        self.left = threading.Condition()

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        with self.left:
            if self.is_closed:
                start_response("503 Service Unavailable", [("Content-Length", "0")])
                return []
            self.inside += 1
        try:
            return self.app(environ, start_response)
        finally:
            with self.left:
                self.inside -= 1
                self.left.notify_all()

    def close(self) -> None:
        with self.left:
            self.is_closed = True
            assert self.left.wait_for(lambda: not self.inside, 60), "a request does not end"


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    app.config["WTF_CSRF_ENABLED"] = True
    door = _Door(app)
    server = make_server("127.0.0.1", 0, door, threaded=True)  # type: ignore[arg-type]  # It is a WSGI application.
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.config["WTF_CSRF_ENABLED"] = False
    door.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # A browser without a window has no preview of what it prints, and dies of it.
        browser = launch(playwright, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                         "--disable-print-preview")
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser, site: str, app: Flask) -> Iterator[Opened]:
    """``opened(path, actor)``: a page as somebody has it open; a script that fails fails the test."""
    errors: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(path: str, actor: Actor | None = None, **options: Any) -> Page:
        context = chromium.new_context(base_url=site, **(LOCALE | {"viewport": {"width": 1440, "height": 900}} | options))
        context.set_default_timeout(30_000)
        contexts.append(context)
        if actor is not None:
            assert actor.person_id is not None
            signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
            cookie = signer.dumps({"sign_in": start_session(actor.person_id, second_factor=True)})
            context.add_cookies([{"name": "session", "value": cookie, "url": site}])
        db.session.remove()
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors, errors


def wait_at_gates(page: Page) -> None:
    """A machine that is busy with other tests is not a site that does not answer."""
    def patient(route: Route) -> None:
        reply = route.fetch()
        assert "PATIENCE_MS = 2000" in reply.text()
        route.fulfill(status=200, content_type="text/javascript", body=reply.text().replace("PATIENCE_MS = 2000", "PATIENCE_MS = 30_000"))

    page.route("**/js/gate/site.js*", patient)
