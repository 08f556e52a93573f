"""The log of who did what, for auditors."""

from __future__ import annotations

from datetime import date

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.kit.language import _l
from expo.kit.listing import Filter, Listing
from expo.kit.timeline import verb_of
from expo.kit.web import access, current_actor
from expo.people import queries_history
from expo.people.jobs import start_verification
from expo.people.permissions import P
from expo.people.views import bp


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


@bp.get("/work/history")
@access(P.HISTORY_READ)
def history() -> str:
    streams = queries_history.list_streams()
    listing = Listing.from_request(
        filters=[Filter("stream", _l("Kind of record"), [(name, name) for name, _count in streams],
                        counts=dict(streams))], size=50,
    )
    since, until = _day("since"), _day("until")
    listing.show(queries_history.list_rows(listing.q, listing.chosen, since, until, listing.cursor, listing.size))
    return render_template("people/history.html", listing=listing, since=since, until=until, verb_of=verb_of)


@bp.post("/work/history/verify")
@access(P.HISTORY_READ)
def verify_history() -> Response:
    found = start_verification(by=current_actor())
    return redirect(url_for("kit.show_job", job_id=found.id), 303)
