"""The rows behind every figure of the gates, and check-ins entered later."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from expo.checkin import actions, queries
from expo.checkin.forms import LateForm
from expo.checkin.models import ScanKind, ScanReason, ScanResult
from expo.checkin.views import bp
from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.exports import sheet_response
from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.registration.queries import get_registration

COLUMNS = (_l("Moment"), _l("Gate"), _l("Direction"), _l("Result"), _l("Reason"), _l("Full name"), _l("Organisation"),
           _l("Kind of badge"), _l("Note"), _l("Scanned by"))


def _listing(edition: Edition, paths: tuple[str, ...]) -> Listing:
    gates = queries.list_gates(edition.id, paths)
    days = queries.list_days(edition.id)
    return Listing.from_request(filters=[
        Filter("day", _l("Day"), [(day.isoformat(), day.isoformat()) for day in days]),
        Filter("gate", _l("Gate"), [(str(gate.id), gate.name) for gate in gates]),
        Filter("result", _l("Result"), ScanResult.choices()),
        Filter("reason", _l("Reason"), [(value, label) for value, label in ScanReason.choices() if value]),
        Filter("kind", _l("Direction"), ScanKind.choices()),
        Filter("hour", _l("Hour"), [(str(hour), f"{hour:02d}:00–{hour:02d}:59") for hour in range(24)]),
    ], size=50)


def _chosen(listing: Listing) -> dict[str, str]:
    one = request.args.get("registration", "")
    return listing.chosen | ({"registration": one} if one.isdecimal() and len(one) < 10 else {})


@bp.get("/work/<slug>/checkin/scans")
@access(P.CHECKIN_READ)
def list_scans(slug: str) -> str:
    """Every scan at the reader's gates, failed ones too."""
    edition = get_edition(slug)
    actor = current_actor()
    paths = actor.region_paths(P.CHECKIN_READ, edition.id)
    listing = _listing(edition, paths)
    chosen = _chosen(listing)
    page = queries.list_scans(edition.id, paths, chosen, cursor=listing.cursor, size=listing.size)
    listing.show(page, queries.count_scans(edition.id, paths, chosen))
    return render_template(
        "checkin/scans.html", edition=edition, listing=listing, registration_id=chosen.get("registration"),
        may_enter_late=actor.may(P.CHECKIN_LATE, edition_id=edition.id),
    )


@bp.get("/work/<slug>/checkin/scans.<any(csv, xlsx):form>")
@access(P.CHECKIN_READ)
def export_scans(slug: str, form: str) -> Response:
    """Exactly the list that is shown, as a table."""
    edition = get_edition(slug)
    actor = current_actor()
    paths = actor.region_paths(P.CHECKIN_READ, edition.id)
    chosen = _chosen(_listing(edition, paths))
    rows = [_row(found) for found in queries.list_for_export(edition.id, paths, chosen)]
    actions.note_export(edition.id, len(rows), chosen, by=actor)
    return sheet_response(form, f"entries-{edition.slug}", COLUMNS, rows)


def _row(found: Any) -> list[Any]:
    at, gate, kind, result, reason, name, organisation, badge_kind, note, device, person = found
    return [at, gate, str(kind.label), str(result.label), str(reason.label) if reason.value else "", name or "",
            organisation or "", str(badge_kind.label) if badge_kind else "", note, device or person or ""]


@bp.route("/work/<slug>/checkin/late/<int:registration_id>", methods=["GET", "POST"])
@access(P.CHECKIN_LATE)
def enter_late(slug: str, registration_id: int) -> Any:
    """补签: with gate, moment and reason."""
    edition = get_edition(slug)
    actor = current_actor()
    registration = get_registration(registration_id, edition.id, actor.region_paths(P.CHECKIN_LATE, edition.id))
    gates = queries.list_gates(edition.id, actor.region_paths(P.CHECKIN_LATE, edition.id))
    form = LateForm(gates=[(gate.id, gate.name) for gate in gates])
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.enter_late(edition.id, form.gate_id.data, registration_id, form.moment, form.note.data or "", by=actor)
            flash(_("The late check-in of %(name)s was entered.", name=registration.name), "success")
            return redirect(url_for("checkin.list_scans", slug=slug, registration=registration_id), 303)
    return render_template("checkin/late.html", form=form, edition=edition, registration=registration), form.status
