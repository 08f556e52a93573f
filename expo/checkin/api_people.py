"""People without a readable code, delegations, figures and badges on paper, for devices with the right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, jsonify, request

from expo.checkin import actions, actions_chips, queries, queries_due, queries_figures
from expo.checkin import forms_api as forms
from expo.checkin.api import bp, require_list, require_right, station
from expo.checkin.models_devices import DeviceRight
from expo.kit import clock
from expo.kit.db import not_found
from expo.kit.limits import limiter
from expo.kit.text import mask_phone
from expo.kit.web import by_token
from expo.registration.actions_badges import note_print
from expo.registration.models import BadgeStatus, Registration, RegistrationStatus
from expo.registration.papers_printing import one_badge_pdf
from expo.registration.queries import get_edition, get_registration, search_at_desk


@bp.get("/search")
@by_token
@limiter.exempt
def search() -> Response:
    """People by name or by the last digits of their phone."""
    device = station()
    require_right(device, DeviceRight.SEARCH)
    require_list(device, request.args.get("list", 0, type=int))
    found = [one for one in search_at_desk(device.edition_id, request.args.get("q", "").strip()[:80])
             if one.status is RegistrationStatus.APPROVED]
    return jsonify(people=_people(device.edition_id, found))


def _people(edition_id: int, found: Iterable[Registration]) -> list[dict[str, Any]]:
    people = list(found)
    firsts = queries_due.first_entries(edition_id, [one.id for one in people], actions.day_of(clock.now()))
    return [{
        "registration": one.id, "name": one.name, "organisation": one.organisation_name, "badge": one.badge_kind.value,
        "phone": mask_phone(one.phone) if one.phone else "",
        "has_badge": any(badge.status is BadgeStatus.VALID for badge in one.badges),
        "first": {"at": firsts[one.id][0].isoformat(), "place": firsts[one.id][1]} if one.id in firsts else None,
    } for one in people]


@bp.get("/groups")
@by_token
@limiter.exempt
def groups() -> Response:
    """Delegations by name, with how many of them have come today."""
    device = station()
    require_right(device, DeviceRight.SEARCH)
    require_list(device, request.args.get("list", 0, type=int))
    q = request.args.get("q", "").strip()[:80]
    found = queries_due.due_by_delegation(device.edition_id, ["/"], actions.day_of(clock.now()), q, 20) if q else []
    return jsonify(groups=[{"key": one.key, "name": one.name, "due": one.due, "present": one.present} for one in found])


@bp.get("/groups/<key>")
@by_token
@limiter.exempt
def group_people(key: str) -> Response:
    """The people of one delegation."""
    device = station()
    require_right(device, DeviceRight.SEARCH)
    require_list(device, request.args.get("list", 0, type=int))
    return jsonify(people=_people(device.edition_id, queries_due.people_of_delegation(device.edition_id, key)))


@bp.get("/statistics")
@by_token
@limiter.exempt
def statistics() -> Response:
    """The list's day in figures."""
    device, day = station(), actions.day_of(clock.now())
    require_right(device, DeviceRight.STATISTICS)
    gate_id = require_list(device, request.args.get("list", 0, type=int))
    figures = queries_figures.figures_of([gate_id], day)[gate_id]
    return jsonify(
        admitted=figures.admitted, inside=figures.inside, repeated=figures.repeated, refused=figures.refused,
        due=queries.count_expected(gate_id), hours=queries.hours_of(gate_id, day),
        devices=[{"name": name, "admitted": number} for name, number in queries_figures.entries_by_device(gate_id, day)],
    )


@bp.post("/chip")
@by_token
@limiter.exempt
def chip() -> Response:
    """Tie a chip to the badge of whoever stands at the desk."""
    device, sent = station(), forms.sent_object()
    require_right(device, DeviceRight.PRINT)
    registration_id = forms.required_number(sent, "registration")
    tied = actions_chips.tie_chip(device.edition_id, registration_id, forms.text(sent, "chip", 100),
                                  device_id=device.device_id, by=actions.device_actor(device))
    return jsonify(registration=registration_id, chip=tied.number)


@bp.get("/badges/<int:registration_id>.pdf")
@by_token
@limiter.exempt
def badge(registration_id: int) -> Response:
    """Somebody's badge on paper. It is written into the print log, and admits nobody."""
    device = station()
    require_right(device, DeviceRight.PRINT)
    registration = get_registration(registration_id, device.edition_id)
    held = next((one for one in registration.badges if one.status is BadgeStatus.VALID), None)
    if held is None:
        raise not_found()
    edition = get_edition(device.edition_id)
    content = one_badge_pdf(edition, held, registration, nth=held.prints + 1)
    note_print(edition.id, held.id, by=actions.device_actor(device))
    return Response(content, mimetype="application/pdf")
