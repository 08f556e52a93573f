"""The conversation beside a picture: a burst that is held and released without loss, and one message to thousands.

Everything goes the real way: through the edge into gunicorn with all filters, out through the edge as events. The floor
of the burst is a handler's least work: the same clients ask the same site for nothing.
"""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from subprocess import DEVNULL, Popen
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask

from scripts.crowd import ARRIVALS, Crowd
from scripts.measuring import Context, Result, memory_mb, percentile
from scripts.stack import ROOT, Stack, free_port

#: Messages of the burst, from so many persons by so many clients; each person may write 60 a minute.
BURST, PERSONS, CLIENTS = 5000, 200, 16
LISTENERS, SPOKEN, PAUSE_S = 5000, 60, 0.25


@dataclass(frozen=True)
class Site:
    """What the clients need."""

    app: Flask
    session_id: int
    moderator: int
    headers: list[dict[str, str]]

    @property
    def address(self) -> str:
        return f"/sessions/{self.session_id}/talk"


def run(context: Context) -> list[Result]:
    count, listeners = context.scaled(BURST), context.scaled(LISTENERS)
    spoken = 8 if context.is_quick else SPOKEN
    stack = Stack(home=context.folder / "talk", port=free_port())
    parts = {part.name: part for part in stack.parts()}
    environment = stack.environment()
    if context.database == "postgresql":
        environment["EXPO_DATABASE_URL"] = context.database_url("talk")
    site = fill(environment, persons=min(PERSONS, max(4, count // 20)))
    results: list[Result] = []
    with ExitStack() as running:
        running.enter_context(_running(parts["edge"].command, environment))
        web = running.enter_context(_running((*parts["web"].command, "--prepared"), environment))
        _wait(stack.port)
        _set_room(site, "hold")
        results.append(_burst(context, stack, site, count, web.pid))
        if stack.push_socket.exists():
            _set_room(site, "open")
            results.append(_spoken(context, stack, site, listeners, spoken))
    return results


def fill(environment: dict[str, str], persons: int) -> Site:
    """A released session with a moderator and signed-in visitors, made by the app's own actions."""
    from flask.sessions import SecureCookieSessionInterface
    from itsdangerous import URLSafeTimedSerializer

    from expo import create_app
    from expo.kit.config import load_config
    from expo.kit.db import db
    from expo.people.actions_sessions import start_session
    from expo.people.permissions import Role
    from tests.makers import make_actor, make_person
    from tests.programme.plans import Programme

    # Nobody listens yet.
    app = create_app(load_config({name: value for name, value in environment.items() if name.startswith("EXPO_") and name != "EXPO_PUSH_URL"}))
    assert app.secret_key
    cookies = SecureCookieSessionInterface().get_signing_serializer(app)
    assert cookies
    with app.app_context():
        db.create_all()
        programme = Programme()
        session = programme.place(programme.session("人工智能专场"))
        programme.release()
        moderator = make_actor(Role.MODERATOR, programme.places.province)
        headers = []
        for number in range(persons):
            raw = uuid4().hex
            cookie = str(cookies.dumps({"sign_in": start_session(make_person(f"观众{number}").id), "csrf_token": raw}))
            headers.append({"Cookie": f"session={cookie}", "Content-Type": "application/json", "Referer": environment["EXPO_PUBLIC_URL"],
                            "X-CSRFToken": str(URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(raw))})
        site = Site(app, session.id, moderator.person_id or 0, headers)
        db.session.remove()
        db.engine.dispose()
    return site


def _burst(context: Context, stack: Stack, site: Site, count: int, process_id: int) -> Result:
    texts = iter([f"第{number}条弹幕，讲得很好" for number in range(count)])
    seconds, times = _by_clients(stack, site, texts)
    memory = memory_mb(process_id)
    held = _count(site, "held")
    begin = time.perf_counter()
    _release_all(site)
    released_s = time.perf_counter() - begin
    shown = _count(site, "shown")
    if (held, shown) != (count, count):
        raise RuntimeError(f"Of {count} messages {held} were held and {shown} released.")
    floor_s, floor_times = _by_clients(stack, site, itertools.repeat(None, count))
    return Result(
        "talk", f"burst of {count:,} messages, {CLIENTS} clients", context.size, context.database, count / seconds, len(floor_times) / floor_s,
        "messages/s", percentile(times, 50) * 1000, percentile(times, 99) * 1000, memory,
        note=f"none lost; all released in {released_s:.1f} s",
    )


def _by_clients(stack: Stack, site: Site, texts: Iterator[str | None]) -> tuple[float, list[float]]:
    """Each text is sent once, or nothing is asked for; returns the seconds of all and of each."""
    guard, together = threading.Lock(), threading.Barrier(CLIENTS + 1)
    turns = itertools.cycle(site.headers)

    def client(_number: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
        connection.connect()
        together.wait(60)
        taken: list[float] = []
        while True:
            with guard:
                text, headers = next(texts, ""), next(turns)
            if text == "":
                return taken
            begin = time.perf_counter()
            if text is None:
                connection.request("GET", "/nothing-here", headers={"Cookie": ""})
            else:
                connection.request("POST", site.address, _said(text), headers)
            answer = connection.getresponse()
            told = answer.read()
            taken.append(time.perf_counter() - begin)
            if text is not None and answer.status != http.client.OK:
                raise RuntimeError(f"A message was answered {answer.status}: {told[:300]!r}")

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [pool.submit(client, number) for number in range(CLIENTS)]
        together.wait(60)
        begin = time.perf_counter()
        times = [one for answer in answers for one in answer.result()]
        return time.perf_counter() - begin, times


def _spoken(context: Context, stack: Stack, site: Site, listeners: int, spoken: int) -> Result:
    """One visitor after the other says something; from sending it until each open page has it."""
    arriving = 4 + listeners / ARRIVALS
    seconds = spoken * (PAUSE_S + 0.15)
    crowd = Crowd("listeners", listeners, stack.port, f"/events/public/talk/{site.session_id}", arriving + seconds + 5)
    time.sleep(arriving)
    until = time.monotonic() + seconds
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
    answered: list[float] = []
    for headers in itertools.islice(itertools.cycle(site.headers), spoken):
        begin = time.monotonic()
        if begin > until:
            break
        connection.request("POST", site.address, _said(f"t={begin:.6f}"), headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != http.client.OK or told["status"] != "shown":
            raise RuntimeError(f"A message was answered {answer.status}: {told}")
        answered.append(time.monotonic() - begin)
        time.sleep(PAUSE_S)
    met = crowd.met()
    expected = listeners * len(answered)
    return Result(
        "talk", f"chat message to {listeners:,} viewers", context.size, context.database, len(met.delays), expected, "messages",
        percentile(met.delays, 50) * 1000, percentile(met.delays, 99) * 1000,
        note=f"{expected - len(met.delays)} of {expected:,} not heard, {met.failed} failed; its writer is answered in {percentile(answered, 50) * 1000:.0f} ms",
    )


def _said(text: str) -> str:
    return json.dumps({"kind": "chat", "text": text, "client_id": uuid4().hex})


def _set_room(site: Site, mode: str) -> None:
    from expo.people.queries import load_actor
    from expo.streaming.actions_moderating import set_room
    from expo.streaming.models_talk import TalkMode

    with site.app.app_context():
        set_room(site.session_id, TalkMode(mode), True, 0, by=load_actor(site.moderator))


def _release_all(site: Site) -> None:
    from expo.people.queries import load_actor
    from expo.streaming.actions_moderating import release_held

    with site.app.app_context():
        while release_held(site.session_id, by=load_actor(site.moderator)):
            pass


def _count(site: Site, status: str) -> int:
    from expo.kit.db import db
    from expo.streaming.models_talk import TalkMessage

    with site.app.app_context(), db.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).where(TalkMessage.status == status)).scalar_one()


@contextmanager
def _running(command: tuple[str, ...], environment: dict[str, str]) -> Iterator[Popen[bytes]]:
    with Popen(command, cwd=ROOT, env=environment, stdin=DEVNULL, stderr=DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("The site did not start.")
