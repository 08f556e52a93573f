"""The address that devices at the gates speak to (docs/checkin-protocol.md). No session, no cookie: a device's token."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import OperationalError

from expo.checkin import actions, rules_devices
from expo.checkin import forms_api as forms
from expo.checkin.actions_telling import told_device
from expo.checkin.models_devices import DeviceRight, DeviceStatus
from expo.checkin.queries_devices import find_station
from expo.checkin.queries_doors import Station, kept_station
from expo.checkin.rules import Reading
from expo.kit import clock
from expo.kit.gathering import StoreBusy
from expo.kit.language import _, _l
from expo.kit.limits import limiter
from expo.kit.refusals import Forbidden, Refused
from expo.kit.web import by_token

bp = Blueprint("checkin_api", __name__, url_prefix="/api/checkin")
#: Seconds after which a device may ask again when nothing can be stored.
RETRY_AFTER = 5


class UnknownDevice(Exception):
    """The token is nobody's, or its device was revoked."""

    def __init__(self, *, is_revoked: bool = False) -> None:
        self.is_revoked = is_revoked


@bp.record_once
def _without_form_protection(state: BlueprintSetupState) -> None:
    """Form tokens protect cookies; here none is looked at."""
    state.app.extensions["csrf"].exempt(bp)


@bp.errorhandler(OperationalError)
@bp.errorhandler(StoreBusy)
def _busy(_error: Exception) -> tuple[Response, int, dict[str, str]]:
    answer = jsonify(title=_("The site cannot store anything just now. Go on without the network."), status=503)
    return answer, 503, {"Retry-After": str(RETRY_AFTER)}


@bp.errorhandler(UnknownDevice)
def _unknown(error: UnknownDevice) -> tuple[Response, int]:
    sentence = _("This device was revoked.") if error.is_revoked else _("This device is not enrolled.")
    return jsonify(title=sentence, status=401, reason="revoked" if error.is_revoked else "unknown"), 401


def station(*, kept: bool = False) -> Station:
    """The device that asks. ``kept``: as this process knows it, for requests that ask again while they store."""
    parts = rules_devices.parts_of(request.headers.get("Authorization", "").removeprefix("Bearer ").strip())
    if parts is None:
        raise UnknownDevice
    found = kept_station(parts[0]) if kept else None
    if found is None or found.status is not DeviceStatus.ENROLLED:
        found = find_station(parts[0])
    if found is None or not rules_devices.fits(parts[1], found.token_hash):
        raise UnknownDevice
    if found.status is not DeviceStatus.ENROLLED:
        raise UnknownDevice(is_revoked=True)
    return found


def require_right(device: Station, right: DeviceRight) -> None:
    if right.value not in device.rights:
        raise Forbidden(_l("This device has no right to do that. Ask the organiser."))


def require_list(device: Station, gate_id: int, *, former: bool = False) -> int:
    if gate_id not in device.gate_ids and not (former and gate_id in device.former_gate_ids):
        raise Forbidden(_l("This device does not belong to that check-in point."))
    return gate_id


@bp.post("/scan")
@by_token
@limiter.exempt  # A venue's whole staff may share one address, and people wait in line.
def scan() -> Response:
    """One scan, judged and stored."""
    device, sent, now = station(kept=True), forms.sent_object(), clock.now()
    reading = _reading(device, forms.reading_of(sent, now, actions.day_of(now)), sent)
    answer = actions.scan(reading)
    if answer is None:
        station()  # Says why: revoked a moment ago, or else no longer at this list.
        raise Forbidden(_l("This device has no right to do that. Ask the organiser."))
    actions.require_same_badge(answer)
    return Response(json.dumps(told_device(answer, device.language), ensure_ascii=False), mimetype="application/json")


def _reading(device: Station, reading: Reading, sent: dict[str, Any]) -> Reading:
    require_list(device, reading.gate_id)
    reading.device_id, reading.token_hash = device.device_id, device.token_hash
    if reading.registration_id is None:
        actions.read_code(reading, forms.text(sent, "code"), device.edition_id)
    else:
        require_right(device, DeviceRight.SEARCH)
    if reading.force:
        require_right(device, DeviceRight.OVERRIDE)
        if not reading.note:
            raise Refused(_l("Give the reason in a few words."), "note")
    return reading


@bp.post("/merge")
@by_token
@limiter.exempt
def merge() -> Response:
    """Scans that were decided without the network."""
    device, now = station(), clock.now()
    readings = []
    for sent in forms.sent_list(forms.sent_object(), "scans", forms.MOST_MERGED):
        reading = forms.merged_reading_of(sent, now, actions.day_of)
        require_list(device, reading.gate_id, former=True)
        reading.device_id = device.device_id
        if reading.registration_id is None and reading.pack_id is None:
            actions.read_code(reading, forms.text(sent, "code"), device.edition_id)
        readings.append(reading)
    answers = actions.merge(device.edition_id, readings)
    return jsonify(answers=[{"client_id": one.client_id, "result": one.result.value, "reason": one.reason.value}
                            for one in answers])


@bp.post("/group")
@by_token
@limiter.exempt
def group() -> Response:
    """Several people of a delegation together, each judged by the list's rules."""
    device, sent, now = station(), forms.sent_object(), clock.now()
    require_right(device, DeviceRight.SEARCH)
    gate_id = require_list(device, forms.required_number(sent, "list"))
    readings = [forms.reading_of({**one, "list": gate_id}, now, actions.day_of(now))
                for one in forms.sent_list(sent, "scans", forms.MOST_GROUPED)]
    if any(reading.registration_id is None or reading.force for reading in readings):
        raise forms.unreadable()
    for reading in readings:
        reading.device_id = device.device_id
    return jsonify(answers=[told_device(one, device.language) for one in actions.admit_group(device.edition_id, readings)])


@bp.post("/undo")
@by_token
@limiter.exempt
def undo() -> Response:
    """Take a scan back that was a mistake."""
    device = station()
    found = actions.undo_by_device(device, forms.client_id(forms.sent_object()), by=actions.device_actor(device))
    return jsonify(client_id=found.client_id, result=found.result.value)
