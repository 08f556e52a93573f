"""The page at the gate: camera, keyboard scanner, search by name."""

from __future__ import annotations

from uuid import uuid4

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.checkin import actions, queries
from expo.checkin.actions_telling import told
from expo.checkin.models import Gate, ScanKind
from expo.checkin.views import bp
from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
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
    """Scan here."""
    edition, found = _gate(slug, gate_id)
    q = request.args.get("q", "").strip()[:80]
    return render_template(
        "checkin/gate.html", edition=edition, gate=found, counts=_counts(edition, gate_id), q=q,
        found=_search(edition, q), kind=_kind(request.args.get("kind")), kinds=ScanKind,
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


@bp.get("/work/<slug>/checkin/<int:gate_id>/counts")
@access(P.CHECKIN_SCAN)
def counts(slug: str, gate_id: int) -> FlaskResponse:
    """Today's figures; the page asks every few seconds."""
    edition, _found = _gate(slug, gate_id)
    return jsonify(_counts(edition, gate_id))


@bp.get("/work/<slug>/checkin/<int:gate_id>/people")
@access(P.CHECKIN_SCAN)
def people(slug: str, gate_id: int) -> str:
    """What a search by name or by the phone's last digits finds, as a part of the page."""
    edition, found = _gate(slug, gate_id)
    q = request.args.get("q", "").strip()[:80]
    return render_template("checkin/people.html", edition=edition, gate=found, found=_search(edition, q), q=q,
                           kind=_kind(request.args.get("kind")))


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
