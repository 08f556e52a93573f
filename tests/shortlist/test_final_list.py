"""What a final list sets off in the rooms above."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from expo.kit import clock
from expo.kit.db import db
from expo.people.permissions import Role
from expo.projects.models import Project
from expo.shortlist import actions_notice
from expo.shortlist.models import CandidateStatus
from tests.makers import Places, make_actor, make_candidate, make_edition, make_ticket


def test_every_candidate_on_the_final_list_becomes_one_project_and_nobody_else_does(app: Flask) -> None:
    places, edition = Places(), make_edition()
    by = make_actor(Role.ORGANISER, places.province)
    chosen = make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=CandidateStatus.SELECTED)
    make_candidate(edition, make_ticket(places.qingyang), places.chengdu, status=CandidateStatus.RESERVE)
    now = clock.now()
    notice = actions_notice.publish_notice(edition.id, title="公示", text="", opens_at=now,
                                           closes_at=now + timedelta(days=1), by=by)
    with clock.frozen(now + timedelta(days=1)):
        actions_notice.finalise_notice(notice.id, by=by)
    projects = db.session.scalars(sa.select(Project)).all()
    assert [(p.candidate_id, p.ticket_id, p.edition_id) for p in projects] == [(chosen.id, chosen.ticket_id, edition.id)]
