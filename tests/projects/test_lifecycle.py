"""A project's lifecycle and the rules that need no database."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from expo.editions.words import ProjectKind
from expo.kit.refusals import Refused
from expo.projects.models import FileRole, Project, ProjectStatus
from expo.projects.rules import LIFECYCLE, Checks, completeness, missing_parts, require_checks
from tests.projects.world import FACTS, LONG

S = ProjectStatus
ALLOWED = {
    (S.INVITED, S.CONFIRMED), (S.INVITED, S.WITHDRAWN), (S.CONFIRMED, S.HANDED_IN), (S.CONFIRMED, S.WITHDRAWN),
    (S.HANDED_IN, S.ACCEPTED), (S.HANDED_IN, S.CONFIRMED), (S.HANDED_IN, S.WITHDRAWN), (S.ACCEPTED, S.PUBLISHED),
    (S.ACCEPTED, S.CONFIRMED), (S.ACCEPTED, S.WITHDRAWN), (S.PUBLISHED, S.ACCEPTED), (S.PUBLISHED, S.WITHDRAWN),
    (S.WITHDRAWN, S.INVITED),
}


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_a_project_moves_only_along_its_life(before: S, after: S) -> None:
    project = Project(status=before)
    if (before, after) in ALLOWED:
        LIFECYCLE.move(project, after)
        assert project.status is after
    else:
        with pytest.raises(Refused):
            LIFECYCLE.move(project, after)
        assert project.status is before


def _project(**values: Any) -> Project:
    full: dict[str, Any] = {
        "kind": ProjectKind.ACHIEVEMENT, "title": "催化材料", "summary": "摘要", "description": LONG, "industry_id": 1,
        "fields": FACTS, "contact_name": "陈", "contact_phone": "+8613800000000", "contact_email": "",
    }
    return Project(**full | values)


def test_a_complete_project_misses_nothing() -> None:
    project = _project()
    assert missing_parts(project, {FileRole.PICTURE}) == []
    assert completeness(project, {FileRole.PICTURE}) == 100


@pytest.mark.parametrize(("values", "missing"), [
    ({"summary": ""}, "summary"), ({"industry_id": None}, "industry"), ({"description": "太短"}, "description"),
    ({"fields": {"mode": "licence"}}, "maturity"), ({"contact_name": ""}, "contact_name"),
    ({"contact_phone": ""}, "contact_address"),
])
def test_each_needed_part_is_named_when_it_is_missing(values: dict[str, Any], missing: str) -> None:
    project = _project(**values)
    assert [part.key for part in missing_parts(project, {FileRole.PICTURE})] == [missing]
    assert completeness(project, {FileRole.PICTURE}) < 100


def test_a_project_without_a_picture_is_not_complete() -> None:
    assert [part.key for part in missing_parts(_project(), {FileRole.DOCUMENT})] == ["picture"]


@pytest.mark.parametrize("kind", list(ProjectKind))
def test_an_empty_project_of_each_kind_is_zero_percent(kind: ProjectKind) -> None:
    empty = Project(kind=kind, summary="", description="", fields={}, contact_name="", contact_phone="", contact_email="")
    assert completeness(empty, set()) == 0


@pytest.mark.parametrize(("checks", "overseas", "field"), [
    (Checks(False, True), False, "confidentiality"), (Checks(True, False), False, "novelty"),
    (Checks(True, True, False), True, "export"),
])
def test_nothing_is_accepted_without_its_checks(checks: Checks, overseas: bool, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        require_checks(_project(for_overseas=overseas), checks)
    assert refusal.value.field == field


def test_a_domestic_project_needs_no_export_check() -> None:
    require_checks(_project(for_overseas=False), Checks(True, True))
