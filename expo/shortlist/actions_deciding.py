"""From review to released decisions: two different people decide and release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from expo.editions.models import StageKind
from expo.editions.queries import find_stage, get_edition_by_id, list_quotas
from expo.editions.rules import require_not_archived, require_open
from expo.judging import actions as judging
from expo.judging.events import PanelClosed
from expo.judging.queries import get_panel
from expo.judging.queries_results import list_results
from expo.judging.ranking import Entry, Outcome, Quotas, fill_quotas, rank
from expo.judging.rules import SubmissionDraft
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db
from expo.kit.jobs import start_job
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action, record
from expo.people.permissions import P
from expo.pool.fields import shown_fields
from expo.pool.models import Ticket
from expo.shortlist import queries, queries_deciding
from expo.shortlist.models import Candidate, CandidateStatus, Decision, Hurdle
from expo.shortlist.queries_deciding import Standing
from expo.shortlist.rules import (
    BECOMES,
    LIFECYCLE,
    digest_of,
    require_decidable,
    require_same,
    require_second_person,
    require_unchanged,
)

_DECISIONS = {Outcome.SELECTED: Decision.SELECTED, Outcome.RESERVE: Decision.RESERVE, Outcome.OUT: Decision.DECLINED}


@action
def send_to_review(edition_id: int, panel_id: int, candidate_ids: Sequence[int], *, by: Actor) -> int:
    """Endorsed candidates become submissions of a panel; returns how many."""
    require_not_archived(get_edition_by_id(edition_id))
    require_open(find_stage(edition_id, StageKind.REVIEW), StageKind.REVIEW, clock.now())
    panel = get_panel(panel_id, edition_id)
    candidates = queries.list_for_update(edition_id, candidate_ids, by.region_paths(P.SHORTLIST_DECIDE, edition_id))
    about = queries_deciding.list_for_review([candidate.id for candidate in candidates])
    drafts = []
    for candidate in candidates:
        LIFECYCLE.move(candidate, CandidateStatus.UNDER_REVIEW)
        ticket, city, owner, industry = about[candidate.id]
        drafts.append(SubmissionDraft(
            "candidate", candidate.id, ticket.title, candidate.region_path, ticket.organisation_id,
            _facts(ticket, city, owner, industry),
        ))
    judging.submit(panel.id, drafts, by=by)
    return len(drafts)


def _facts(ticket: Ticket, city: str, owner: str, industry: str) -> tuple[tuple[str, str], ...]:
    """What reviewers read: everything that speaks for the project, no contact data."""
    facts = [(_("Kind"), str(ticket.kind.label)), (_("Project owner"), owner), (_("City"), city), (_("Industry"), industry),
             *((str(label), text) for label, text in shown_fields(ticket.kind, ticket.fields)),
             (_("Description"), ticket.description)]
    return tuple((label, text) for label, text in facts if text)


@action
def take_results(event: PanelClosed) -> None:
    """Reaction to a closed panel: its candidates get their scores."""
    panel = get_panel(event.panel_id)
    results = list_results(panel, "candidate")
    rows = [{"id": number, "score": results[number]} for number in queries_deciding.list_reviewed(panel.id)]
    if not rows:
        return
    db.session.execute(sa.update(Candidate), rows)
    for row in rows:
        record("scored", "candidate", row["id"], {"score": [None, row["score"]]})


@action
def propose(edition_id: int, reserve_percent: int, minimum: int | None, *, by: Actor) -> Counter[Decision]:
    """Fill the quotas by rank and keep the result as pending decisions; what was decided by hand stays and counts.

    Returns how many of each. Whoever has no score is left undecided.
    """
    edition = get_edition_by_id(edition_id, for_update=True)
    require_not_archived(edition)
    paths = by.region_paths(P.SHORTLIST_DECIDE, edition_id)
    if not any(path.count("/") <= 2 for path in paths):
        by.require(P.SHORTLIST_DECIDE, region_path="/")
    standings = queries_deciding.list_standings(edition_id)
    open_ones = [s for s in standings if s.status is CandidateStatus.UNDER_REVIEW and (s.pending is None or s.is_proposed)]
    if not any(s.score is not None for s in open_ones):
        raise Refused(_l("No candidate under review has a score yet. Close the panel first."))
    quotas = Quotas.of((q.region_id, q.kind, q.places) for q in list_quotas(edition_id)).without(
        (s.city_id, s.kind) for s in standings if _holds_place(s)
    )
    ranked = rank(Entry(s.id, s.score, s.city_id, s.kind, s.nominated_at) for s in open_ones)
    now, known, rows = clock.now(), {s.id: s for s in open_ones}, []
    counts: Counter[Decision] = Counter()
    for found in fill_quotas(ranked, quotas, reserve_percent=reserve_percent, minimum=minimum):
        scored = known[found.id].score is not None
        decision = _DECISIONS[found.outcome] if scored else None
        if decision is not None:
            counts[decision] += 1
        rows.append({
            "id": found.id, "pending_decision": decision, "decided_by_id": by.person_id if decision else None,
            "decided_at": now if decision else None, "is_proposed": decision is not None, "reason": "",
            "place": found.place if scored else None, "hurdle": Hurdle(found.why.value),
        })
    db.session.execute(sa.update(Candidate), rows)
    for row in rows:
        before = known[int(str(row["id"]))]
        if before.pending != row["pending_decision"]:
            record("proposed", "candidate", row["id"], {
                "pending_decision": [before.pending, row["pending_decision"]], "place": [before.place, row["place"]],
                "hurdle": [before.hurdle, row["hurdle"]],
            })
    return counts


def _holds_place(one: Standing) -> bool:
    """Whoever is selected, or about to be by hand, takes a place of the quota."""
    if one.status is CandidateStatus.SELECTED:
        return one.pending is None
    return one.pending is Decision.SELECTED and not (one.status is CandidateStatus.UNDER_REVIEW and one.is_proposed)


@action
def decide(edition_id: int, candidate_ids: Sequence[int], decision: Decision, reason: str, *, by: Actor,
           seen: str | None = None) -> int:
    """Decide by hand; it stays pending until a second person releases it. ``seen`` guards one against two at once."""
    require_not_archived(get_edition_by_id(edition_id))
    candidates = queries.list_for_update(edition_id, candidate_ids, by.region_paths(P.SHORTLIST_DECIDE, edition_id))
    for candidate in candidates:
        require_unchanged(candidate, seen)
        require_decidable(candidate, decision, reason)
        candidate.pending_decision, candidate.is_proposed = decision, False
        candidate.decided_by_id, candidate.decided_at = by.person_id, clock.now()
        candidate.reason, candidate.hurdle = reason.strip(), None
    return len(candidates)


@action
def take_back(edition_id: int, candidate_ids: Sequence[int], *, by: Actor) -> int:
    """Take pending decisions back; what has none is left alone. Returns how many."""
    require_not_archived(get_edition_by_id(edition_id))
    candidates = queries.list_for_update(edition_id, candidate_ids, by.region_paths(P.SHORTLIST_DECIDE, edition_id))
    pending = [candidate for candidate in candidates if candidate.pending_decision is not None]
    for candidate in pending:
        _clear(candidate)
        candidate.reason, candidate.hurdle = "", None
    return len(pending)


@action
def release(edition_id: int, seen: str, *, by: Actor) -> Counter[Decision]:
    """Release all pending decisions that others made, together; what one decided oneself waits for somebody else.

    ``seen`` is the mark of the summary that was shown: if the decisions have changed since, nothing happens.
    """
    edition = get_edition_by_id(edition_id, for_update=True)
    require_not_archived(edition)
    pending = queries_deciding.list_pending(
        edition_id, by.region_paths(P.SHORTLIST_RELEASE, edition_id), for_update=True
    )
    require_second_person(pending, by.person_id)
    mine = [one for one in pending if one.decided_by_id != by.person_id]
    require_same(seen, digest_of((one.id, one.pending_decision) for one in mine))
    now = clock.now()
    counts: Counter[Decision] = Counter()
    for candidate in mine:
        assert candidate.pending_decision is not None
        counts[candidate.pending_decision] += 1
        LIFECYCLE.move(candidate, BECOMES[candidate.pending_decision])
        candidate.released_decider_id, candidate.released_by_id = candidate.decided_by_id, by.person_id
        candidate.released_at, candidate.told_at = now, None
        _clear(candidate)
    start_job("shortlist.tell", {"edition_id": edition_id, "released_at": now.isoformat()}, by=by,
              title=_("Tell nominators and owners of %(name)s", name=edition.name))
    return counts


def _clear(candidate: Candidate) -> None:
    candidate.pending_decision = candidate.decided_by_id = candidate.decided_at = None
    candidate.is_proposed = False


