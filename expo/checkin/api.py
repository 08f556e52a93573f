"""The address that devices at the gates speak to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from expo.checkin import actions
from expo.checkin.actions_telling import told
from expo.checkin.models import ScanKind
from expo.kit.config import current_config
from expo.kit.language import _l
from expo.kit.limits import limiter
from expo.kit.refusals import Refused
from expo.kit.web import access, current_actor
from expo.people.permissions import P

bp = Blueprint("checkin_api", __name__)


@bp.post("/api/checkin/scan")
@access(P.CHECKIN_SCAN)
@limiter.exempt  # A venue's whole staff may share one address, and people wait in line.
def scan() -> Response:
    """One scan as JSON: ``client_id`` (made by the device, the same when it asks again), ``gate``, ``code`` or
    ``registration``, ``kind`` ("entry" or "exit") and ``at`` if it was made earlier. The answer says what to tell."""
    sent = _sent()
    client_id, gate_id = _text(sent, "client_id"), sent.get("gate")
    if not 8 <= len(client_id) <= 40 or not isinstance(gate_id, int) or sent.get("kind", "entry") not in {"entry", "exit"}:
        raise _unreadable()
    kind, by = ScanKind(sent.get("kind", "entry")), current_actor()
    if isinstance(registration_id := sent.get("registration"), int):
        answer = actions.scan_by_hand(gate_id, registration_id, client_id=client_id, kind=kind, by=by)
    else:
        answer = actions.scan_code(gate_id, _text(sent, "code"), client_id=client_id, kind=kind, at=_moment(sent), by=by)
    return jsonify(told(answer, current_config().timezone))


def _sent() -> dict[str, Any]:
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise _unreadable()
    return sent


def _text(sent: dict[str, Any], name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str):
        raise _unreadable()
    return value


def _moment(sent: dict[str, Any]) -> datetime | None:
    if sent.get("at") is None:
        return None
    try:
        found = datetime.fromisoformat(_text(sent, "at"))
    except ValueError:
        raise _unreadable() from None
    if found.tzinfo is None:
        raise _unreadable()
    return found


def _unreadable() -> Refused:
    return Refused(_l("This is not a scan: client_id, gate and code are needed, and moments with their zone."))
