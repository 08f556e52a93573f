"""Present and due: by county, by delegation, and person by person; and who was let in twice."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.checkin import actions, queries, queries_due, queries_figures
from expo.checkin.forms import UndoForm
from expo.checkin.views import bp
from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.exports import sheet_response
from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.registration.models import BadgeKind

COLUMNS = (_l("Full name"), _l("Organisation"), _l("Kind of badge"), _l("Region"), _l("Came in at"), _l("Gate"))
GROUP_COLUMNS = (_l("Group"), _l("Above"), _l("Expected"), _l("Present"))


def _asked_day() -> date:
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return clock.today(current_config().timezone)


def _groups(edition: Edition, by: str, day: date) -> list[queries_due.Due]:
    paths = current_actor().region_paths(P.CHECKIN_READ, edition.id)
    if by == "delegation":
        return queries_due.due_by_delegation(edition.id, paths, day)
    return queries_due.due_by_region(edition.id, paths, day)


@bp.get("/work/<slug>/checkin/due/by-<any(region, delegation):by>")
@access(P.CHECKIN_READ)
def due_groups(slug: str, by: str) -> str:
    """How many are due and how many have come, by county or by delegation."""
    edition, day = get_edition(slug), _asked_day()
    groups = _groups(edition, by, day)
    return render_template(
        "checkin/due_groups.html", edition=edition, by=by, day=day, groups=groups, days=queries.list_days(edition.id),
        due=sum(one.due for one in groups), present=sum(one.present for one in groups),
    )


@bp.get("/work/<slug>/checkin/due/by-<any(region, delegation):by>.<any(csv, xlsx):form>")
@access(P.CHECKIN_READ)
def export_due_groups(slug: str, by: str, form: str) -> Response:
    edition = get_edition(slug)
    rows = [[one.name, one.above, one.due, one.present] for one in _groups(edition, by, _asked_day())]
    actions.note_export(edition.id, len(rows), {"list": f"due by {by}"}, by=current_actor())
    return sheet_response(form, f"due-by-{by}-{edition.slug}", GROUP_COLUMNS, rows)


def _listing() -> Listing:
    return Listing.from_request(filters=[
        Filter("state", _l("State"), [("present", _l("Present")), ("due", _l("Still due"))]),
        Filter("kind", _l("Kind of badge"), BadgeKind.choices()),
    ], size=50)


def _chosen(listing: Listing) -> dict[str, str]:
    more = {name: request.args[name][:200] for name in ("region", "delegation") if request.args.get(name)}
    return listing.chosen | more


@bp.get("/work/<slug>/checkin/due")
@access(P.CHECKIN_READ)
def list_due(slug: str) -> str:
    """Everybody who is expected, with when and where they came."""
    edition, day, listing = get_edition(slug), _asked_day(), _listing()
    paths = current_actor().region_paths(P.CHECKIN_READ, edition.id)
    chosen = _chosen(listing)
    page = queries_due.list_due(edition.id, paths, chosen, day, cursor=listing.cursor, size=listing.size)
    listing.show(page, queries_due.count_due(edition.id, paths, chosen, day))
    firsts = queries_due.first_entries(edition.id, [one.id for one in listing.rows], day)
    return render_template("checkin/due.html", edition=edition, listing=listing, day=day, firsts=firsts,
                           within=queries_due.name_of_group(chosen))


@bp.get("/work/<slug>/checkin/due.<any(csv, xlsx):form>")
@access(P.CHECKIN_READ)
def export_due(slug: str, form: str) -> Response:
    """Exactly the list that is shown, as a table."""
    edition, day = get_edition(slug), _asked_day()
    paths = current_actor().region_paths(P.CHECKIN_READ, edition.id)
    chosen = _chosen(_listing())
    people = queries_due.list_due_for_export(edition.id, paths, chosen, day)
    firsts = queries_due.first_entries(edition.id, [one[0] for one in people], day)
    rows = [_row(one, firsts.get(one[0])) for one in people]
    actions.note_export(edition.id, len(rows), {**chosen, "list": "due", "day": day.isoformat()}, by=current_actor())
    return sheet_response(form, f"due-{edition.slug}", COLUMNS, rows)


def _row(person: Any, first: tuple[Any, str] | None) -> list[Any]:
    at, gate = first or ("", "")
    return [person[1], person[2], str(person[3].label), person[4] or "", at, gate]


@bp.get("/work/<slug>/checkin/doubles")
@access(P.CHECKIN_READ)
def list_doubles(slug: str) -> str:
    """Who was let in twice by devices that did not know of each other, and who against the rules, by gate."""
    edition = get_edition(slug)
    paths = current_actor().region_paths(P.CHECKIN_READ, edition.id)
    doubles = queries_figures.list_doubles(edition.id, paths)
    return render_template("checkin/doubles.html", edition=edition, doubles=doubles,
                           beside=queries_figures.entries_beside(doubles),
                           against=queries_figures.list_against_rules(edition.id, paths))


@bp.route("/work/<slug>/checkin/scans/<int:scan_id>/undo", methods=["GET", "POST"])
@access(P.CHECKIN_LATE)
def undo_scan(slug: str, scan_id: int) -> str | BaseResponse | tuple[str, int]:
    """Take a scan back that was a mistake, with the reason."""
    edition, actor = get_edition(slug), current_actor()
    scan = queries.get_scan(scan_id, edition.id, actor.region_paths(P.CHECKIN_LATE, edition.id))
    form = UndoForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.undo_scan(edition.id, scan_id, form.note.data or "", by=actor)
            flash(_("The scan was taken back."), "success")
            return redirect(url_for("checkin.list_scans", slug=slug, registration=scan.registration_id), 303)
    return render_template("checkin/undo.html", form=form, edition=edition, scan=scan), form.status
