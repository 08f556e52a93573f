"""Figures, the rows behind them, and the ledger of all projects."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.editions.words import ProjectKind
from expo.kit.db import not_found
from expo.kit.exports import sheet_response
from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.places.queries import list_cities
from expo.statistics import queries
from expo.statistics.rules import Funnel, share
from expo.statistics.words import Step

bp = Blueprint("statistics", __name__)


def _paths(edition: Edition) -> tuple[str, ...]:
    return current_actor().region_paths(P.STATISTICS_READ, edition.id)


@bp.get("/work/<slug>/figures/")
@access(P.STATISTICS_READ)
def show_figures(slug: str) -> str:
    """The funnel of an edition beside the year before, by city and by kind. Every number opens its rows."""
    edition = get_edition(slug)
    paths = _paths(edition)
    previous = queries.find_previous(edition)
    funnel = queries.count_funnel(edition, paths)
    before = queries.count_funnel(previous, paths) if previous else None
    cities = [c for c in list_cities() if any(funnel.of_city(step, c.id) for step in Step)]
    return render_template("statistics/figures.html", edition=edition, previous=previous, funnel=funnel, before=before,
                           steps=list(Step), cities=cities, kinds=list(ProjectKind), share=share,
                           bars=_bars(edition, previous, funnel, before))


def _bars(edition: Edition, previous: Edition | None, funnel: Funnel, before: Funnel | None) -> list[dict[str, Any]]:
    return [
        {"label": step.label, "value": funnel.total(step), "url": url_for("statistics.list_rows", slug=edition.slug, step=step),
         "before": before.total(step) if before else None, "before_label": previous.name if previous else None}
        for step in Step
    ]


@bp.get("/work/<slug>/figures/export.<kind>")
@access(P.STATISTICS_EXPORT)
def export_figures(slug: str, kind: str) -> BaseResponse:
    """The figures by city and kind, as they are shown."""
    edition = get_edition(slug)
    funnel = queries.count_funnel(edition, _paths(edition))
    rows = [[city.name, str(each.label), *(funnel.cells[step][city.id, each] for step in Step)]
            for city in list_cities() for each in ProjectKind]
    return sheet_response(kind, f"figures-{edition.slug}", [_("City"), _("Kind"), *(str(s.label) for s in Step)], rows)


def _rows_listing() -> Listing:
    return Listing.from_request(filters=[
        Filter("city", _l("City"), [(c.path, c.name) for c in list_cities()]),
        Filter("kind", _l("Kind"), ProjectKind.choices()),
    ], size=50)


def _asked(listing: Listing, step: str) -> tuple[Step, str | None, ProjectKind | None]:
    if step not in set(Step):
        raise not_found()
    kind = listing.chosen.get("kind")
    return Step(step), listing.chosen.get("city"), ProjectKind(kind) if kind else None


@bp.get("/work/<slug>/figures/<step>")
@access(P.STATISTICS_READ)
def list_rows(slug: str, step: str) -> str:
    """The rows behind a figure; their number is the figure."""
    edition = get_edition(slug)
    listing = _rows_listing()
    which, city, kind = _asked(listing, step)
    paths = _paths(edition)
    page = queries.list_rows(which, edition, paths, city, kind, listing.q, listing.cursor, listing.size)
    listing.show(page, queries.count_rows(which, edition, paths, city, kind, listing.q))
    return render_template("statistics/rows.html", edition=edition, step=which, listing=listing)


@bp.get("/work/<slug>/figures/<step>/export.<kind>")
@access(P.STATISTICS_EXPORT)
def export_rows(slug: str, step: str, kind: str) -> BaseResponse:
    """The rows behind a figure, as they are shown."""
    edition = get_edition(slug)
    listing = _rows_listing()
    which, city, project_kind = _asked(listing, step)
    rows = ([r.number, r.title, str(r.kind.label), r.region, r.owner] for r in
            queries.iterate_rows(which, edition, _paths(edition), city, project_kind, listing.q))
    return sheet_response(kind, f"{which}-{edition.slug}", [_("Number"), _("Title"), _("Kind"), _("Region"), _("Organisation")], rows)


def _ledger_listing() -> Listing:
    steps = [s for s in Step if s.of_projects]
    return Listing.from_request(filters=[
        Filter("city", _l("City"), [(str(c.id), c.name) for c in list_cities()]),
        Filter("kind", _l("Kind"), ProjectKind.choices()),
        Filter("reached", _l("Has reached"), [(s.value, s.label) for s in steps]),
        Filter("missing", _l("Has not reached"), [(s.value, s.label) for s in steps]),
        Filter("case", _l("Case"), [("none", _l("Without a case"))]),
    ], size=50)


@bp.get("/work/<slug>/ledger")
@access(P.STATISTICS_READ)
def show_ledger(slug: str) -> str:
    """一个项目都不落下: where every project of the edition is."""
    edition = get_edition(slug)
    listing = _ledger_listing()
    paths = _paths(edition)
    page = queries.list_ledger(edition, paths, listing.chosen, listing.q, listing.cursor, listing.size)
    listing.show(page, queries.count_ledger_rows(edition, paths, listing.chosen, listing.q))
    return render_template("statistics/ledger.html", edition=edition, listing=listing)


@bp.get("/work/<slug>/ledger/export.<kind>")
@access(P.STATISTICS_EXPORT)
def export_ledger(slug: str, kind: str) -> BaseResponse:
    """The ledger as it is shown."""
    edition = get_edition(slug)
    listing = _ledger_listing()
    rows = ([r.number, r.title, str(r.kind.label), r.city, str(r.status.label), r.session or "", r.meetings, r.signing or "",
             str(r.case_status.label) if r.case_status else "", r.owner or "", str(r.outcome.label) if r.outcome else ""]
            for r in queries.iterate_ledger(edition, _paths(edition), listing.chosen, listing.q))
    head = [_("Number"), _("Title"), _("Kind"), _("City"), _("State"), _("Session"), _("Meetings held"), _("Agreement"),
            _("Case"), _("Owner"), _("Outcome")]
    return sheet_response(kind, f"ledger-{edition.slug}", head, rows)
