"""The screen at a gate: dark, big, display only. Its signed address is the right to see it, and shows no name."""

from __future__ import annotations

from flask import render_template, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from expo.checkin import queries
from expo.checkin.queries_figures import Figures, figures_of
from expo.checkin.views import bp
from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.limits import limiter
from expo.kit.push import events_address
from expo.kit.web import access, current_actor, public
from expo.people.permissions import P


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_config().secret_key, salt="checkin-screen")


def screen_address(edition: Edition, gate_id: int | None) -> str:
    """The address of a gate's screen; of all gates of the edition without one."""
    return url_for("checkin.screen", signed=_signer().dumps([edition.id, gate_id or 0]))


@bp.get("/screen/checkin/<signed>")
@public
@limiter.exempt
def screen(signed: str) -> str:
    """How many are inside and how many have come, at one gate or at all of them."""
    try:
        edition_id, gate_id = _signer().loads(signed)
    except (BadSignature, TypeError, ValueError):
        raise not_found() from None
    edition = queries.get_edition(edition_id)
    gates = [gate for gate in queries.list_gates(edition_id, ["/"]) if gate_id in (0, gate.id)]
    if not gates:
        raise not_found()
    day = clock.today(current_config().timezone)
    figures = figures_of([gate.id for gate in gates], day)
    one = gates[0] if gate_id else None
    topic = f"checkin/{edition_id}/{gate_id}" if gate_id else f"checkin/{edition_id}"
    return render_template(
        "checkin/screen.html", edition=edition, gate=one, gates=sorted(gates, key=lambda g: -figures[g.id].admitted)[:10],
        figures=figures, total=_total(list(figures.values())), people=queries.count_people(edition_id, day),
        hours=queries.hours_of(one.id, day) if one else {}, events=events_address(topic),
    )


def _total(figures: list[Figures]) -> Figures:
    return Figures(admitted=sum(f.admitted for f in figures), inside=sum(f.inside for f in figures))


@bp.get("/work/<slug>/checkin/screens")
@access(P.CHECKIN_READ)
def list_screens(slug: str) -> str:
    """The addresses of the screens, to be opened on a display without signing in."""
    edition = get_edition(slug)
    gates = queries.list_gates(edition.id, current_actor().region_paths(P.CHECKIN_READ, edition.id))
    whole = current_actor().region_paths(P.CHECKIN_READ, edition.id)
    site = current_config().public_url
    rows = [(gate, site + screen_address(edition, gate.id)) for gate in gates]
    sees_all = any(path.count("/") <= 2 for path in whole)
    return render_template("checkin/screens.html", edition=edition, rows=rows,
                           whole=site + screen_address(edition, None) if sees_all else None)
