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
from expo.kit.entries import LARGEST, writable
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
    client_id, gate_id, said_kind = _text(sent, "client_id"), _number(sent, "gate"), sent.get("kind", "entry")
    if not 8 <= len(client_id) <= 40 or gate_id is None or said_kind not in ("entry", "exit"):
        raise _unreadable()
    kind, by = ScanKind(said_kind), current_actor()
    if (registration_id := _number(sent, "registration")) is not None:
        answer = actions.scan_by_hand(gate_id, registration_id, client_id=client_id, kind=kind, by=by)
    else:
        answer = actions.scan_code(gate_id, _text(sent, "code"), client_id=client_id, kind=kind, at=_moment(sent), by=by)
    return jsonify(told(answer, current_config().timezone))


def _sent() -> dict[str, Any]:
    try:
        sent = request.get_json(silent=True)
    except RecursionError:
        raise _unreadable() from None
    if not isinstance(sent, dict):
        raise _unreadable()
    return sent


def _text(sent: dict[str, Any], name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str):
        raise _unreadable()
    return writable(value)


def _number(sent: dict[str, Any], name: str) -> int | None:
    value = sent.get(name)
    return value if type(value) is int and abs(value) <= LARGEST else None


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
