"""PostgreSQL is stopped in the middle of the scans and comes back: devices go on by themselves, and nothing is lost."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect, sync_playwright

from scripts.bench_jobs.checkin import Site, fill
from scripts.browser import launch
from scripts.cluster import DURABLE, Cluster
from scripts.stack import free_port
from tests.checkin.test_app import Phone
from tests.checkin.test_faults import Server

pytestmark = pytest.mark.journey
BADGES, CLIENTS, PHONES = 300, 6, 4
FIRST = 1000  # The number of the first registration that is filled in.


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(DURABLE) as found:
        yield found


@pytest.fixture(scope="module")
def world(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Server]]:
    settings = {"EXPO_DATABASE_URL": cluster.url()}
    home = tmp_path_factory.mktemp("home")
    site = fill({"EXPO_HOME": str(home)} | settings, BADGES + PHONES)
    server = Server(home, free_port(), **settings)
    yield site, server
    server.kill()


def stored(cluster: Cluster) -> list[Any]:
    engine = sa.create_engine(cluster.url(), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT client_id, registration_id FROM scan WHERE result = 'admitted'")))


def test_what_was_answered_stays_and_what_was_not_counts_once(cluster, world):
    site, server = world
    work = iter([{"client_id": uuid4().hex, "list": site.gate, "code": code} for code in site.codes[PHONES:]])
    guard, halted, back = threading.Lock(), threading.Event(), threading.Event()
    answered: dict[str, str] = {}
    statuses: Counter[int] = Counter()
    kept: set[str] = set()

    def restart() -> None:
        halted.wait(300)
        cluster.halt()
        kept.update(one for one, result in answered.items() if result == "admitted")
        cluster.resume()
        back.set()

    def device() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        while True:
            with guard:
                body = next(work, None)
            if body is None:
                return
            while True:  # As a device does: the same scan again until somebody could store it.
                try:
                    connection.request("POST", "/api/checkin/scan", json.dumps(body), site.headers)
                    reply = connection.getresponse()
                    told = json.loads(reply.read())
                except (OSError, http.client.HTTPException):
                    connection.close()  # It was idle too long; the next request opens another.
                    continue
                statuses[reply.status] += 1
                if reply.status == 200:
                    break
                back.wait(300)
            answered[body["client_id"]] = told["result"]
            if len(answered) >= BADGES // 3:
                halted.set()

    threads = [threading.Thread(target=restart), *(threading.Thread(target=device) for _ in range(CLIENTS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200, 503}
    assert set(answered.values()) == {"admitted"}
    assert len(answered) == BADGES
    rows = [row for row in stored(cluster) if row.registration_id >= FIRST + PHONES]
    assert {row.client_id for row in rows} == set(answered) >= kept
    assert len(kept) >= BADGES // 3
    assert len({row.registration_id for row in rows}) == len(rows) == BADGES


def test_the_phone_goes_on_by_itself_and_hands_in_when_the_database_is_back(cluster, world):
    site, server = world
    with sync_playwright() as playwright:
        browser = launch(playwright)
        phone = Phone.enrolled(browser, f"http://127.0.0.1:{server.port}", site.spare)
        phone.kept()
        phone.types(site.codes[0])
        phone.is_told("good", "来宾1000")
        cluster.halt()
        for code, name in zip(site.codes[1:4], ("来宾1001", "来宾1002", "来宾1003"), strict=True):
            phone.types(code)
            phone.is_told("good", name, "离线核验")
        phone.types(site.codes[0])
        phone.is_told("warn", "来宾1000")
        phone.waits(4)
        cluster.resume()
        expect(phone.page.locator("body")).to_have_attribute("data-link", "online")
        phone.waits(0)
        phone.done()
        browser.close()
    shown = [row.registration_id for row in stored(cluster) if row.registration_id < FIRST + PHONES]
    assert sorted(shown) == [FIRST + n for n in range(PHONES)]
