"""Closing an edition, so that no project is dropped, and archiving it once none is."""

from __future__ import annotations

from expo.editions.actions import mark_archived, mark_closed
from expo.followup import queries, rules
from expo.followup.actions import today
from expo.kit.access import Actor
from expo.kit.jobs import Job, start_job
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.permissions import P


@action
def start_closing(edition_id: int, *, by: Actor) -> Job:
    """Begin to close an edition: a job opens the case of every project and then closes it."""
    by.require(P.FOLLOWUP_CLOSE, edition_id=edition_id)
    edition = queries.get_edition(edition_id, for_update=True)
    rules.require_closable(edition, today())
    return start_job("followup.close_edition", {"edition_id": edition_id}, by=by,
                     title=_("Close %(edition)s: one case for every project", edition=edition.name))


@action
def finish_closing(edition_id: int, *, by: Actor) -> None:
    """Close the edition, if truly every project has its case."""
    _projects, lacking, _ownerless = queries.count_ledger(edition_id)
    if lacking:
        raise Refused(_l("%(n)s projects have no case yet; start the closing again.", n=lacking))
    mark_closed(edition_id, by=by)


@action
def archive_edition(edition_id: int, *, by: Actor) -> None:
    """Archive a closed edition, unless a project lacks its case or its owner."""
    by.require(P.FOLLOWUP_CLOSE, edition_id=edition_id)
    _projects, lacking, ownerless = queries.count_ledger(edition_id)
    if lacking or ownerless:
        raise Refused(_l("Not one project may be dropped: %(lacking)s have no case and %(ownerless)s cases have no "
                         "owner. Give each its owner first.", lacking=lacking, ownerless=ownerless))
    mark_archived(edition_id, by=by)
