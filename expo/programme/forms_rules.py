"""The form of the rules: a severity and a weight for each."""

from __future__ import annotations

from typing import Any

from wtforms import Form as PlainForm
from wtforms import FormField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.programme.actions_rules import ALWAYS_BLOCK, HEAVIEST
from expo.programme.rules_words import OF_REPLANNING, RULE_WORDS, SeverityWord
from expo.programme.solver.settings import Rule, Setting, Severity


class OneRule(PlainForm):
    severity = SelectField(_l("Severity"), choices=SeverityWord.choices())
    weight = IntegerField(_l("Weight"), [InputRequired(), NumberRange(0, HEAVIEST)])


class RulesForm(Form):
    """One field per rule, named after it."""

    @property
    def settings(self) -> dict[Rule, Setting]:
        return {rule: Setting(Severity(self[rule.value].severity.data), self[rule.value].weight.data) for rule in SHOWN}


#: In the order of the page: what is about places first.
SHOWN = tuple(rule for rule in Rule if rule not in OF_REPLANNING)
for _rule in SHOWN:
    setattr(RulesForm, _rule.value, FormField(OneRule, label=RULE_WORDS[_rule][0]))


def rules_form(settings: dict[Rule, Setting]) -> RulesForm:
    """Filled with what holds now. Rules that always block cannot be chosen otherwise."""
    data: dict[str, Any] = {rule.value: {"severity": s.severity.value, "weight": s.weight} for rule, s in settings.items()}
    form = RulesForm(data=data)
    for rule in ALWAYS_BLOCK:
        form[rule.value].severity.choices = [(SeverityWord.BLOCK.value, SeverityWord.BLOCK.label)]
    return form
