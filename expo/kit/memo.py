"""Public pages kept ready as bytes: rendered once, then handed out before Flask is even asked.

In a public view, once it is sure that it will answer with a page that is the same for everybody::

    edition = get_edition(slug)
    keep_page(f"edition/{edition.id}")                 # until something in this edition is published
    keep_page(f"edition/{edition.id}", seconds=20)     # besides, what depends on the clock (live now, next)

In every action that changes what such pages show (publishing, releasing, withdrawing)::

    renew_pages(f"edition/{edition_id}")               # inside the action; true only once it is committed

Kept are answers to GET with status 200 that set no cookie, for visitors who are not signed in and have no message
waiting; one for each address with its query and language. They carry an ETag (unchanged pages are answered with
304) and lie ready compressed. So a kept page must not depend on who asks: no form tokens, no names, and absolute
addresses built from ``config.public_url``, not from the request.

Topics are numbered in the database, the same for all processes and machines. A process asks for the numbers when a
stamp in EXPO_HOME has changed (at once on this machine) and every second besides (other machines).
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, request
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit.config import current_config
from expo.kit.db import Model, db
from expo.kit.language import DEFAULT, LANGUAGES
from expo.kit.unit import action, after_commit
from expo.kit.web import current_actor

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
#: Bounds of what one process keeps: searches have endless addresses.
MOST_PAGES, MOST_BYTES, LONGEST_QUERY = 1000, 48 * 1024 * 1024, 300
ASKED_EVERY = 1.0
_MARK = "expo.memo"
_DROPPED = {"content-length", "content-encoding", "set-cookie", "date", "etag", "vary", "retry-after"}
_COMPRESSED = ("text/", "application/json", "image/svg+xml")
#: What a session may hold without making a visitor another one than all others. Anything else may be a right (somebody
#: is signed in, a browser is a branch venue's screen) or a message that waits.
_SAYS_NOTHING = frozenset({"language", "csrf_token", "edition"})


class PageVersion(Model):
    """How often the pages about one topic have changed."""

    __tablename__ = "page_version"
    __history__ = False

    topic: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger)


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer with its headers; ``packed`` is the compressed body, or none where that gains nothing."""

    versions: tuple[tuple[str, int], ...]
    until: float
    etag: str
    headers: list[tuple[str, str]]
    body: bytes
    packed: bytes | None

    @property
    def size(self) -> int:
        return len(self.body) + len(self.packed or b"")


_lock = threading.Lock()
_pages: OrderedDict[tuple[str, str, str], Kept] = OrderedDict()
_numbers: dict[str, int] = {}
_asked_at = float("-inf")
_stamp_seen = -1
_kept_bytes = 0


def keep_page(*topics: str, seconds: float = 600) -> None:
    """Keep the answer to this request until one of ``topics`` is renewed, and no longer than ``seconds``."""
    if current_actor().is_anonymous and request.method == "GET":
        request.environ[_MARK] = (topics, seconds)


def renew_pages(*topics: str) -> None:
    """Let the pages about ``topics`` be rendered anew once the running action is committed."""
    from sqlalchemy.dialects import postgresql, sqlite

    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    # Sorted, so that two actions renewing the same topics never wait for each other crosswise.
    for topic in sorted(set(topics)):
        statement = insert(PageVersion).values(topic=topic, number=1)
        db.session.execute(statement.on_conflict_do_update(
            index_elements=["topic"], set_={"number": PageVersion.number + 1}
        ))
    stamp = _stamp_path()
    after_commit(lambda: _touch(stamp))


@action(history=False)
def renew_pages_now(*topics: str) -> None:
    """Renew pages outside of any other action: after an operator has changed data by hand."""
    renew_pages(*topics)


def forget_pages() -> None:
    """Drop everything that this process keeps."""
    global _asked_at, _kept_bytes
    with _lock:
        _pages.clear()
        _numbers.clear()
        _kept_bytes, _asked_at = 0, float("-inf")
    for empty in _emptied_with_pages:
        empty()


_emptied_with_pages: list[Callable[[], None]] = []


def forgotten_with_pages(empty: Callable[[], None]) -> Callable[[], None]:
    """Decorates what empties a room's own memory of the database: it goes whenever the kept pages go."""
    _emptied_with_pages.append(empty)
    return empty


def init_memo(app: Flask) -> None:
    """Stand in front of the app and answer what lies ready."""
    stamp = Path(app.extensions["expo_config"].home) / "pages.stamp"
    cookie = app.config["SESSION_COOKIE_NAME"]
    inner = app.wsgi_app

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return inner(environ, start_response)
        key = _key(environ, cookie)
        if key is None:
            return inner(environ, start_response)
        numbers = _present_numbers(app, stamp)
        kept = _pages.get(key)
        if kept is not None and kept.until > time.monotonic() and all(numbers.get(t, 0) == n for t, n in kept.versions):
            return _hand_out(kept, environ, start_response)
        return _watch(inner, environ, start_response, key, numbers)

    app.wsgi_app = answer  # type: ignore[method-assign]  # the documented way to add middleware


def _key(environ: Environ, cookie_name: str) -> tuple[str, str, str] | None:
    """Path, query and language of a request that may be answered from the memo, else ``None``."""
    query = environ.get("QUERY_STRING", "")
    # Choosing a language sets a cookie, so that request goes all the way.
    if len(query) > LONGEST_QUERY or "lang=" in query:
        return None
    language = _language_of_visitor(environ.get("HTTP_COOKIE", ""), cookie_name)
    if language is None:
        return None
    wants_json = "json" in environ.get("HTTP_ACCEPT", "")
    return None if wants_json else (environ.get("PATH_INFO", "/"), query, language)


def _language_of_visitor(cookies: str, name: str) -> str | None:
    """The language in a visitor's cookie, ``None`` for whoever is not just anybody.

    The cookie's signature is not checked: whoever forges it chooses between public pages, nothing more.
    """
    if f"{name}=" not in cookies:
        return DEFAULT
    try:
        morsel = SimpleCookie(cookies).get(name)
        payload = morsel.value if morsel is not None else ""
        packed = payload.startswith(".")
        text = payload.removeprefix(".").partition(".")[0]
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        said = json.loads(zlib.decompress(raw, bufsize=65536) if packed else raw)
    except (CookieError, ValueError, RecursionError, zlib.error):
        return None
    if not isinstance(said, dict) or not said.keys() <= _SAYS_NOTHING:
        return None
    language = str(said.get("language", DEFAULT))
    return language if language in LANGUAGES else DEFAULT


def _present_numbers(app: Flask, stamp: Path) -> dict[str, int]:
    global _numbers, _asked_at, _stamp_seen
    changed = _changed_at(stamp)
    now = time.monotonic()
    if changed == _stamp_seen and now - _asked_at < ASKED_EVERY:
        return _numbers
    with _lock:
        # One thread asks; the others go on with what is known, unless something was renewed just now.
        if changed == _stamp_seen and now - _asked_at < ASKED_EVERY:
            return _numbers
        _asked_at = now
        with app.app_context():
            rows = db.session.execute(sa.select(PageVersion.topic, PageVersion.number))
            numbers = {row.topic: row.number for row in rows}
        _numbers, _stamp_seen = numbers, changed
        return _numbers


def _hand_out(kept: Kept, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    etag = kept.etag
    if etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 NOT MODIFIED", [("ETag", etag), ("Vary", "Accept-Encoding, Cookie"),
                                            ("Cache-Control", "no-cache")])
        return ()
    packed = kept.packed if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "") else None
    body = kept.body if packed is None else packed
    headers = [*kept.headers, ("Content-Length", str(len(body)))]
    if packed is not None:
        headers.append(("Content-Encoding", "gzip"))
    start_response("200 OK", headers)
    return () if environ["REQUEST_METHOD"] == "HEAD" else (body,)


def _watch(inner: Callable[..., Iterable[bytes]], environ: Environ, start_response: StartResponse,
           key: tuple[str, str, str], numbers: dict[str, int]) -> Iterable[bytes]:
    """Let the app answer; what a view marked with :func:`keep_page` is kept on the way out."""
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def note(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        said.append((status, headers))
        # The view has run by now. A page that will be kept is sent from here, with its ETag.
        return _ignored if _is_kept(environ, status, headers) else start_response(status, headers, exc_info)

    answer = inner(environ, note)
    if not said or not _is_kept(environ, *said[-1]):
        return answer
    try:
        body = b"".join(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
    topics, seconds = environ[_MARK]
    kept = _made(body, said[-1][1], topics, seconds, numbers)
    _keep(key, kept)
    return _hand_out(kept, environ, start_response)


def _is_kept(environ: Environ, status: str, headers: list[tuple[str, str]]) -> bool:
    return _MARK in environ and status.startswith("200") and not any(n.lower() == "set-cookie" for n, _ in headers)


def _made(body: bytes, headers: list[tuple[str, str]], topics: tuple[str, ...], seconds: float,
          numbers: dict[str, int]) -> Kept:
    # The numbers were read before the page was rendered: a change in between makes the page old, never the reverse.
    etag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    plain = [(n, v) for n, v in headers if n.lower() not in _DROPPED and not n.lower().startswith("x-ratelimit")]
    media_type = next((v for n, v in plain if n.lower() == "content-type"), "")
    packed = gzip.compress(body, 6, mtime=0) if media_type.startswith(_COMPRESSED) and len(body) > 500 else None
    return Kept(tuple((t, numbers.get(t, 0)) for t in topics), time.monotonic() + seconds, etag,
                [*plain, ("ETag", etag), ("Vary", "Accept-Encoding, Cookie")], body, packed)


def _keep(key: tuple[str, str, str], kept: Kept) -> None:
    global _kept_bytes
    with _lock:
        before = _pages.pop(key, None)
        _pages[key] = kept
        _kept_bytes += kept.size - (before.size if before else 0)
        while _pages and (len(_pages) > MOST_PAGES or _kept_bytes > MOST_BYTES):
            _, oldest = _pages.popitem(last=False)
            _kept_bytes -= oldest.size


def _ignored(_data: bytes) -> None:
    """What a WSGI server's old ``write`` would be; no view here uses it."""


def _stamp_path() -> Path:
    return current_config().home / "pages.stamp"


def _touch(stamp: Path) -> None:
    stamp.touch()
    # Two renewals within the clock's grain must still differ.
    moment = time.time_ns()
    os.utime(stamp, ns=(moment, moment))


def _changed_at(stamp: Path) -> int:
    try:
        return os.stat(stamp).st_mtime_ns
    except FileNotFoundError:
        return 0


