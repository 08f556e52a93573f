"""Enrolment, signs of life and the offline pack."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Response, jsonify, request

from expo.checkin import actions, actions_devices, queries_figures, queries_pack, rules_pack
from expo.checkin import forms_api as forms
from expo.checkin.actions_pack import PackState, refresh_pack
from expo.checkin.actions_telling import words
from expo.checkin.api import UnknownDevice, bp, require_list, station
from expo.checkin.models import Gate
from expo.checkin.queries_devices import find_station, list_gates_by_ids
from expo.checkin.queries_doors import Station
from expo.checkin.queries_keys import keys_for_devices
from expo.checkin.rules_lists import not_offline
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.language import DEFAULT, LANGUAGES
from expo.kit.limits import limiter
from expo.kit.web import by_token

OPENAPI = Path(__file__).with_name("openapi.json")
#: A list of who was seen says these last seconds twice, so that no scan stored meanwhile is missed.
_OVERLAP = timedelta(seconds=90)


@bp.get("/openapi.json")
@by_token
def openapi() -> Response:
    """These addresses, for programs of others. No token is needed to read it."""
    return Response(OPENAPI.read_text(encoding="utf-8"), mimetype="application/json")


@bp.post("/enrol")
@by_token
@limiter.limit("30/minute")
def enrol() -> Response:
    """A device gets its token for the one-time code that it has scanned."""
    sent = forms.sent_object()
    language = sent.get("language")
    enrolled = actions_devices.enrol(forms.text(sent, "secret", 80), language if language in LANGUAGES else DEFAULT)
    found = find_station(enrolled.device.id)
    if found is None:
        raise UnknownDevice
    return jsonify(token=enrolled.token, **_described(found))


@bp.post("/state")
@by_token
@limiter.exempt
def state() -> Response:
    """A sign of life, answered with all that may have changed for the device."""
    device, sent = station(), forms.sent_object()
    queue, skew, pack = (min(max(forms.number(sent, name) or 0, -10**9), 10**9) for name in ("queue", "skew_ms", "pack"))
    actions_devices.note_sign(device.device_id, max(queue, 0), skew, max(pack, 0))
    figures = queries_figures.figures_of(device.gate_ids, actions.day_of(clock.now()))
    counts = {str(gate): {"admitted": figures[gate].admitted, "inside": figures[gate].inside} for gate in device.gate_ids}
    return jsonify(counts=counts, **_described(device))


def _described(device: Station) -> dict[str, Any]:
    edition = queries_pack.get_edition_row(device.edition_id)
    if edition is None:
        raise UnknownDevice
    spoken = words(device.language)
    return {
        "device": {"id": device.device_id, "name": device.name}, "rights": sorted(device.rights),
        "edition": {"id": edition.id, "slug": edition.slug, "name": edition.name, "zone": current_config().timezone.key,
                    "starts_on": edition.starts_on.isoformat(), "ends_on": edition.ends_on.isoformat()},
        "lists": _lists(device), "keys": keys_for_devices(),
        "kinds": [{"value": value, "label": label} for value, label in spoken["kinds"].items()],
        "reasons": spoken["reasons"], "results": spoken["results"], "time": clock.now().isoformat(),
    }


def _lists(device: Station) -> list[dict[str, Any]]:
    return [_list(gate) for gate in list_gates_by_ids(device.edition_id, device.gate_ids)]


def _list(gate: Gate) -> dict[str, Any]:
    rules = gate.rules
    return {"id": gate.id, "name": gate.name, "kind": gate.kind.value, "venue": gate.venue.name, "rules": rules,
            "not_offline": not_offline(rules)}


@bp.get("/pack")
@by_token
@limiter.exempt
def pack() -> Response:
    """The offline pack, whole or what has changed since a version."""
    device = station()
    found = refresh_pack(device.edition_id)
    since = request.args.get("since", 0, type=int)
    since = since if 0 <= since <= found.version else 0
    count, body = _body(device.edition_id, found, since)
    meta = {"edition": device.edition_id, "version": found.version, "since": since, "complete": found.is_complete, "count": count,
            "made_at": clock.now().isoformat(), "lists": _lists(device), "keys": keys_for_devices()}
    return Response(rules_pack.whole(meta, body), mimetype="application/octet-stream")


_kept_body: dict[tuple[int, int], tuple[int, bytes]] = {}
_making = threading.Lock()


def _body(edition_id: int, state: PackState, since: int) -> tuple[int, bytes]:
    """The entries newer than ``since`` in bytes; all of them are kept, because all devices ask for them at once."""
    if since:
        entries: Sequence[tuple[bytes, bytes]] = queries_pack.list_entries(edition_id, since)
        return len(entries), rules_pack.body(entries)
    with _making:
        kept = _kept_body.get((state.stamp, state.version))
        if kept is None:
            entries = queries_pack.list_entries(edition_id, 0)
            kept = (len(entries), rules_pack.body(entries))
            _kept_body.clear()  # One edition is on at a time; ten megabytes of an older one would lie about.
            _kept_body[state.stamp, state.version] = kept
        return kept


@bp.get("/seen")
@by_token
@limiter.exempt
def seen() -> Response:
    """Who has been admitted at a list today, for going on without the network."""
    device, now = station(), clock.now()
    gate_id = require_list(device, request.args.get("list", 0, type=int))
    rows = queries_pack.list_presence(gate_id, actions.day_of(now), _since(request.args.get("since", "")))
    found = [[bytes(row[0]).hex(), row[1].isoformat(), bool(row[2])] for row in rows]
    cursor = max((row[1] for row in rows), default=now - _OVERLAP) - _OVERLAP
    text = json.dumps({"cursor": max(cursor, now - timedelta(days=1)).isoformat(), "seen": found}, separators=(",", ":"))
    return Response(text, mimetype="application/json")


def _since(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):  # Overflowing: a moment that is in no year once its zone is taken off.
        return None
