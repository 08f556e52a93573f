"""Where a badge's code leads whoever reads it: to a page without personal data, and gate staff to their gate."""

from __future__ import annotations

from uuid import uuid4

from flask import redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from expo.checkin import actions, queries
from expo.checkin.actions_telling import told
from expo.checkin.models import Gate
from expo.checkin.views import bp
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.limits import limiter
from expo.kit.web import access, current_actor, public
from expo.people.permissions import P
from expo.registration.models import Badge, BadgeStatus
from expo.registration.queries import find_badge, get_by_token
from expo.registration.queries_keys import badge_keys
from expo.registration.rules_codes import BadgeCode, CodeFault, read

#: The gate at which somebody scans with the phone's own camera, kept in the browser's session.
KEPT_GATE = "checkin_gate"


@bp.get("/b/<code>")
@bp.get("/B/<code>")
@bp.get("/b/<code>/<live>")
@bp.get("/B/<code>/<live>")
@public
@limiter.limit("120/minute")
def badge(code: str, live: str = "") -> tuple[str, int]:
    """Is this badge good? Says the edition and the kind, never whose it is. Staff get the way to let it in.

    A live part behind the code (the badge on a phone) is for gates that ask for it.
    """
    found, held = _looked_up(code)
    gates = _gates(held) if held is not None else []
    state = _state(found, held)
    page = render_template("checkin/badge.html", code=code, live=live, state=state, badge=held, gates=gates,
                           edition=held.registration.edition if held else None,
                           kept=session.get(KEPT_GATE), client_id=uuid4().hex, told=None)
    return page, 200 if held is not None else 404


def _looked_up(code: str) -> tuple[BadgeCode | CodeFault, Badge | None]:
    found = read(f"/b/{code}", badge_keys())
    held = find_badge(found.number) if isinstance(found, BadgeCode) else None
    return found, held if held is not None and isinstance(found, BadgeCode) and held.edition_id == found.edition_id else None


def _state(found: BadgeCode | CodeFault, held: Badge | None) -> str:
    if isinstance(found, CodeFault) or held is None:
        return "unknown"
    if held.status is not BadgeStatus.VALID:
        return held.status.value
    return "valid" if clock.today(current_config().timezone) <= found.valid_until else "expired"


def _gates(held: Badge) -> list[Gate]:
    actor = current_actor()
    if actor.is_anonymous or not actor.may(P.CHECKIN_SCAN, edition_id=held.edition_id):
        return []
    return queries.list_gates(held.edition_id, actor.region_paths(P.CHECKIN_SCAN, held.edition_id))


@bp.post("/b/<code>")
@bp.post("/B/<code>")
@bp.post("/b/<code>/<live>")
@bp.post("/B/<code>/<live>")
@access(P.CHECKIN_SCAN)
def badge_scanned(code: str, live: str = "") -> str | Response:
    """Let the badge in that was read with the phone's own camera, with the live part that it showed."""
    text = f"{code}/{live}" if live else code
    gate_id = request.form.get("gate", type=int)
    if gate_id is None:
        return redirect(url_for("checkin.badge", code=code, live=live or None), 303)
    session[KEPT_GATE] = gate_id
    answer = actions.scan_code(gate_id, f"/b/{text}", client_id=request.form.get("client_id", "")[:40] or uuid4().hex,
                               by=current_actor())
    _found, held = _looked_up(code)
    return render_template(
        "checkin/badge.html", code=code, live=live, state="told", badge=held, gates=_gates(held) if held else [], kept=gate_id,
        edition=held.registration.edition if held else None, client_id=uuid4().hex,
        told=told(answer, current_config().timezone),
    )


@bp.get("/my/<token>/entries")
@public
def my_scans(token: str) -> str:
    """Who scanned my badge, when and where."""
    registration = get_by_token(token)
    return render_template("checkin/my_scans.html", registration=registration,
                           scans=queries.list_scans_of(registration.id))
