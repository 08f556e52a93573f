"""Exports too large to wait for."""

from __future__ import annotations

import tempfile
from typing import Any

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.exports import KINDS
from expo.kit.files import store_stream
from expo.kit.jobs import JobContext, job
from expo.kit.language import _, _n
from expo.people.permissions import P
from expo.people.queries import load_actor
from expo.places.queries import load_tree
from expo.pool import actions_export, queries_list, rules
from expo.pool.exporting import table
from expo.pool.filtering import chosen_of


@job("pool.export")
def export_tickets(ctx: JobContext, kind: str, filters: dict[str, str], with_contacts: bool) -> dict[str, Any]:
    """Write the file with the rights that its starter has now."""
    by = load_actor(ctx.person_id or 0)
    rules.require_may(rules.may_export(by) and (not with_contacts or by.may(P.PEOPLE_UNMASK)))
    scope = rules.scope_of(by)
    chosen = chosen_of(filters.get("q", ""), filters, scope, load_tree().below(scope.paths))
    total = queries_list.count_tickets(chosen).number
    with tempfile.TemporaryFile() as file:
        for count, chunk in enumerate(table(chosen, filters.get("sort", ""), kind, with_contacts)):
            file.write(chunk)
            if kind == "csv" and count % 10 == 9:
                ctx.progress(min(count * 500, total), total)
        file.seek(0)
        name = f"{_('Tickets')}-{clock.today(current_config().timezone):%Y%m%d}.{kind}"
        made = store_stream(file, name, KINDS[kind].split(";")[0])
    return {"file_id": actions_export.keep_export(made, by=by), "summary": _n("%(num)s ticket", "%(num)s tickets", total)}
