"""Drafts that are kept aside: computed by the solver or copied, compared, taken over in one go, or thrown away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from expo.editions.queries import get_edition_by_id
from expo.kit.access import Actor
from expo.kit.db import db, find_record
from expo.kit.jobs import start_job
from expo.kit.language import _, _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.programme import queries as queries_releases
from expo.programme import queries_draft, queries_instance, queries_plan, queries_what_if, rules
from expo.programme import queries_sessions as queries
from expo.programme.actions import require_grid
from expo.programme.actions_absences import Away, add_absence
from expo.programme.actions_draft import touch_plan
from expo.programme.actions_grid import close_places
from expo.programme.actions_sessions import change_session
from expo.programme.models import Session, SessionItem, SessionStatus
from expo.programme.models_planning import WhatIf, WhatIfStatus
from expo.programme.rules_compare import Moves, moves_between, plan_of_release, score_of
from expo.programme.rules_instance import USUAL_MINUTES, Draft, content_of
from expo.programme.rules_solving import Disturbance, Request
from expo.programme.rules_words import sentence_of
from expo.programme.solver.instance import Plan

LIFECYCLE = Lifecycle(
    {
        WhatIfStatus.COMPUTING: {WhatIfStatus.READY, WhatIfStatus.FAILED, WhatIfStatus.DISCARDED},
        WhatIfStatus.READY: {WhatIfStatus.TAKEN, WhatIfStatus.DISCARDED},
        WhatIfStatus.FAILED: {WhatIfStatus.DISCARDED},
        # What was taken over once may be taken over again, after trying something else.
        WhatIfStatus.TAKEN: {WhatIfStatus.TAKEN, WhatIfStatus.DISCARDED},
        WhatIfStatus.DISCARDED: set(),
    }
)
#: One edition's solver runs at a time: more would only slow each other down.
MOST_COMPUTING = 2


@action
def start_solving(edition_id: int, name: str, request: Mapping[str, Any], *, by: Actor) -> WhatIf:
    """Ask the solver for a plan; it becomes a draft kept aside. See ``rules_solving.Request``."""
    edition = get_edition_by_id(edition_id, for_update=True)
    require_grid(edition, by)
    if queries_what_if.count_computing(edition_id) >= MOST_COMPUTING:
        raise Refused(_l("The solver is busy with other plans of this edition. Wait for them, or stop them."))
    kept = WhatIf(edition_id=edition_id, name=name, status=WhatIfStatus.COMPUTING, request=dict(request),
                  base_version=queries_draft.draft_version(edition_id), made_by_id=by.person_id)
    db.session.add(kept)
    db.session.flush()
    kept.job_id = start_job("programme.solve", {"what_if": kept.id}, by=by, title=_l("Plan: %(name)s", name=name)).id
    return kept


@action
def keep_copy(edition_id: int, name: str, plan: Plan | None = None, *, by: Actor) -> WhatIf:
    """Keep the working draft as it is now, or with another plan."""
    edition = get_edition_by_id(edition_id, for_update=True)
    require_grid(edition, by)
    draft = queries_instance.load_draft(edition_id)
    copied = replace(draft, plan=plan or draft.plan)
    kept = WhatIf(edition_id=edition_id, name=name, status=WhatIfStatus.READY, base_version=draft.version,
                  content=content_of(copied.plan, draft.instance.session), made_by_id=by.person_id,
                  figures=figures_of(draft, copied))
    db.session.add(kept)
    db.session.flush()
    return kept


@action
def keep_release(edition_id: int, number: int, *, by: Actor) -> WhatIf:
    """Go back to a release: a plan kept aside that stands as the release did, as far as its halls, times, sessions and
    projects are still there. Taking it over shows first what would move."""
    release = queries_releases.get_release(edition_id, number)
    draft = queries_instance.load_draft(edition_id)
    plan = plan_of_release(release.content, draft, queries_plan.list_plan_slots(edition_id))
    return keep_copy(edition_id, _("Release %(number)s: %(name)s", number=number, name=release.name)[:80], plan, by=by)


def figures_of(draft: Draft, kept: Draft) -> dict[str, Any]:
    """What a plan pays and how far it is from the working draft, for lists."""
    score, moves = score_of(kept, kept.plan), moves_between(draft, draft.plan, kept.plan)
    return {"total": score.total, "by_rule": {rule.value: cost for rule, cost in score.by_rule.items()},
            "blocking": score.blocking, "unplaced": score.unplaced, "unassigned": score.unassigned,
            "moved": len(moves.sessions), "reassigned": len(moves.projects)}


@action(history=False)
def note_progress(what_if_id: int, figures: Mapping[str, Any]) -> None:
    """How far the solver has come."""
    kept = find_record(WhatIf, what_if_id, for_update=True)
    if kept is not None and kept.status is WhatIfStatus.COMPUTING:
        kept.figures = {**kept.figures, **figures}


@action(history=False)
def finish(what_if_id: int, content: Mapping[str, Any], figures: Mapping[str, Any]) -> None:
    """The solver's plan is there; nothing happens if it was thrown away meanwhile, or is there already."""
    kept = find_record(WhatIf, what_if_id, for_update=True)
    if kept is not None and kept.status is WhatIfStatus.COMPUTING:
        LIFECYCLE.move(kept, WhatIfStatus.READY)
        kept.content, kept.figures = dict(content), {**kept.figures, **figures}


@action(history=False)
def fail(what_if_id: int, reasons: Sequence[str]) -> None:
    """No plan was found; ``reasons`` say why, in words."""
    kept = find_record(WhatIf, what_if_id, for_update=True)
    if kept is not None and kept.status is WhatIfStatus.COMPUTING:
        LIFECYCLE.move(kept, WhatIfStatus.FAILED)
        kept.figures = {**kept.figures, "reasons": list(reasons)}


@action
def ask_stop(edition_id: int, what_if_id: int, *, by: Actor) -> None:
    """Stop computing and keep the best plan so far."""
    require_grid(get_edition_by_id(edition_id), by)
    kept = queries_what_if.get_what_if(edition_id, what_if_id, for_update=True)
    if kept.status is not WhatIfStatus.COMPUTING:
        raise Refused(_l("This plan is not being computed any more."))
    kept.stop_asked = True
    record("stop", "what_if", what_if_id)


@action
def discard(edition_id: int, what_if_id: int, *, by: Actor) -> WhatIf:
    """Throw a draft that was kept aside away; one that is being computed stops."""
    require_grid(get_edition_by_id(edition_id), by)
    kept = queries_what_if.get_what_if(edition_id, what_if_id, for_update=True)
    LIFECYCLE.move(kept, WhatIfStatus.DISCARDED)
    kept.stop_asked = True
    return kept


@action
def take_over_what_if(edition_id: int, what_if_id: int, version: int, *, by: Actor) -> Moves:
    """Make the working draft what a draft kept aside says, exactly as it was shown.

    ``version`` is the one of the working draft that the actor has seen it against: if anything has changed since,
    nothing is done.
    """
    edition = get_edition_by_id(edition_id, for_update=True)
    require_grid(edition, by)
    kept = queries_what_if.get_what_if(edition_id, what_if_id, for_update=True)
    if queries_draft.draft_version(edition_id) != version:
        raise Refused(_l("The programme has changed since this preview was made. Nothing was taken over; look at the new one."))
    if kept.request:
        _write_down(edition_id, Request.from_json(kept.request).disturbance, by)
    sessions = {s.id: s for s in queries.list_all_for_update(edition_id) if s.status is not SessionStatus.CANCELLED}
    draft = queries_instance.load_draft(edition_id)
    after = draft.with_content(kept.content)
    moves = moves_between(draft, draft.plan, after.plan)
    if moves.is_empty:
        raise Refused(_l("The working draft is like this already."))
    stops = score_of(after, after.plan).forbidden
    if stops:
        raise Refused(_l("This plan cannot be taken over: %(sentence)s", sentence=sentence_of(stops[0], draft.names)))
    _place(sessions, moves)
    touched = {move.session for move in moves.sessions} | set(moves.reordered)
    touched |= _assign(edition_id, draft, after, moves)
    LIFECYCLE.move(kept, WhatIfStatus.TAKEN)
    for number in sorted(touched):
        record("planned", "session", number, _what(number, moves))
    record("taken_over", "edition", edition_id, {"plan": [None, kept.name], "sessions": [None, len(moves.sessions)],
                                                 "projects": [None, len(moves.projects)]})
    touch_plan(edition_id, *(sessions[number] for number in sorted(touched)))
    return moves


def _write_down(edition_id: int, happened: Disturbance, by: Actor) -> None:
    """What a plan was made for is true from now on: halls closed, people away, sessions longer."""
    for hall, slot in happened.closed:
        close_places(edition_id, [hall], [slot], _("Lost"), by=by)
    for person, starts_at, ends_at in happened.away:
        add_absence(edition_id, Away(person, starts_at, ends_at), by=by)
    for session, minutes in happened.minutes:
        change_session(session, {"minutes": minutes}, by=by)


def _what(session: int, moves: Moves) -> dict[str, Any]:
    joined = [one.project for one in moves.projects if one.after == session]
    left = [one.project for one in moves.projects if one.before == session]
    return {"items": [left, joined]} if joined or left else {}


def _place(sessions: Mapping[int, Session], moves: Moves) -> None:
    """All leave their places first: the database takes one session per place at any moment."""
    for move in moves.sessions:
        session = sessions[move.session]
        rules.require_fillable(session)
        session.hall_id = session.slot_id = None
    db.session.flush()
    for move in moves.sessions:
        if move.after is not None:
            sessions[move.session].hall_id, sessions[move.session].slot_id = move.after


def _assign(edition_id: int, draft: Draft, after: Draft, moves: Moves) -> set[int]:
    """Items change their sessions and keep their minutes and presenters; returns the sessions that were changed."""
    touched = {s for one in moves.projects for s in (one.before, one.after) if s is not None}
    if not touched and not moves.reordered:
        return touched
    items = {(item.session_id, item.project_id): item for item in queries_what_if.list_items_for_update(edition_id)}
    for one in moves.projects:
        if one.before is not None and items[one.before, one.project].is_pinned:
            raise Refused(_l("A pinned project stays in its session. Unpin it before you move it."))
    exhibitors = queries_what_if.find_exhibitors(edition_id)
    for one in moves.projects:
        item = items.pop((one.before, one.project)) if one.before is not None else None
        if one.after is None:
            db.session.delete(item)
        elif item is None:
            item = SessionItem(session_id=one.after, project_id=one.project, position=0, minutes=USUAL_MINUTES,
                               presenter_id=exhibitors.get(one.project))
            db.session.add(item)
            items[one.after, one.project] = item
        else:
            item.session_id = one.after
            items[one.after, one.project] = item
    for session in touched | set(moves.reordered):
        for position, project in enumerate(after.plan.items.get(session, ())):
            items[session, project].position = position
    return touched
