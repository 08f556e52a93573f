"""Why is it there, and why not elsewhere: a page each for sessions and projects, and the same as JSON for the board."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Response, jsonify, render_template, request

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.db import not_found
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme import queries_projects
from expo.programme.rules_demands import sentences_of
from expo.programme.rules_explain import Explained, Option, explain_project, explain_session
from expo.programme.rules_impossible import why_no_place
from expo.programme.rules_instance import Draft, Names
from expo.programme.rules_words import SeverityWord, label_of, sentence_of
from expo.programme.solver.charge import Charge
from expo.programme.views import bp, is_open, load_draft_seen, tabs_of, timezone


@bp.get("/work/<slug>/programme/explain/sessions/<int:session_id>")
@access(P.PROGRAMME_READ)
def explain_place(slug: str, session_id: int) -> str:
    """What a session pays in its place; with ``hall`` and ``slot``, why not there."""
    edition = get_edition(slug)
    draft, names = _seen(edition, session_id)
    explained = explain_session(draft, session_id)
    asked = _asked_place(explained)
    return render_template(
        "programme/explain_session.html", edition=edition, names=names, session_id=session_id, explained=explained,
        asked=asked, days=_days(draft, explained), rows=rows_of(explained.charges, names),
        asked_rows=rows_of(asked.charges, names) if asked else [], obstacles=_obstacles(explained),
        conflict=[] if explained.best else _in_words(replace(draft, names=names), session_id),
        best=[{"option": option, "rows": rows_of(option.charges, names)} for option in explained.best],
        tabs=tabs_of(edition, "board"),
    )


@bp.get("/work/<slug>/programme/explain/sessions/<int:session_id>.json")
@access(P.PROGRAMME_READ)
def explain_place_json(slug: str, session_id: int) -> Response:
    """The same for the board: what it pays, the best other places, and the place asked for."""
    edition = get_edition(slug)
    draft, names = _seen(edition, session_id)
    explained = explain_session(draft, session_id)
    asked = _asked_place(explained)
    return jsonify({
        "session": session_id, "version": names.sessions[session_id].version,
        "place": list(explained.here) if isinstance(explained.here, tuple) else None, "cost": explained.cost,
        "pays": rows_of(explained.charges, names),
        "best": [_option_json(option, names) for option in explained.best],
        "obstacles": _obstacles(explained), "conflict": _conflict(explained), "there": _option_json(asked, names) if asked else None,
    })


@bp.get("/work/<slug>/programme/explain/projects/<int:project_id>")
@access(P.PROGRAMME_READ)
def explain_assignment(slug: str, project_id: int) -> str:
    """What a project pays in its session; with ``session``, why not there."""
    edition = get_edition(slug)
    draft, names = load_draft_seen(edition)
    explained = _project(draft, names, project_id)
    asked = explained.option(request.args.get("session", 0, int))
    own = current_actor().region_paths(P.PROGRAMME_EDIT, edition.id) if is_open(edition) and not explained.here else ()
    fills = {n for n, name in names.sessions.items() if name.is_visible and any(name.region_path.startswith(path) for path in own)}
    return render_template(
        "programme/explain_project.html", edition=edition, names=names, project_id=project_id, explained=explained,
        asked=asked, rows=rows_of(explained.charges, names), asked_rows=rows_of(asked.charges, names) if asked else [],
        best=[{"option": option, "rows": rows_of(option.charges, names)} for option in explained.best
              if names.sessions[int(str(option.where))].is_visible],
        fills=fills, sessions=sorted(((n, s) for n, s in names.sessions.items() if s.is_visible and draft.instance.session[n].is_filled),
                        key=lambda pair: pair[1].code),
        tabs=tabs_of(edition, "board"),
    )


@bp.get("/work/<slug>/programme/explain/projects/<int:project_id>.json")
@access(P.PROGRAMME_READ)
def explain_assignment_json(slug: str, project_id: int) -> Response:
    """The same for the board."""
    draft, names = load_draft_seen(get_edition(slug))
    explained = _project(draft, names, project_id)
    asked = explained.option(request.args.get("session", 0, int))
    return jsonify({
        "project": project_id, "session": explained.here, "cost": explained.cost, "pays": rows_of(explained.charges, names),
        "best": [_option_json(option, names) for option in explained.best],
        "there": _option_json(asked, names) if asked else None,
    })


def rows_of(charges: tuple[Charge, ...], names: Names) -> list[dict[str, Any]]:
    """Charges for tables and JSON, the dearest first."""
    return [
        {"rule": c.rule.value, "label": str(label_of(c.rule)), "severity": c.severity.value,
         "severity_label": str(SeverityWord(c.severity.value).label), "cost": c.cost, "sentence": str(sentence_of(c, names))}
        for c in sorted(charges, key=lambda c: -c.cost)
    ]


def _seen(edition: Edition, session_id: int) -> tuple[Draft, Names]:
    draft, names = load_draft_seen(edition)
    if session_id not in names.sessions or not names.sessions[session_id].is_visible:
        raise not_found()
    return draft, names


def _project(draft: Draft, names: Names, project_id: int) -> Explained:
    """Explained for those who may see the session that shows it; one without a session is its region's."""
    explained = explain_project(draft, project_id, request.args.get("session", None, int))
    if explained.here is None:
        paths = current_actor().region_paths(P.PROGRAMME_READ, draft.edition_id)
        is_seen = queries_projects.find_waiting_project(draft.edition_id, paths, project_id) is not None
    else:
        is_seen = isinstance(explained.here, int) and names.sessions[explained.here].is_visible
    if not is_seen:
        raise not_found()
    return explained


def _asked_place(explained: Explained) -> Option | None:
    return explained.option((request.args.get("hall", 0, int), request.args.get("slot", 0, int)))


def _obstacles(explained: Explained) -> list[dict[str, Any]]:
    return [{"rule": rule.value, "label": str(label_of(rule)), "places": number} for rule, number in explained.obstacles]


def _in_words(draft: Draft, session_id: int) -> list[Any]:
    """What leaves the session without any place, a sentence each."""
    return sentences_of(why_no_place(draft, session_id), draft)


def _conflict(explained: Explained) -> list[str]:
    """The fewest rules that together leave no place, in words."""
    return [str(label_of(rule)) for rule in explained.smallest_conflict]


def _option_json(option: Option, names: Names) -> dict[str, Any]:
    where = {"hall": option.where[0], "slot": option.where[1]} if isinstance(option.where, tuple) else {"session": option.where}
    return {**where, "difference": option.difference, "blocked": option.is_blocked, "pays": rows_of(option.charges, names),
            "taken_by": [{"session": s, "title": names.sessions[s].title, "code": names.sessions[s].code}
                         for s in option.taken_by if s in names.sessions]}


def _days(draft: Draft, explained: Explained) -> list[dict[str, Any]]:
    """The grid by days: each cell with its option and a step from 0 (cheap) to 4 (dear)."""
    by_place = {option.where: option for option in explained.options}
    differences = sorted(option.difference for option in explained.options if not option.is_blocked)
    zone = timezone()
    days = []
    slots = [(slot, draft.names.slots[slot.id]) for slot in draft.instance.slots]
    for day, group in groupby(slots, key=lambda pair: pair[1].starts_at.astimezone(zone).date()):
        rows = [{"times": times, "cells": [_cell(by_place[hall.id, slot.id], differences) for hall in draft.instance.halls]}
                for slot, times in group]
        days.append({"day": day, "rows": rows})
    return days


def _cell(option: Option, differences: list[int]) -> dict[str, Any]:
    below = sum(difference < option.difference for difference in differences)
    step = min(4, below * 5 // len(differences)) if differences else 0
    return {"option": option, "step": "blocked" if option.is_blocked else str(step)}
