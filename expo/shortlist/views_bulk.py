"""Nominating, endorsing, sending to review and deciding about many at once: choose, read the summary, confirm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.words import ProjectKind
from expo.judging.queries import list_unclosed_panels
from expo.kit.language import _, _l, _n
from expo.kit.listing import Filter, Listing
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.pool.models import TicketStage
from expo.shortlist import actions, actions_deciding, queries_list, queries_nomination
from expo.shortlist.forms import BulkForm, DecideForm, NominateForm, ReviewForm
from expo.shortlist.models import CandidateStatus, Decision
from expo.shortlist.queries_list import Brief
from expo.shortlist.rules import BECOMES, LIFECYCLE
from expo.shortlist.views import bp, candidates_listing, checked, open_stages, scope_of

SHOWN = 20


@bp.get("/work/<slug>/shortlist/nominate")
@access(P.SHORTLIST_NOMINATE)
def list_nominable(slug: str) -> str:
    edition, paths = scope_of(slug, P.SHORTLIST_NOMINATE)
    listing = _nominable_listing(paths)
    listing.show(
        queries_nomination.page_nominable(edition.id, paths, listing.q, listing.chosen, listing.cursor, listing.size),
        queries_nomination.count_nominable(edition.id, paths, listing.q, listing.chosen),
    )
    return render_template("shortlist/nominate.html", edition=edition, listing=listing, stages=open_stages(edition))


def _nominable_listing(paths: tuple[str, ...]) -> Listing:
    regions = [(str(r.id), r.name) for path in paths[:1] if path.count("/") > 2
               for r in queries_list.list_regions_below(path)]
    return Listing.from_request(filters=[
        Filter("kind", _l("Kind"), ProjectKind.choices()), Filter("stage", _l("Stage"), TicketStage.choices()),
        Filter("region", _l("County"), regions),
    ])


@bp.route("/work/<slug>/shortlist/nominate/confirm", methods=["GET", "POST"])
@access(P.SHORTLIST_NOMINATE)
def nominate(slug: str) -> str | Response | tuple[str, int]:
    edition, paths = scope_of(slug, P.SHORTLIST_NOMINATE)
    form = NominateForm()
    if form.confirmed.data and form.validate_on_submit():
        with form.catching_refusals():
            added = actions.nominate_tickets(edition.id, form.ids, form.note.data or "", by=current_actor())
            flash(_n("%(num)s ticket was nominated.", "%(num)s tickets were nominated.", len(added)), "success")
            return redirect(url_for(".list_candidates", slug=slug))
    ids = form.ids or _sent_ids()
    if request.args.get("all") and not ids:
        listing = _nominable_listing(paths)
        ids = queries_nomination.list_nominable_ids(edition.id, paths, listing.q, listing.chosen)
    rows = queries_nomination.list_brief_tickets(ids, paths)
    if not rows:
        return _nothing_chosen(".list_nominable", slug)
    form.id_list.data, form.confirmed.data = ",".join(str(number) for number, *_rest in rows), "1"
    counts = Counter(kind for _id, _number, _title, kind in rows)
    return render_template("shortlist/confirm_nominate.html", edition=edition, form=form, rows=rows[:SHOWN],
                           total=len(rows), counts=counts.most_common()), form.status


@bp.post("/work/<slug>/shortlist/nominate/<int:ticket_id>")
@access(P.SHORTLIST_NOMINATE)
def nominate_one(slug: str, ticket_id: int) -> Response:
    """The button on a ticket's own page."""
    checked()
    edition, _paths = scope_of(slug, P.SHORTLIST_NOMINATE)
    candidate_id = actions.nominate_ticket(ticket_id, edition.id, by=current_actor())
    flash(_("Nominated for %(name)s.", name=edition.name), "success")
    return redirect(url_for(".show_candidate", slug=slug, candidate_id=candidate_id))


@bp.route("/work/<slug>/shortlist/endorse", methods=["GET", "POST"])
@access(P.SHORTLIST_ENDORSE)
def endorse(slug: str) -> str | Response | tuple[str, int]:
    edition, paths = scope_of(slug, P.SHORTLIST_ENDORSE)
    form = BulkForm()
    if form.confirmed.data and form.validate_on_submit():
        with form.catching_refusals():
            number = actions.endorse_candidates(edition.id, form.ids, by=current_actor())
            flash(_n("%(num)s candidate was endorsed.", "%(num)s candidates were endorsed.", number), "success")
            return redirect(url_for(".list_candidates", slug=slug))
    chosen = _chosen(edition, paths, form, "nominated")
    fit = [one for one in chosen if LIFECYCLE.allows(one.status, CandidateStatus.ENDORSED)]
    return _summary(edition, form, _("Endorse"), fit, len(chosen) - len(fit))


@bp.route("/work/<slug>/shortlist/review", methods=["GET", "POST"])
@access(P.SHORTLIST_DECIDE)
def send_to_review(slug: str) -> str | Response | tuple[str, int]:
    edition, paths = scope_of(slug, P.SHORTLIST_DECIDE)
    form = ReviewForm()
    form.panel_id.choices = [(panel.id, panel.name) for panel in list_unclosed_panels(edition.id)]
    if form.confirmed.data and form.validate_on_submit():
        with form.catching_refusals():
            number = actions_deciding.send_to_review(edition.id, form.panel_id.data, form.ids, by=current_actor())
            flash(_n("%(num)s candidate is under review.", "%(num)s candidates are under review.", number), "success")
            return redirect(url_for(".list_candidates", slug=slug))
    chosen = _chosen(edition, paths, form, "endorsed")
    fit = [one for one in chosen if LIFECYCLE.allows(one.status, CandidateStatus.UNDER_REVIEW)]
    return _summary(edition, form, _("Send to review"), fit, len(chosen) - len(fit))


@bp.route("/work/<slug>/shortlist/decide", methods=["GET", "POST"])
@access(P.SHORTLIST_DECIDE)
def decide(slug: str) -> str | Response | tuple[str, int]:
    """By hand, about one (from its page, with what was seen) or many (from a list, with a summary)."""
    edition, paths = scope_of(slug, P.SHORTLIST_DECIDE)
    form = DecideForm()
    if form.confirmed.data and form.validate_on_submit():
        with form.catching_refusals():
            number = actions_deciding.decide(edition.id, form.ids, Decision(form.decision.data), form.reason.data or "",
                                             by=current_actor(), seen=form.seen.data or None)
            flash(_n("%(num)s decision is pending until a second person releases it.",
                     "%(num)s decisions are pending until a second person releases them.", number), "success")
            return _back(slug, form.ids)
    chosen = _chosen(edition, paths, form, None)
    fit = [one for one in chosen if any(LIFECYCLE.allows(one.status, status) for status in BECOMES.values())]
    return _summary(edition, form, _("Decide"), fit, len(chosen) - len(fit))


@bp.route("/work/<slug>/shortlist/take-back", methods=["GET", "POST"])
@access(P.SHORTLIST_DECIDE)
def take_back(slug: str) -> str | Response | tuple[str, int]:
    edition, paths = scope_of(slug, P.SHORTLIST_DECIDE)
    form = BulkForm()
    if form.confirmed.data and form.validate_on_submit():
        with form.catching_refusals():
            number = actions_deciding.take_back(edition.id, form.ids, by=current_actor())
            flash(_n("%(num)s decision was taken back.", "%(num)s decisions were taken back.", number), "success")
            return _back(slug, form.ids)
    return _summary(edition, form, _("Take decisions back"), _chosen(edition, paths, form, None), 0)


def _back(slug: str, ids: Sequence[int]) -> Response:
    if len(ids) == 1:
        return redirect(url_for(".show_candidate", slug=slug, candidate_id=ids[0]))
    return redirect(url_for(".show_ranking", slug=slug))


def _chosen(edition: Edition, paths: tuple[str, ...], form: BulkForm, status: str | None) -> list[Brief]:
    """What was ticked, or everything the list showed (``all=1`` with the list's own address)."""
    ids = form.ids or _sent_ids()
    if request.args.get("all") and not ids:
        listing = candidates_listing(edition, paths)
        chosen = listing.chosen | ({"status": status} if status else {})
        ids = queries_list.list_shown_ids(edition.id, paths, listing.q, chosen)
    return queries_list.list_brief(ids, edition.id, paths)


def _sent_ids() -> list[int]:
    return request.form.getlist("ids", type=int)


def _summary(edition: Edition, form: Any, title: str, fit: list[Brief], left_out: int) -> Response | tuple[str, int]:
    if not fit and not left_out:
        return _nothing_chosen(".list_candidates", edition.slug)
    form.id_list.data = ",".join(str(one.id) for one in fit)
    if not form.confirmed.data:
        form.errors.clear()
    return render_template(
        "shortlist/confirm.html", edition=edition, form=form, title=title, rows=fit[:SHOWN], total=len(fit),
        left_out=left_out, by_city=Counter(one.city for one in fit).most_common(),
        by_kind=Counter(str(one.kind) for one in fit).most_common(), is_first=not form.confirmed.data,
    ), form.status if form.confirmed.data else 200


def _nothing_chosen(endpoint: str, slug: str) -> Response:
    flash(_("Choose at least one row first."), "warning")
    return redirect(url_for(endpoint, slug=slug))
