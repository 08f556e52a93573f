"""Organisers set what each rule weighs and what breaking it means."""

from __future__ import annotations

import pytest
from flask import Flask

from expo.kit.refusals import Forbidden, Refused
from expo.programme import actions_rules, queries_instance
from expo.programme.queries_draft import draft_version
from expo.programme.queries_rules import list_rule_settings
from expo.programme.solver.settings import DEFAULTS, Rule, Setting, Severity
from tests.conftest import Browser
from tests.programme.plans import Programme


@pytest.fixture
def programme(app: Flask) -> Programme:
    return Programme()


def test_what_is_set_as_usual_is_not_kept(programme: Programme) -> None:
    edition = programme.edition.id
    before = draft_version(edition)
    assert actions_rules.set_rules(edition, {Rule.CAPACITY: Setting(Severity.IGNORE, 3), Rule.AFTER: DEFAULTS[Rule.AFTER]},
                                   by=programme.province) == 1
    assert queries_instance.load_settings(edition) == {Rule.CAPACITY: Setting(Severity.IGNORE, 3)}
    assert draft_version(edition) == before + 1
    assert actions_rules.set_rules(edition, {Rule.CAPACITY: DEFAULTS[Rule.CAPACITY]}, by=programme.province) == 1
    assert list_rule_settings(edition) == {}
    actions_rules.set_rules(edition, {Rule.ZONE: Setting(Severity.WARN, 99)}, by=programme.province)
    actions_rules.reset_rules(edition, by=programme.province)
    assert list_rule_settings(edition) == {}


def test_a_hall_twice_always_blocks_and_weights_have_bounds(programme: Programme) -> None:
    for settings in ({Rule.HALL_TWICE: Setting(Severity.WARN, 1)}, {Rule.PIN: Setting(Severity.IGNORE, 1)},
                     {Rule.ZONE: Setting(Severity.WARN, -1)}, {Rule.ZONE: Setting(Severity.WARN, 100_001)}):
        with pytest.raises(Refused):
            actions_rules.set_rules(programme.edition.id, settings, by=programme.province)


def test_only_those_who_hold_the_grid_set_rules(programme: Programme, client: Browser) -> None:
    with pytest.raises(Forbidden):
        actions_rules.set_rules(programme.edition.id, {}, by=programme.chengdu)
    with pytest.raises(Forbidden):
        actions_rules.reset_rules(programme.edition.id, by=programme.chengdu)
    assert client.sign_in(programme.chengdu).get(f"{programme.base}/rules").status_code == 403


def test_the_page_shows_every_rule_and_stores_what_is_sent(programme: Programme, client: Browser) -> None:
    client.sign_in(programme.province)
    assert "大专场进大厅" in client.get(f"{programme.base}/rules").text
    data = {f"{rule.value}-severity": s.severity.value for rule, s in DEFAULTS.items()}
    data |= {f"{rule.value}-weight": str(s.weight) for rule, s in DEFAULTS.items()}
    assert client.post(f"{programme.base}/rules", data=data | {"capacity-severity": "block_release"}).status_code == 302
    assert queries_instance.load_settings(programme.edition.id) == {Rule.CAPACITY: Setting(Severity.BLOCK_RELEASE, DEFAULTS[Rule.CAPACITY].weight)}
    assert client.post(f"{programme.base}/rules", data=data | {"capacity-weight": "x"}).status_code == 422
    assert client.post(f"{programme.base}/rules", data=data | {"hall_twice-severity": "ignore"}).status_code == 422
    assert client.post(f"{programme.base}/rules/reset").status_code == 302
    assert queries_instance.load_settings(programme.edition.id) == {}
