"""Plans: asking the solver, plans kept aside, what they would change, and taking one over."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_date, format_datetime
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.forms import ActionForm
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme import actions_what_if, queries_absences, queries_instance, queries_what_if
from expo.programme import queries_sessions as drafts
from expo.programme.actions import require_grid
from expo.programme.forms_plans import CopyForm, ReplanForm, SolveForm
from expo.programme.models_planning import WhatIf, WhatIfStatus
from expo.programme.rules_absences import the_one
from expo.programme.rules_compare import Moves, Score, moves_between, rules_side_by_side, score_of
from expo.programme.rules_conflicts import blocking, conflicts_of
from expo.programme.rules_demands import sentences_of
from expo.programme.rules_explain import explain_project, explain_session
from expo.programme.rules_impossible import Impossible
from expo.programme.rules_instance import Draft
from expo.programme.rules_slots import days_between
from expo.programme.rules_solving import Disturbance, Request, Scope, What, require_solvable
from expo.programme.rules_words import label_of, sentence_of
from expo.programme.solver.score import charges
from expo.programme.solver.score_items import homes_of
from expo.programme.solver.settings import Rule
from expo.programme.views import bp, is_open, tabs_of, timezone

#: So many moved projects are listed by name.
MOST_LISTED = 400
#: So many sessions without a place are explained.
MOST_EXPLAINED = 20


@bp.route("/work/<slug>/programme/plans", methods=["GET", "POST"])
@access(P.PROGRAMME_EDIT)
def list_plans(slug: str) -> str | Response | tuple[str, int]:
    """Plans kept aside, and asking the solver for another."""
    edition = _grid(slug)
    form = _solve_form(edition)
    if form.validate_on_submit():
        with form.catching_refusals():
            form.request.require_some()
            require_solvable(queries_instance.load_draft(edition.id).instance)
            kept = actions_what_if.start_solving(edition.id, form.name.data or "", form.request.as_json(), by=current_actor())
            return redirect(url_for(".show_plan", slug=slug, what_if_id=kept.id))
    if request.method == "GET":
        form.name.data = _name(_("Plan"))
        if request.args.get("what") in {choice[0] for choice in form.what.choices or ()}:
            form.what.data = request.args["what"]
        if request.args.get("scope") in {scope.value for scope in Scope}:
            form.scope.data = request.args["scope"]
    return render_template(
        "programme/plans.html", edition=edition, form=form, copy=CopyForm(formdata=None, data={"name": _name(_("Working draft"))}),
        plans=queries_what_if.list_what_ifs(edition.id), statuses=WhatIfStatus, may_edit=is_open(edition),
        tabs=tabs_of(edition, "plans"),
    ), form.status


def _grid(slug: str) -> Edition:
    edition = get_edition(slug)
    require_grid(edition, current_actor())
    return edition


def _name(what: str) -> str:
    return f"{what} {format_datetime(clock.now(), 'M-d HH:mm')}"


def _solve_form(edition: Edition) -> SolveForm:
    form = SolveForm(
        days=[(d.isoformat(), format_date(d, "full")) for d in days_between(edition.starts_on, edition.ends_on)],
        halls=_halls(edition), sessions=_sessions(edition))
    form.what.choices = [choice for choice in What.choices() if choice[0] != What.REPLAN.value]
    return form


def _halls(edition: Edition) -> list[tuple[int, Any]]:
    return [(one.hall_id, one.hall.label) for one in drafts.list_edition_halls(edition.id)]


def _sessions(edition: Edition) -> list[tuple[int, Any]]:
    return [(number, f"{code} {title}") for number, code, title in drafts.list_titles(edition.id)]


@bp.post("/work/<slug>/programme/plans/copy")
@access(P.PROGRAMME_EDIT)
def copy_draft(slug: str) -> Response:
    """Keep the working draft aside as it is."""
    edition = _grid(slug)
    form = CopyForm()
    if not form.validate_on_submit():
        raise Refused(_l("Give the plan a name of at most 80 characters."))
    kept = actions_what_if.keep_copy(edition.id, form.name.data or "", by=current_actor())
    flash(_("The working draft is kept as “%(name)s”.", name=kept.name), "success")
    return redirect(url_for(".list_plans", slug=slug))


@bp.route("/work/<slug>/programme/replan", methods=["GET", "POST"])
@access(P.PROGRAMME_EDIT)
def replan(slug: str) -> str | Response | tuple[str, int]:
    """Something has happened: a plan with as little change as can be."""
    edition = _grid(slug)
    slots = [(slot.id, format_datetime(slot.starts_at, "M-d HH:mm")) for slot in drafts.list_slots(edition.id)]
    form = ReplanForm(halls=_halls(edition), slots=slots, sessions=_sessions(edition))
    if form.validate_on_submit():
        with form.catching_refusals():
            asked = Request(What.REPLAN, disturbance=_disturbance(edition, form), seconds=30)
            require_solvable(queries_instance.load_draft(edition.id).instance)
            kept = actions_what_if.start_solving(edition.id, form.name.data or "", asked.as_json(), by=current_actor())
            return redirect(url_for(".show_plan", slug=slug, what_if_id=kept.id))
    if request.method == "GET":
        form.name.data = _name(_("Planned again"))
    return render_template("programme/replan.html", edition=edition, form=form, tabs=tabs_of(edition, "plans"),
                           suggestions=queries_absences.suggest_people(edition.id, _paths(edition))), form.status


def _paths(edition: Edition) -> tuple[str, ...]:
    return current_actor().region_paths(P.PROGRAMME_EDIT, edition.id)


def _disturbance(edition: Edition, form: ReplanForm) -> Disturbance:
    """What the form says has happened; nothing at all means: put right what is wrong with the draft."""
    slots = {slot.id: slot for slot in drafts.list_slots(edition.id)}
    if bool(form.halls.data) != bool(form.slots.data):
        raise Refused(_l("Choose both the halls that are lost and the times."), "halls")
    if bool(form.person.data) != bool(form.away_slots.data):
        raise Refused(_l("Say both who is away and when."), "person")
    if bool(form.session_id.data) != bool(form.minutes.data):
        raise Refused(_l("Choose the session and give its new length."), "minutes")
    away = []
    if form.person.data:
        found = queries_absences.find_known(edition.id, _paths(edition), [form.person.data]).get(form.person.data, [])
        needed = queries_absences.list_needed_among(edition.id, _paths(edition), [person.id for person in found])
        person = the_one(form.person.data, found, needed)
        away = [(person.id, slots[n].starts_at, slots[n].ends_at) for n in form.away_slots.data or ()]
    return Disturbance(
        tuple((hall, slot) for hall in form.halls.data or () for slot in form.slots.data or ()), tuple(away),
        ((form.session_id.data, form.minutes.data),) if form.session_id.data and form.minutes.data else ())


@bp.get("/work/<slug>/programme/plans/<int:what_if_id>")
@access(P.PROGRAMME_EDIT)
def show_plan(slug: str, what_if_id: int) -> str:
    """How far a plan is, or what it would change."""
    edition = _grid(slug)
    return _plan_page(edition, queries_what_if.get_what_if(edition.id, what_if_id), ActionForm(formdata=None))


def _plan_page(edition: Edition, kept: WhatIf, form: ActionForm) -> str:
    values: dict[str, Any] = {"edition": edition, "kept": kept, "form": form, "statuses": WhatIfStatus,
                              "asked": Request.from_json(kept.request) if kept.request else None, "whats": What,
                              "tabs": tabs_of(edition, "plans"), "may_edit": is_open(edition)}
    if kept.status in {WhatIfStatus.READY, WhatIfStatus.TAKEN}:
        draft = queries_instance.load_draft(edition.id)
        values |= _changes(draft, kept)
    return render_template("programme/plan.html", **values)


def _changes(draft: Draft, kept: WhatIf) -> dict[str, Any]:
    """What taking a plan over would change now, whom that affects, and what both pay."""
    world = Request.from_json(kept.request).disturbance.applied_to(draft) if kept.request else draft
    after = world.with_content(kept.content)
    moves = moves_between(world, world.plan, after.plan)
    now, then = score_of(world, world.plan), score_of(after, after.plan)
    return {
        "draft": draft, "moves": moves, "names": draft.names, "now": now, "then": then, "rules": _rules([now, then]),
        "affected": affected_names(draft, moves), "stops": [sentence_of(c, draft.names) for c in then.forbidden][:5],
        "projects": moves.projects[:MOST_LISTED], "left": _left(after), "unshown": _unshown(after),
        "impossible": sentences_of(Impossible.from_json(kept.figures.get("impossible")), after),
        "blocked": blocking(conflicts_of(charges(after.instance, after.plan), draft.names)) if then.blocking else [],
    }


def _left(after: Draft) -> list[dict[str, Any]]:
    """Sessions for which the plan has no place, each with the fewest rules that stand in its way."""
    waiting = [s.id for s in after.instance.sessions if s.id not in after.plan.places][:MOST_EXPLAINED]
    return [{"session": session, "rules": [str(label_of(rule)) for rule in explain_session(after, session).smallest_conflict]}
            for session in waiting]


def _unshown(after: Draft) -> list[dict[str, Any]]:
    """Projects that the plan shows nowhere, each with what the cheapest session would have to pay for it."""
    shown = homes_of(after.instance, after.plan.items)
    found = []
    for project in [p.id for p in after.instance.projects if not shown.get(p.id)][:MOST_EXPLAINED]:
        cheapest = next(iter(explain_project(after, project).options), None)
        charges_there = sorted(cheapest.charges, key=lambda c: -c.cost)[:2] if cheapest else []
        found.append({"project": project, "reasons": [sentence_of(charge, after.names) for charge in charges_there]})
    return found


def _rules(scores: list[Score]) -> list[dict[str, Any]]:
    rows: list[tuple[Rule, list[int]]] = rules_side_by_side(scores)
    return [{"label": label_of(rule), "costs": costs, "differences": [cost - costs[0] for cost in costs]} for rule, costs in rows]


def affected_names(draft: Draft, moves: Moves) -> dict[str, list[str]]:
    """Whom it affects: people who are needed in moved sessions or present moved projects, and the sessions' hosts."""
    names, instance = draft.names, draft.instance
    people = moves.people | {p for one in moves.projects for p in instance.project[one.project].presenters}
    sessions = [*(move.session for move in moves.sessions),
                *(s for one in moves.projects for s in (one.before, one.after) if s is not None)]
    hosts = dict.fromkeys(host for session in sessions for host in instance.session[session].hosts)
    return {"people": sorted(names.persons.get(person, "—") for person in people),
            "hosts": [names.hosts.get(host, "—") for host in hosts]}


@bp.post("/work/<slug>/programme/plans/<int:what_if_id>/take")
@access(P.PROGRAMME_EDIT)
def take_plan(slug: str, what_if_id: int) -> Response | tuple[str, int]:
    """Make the working draft what the plan says."""
    edition = _grid(slug)
    form = ActionForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            moves = actions_what_if.take_over_what_if(edition.id, what_if_id, request.form.get("version", -1, int), by=current_actor())
            flash(_("Taken over: %(sessions)s sessions moved, %(projects)s projects elsewhere.", sessions=len(moves.sessions),
                    projects=len(moves.projects)), "success")
            return redirect(url_for(".show_board", slug=slug))
    return _plan_page(edition, queries_what_if.get_what_if(edition.id, what_if_id), form), form.status


@bp.post("/work/<slug>/programme/plans/<int:what_if_id>/<any(stop, discard):deed>")
@access(P.PROGRAMME_EDIT)
def end_plan(slug: str, what_if_id: int, deed: str) -> Response:
    """Stop computing and keep the best so far, or throw a plan away."""
    edition = _grid(slug)
    if deed == "stop":
        actions_what_if.ask_stop(edition.id, what_if_id, by=current_actor())
        flash(_("The solver stops and keeps the best plan so far."), "success")
        return redirect(url_for(".show_plan", slug=slug, what_if_id=what_if_id))
    kept = actions_what_if.discard(edition.id, what_if_id, by=current_actor())
    flash(_("“%(name)s” is thrown away.", name=kept.name), "success")
    return redirect(url_for(".list_plans", slug=slug))


@bp.get("/work/<slug>/programme/plans/compare")
@access(P.PROGRAMME_EDIT)
def compare_plans(slug: str) -> str:
    """Plans side by side with the working draft: score, rule by rule, and what differs between any two."""
    edition = _grid(slug)
    draft = queries_instance.load_draft(edition.id)
    chosen = [queries_what_if.get_what_if(edition.id, number) for number in dict.fromkeys(request.args.getlist("ids", int))][:4]
    chosen = [kept for kept in chosen if kept.status in {WhatIfStatus.READY, WhatIfStatus.TAKEN}]
    plans = [draft.plan, *(draft.with_content(kept.content).plan for kept in chosen)]
    scores = [score_of(draft, plan) for plan in plans]
    pair = [min(max(request.args.get(name, default, int), 0), len(plans) - 1) for name, default in (("a", 0), ("b", len(plans) - 1))]
    moves = moves_between(draft, plans[pair[0]], plans[pair[1]])
    return render_template(
        "programme/plans_compare.html", edition=edition, chosen=chosen, titles=[_("Working draft"), *(kept.name for kept in chosen)],
        scores=scores, rules=_rules(scores), pair=pair, moves=moves, names=draft.names, projects=moves.projects[:MOST_LISTED],
        counts=[moves_between(draft, plans[0], plan) for plan in plans], affected=affected_names(draft, moves),
        tabs=tabs_of(edition, "plans"), zone=timezone(),
    )
