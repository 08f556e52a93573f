"""Candidates of an edition: the list, one candidate, the grid of quotas, the export."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition, list_industries, list_quotas, list_stages
from expo.editions.rules import is_open
from expo.editions.words import ProjectKind
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.exports import sheet_response
from expo.kit.forms import ActionForm
from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.sheets import OutColumn
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.pool.fields import shown_fields
from expo.shortlist import actions, queries, queries_deciding, queries_list
from expo.shortlist.forms import AgainForm, DecideForm, SendBackForm
from expo.shortlist.models import Candidate, CandidateStatus, Decision
from expo.shortlist.rules import BECOMES, LIFECYCLE, version_of
from expo.shortlist.timeline import candidate_timeline

bp = Blueprint("shortlist", __name__)


def scope_of(slug: str, permission: str = P.SHORTLIST_READ) -> tuple[Edition, tuple[str, ...]]:
    """The edition and the regions in which the reader may do this; none at all is refused."""
    edition = get_edition(slug)
    current_actor().require(permission, edition_id=edition.id)
    return edition, current_actor().region_paths(permission, edition.id)


def checked() -> None:
    """A button's POST carries its tokens."""
    if not ActionForm().validate_on_submit():
        abort(400)


def candidates_listing(edition: Edition, paths: tuple[str, ...], *, sort: str = "newest") -> Listing:
    """The state of a list of candidates with its filters."""
    sorts = {"newest": _l("Newest first"), "score": _l("Best score first"), "place": _l("By place in the ranking")}
    cities = [(str(r.id), r.name) for r in queries_list.list_cities_within(paths)]
    listing = Listing.from_request(
        filters=[
            Filter("status", _l("Status"), CandidateStatus.choices(), queries_list.count_by_status(edition.id, paths)),
            Filter("city", _l("City"), cities),
            Filter("kind", _l("Kind"), ProjectKind.choices()),
            Filter("industry", _l("Industry"), [(str(i.id), i.name) for i in list_industries(edition.id)]),
            Filter("pending", _l("Pending decision"),
                   [("any", _l("Any pending")), *Decision.choices(), ("none", _l("Nothing pending"))]),
        ],
        sorts={sort: sorts[sort]} | sorts,
    )
    city = listing.chosen.get("city")
    if city:
        counties = queries_list.list_counties_within(paths, int(city))
        county = Filter("county", _l("County"), [(str(r.id), r.name) for r in counties])
        listing._read(county)
        listing.filters.insert(2, county)
    return listing


@bp.get("/work/<slug>/shortlist/")
@access(P.SHORTLIST_READ)
def list_candidates(slug: str) -> str:
    edition, paths = scope_of(slug)
    listing = candidates_listing(edition, paths)
    listing.show(
        queries_list.page_candidates(edition.id, paths, listing.q, listing.chosen, listing.sort, listing.cursor,
                                     listing.size),
        queries_list.count_candidates(edition.id, paths, listing.q, listing.chosen),
    )
    return render_template("shortlist/list.html", edition=edition, listing=listing, may=rights(edition),
                           stages=open_stages(edition))


@bp.get("/work/<slug>/shortlist/candidates.xlsx")
@access(P.SHORTLIST_READ)
def export_candidates(slug: str) -> Response:
    edition, paths = scope_of(slug)
    listing = candidates_listing(edition, paths)
    rows = queries_list.iterate_candidates(edition.id, paths, listing.q, listing.chosen, listing.sort)
    columns: list[OutColumn | str] = [
        _("Number"), OutColumn(_("Title"), 60), _("Project owner"), _("Kind"), _("Industry"), _("City"), _("County"),
        _("Status"), _("Rank"), OutColumn(_("Score"), number_format="0.00"), _("Pending decision"), _("Reason"),
    ]
    return sheet_response("xlsx", f"candidates-{slug}", columns, (_export_row(one) for one in rows), title=_("Candidates"))


def _export_row(one: Candidate) -> tuple[object, ...]:
    ticket = one.ticket
    return (
        ticket.number, ticket.title, ticket.organisation.name if ticket.organisation else ticket.owner_name,
        str(one.kind.label), one.industry.name if one.industry else "", one.city.name, one.region.name,
        str(one.status.label), one.place, None if one.score is None else one.score / 100,
        str(one.pending_decision.label) if one.pending_decision else "",
        one.reason or (str(one.hurdle.label) if one.hurdle else ""),
    )


@bp.get("/work/<slug>/shortlist/<int:candidate_id>")
@access(P.SHORTLIST_READ)
def show_candidate(slug: str, candidate_id: int) -> str:
    edition, paths = scope_of(slug)
    candidate = queries.get_candidate(candidate_id, edition.id, paths)
    industries = [(i.id, i.name) for i in list_industries(edition.id)]
    decide = DecideForm(seen=version_of(candidate))
    decide.decision.choices = [(d.value, d.label) for d in Decision if LIFECYCLE.allows(candidate.status, BECOMES[d])]
    return render_template(
        "shortlist/show.html", edition=edition, candidate=candidate, ticket=candidate.ticket,
        own_fields=[(label, text) for label, text in shown_fields(candidate.kind, candidate.ticket.fields) if text],
        candidacies=queries.list_candidacies(candidate.ticket_id), lines=candidate_timeline(candidate_id),
        panels=queries_deciding.list_panels_of(candidate_id), may=rights(edition, candidate.region_path),
        decide_form=decide, send_back_form=SendBackForm(), again_form=AgainForm(industries=industries),
    )


@bp.get("/work/<slug>/shortlist/quotas")
@access(P.SHORTLIST_READ)
def show_quotas(slug: str) -> str:
    edition, paths = scope_of(slug)
    quotas = {(q.region_id, str(q.kind) if q.kind else None): q.places for q in list_quotas(edition.id)}
    return render_template(
        "shortlist/quotas.html", edition=edition, quotas=quotas, kinds=list(ProjectKind),
        cells=queries_deciding.count_cells(edition.id, paths), cities=queries_list.list_cities_within(paths),
    )


@bp.post("/work/<slug>/shortlist/<int:candidate_id>/send-back")
@access(P.SHORTLIST_ENDORSE)
def send_back(slug: str, candidate_id: int) -> BaseResponse:
    edition, _paths = scope_of(slug, P.SHORTLIST_ENDORSE)
    form = SendBackForm()
    form.validate()
    actions.send_back(edition.id, candidate_id, form.reason.data or "", by=current_actor())
    flash(_("Sent back to the nominator with your remark."), "success")
    return redirect(url_for(".show_candidate", slug=slug, candidate_id=candidate_id))


@bp.post("/work/<slug>/shortlist/<int:candidate_id>/again")
@access(P.SHORTLIST_NOMINATE)
def hand_in_again(slug: str, candidate_id: int) -> BaseResponse:
    edition, _paths = scope_of(slug, P.SHORTLIST_NOMINATE)
    form = AgainForm(industries=[(i.id, i.name) for i in list_industries(edition.id)])
    if form.validate():
        actions.hand_in_again(edition.id, candidate_id, form.note.data or "", form.industry_id.data or None,
                              by=current_actor())
        flash(_("Handed in again."), "success")
    else:
        flash(_("Say what has been completed."), "danger")
    return redirect(url_for(".show_candidate", slug=slug, candidate_id=candidate_id))


@bp.post("/work/<slug>/shortlist/<int:candidate_id>/withdraw")
@access(P.SHORTLIST_NOMINATE)
def withdraw_nomination(slug: str, candidate_id: int) -> BaseResponse:
    checked()
    edition, _paths = scope_of(slug, P.SHORTLIST_NOMINATE)
    actions.withdraw_nomination(edition.id, candidate_id, by=current_actor())
    flash(_("The nomination was taken back; the ticket is in the pool as before."), "success")
    return redirect(url_for(".list_candidates", slug=slug))


def rights(edition: Edition, region_path: str | None = None) -> dict[str, bool]:
    """What the reader may do here, for the buttons of a page."""
    actor: Actor = current_actor()
    wanted = {"nominate": P.SHORTLIST_NOMINATE, "endorse": P.SHORTLIST_ENDORSE, "decide": P.SHORTLIST_DECIDE,
              "release": P.SHORTLIST_RELEASE, "notice": P.SHORTLIST_NOTICE, "pool": P.POOL_READ,
              "panels": P.JUDGING_READ}
    return {name: actor.may(p, region_path=region_path, edition_id=edition.id) for name, p in wanted.items()}


def open_stages(edition: Edition) -> dict[str, bool]:
    """Which stages are open now, by name."""
    return {stage.kind.value: is_open(stage, clock.now()) for stage in list_stages(edition.id)}
