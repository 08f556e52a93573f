"""The pool's list: every filter and two-character words, each page as a signed-in organiser gets it.

The floor is what a page costs without its rows: the same request for a list that matches nothing.
"""

from __future__ import annotations

import time
from typing import Any

from scripts.measuring import Context, Result, median, percentile
from scripts.ticket_lists import bring_in, site, write_csv

TICKETS, REPEAT = 400_000, 5
NOTHING = "q=一个从不出现的词"
FILTERS = (
    "", "stage=deal", "stage=outreach", "kind=finance_product", "kind=challenge", "side=demand", "side=supply", "status=open",
    "status=closed", "city=510100", "city=510700", "caretaker=none", "due=overdue", "due=week", "due=planned&sort=due",
    "industry=核电产业", "industry=新材料", "source=来信", "source=天府科技云", "sort=oldest", "sort=waiting", "size=100",
    "stage=deal&kind=finance_product", "stage=deal&city=510700", "industry=核电产业&stage=deal",
)
WORDS = ("q=系统", "q=脱硫", "q=核电", "q=量子", "q=无此", "q=系统&city=510700", "q=脱硫&stage=deal", "q=锂电池")


def run(context: Context) -> list[Result]:
    count = context.scaled(TICKETS)
    with site(context, "pool") as (app, organiser):
        bring_in(write_csv(context.folder / "pool.csv", count), organiser)
        _plan_work()
        results = []
        for who, person_id in (("province", organiser.person_id), ("city", organiser.city_person_id)):
            for what, queries in (("filters", FILTERS), ("words", WORDS)):
                times = _pages(app, person_id, queries, 1 if context.is_quick else REPEAT)
                floor = _pages(app, person_id, (NOTHING,), REPEAT)
                results.append(Result(
                    "pool", f"{count:,} tickets, {who}, {len(queries)} {what}: p95", context.size, context.database,
                    percentile(times, 95), median(floor), "ms", p50_ms=median(times), p99_ms=percentile(times, 99),
                ))
    return results


def _plan_work() -> None:
    """A tenth of the tickets has a due date, as where caretakers are at work, and the oldest tenth is closed."""
    import sqlalchemy as sa

    from expo.kit import clock
    from expo.kit.db import db
    from expo.pool.models import Ticket, TicketOutcome, TicketStatus

    today = clock.now().date()
    with db.engine.connect().execution_options(expo_write=True) as connection, connection.begin():
        for days in range(-20, 40):
            due = today.fromordinal(today.toordinal() + days)
            connection.execute(sa.update(Ticket).where(Ticket.id % 600 == days + 20).values(next_due_on=due))
        oldest = sa.select(sa.func.max(Ticket.id) / 10).scalar_subquery()
        connection.execute(sa.update(Ticket).where(Ticket.id < oldest).values(
            status=TicketStatus.CLOSED, outcome=TicketOutcome.DEAL, closed_at=clock.now(), next_due_on=None))
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE ticket"))


def _pages(app: Any, person_id: int, queries: tuple[str, ...], repeat: int) -> list[float]:
    """Milliseconds of each page, the first request of each left out."""
    from expo.people.actions_sessions import start_session

    client = app.test_client()
    token = start_session(person_id, second_factor=True)
    with client.session_transaction() as cookie:
        cookie["sign_in"] = token
    times = []
    for query in queries:
        for turn in range(repeat + 1):
            begin = time.perf_counter()
            answer = client.get(f"/work/pool/?{query}")
            taken = (time.perf_counter() - begin) * 1000
            if answer.status_code != 200:
                raise RuntimeError(f"/work/pool/?{query} answered {answer.status_code}")
            if turn:
                times.append(taken)
    return times
