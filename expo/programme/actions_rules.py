"""How heavy each rule weighs in an edition, and what breaking it means."""

from __future__ import annotations

from collections.abc import Mapping

from expo.editions.queries import get_edition_by_id
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.programme import queries_rules
from expo.programme.actions import require_grid
from expo.programme.actions_draft import touch_plan
from expo.programme.models_planning import RuleSetting
from expo.programme.solver.settings import DEFAULTS, Rule, Setting, Severity

HEAVIEST = 100_000
#: Without these a hall could be given twice by mistake; the database would refuse it anyway.
ALWAYS_BLOCK = frozenset({Rule.HALL_TWICE, Rule.PIN})


@action
def set_rules(edition_id: int, settings: Mapping[Rule, Setting], *, by: Actor) -> int:
    """Set these rules; what is set as usual is not kept. Returns how many have changed."""
    require_grid(get_edition_by_id(edition_id, for_update=True), by)
    present = queries_rules.list_rule_settings(edition_id)
    changed = 0
    for rule, setting in settings.items():
        if rule in ALWAYS_BLOCK and setting.severity is not Severity.BLOCK:
            raise Refused(_l("This rule always blocks: a hall holds one session at a time, and what is pinned stays."),
                          f"severity-{rule.value}")
        if not 0 <= setting.weight <= HEAVIEST:
            raise Refused(_l("A weight lies between 0 and %(most)s.", most=f"{HEAVIEST:,}"), f"weight-{rule.value}")
        changed += _set(edition_id, rule, setting, present.get(rule.value))
    if changed:
        touch_plan(edition_id)
    return changed


def _set(edition_id: int, rule: Rule, setting: Setting, present: RuleSetting | None) -> bool:
    if setting == DEFAULTS[rule]:
        if present is not None:
            db.session.delete(present)
        return present is not None
    if present is None:
        db.session.add(RuleSetting(edition_id=edition_id, rule=rule.value, severity=setting.severity.value, weight=setting.weight))
        return True
    changed = (present.severity, present.weight) != (setting.severity.value, setting.weight)
    present.severity, present.weight = setting.severity.value, setting.weight
    return changed


@action
def reset_rules(edition_id: int, *, by: Actor) -> None:
    """All rules as usual again."""
    require_grid(get_edition_by_id(edition_id, for_update=True), by)
    for one in queries_rules.list_rule_settings(edition_id).values():
        db.session.delete(one)
    touch_plan(edition_id)
