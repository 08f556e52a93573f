"""A check-in point's page in the workbench: hands the gate over to a device, shows the test badge, and takes single scans."""

from __future__ import annotations

from uuid import uuid4

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.checkin import actions, queries
from expo.checkin.actions_devices import make_own_device
from expo.checkin.actions_telling import told
from expo.checkin.models import Gate, ScanKind
from expo.checkin.papers_trial import trial_badge_address
from expo.checkin.views import bp
from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.qr import qr_png
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.registration.models import RegistrationStatus
from expo.registration.queries import search_at_desk


def _gate(slug: str, gate_id: int) -> tuple[Edition, Gate]:
    edition = get_edition(slug)
    return edition, queries.get_gate(gate_id, edition.id, current_actor().region_paths(P.CHECKIN_SCAN, edition.id))


@bp.get("/work/<slug>/checkin/<int:gate_id>")
@access(P.CHECKIN_SCAN)
def gate(slug: str, gate_id: int) -> str:
    """Where scanning begins."""
    edition, found = _gate(slug, gate_id)
    q = request.args.get("q", "").strip()[:80]
    return render_template(
        "checkin/gate.html", edition=edition, gate=found, counts=_counts(edition, gate_id), q=q,
        found=_search(edition, q), kind=_kind(request.args.get("kind")), kinds=ScanKind,
        may_manage=current_actor().may(P.CHECKIN_MANAGE, region_path=found.region_path, edition_id=edition.id),
    )


def _kind(value: str | None) -> ScanKind:
    return ScanKind.EXIT if value == ScanKind.EXIT.value else ScanKind.ENTRY


def _counts(edition: Edition, gate_id: int) -> dict[str, int]:
    day = clock.today(current_config().timezone)
    return {"here": queries.count_entries(edition.id, day, gate_id), "everywhere": queries.count_people(edition.id, day)}


def _search(edition: Edition, q: str) -> list[dict[str, object]]:
    """People of the edition and where they came in today."""
    found = [one for one in search_at_desk(edition.id, q) if one.status is not RegistrationStatus.DECLINED]
    entries = queries.first_entries_today(edition.id, [one.id for one in found], clock.today(current_config().timezone))
    return [{"registration": one, "entries": entries.get(one.id, [])} for one in found]


@bp.post("/work/<slug>/checkin/<int:gate_id>/here")
@access(P.CHECKIN_SCAN)
def hand_over(slug: str, gate_id: int) -> Response:
    """The device in the hand becomes one of the gate's, and opens the app."""
    edition, _found = _gate(slug, gate_id)
    _device, secret = make_own_device(edition.id, gate_id, by=current_actor())
    # Behind the #, so that the one-time code stands in no log.
    return redirect(url_for("checkin.app_enrol", _anchor=secret), 303)


@bp.get("/work/<slug>/checkin/trial-badge.png")
@access(P.CHECKIN_SCAN)
def trial_badge(slug: str) -> FlaskResponse:
    """The QR symbol with which devices are tried out."""
    return FlaskResponse(qr_png(trial_badge_address(get_edition(slug)), scale=8), mimetype="image/png")


@bp.post("/work/<slug>/checkin/<int:gate_id>")
@access(P.CHECKIN_SCAN)
def scan_sent(slug: str, gate_id: int) -> Response:
    """The same without JavaScript: the answer stands on the page."""
    _gate(slug, gate_id)
    kind = _kind(request.form.get("kind"))
    client_id = request.form.get("client_id") or uuid4().hex
    registration_id = request.form.get("registration_id", type=int)
    if registration_id:
        answer = actions.scan_by_hand(gate_id, registration_id, client_id=client_id[:40], kind=kind, by=current_actor())
    else:
        answer = actions.scan_code(gate_id, request.form.get("code", ""), client_id=client_id[:40], kind=kind,
                                   by=current_actor())
    words = told(answer, current_config().timezone)
    text = " · ".join(str(words[part]) for part in ("word", "sentence", "name", "organisation", "first") if words[part])
    flash(text, "success" if answer.is_welcome else "danger")
    return redirect(url_for("checkin.gate", slug=slug, gate_id=gate_id, kind=kind.value), 303)
