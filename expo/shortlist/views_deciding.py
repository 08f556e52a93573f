"""The ranking with its quota lines, proposals, and the release by a second person."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.queries import list_quotas
from expo.editions.words import ProjectKind
from expo.kit.forms import ActionForm
from expo.kit.language import _
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.shortlist import actions_deciding, queries_deciding, queries_list
from expo.shortlist.forms import ProposeForm
from expo.shortlist.models import Decision
from expo.shortlist.rules import digest_of
from expo.shortlist.views import bp, candidates_listing, rights, scope_of

#: So many hundredths of a point on either side of a line count as near it.
NEAR = 100


@bp.get("/work/<slug>/shortlist/ranking")
@access(P.SHORTLIST_READ)
def show_ranking(slug: str) -> str:
    edition, paths = scope_of(slug)
    listing = candidates_listing(edition, paths, sort="score")
    listing.show(
        queries_list.page_candidates(edition.id, paths, listing.q, listing.chosen, listing.sort, listing.cursor,
                                     listing.size),
        queries_list.count_candidates(edition.id, paths, listing.q, listing.chosen),
    )
    cells = queries_deciding.count_cells(edition.id, paths)
    quotas = {(q.region_id, str(q.kind) if q.kind else None): q.places for q in list_quotas(edition.id)}
    return render_template(
        "shortlist/ranking.html", edition=edition, listing=listing, cells=cells, quotas=quotas, near=NEAR,
        lines={key: cell.line for key, cell in cells.items()}, kinds=list(ProjectKind),
        cities=queries_list.list_cities_within(paths), may=rights(edition), form=ProposeForm(),
        pending=queries_deciding.count_pending(edition.id, paths),
        open_panels=queries_deciding.count_open_panels(edition.id),
    )


@bp.post("/work/<slug>/shortlist/propose")
@access(P.SHORTLIST_DECIDE)
def propose(slug: str) -> Response:
    edition, _paths = scope_of(slug, P.SHORTLIST_DECIDE)
    form = ProposeForm()
    if not form.validate_on_submit():
        flash(_("The reserve and the lowest score are numbers from 0 to 100."), "danger")
        return redirect(url_for(".show_ranking", slug=slug))
    minimum = form.minimum.data * 100 if form.minimum.data is not None else None
    counts = actions_deciding.propose(edition.id, form.reserve_percent.data or 0, minimum, by=current_actor())
    flash(_("Proposed: %(selected)s in, %(reserve)s in reserve, %(out)s out. Nothing is released yet.",
            selected=counts[Decision.SELECTED], reserve=counts[Decision.RESERVE], out=counts[Decision.DECLINED]),
          "success")
    return redirect(url_for(".show_ranking", slug=slug))


@bp.route("/work/<slug>/shortlist/release", methods=["GET", "POST"])
@access(P.SHORTLIST_RELEASE)
def release(slug: str) -> str | Response:
    edition, paths = scope_of(slug, P.SHORTLIST_RELEASE)
    actor = current_actor()
    if ActionForm().validate_on_submit():
        counts = actions_deciding.release(edition.id, request.form.get("seen", ""), by=actor)
        flash(_("%(n)s decisions are released; nominators and owners are being told.", n=counts.total()), "success")
        return redirect(url_for(".list_candidates", slug=slug))
    pairs = queries_deciding.list_pending_pairs(edition.id, paths, actor.person_id)
    pending = queries_deciding.count_pending(edition.id, paths)
    return render_template(
        "shortlist/release.html", edition=edition, seen=digest_of((number, what) for number, what, _by in pairs),
        others=[row for row in pending if row[2] != actor.person_id], total=len(pairs),
        own=sum(number for *_rest, person_id, number in pending if person_id == actor.person_id),
    )
