"""The rules of an edition's programme: what each means, how heavy it weighs, and what it costs the draft now."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.language import _, _n
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme import actions_rules, queries_instance
from expo.programme.actions import require_grid
from expo.programme.forms_rules import SHOWN, RulesForm, rules_form
from expo.programme.rules_words import RULE_WORDS, SEVERITY_MEANS, SeverityWord
from expo.programme.solver.score import by_rule, charges
from expo.programme.solver.settings import DEFAULTS, OF_PLACE, Rule, Setting
from expo.programme.views import bp, tabs_of


@bp.route("/work/<slug>/programme/rules", methods=["GET", "POST"])
@access(P.PROGRAMME_EDIT)
def edit_rules(slug: str) -> str | Response | tuple[str, int]:
    """Severity and weight of each rule."""
    edition = get_edition(slug)
    require_grid(edition, current_actor())
    draft = queries_instance.load_draft(edition.id)
    form = rules_form({rule: draft.instance.setting(rule) for rule in SHOWN})
    if form.validate_on_submit():
        with form.catching_refusals():
            changed = actions_rules.set_rules(edition.id, form.settings, by=current_actor())
            flash(_n("%(num)s rule changed.", "%(num)s rules changed.", changed), "success")
            return redirect(url_for(".edit_rules", slug=slug))
    return _page(edition, form, by_rule(charges(draft.instance, draft.plan))), form.status


def _page(edition: Edition, form: RulesForm, costs: Mapping[Rule, int]) -> str:
    groups = [
        (heading, [{"rule": rule, "label": RULE_WORDS[rule][0], "unit": RULE_WORDS[rule][1], "field": form[rule.value],
                    "usual": _usual(DEFAULTS[rule]), "cost": costs.get(rule, 0),
                    "is_other": form.settings[rule] != DEFAULTS[rule] if not form.errors else False} for rule in SHOWN if (rule in OF_PLACE) is placed])
        for heading, placed in ((_("Where and when sessions are held"), True), (_("What sessions show"), False))
    ]
    return render_template("programme/rules.html", edition=edition, form=form, groups=groups, tabs=tabs_of(edition, "rules"),
                           means=[(SeverityWord(s.value).label, text) for s, text in SEVERITY_MEANS.items()])


def _usual(setting: Setting) -> tuple[str, int]:
    return str(SeverityWord(setting.severity.value).label), setting.weight


@bp.post("/work/<slug>/programme/rules/reset")
@access(P.PROGRAMME_EDIT)
def reset_rules(slug: str) -> Response:
    actions_rules.reset_rules(get_edition(slug).id, by=current_actor())
    flash(_("All rules are set as usual."), "success")
    return redirect(url_for(".edit_rules", slug=slug))
