"""The demonstration is of real size, whole, and honest about being one."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Flask

from expo.desk.demo.loading import load_demo, shown_moment
from expo.desk.demo.tickets import REAL
from expo.editions.queries import list_editions, list_quotas
from expo.followup.queries import count_ledger
from expo.kit import clock, history
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.people.models import Organisation, Person
from expo.pool.models import Ticket
from expo.programme.queries import sessions_now_and_next
from expo.programme.queries_projects import list_waiting_projects
from expo.projects.models import Project, ProjectStatus
from expo.shortlist.queries_deciding import count_cells
from expo.signings.models import AgreementVersion

ZONE = ZoneInfo("Asia/Shanghai")


def test_the_demonstration_holds_three_editions_of_real_size(app: Flask) -> None:
    now = shown_moment(datetime(2026, 11, 21, 3, tzinfo=UTC), ZONE)
    with clock.frozen(now):
        rows = load_demo(now, ZONE, by=SYSTEM)
        following, this, last = list_editions()
        moments = sessions_now_and_next(this.id, now)
    assert (following.slug, this.slug, last.slug) == ("2027", "2026", "2025")
    # 101 sessions each year, and two of this year's that still wait for a place.
    assert (rows["ticket"], rows["registration"], rows["session"]) == (14_000, 3_000, 2 * 101 + 2)
    waiting = list_waiting_projects(this.id, ("/",))
    assert {project.status for project in waiting.projects} == {ProjectStatus.PUBLISHED, ProjectStatus.ACCEPTED}
    assert 15 <= waiting.total <= 40
    assert rows["project"] == 2_350 + 1_200
    assert 815 <= rows["signing"] <= 830
    assert this.starts_on < now.astimezone(ZONE).date() < this.ends_on
    assert len(moments.now) >= 10
    # Not one project of the closed edition lacks its case or its owner.
    assert count_ledger(last.id) == (1_200, 0, 0)
    assert history.verify() == []
    # Every account of the sign-in page finds work: the exhibitor a project to complete, the external caretaker tickets.
    returned = db.session.execute(sa.select(Project.title, Project.completeness).join(Person, Project.exhibitor_id == Person.id).where(
        Person.email == "exhibitor@demo.example", Project.status == ProjectStatus.CONFIRMED, Project.remarks != "")).all()
    assert len(returned) == 1
    assert returned[0].completeness < 100
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket).join(Person, Ticket.caretaker_id == Person.id).where(
        Person.email == "external@demo.example")) == 24
    # Nobody was selected beyond what his city may select of the kind.
    cells = count_cells(this.id, ("/",))
    quotas = {(quota.region_id, str(quota.kind)): quota.places for quota in list_quotas(this.id)}
    assert cells.keys() <= quotas.keys()
    assert all(cell.inside <= quotas[key] for key, cell in cells.items())
    # Everything made up says so; the real titles are exactly those with a source.
    with REAL.open(encoding="utf-8") as file:
        titles = {row["title"] for row in csv.DictReader(file)}
    real = db.session.execute(sa.select(Ticket.title, Ticket.source).where(~Ticket.synthetic)).all()
    assert {title for title, _ in real} == titles
    assert all("来源" in source for _, source in real)
    assert db.session.scalar(sa.select(sa.func.count()).where(~Organisation.name.startswith("演示"))) == 0
    assert db.session.scalar(sa.select(sa.func.count()).where(~Person.phone.startswith("+86199"))) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AgreementVersion)) == 8
