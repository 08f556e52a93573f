"""The list as a file: exactly what is shown."""

from __future__ import annotations

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.exports import KINDS
from expo.kit.language import _
from expo.kit.storage import content_disposition
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.pool import actions_export, queries_list, rules
from expo.pool.exporting import AT_ONCE, table
from expo.pool.views import bp
from expo.pool.views_filters import list_state


@bp.get("/export.<suffix>")
@access(P.POOL_EXPORT)
def export_tickets(suffix: str) -> BaseResponse:
    """The list's rows; ``contacts=1`` in clear, for those who may."""
    actor = current_actor()
    rules.require_may(rules.may_export(actor))
    if suffix not in KINDS:
        raise not_found()
    listing, chosen = list_state(rules.scope_of(actor))
    with_contacts = listing.arguments.get("contacts") == "1"
    count = queries_list.count_tickets(chosen)
    filters = {"q": listing.q, "sort": listing.sort, **listing.chosen}
    if count.at_least or count.number > AT_ONCE:
        job = actions_export.start_export(suffix, count.number, filters, with_contacts, by=actor)
        return redirect(url_for("kit.show_job", job_id=job.id))
    actions_export.note_export(suffix, count.number, filters, with_contacts, by=actor)
    # Written whole before the answer begins: what goes wrong is still told as an error, not as half a file.
    content = b"".join(table(chosen, listing.sort, suffix, with_contacts))
    response = Response(content, mimetype=KINDS[suffix])
    name = f"{_('Tickets')}-{clock.today(current_config().timezone):%Y%m%d}.{suffix}"
    response.headers["Content-Disposition"] = content_disposition(name)
    return response
