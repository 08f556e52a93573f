"""The board: all days of the grid, moves on it, what each place would mean, and the details of a session beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from flask import flash, get_template_attribute, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.db import not_found
from expo.kit.entries import number as as_number
from expo.kit.language import _, _l, current_language
from expo.kit.push import events_address
from expo.kit.refusals import Refused
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme import actions_board, queries_board, queries_projects, rules, rules_board
from expo.programme import queries_sessions as drafts
from expo.programme.actions_draft import Moved, plan_topic
from expo.programme.forms import read_place
from expo.programme.rules_board import Card, Level, Verdict, Wanted
from expo.programme.rules_conflicts import contradictions_in
from expo.programme.rules_instance import Draft
from expo.programme.rules_words import is_pointed_out, label_of, sentence_of
from expo.programme.solver.charge import Charge
from expo.programme.solver.score import Checker
from expo.programme.views import bp, holds_grid, is_open, scope, tabs_of, timezone, veil
from expo.projects.models import ProjectStatus

ALL_DAYS = "all"
#: So many sentences of a rule that is pointed out are said beside the board, one of a mere price; the page of reasons
#: has them all.
_MOST_SENTENCES = 3


@dataclass(frozen=True)
class Seen:
    """The draft as the reader may know it."""

    edition: Edition
    draft: Draft
    checker: Checker
    cards: dict[int, Card]
    may_place: bool

    @property
    def conflicts(self) -> int:
        """How many things of the reader's regions are pointed out, as the tab counts them."""
        names = self.draft.names.sessions
        charges = {id(c): c for found in self.checker.by_session.values() for c in found if is_pointed_out(c)}
        never = contradictions_in(self.draft, self.draft.names)
        return sum(any(names[s].is_visible for s in c.sessions) for c in charges.values()) + sum(
            any(name.is_visible for _number, name in c.sessions) for c in never) + sum(
            names[s].is_visible for s in self.draft.not_shown if s in names)


def _seen(slug: str, *, moved: bool = False) -> Seen:
    edition = get_edition(slug)
    board = queries_board.load_board(edition.id, {} if moved else None)
    draft = replace(board.draft, names=board.draft.names.seen_by(scope(edition), veil()))
    own = current_actor().region_paths(P.PROGRAMME_EDIT, edition.id) if is_open(edition) else ()
    return Seen(edition, draft, board.checker, rules_board.cards_of(draft, board.checker, own), holds_grid(edition))


@bp.get("/work/<slug>/programme/board")
@access(P.PROGRAMME_READ)
def show_board(slug: str) -> str:
    """All days of the grid; the address says which one is in front. With ``pick`` the places are on offer as buttons."""
    seen = _seen(slug)
    days = rules_board.days_of(seen.draft, timezone())
    wanted = _wanted()
    picked = seen.cards.get(request.args.get("pick", 0, int)) if seen.may_place else None
    offers = _offers(seen, picked.id) if picked else {}
    undo, redo = _steps(seen)
    return render_template(
        "programme/board.html", edition=seen.edition, seen=seen, draw=partial(_draw, seen), cards=seen.cards, days=days, day=_chosen(list(days)),
        placed={card.place: card for card in seen.cards.values() if card.place}, halls=seen.draft.instance.halls,
        names=seen.draft.names, waiting=rules_board.waiting_of(seen.cards.values()), wanted=wanted,
        missed={c.id for c in seen.cards.values() if not wanted.fits(c)} if wanted.is_anything else set(),
        choices=_choices(seen), grid=rules_board.grid_digest(seen.draft), picked=picked, offers=offers, undo=undo, redo=redo,
        closed=seen.draft.instance.closed, levels=rules_board.LEVEL_WORDS, icons=rules_board.LEVEL_ICONS,
        events=events_address(plan_topic(seen.edition.id)), loose=_loose(seen), tabs=tabs_of(seen.edition, "board", seen.conflicts),
    )


def _chosen(days: list[date]) -> date | None:
    """The day in the address, else today, else the first one; none for all of them."""
    asked = request.args.get("day")
    if asked == ALL_DAYS:
        return None
    for day in days:
        if day.isoformat() == asked:
            return day
    today = clock.today(timezone())
    return today if today in days else next(iter(days), None)


def _wanted() -> Wanted:
    given = request.args
    return Wanted(given.get("q", "").strip()[:60], given.get("city", type=int), given.get("industry", type=int),
                  given.get("kind", ""), given.get("host", type=int))


def _choices(seen: Seen) -> dict[str, list[tuple[Any, Any]]]:
    """What there is to filter by: only what occurs."""
    cards = [card for card in seen.cards.values() if card.is_visible]
    hosts = {host for card in cards for host in card.hosts}
    return {
        "city": sorted({(c.region_id, c.city) for c in cards if c.region_id}, key=lambda pair: str(pair[0])),
        "industry": sorted({(c.industry_id, c.industry) for c in cards if c.industry_id}, key=lambda pair: str(pair[0])),
        "kind": [(kind.value, kind.label) for kind in dict.fromkeys(c.kind for c in cards)],
        "host": sorted(hosts, key=lambda pair: pair[1]),
    }


def _loose(seen: Seen) -> dict[str, Any]:
    """Projects that wait for a session, as far as the filters of the board ask for them."""
    wanted = _wanted()
    waiting = queries_projects.list_waiting_projects(seen.edition.id, scope(seen.edition), wanted.q, wanted.city, wanted.industry)
    own = current_actor().region_paths(P.PROGRAMME_EDIT, seen.edition.id) if is_open(seen.edition) else ()
    return {"waiting": waiting, "into": [c for c in seen.cards.values() if c.is_own],
            "movable": {p.id for p in waiting.projects if p.status is ProjectStatus.PUBLISHED
                        and any(p.region_path.startswith(path) for path in own)}}


@bp.get("/work/<slug>/programme/board/projects")
@access(P.PROGRAMME_READ)
def board_projects(slug: str) -> str:
    """The list of projects without a session by itself."""
    seen = _seen(slug)
    return render_template("programme/board_projects.html", edition=seen.edition, may_place=seen.may_place, loose=_loose(seen))


@bp.get("/work/<slug>/programme/board/projects/<int:project_id>/verdict")
@access(P.PROGRAMME_READ)
def board_project_verdict(slug: str, project_id: int) -> Response:
    """What a session would mean for a project that has none."""
    seen = _seen(slug)
    project = queries_projects.find_waiting_project(seen.edition.id, scope(seen.edition), project_id)
    target = _visible(seen, request.args.get("session", 0, int))
    if project is None:
        raise not_found()
    is_published = project.status is ProjectStatus.PUBLISHED
    kept_out = _kept_out(target) if is_published else _l("Only published projects can be shown. Look at the project first.")
    known = project_id in seen.draft.instance.project
    return jsonify(_said(seen, rules_board.judged(seen.checker.project_verdict(project_id, target.id) if known else (), kept_out)))


def _offers(seen: Seen, session_id: int) -> dict[tuple[int, int], dict[str, Any]]:
    """(hall, slot) → what it would mean for the picked session, for readers without scripts."""
    return {
        place: {"verdict": verdict, "reasons": rules_board.reasons_of(seen.draft, verdict)}
        for place, verdict in rules_board.verdicts_of(seen.draft, seen.checker, session_id).items() if verdict.swap is None
    }


@bp.get("/work/<slug>/programme/board/state")
@access(P.PROGRAMME_READ)
def board_state(slug: str) -> Response:
    """The whole board as it is now."""
    return jsonify(_state(_seen(slug)))


def _state(seen: Seen) -> dict[str, Any]:
    undo, redo = _steps(seen)
    return {
        "version": seen.draft.version, "grid": rules_board.grid_digest(seen.draft), "undo": undo, "redo": redo,
        "conflicts": seen.conflicts,
        "loose": queries_projects.waiting_mark(seen.edition.id, scope(seen.edition)), "waiting": [card.id for card in rules_board.waiting_of(seen.cards.values())], "cards": [
            {"id": card.id, "version": card.version, "look": card.look, "place": "-".join(map(str, card.place or ())),
             "html": _draw(seen, card)}
            for card in seen.cards.values() if card.place or card.is_visible
        ],
    }


#: Cards as they were drawn last, by what they look like: a move changes a few of a hundred.
_drawn: dict[tuple[str, str, bool, str], str] = {}
_MOST_DRAWN = 4000


def _draw(seen: Seen, card: Card) -> str:
    key = card.look, seen.edition.slug, seen.may_place, current_language()
    html = _drawn.get(key)
    if html is None:
        if len(_drawn) >= _MOST_DRAWN:
            _drawn.clear()
        draw = get_template_attribute("programme/board_card.html", "card")
        html = _drawn[key] = draw(card, seen.edition.slug, seen.may_place)
    return html


_DID: Mapping[str, Any] = {
    "place": _l("Move “%(title)s”"), "unplace": _l("Take “%(title)s” off the board"), "swap": _l("Swap “%(title)s”"),
    "pin": _l("Pin “%(title)s”"), "reorder": _l("Order in “%(title)s”"), "minutes": _l("Minutes in “%(title)s”"),
    "move": _l("Projects into “%(title)s”"), "restore": _l("Projects of “%(title)s”"), "pin_item": _l("Pin in “%(title)s”"),
    "show": _l("Projects into “%(title)s”"), "take_out": _l("Projects out of “%(title)s”"),
    "put_back": _l("Projects into “%(title)s”"),
}


def _steps(seen: Seen) -> tuple[str | None, str | None]:
    """What the reader can take back, and do again, in words."""
    words = []
    for step in queries_board.find_steps(seen.edition.id, current_actor().person_id):
        name = seen.draft.names.sessions.get(step.session_id) if step else None
        words.append(str(_DID.get(step.did, _l("Change of “%(title)s”"))) % {"title": name.title if name else "—"} if step else None)
    return words[0], words[1]


@bp.get("/work/<slug>/programme/board/sessions/<int:session_id>/verdicts")
@access(P.PROGRAMME_READ)
def board_verdicts(slug: str, session_id: int) -> Response:
    """What every place would mean for a session."""
    seen = _seen(slug)
    _visible(seen, session_id)
    verdicts = rules_board.verdicts_of(seen.draft, seen.checker, session_id)
    return jsonify({"version": seen.draft.version, "cells": {
        f"{hall}-{slot}": _said(seen, verdict) for (hall, slot), verdict in verdicts.items()}})


def _said(seen: Seen, verdict: Verdict) -> dict[str, Any]:
    return {"level": verdict.level.word, "cost": verdict.cost, "swap": verdict.swap,
            "why": [str(reason) for reason in rules_board.reasons_of(seen.draft, verdict)]}


def _visible(seen: Seen, session_id: int) -> Card:
    card = seen.cards.get(session_id)
    if card is None or not card.is_visible:
        raise not_found()
    return card


@bp.get("/work/<slug>/programme/board/items/<int:item_id>/verdict")
@access(P.PROGRAMME_READ)
def board_item_verdict(slug: str, item_id: int) -> Response:
    """What another session would mean for a project of a running order."""
    seen = _seen(slug)
    item = queries_board.find_item(seen.edition.id, item_id)
    target = _visible(seen, request.args.get("session", 0, int))
    if item is None or item.project_id not in seen.draft.instance.project:
        raise not_found()
    _visible(seen, item.session_id)
    verdict = rules_board.judged(seen.checker.project_verdict(item.project_id, target.id), _kept_out(target, is_pinned=item.is_pinned))
    return jsonify(_said(seen, verdict))


def _kept_out(target: Card, *, is_pinned: bool = False) -> Any:
    if is_pinned:
        return _l("A pinned project stays in its session. Unpin it before you move it.")
    return None if target.is_own else _l("This session is filled in by the organisers of its own region.")


@bp.get("/work/<slug>/programme/board/sessions/<int:session_id>")
@access(P.PROGRAMME_READ)
def board_panel(slug: str, session_id: int) -> str:
    """A session beside the board: its place and pins, what it pays, and its running order."""
    seen = _seen(slug)
    card = _visible(seen, session_id)
    session = drafts.get_session(seen.edition.id, session_id, scope(seen.edition))
    return render_template(
        "programme/board_panel.html", edition=seen.edition, card=card, session=session, may_place=seen.may_place,
        halls=seen.draft.instance.halls, names=seen.draft.names, days=rules_board.days_of(seen.draft, timezone()),
        charges=_paid(seen, session_id),
        icons=rules_board.LEVEL_ICONS, levels=Level,
        others=[c for c in seen.cards.values() if c.is_own and c.id != session_id],
    )


def _paid(seen: Seen, session_id: int) -> list[dict[str, Any]]:
    """What a session pays, by rule, what is pointed out and dear first."""
    by_rule: dict[Any, list[Charge]] = {}
    for charge in seen.checker.by_session.get(session_id, ()):
        by_rule.setdefault(charge.rule, []).append(charge)
    rows = []
    for rule, charges in by_rule.items():
        level = max(map(rules_board.level_of, charges))
        said = charges[:_MOST_SENTENCES if level else 1]
        rows.append({"label": label_of(rule), "cost": sum(c.cost for c in charges), "level": level,
                     "sentences": [sentence_of(c, seen.draft.names) for c in said], "more": len(charges) - len(said)})
    return sorted(rows, key=lambda row: (-row["level"], -row["cost"]))


@bp.post("/work/<slug>/programme/board/moves")
@access(P.PROGRAMME_EDIT)
def make_move(slug: str) -> Response:
    """One move, as JSON: ``{"move": {"do": …}, "seen": {session: version}}``; answered by the board's new state."""
    edition = get_edition(slug)
    sent = request.get_json(silent=True)
    move, seen = _read(sent)
    queries_board.load_board(edition.id, {})  # Read before the action, so that nobody waits for it under the lock.
    return _moved(slug, actions_board.make_move(edition.id, move, seen, by=current_actor()))


@bp.post("/work/<slug>/programme/board/<any(undo, redo):turn>")
@access(P.PROGRAMME_EDIT)
def turn_step(slug: str, turn: str) -> Response:
    """Take one's last step back, or do it again."""
    edition = get_edition(slug)
    queries_board.load_board(edition.id, {})
    act = actions_board.undo if turn == "undo" else actions_board.redo
    return _moved(slug, act(edition.id, by=current_actor()))


def _moved(slug: str, moved: Moved) -> Response:
    return jsonify(_state(_seen(slug, moved=True)) | {"sessions": list(moved.session_ids)})


def _read(sent: Any) -> tuple[dict[str, Any], dict[int, int]]:
    try:
        move, seen = sent["move"], {as_number(number): as_number(version) for number, version in sent["seen"].items()}
        if not isinstance(move, dict) or not isinstance(move.get("do"), str):
            raise TypeError(move)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(_l("The request could not be read. Go back, reload the page and try again.")) from error
    return move, seen


@bp.post("/work/<slug>/programme/sessions/<int:session_id>/place")
@access(P.PROGRAMME_EDIT)
def place_session(slug: str, session_id: int) -> Response:
    """Give a session a place, or take it off the board (an empty place), by a plain form."""
    edition = get_edition(slug)
    session = drafts.get_session(edition.id, session_id, scope(edition))
    place, expected = read_place(request.form.get("place")), read_place(request.form.get("expected"))
    rules.require_unmoved(session, expected)
    seen, number = {session.id: session.version}, session.id
    title = session.title
    if place is None:
        actions_board.make_move(edition.id, {"do": "unplace", "session": number}, seen, by=current_actor())
        flash(_("“%(title)s” waits for a place.", title=title), "success")
    else:
        move = {"do": "place", "session": number, "hall": place[0], "slot": place[1]}
        actions_board.make_move(edition.id, move, seen, by=current_actor())
        flash(_("“%(title)s” is placed.", title=title), "success")
        _warn(slug, number)
    return redirect(url_for(".show_board", slug=slug, day=request.form.get("day") or None))


def _warn(slug: str, session_id: int) -> None:
    """Say at once what is wrong with the new place."""
    for level, _label, sentence in _seen(slug).cards[session_id].flags:
        flash(str(sentence), "danger" if level > Level.WARNS else "warning")
