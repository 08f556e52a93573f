"""Who watched: the report of each stream and the table of all, as pages, sheets and papers."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.db import not_found
from expo.kit.exports import sheet_response, workbook_response
from expo.kit.language import _, _l
from expo.kit.listing import Listing
from expo.kit.storage import content_disposition
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.places.queries import load_tree
from expo.programme.queries import find_programme
from expo.registration.actions_desk import note_export
from expo.streaming import papers_report as papers
from expo.streaming import queries_report as queries
from expo.streaming.models import Broadcast
from expo.streaming.rules_report import Figures, sum_of
from expo.streaming.views import bp
from expo.streaming.views_broadcasts import seen_broadcast
from expo.streaming.views_player import title_of

_BASE = "/work/<slug>/streaming/broadcasts/<int:broadcast_id>/report"
#: Name of an order → its label, and the figure that goes down in it.
_ORDERS: dict[str, tuple[Any, str]] = {
    "newest": (_l("Newest first"), ""), "viewers": (_l("Most viewers"), "viewers"), "peak": (_l("Most at once"), "peak"),
    "average": (_l("Longest watched"), "average_min"), "questions": (_l("Most questions"), "questions"),
    "interests": (_l("Most interests"), "interests"),
}


def _begun(slug: str, broadcast_id: int) -> tuple[Edition, Broadcast]:
    edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_READ)
    if broadcast.started_at is None:
        raise not_found()
    return edition, broadcast


@bp.get("/work/<slug>/streaming/reports")
@access(P.STREAMING_READ)
def list_reports(slug: str) -> str:
    """All streams that have begun, beside each other."""
    edition = get_edition(slug)
    listing = _listing()
    rows = _rows(edition, listing)
    listing.total = len(rows)
    return render_template("streaming/reports.html", edition=edition, listing=listing, rows=rows,
                           total=sum_of(figures for _broadcast, _title, figures in rows))


def _listing() -> Listing:
    return Listing.from_request(sorts={name: label for name, (label, _figure) in _ORDERS.items()})


def _rows(edition: Edition, listing: Listing) -> list[tuple[Broadcast, str, Figures]]:
    broadcasts = queries.list_begun(edition.id, current_actor().region_paths(P.STREAMING_READ, edition.id))
    programme = find_programme(edition.id)
    shown = programme.by_id if programme else {}
    figures = queries.count_figures(broadcasts, queries.count_interests(edition.id, broadcasts))
    titles = {b.id: shown[b.session_id].label if b.session_id in shown else title_of(b) if b.session_id is None else _("Live stream")
              for b in broadcasts}
    rows = [(b, titles[b.id], figures[b.id]) for b in broadcasts if listing.q.casefold() in titles[b.id].casefold()]
    figure = _ORDERS[listing.sort][1]
    return sorted(rows, key=lambda row: -getattr(row[2], figure)) if figure else rows


@bp.get("/work/<slug>/streaming/reports.<any(csv, xlsx):kind>")
@access(P.STREAMING_READ)
def export_reports(slug: str, kind: str) -> BaseResponse:
    """The same table to take away."""
    edition = get_edition(slug)
    head = [_("Live stream"), _("Begun"), _("Stream over at"), _("Different viewers"), _("Most at once"), _("Watched on average, min"), _("Watched in all, h"),
            _("Chat messages"), _("Questions"), _("Answered"), _("Applause"), _("Interests")]
    rows = [[title, b.started_at, b.ended_at, f.viewers, f.peak, f.average_min, f.hours, f.messages, f.questions, f.answered, f.applause,
             f.interests] for b, title, f in _rows(edition, _listing())]
    return sheet_response(kind, f"streams-{edition.slug}", head, rows)


@bp.get(_BASE)
@access(P.STREAMING_READ)
def show_report(slug: str, broadcast_id: int) -> str:
    """One stream: how many, when, from where, and what they said."""
    edition, broadcast = _begun(slug, broadcast_id)
    report = queries.load_report(broadcast, edition.id)
    return render_template(
        "streaming/report.html", edition=edition, broadcast=broadcast, title=title_of(broadcast), report=report,
        figures=papers.figures_of(report.figures), curve=papers.curve_of(report), label_of=papers.label_of,
        may_name=bool(current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id)),
    )


@bp.get(f"{_BASE}.<any(xlsx, pdf):form>")
@access(P.STREAMING_READ)
def export_report(slug: str, broadcast_id: int, form: str) -> BaseResponse:
    """The report as a workbook or on paper."""
    edition, broadcast = _begun(slug, broadcast_id)
    assert broadcast.started_at
    report, title = queries.load_report(broadcast, edition.id), title_of(broadcast)
    name = f"stream-{edition.slug}-{broadcast.id}"
    if form == "xlsx":
        return workbook_response(name, list(papers.tables_of(title, report)))
    answer = Response(papers.make_report(edition, title, broadcast.started_at, report), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = content_disposition(f"{name}.pdf")
    return answer


@bp.get(f"{_BASE}/viewers.<any(csv, xlsx):kind>")
@access(P.REGISTRATION_MANAGE)
def export_viewers(slug: str, broadcast_id: int, kind: str) -> BaseResponse:
    """How long each registered visitor of the reader's regions watched. That it was taken home is written down."""
    edition, broadcast = _begun(slug, broadcast_id)
    tree = load_tree()
    rows: list[list[Any]] = [
        [name, organisation, region.name if (region := tree.by_path.get(path)) else "", round(seconds / 60, 1), first, last]
        for name, organisation, path, seconds, first, last in queries.iterate_registered(
            broadcast.id, edition.id, current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id))]
    note_export(edition.id, len(rows), {"what": "viewers", "broadcast": str(broadcast.id)}, by=current_actor())
    head = [_("Name"), _("Organisation"), _("Region"), _("Minutes watched"), _("First seen"), _("Watched until")]
    return sheet_response(kind, f"viewers-{edition.slug}-{broadcast.id}", head, rows)
