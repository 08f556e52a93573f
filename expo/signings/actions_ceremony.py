"""Who signs when: places on the stage in batches, and whole batches signed at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from expo.editions.queries import get_edition_by_id
from expo.editions.rules import require_not_archived
from expo.kit.access import Actor
from expo.kit.db import not_found
from expo.kit.files import Received, keep_file
from expo.kit.jobs import Job, start_job
from expo.kit.language import _, _l
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.people.permissions import P
from expo.signings import queries_ceremony as queries
from expo.signings import rules, rules_ceremony
from expo.signings.actions import get_managed, mark_signed


@action
def place(signing_id: int, session_id: int | None, batch: int | None, order: int | None, *, by: Actor) -> None:
    """Give a signing its session, batch and place on the stage, or take them away."""
    signing = get_managed(signing_id, by)
    if signing.status not in queries.MOVABLE:
        raise Refused(_l("Only agreements that are drafted, frozen or signed have a place on the stage."))
    if session_id is None:
        signing.session_id = signing.batch = signing.stage_order = None
        return
    session = queries.find_session(signing.edition_id, session_id)
    if session is None:
        raise not_found()
    if batch is None or order is None:
        raise Refused(_l("Enter batch and place, or no session at all."), "batch")
    other = queries.find_at(session_id, batch, order, signing.id)
    if other is not None:
        raise Refused(_l("Place %(order)s of batch %(batch)s belongs to %(serial)s.", order=order, batch=batch,
                         serial=other.serial), "stage_order")
    signing.session_id, signing.batch, signing.stage_order = session.id, batch, order


@action
def place_all(edition_id: int, session_id: int, *, by: Actor) -> int:
    """Put every frozen agreement without a place into batches of ten, the largest first; how many there were."""
    edition = get_edition_by_id(edition_id, for_update=True)
    require_not_archived(edition)
    by.require(P.SIGNINGS_MANAGE, edition_id=edition_id)
    if queries.find_session(edition_id, session_id) is None:
        raise not_found()
    waiting = queries.list_unplaced(edition_id, by.region_paths(P.SIGNINGS_MANAGE, edition_id))
    free = rules.free_places(queries.list_taken(session_id))
    for signing in waiting:
        signing.session_id = session_id
        signing.batch, signing.stage_order = next(free)
    return len(waiting)


@action
def order_batch(edition_id: int, session_id: int, batch: int, turns: Sequence[tuple[int, int]], *, by: Actor) -> int:
    """Put a batch in order: ``turns`` are its signings in sequence, each with the batch that it goes to (mostly this one).

    Agreements of other regions and registered ones keep their places. Returns how many went to another batch.
    """
    paths = _open_stage(edition_id, session_id, by)
    present = {signing.id: signing for signing in queries.list_movable(session_id, [batch], paths)}
    rules_ceremony.require_as_shown(present, [number for number, _batch in turns])
    taken = queries.list_taken(session_id) - {(batch, signing.stage_order or 0) for signing in present.values()}
    for number, target in turns:
        rules_ceremony.require_batch(target)
        place = next(rules_ceremony.free_orders({order for other, order in taken if other == target}))
        present[number].batch, present[number].stage_order = target, place
        taken.add((target, place))
    return sum(target != batch for _number, target in turns)


@action
def swap_batches(edition_id: int, session_id: int, one: int, other: int, *, by: Actor) -> None:
    """Two batches change their turns, with everybody in them."""
    paths = _open_stage(edition_id, session_id, by)
    rules_ceremony.require_batch(other)
    moving = queries.list_movable(session_id, [one, other], paths)
    if not any(signing.batch == one for signing in moving):
        raise not_found()
    if len(moving) != queries.count_placed(session_id, [one, other]):
        raise Refused(_l("These batches hold agreements that you may not move: of other regions, or registered. Ask the province."))
    for signing in moving:
        signing.batch = other if signing.batch == one else one


def _open_stage(edition_id: int, session_id: int, by: Actor) -> tuple[str, ...]:
    """The stage is open to changes; the regions whose agreements the actor may move on it."""
    require_not_archived(get_edition_by_id(edition_id, for_update=True))
    by.require(P.SIGNINGS_MANAGE, edition_id=edition_id)
    if queries.find_session(edition_id, session_id) is None:
        raise not_found()
    return by.region_paths(P.SIGNINGS_MANAGE, edition_id)


@action
def start_printing(edition_id: int, session_id: int, *, by: Actor) -> Job:
    """Have the list of all batches printed beside the site's other work."""
    by.require(P.SIGNINGS_READ, edition_id=edition_id)
    session = queries.find_session(edition_id, session_id)
    if session is None:
        raise not_found()
    return start_job("signings.print_batches", {"edition_id": edition_id, "session_id": session_id}, by=by,
                     title=_("Batch list of “%(session)s”", session=session.title))


@action
def start_freezing(edition_id: int, session_id: int, *, by: Actor) -> Job:
    """Have the papers of a session's drafts issued beside the site's other work."""
    paths = _open_stage(edition_id, session_id, by)
    if not queries.list_drafts(session_id, paths):
        raise Refused(_l("No draft waits for its paper here. Reload the page to see what is frozen."))
    return start_job("signings.freeze_drafts", {"edition_id": edition_id, "session_id": session_id}, by=by,
                     title=_("Freeze the drafts of a ceremony"))


@action
def keep_batch_list(made: Received, *, by: Actor) -> int:
    """Keep the printed list; the number of its file."""
    return keep_file(made, by=by).id


@action
def sign_batch(edition_id: int, session_id: int, batch: int, signing_ids: Sequence[int], signed_on: date | None, *,
               by: Actor) -> int:
    """Note the signature of the frozen agreements of a batch; refused when they are not those that were shown."""
    if queries.find_session(edition_id, session_id) is None:
        raise not_found()
    present = queries.list_batch(session_id, batch, by.region_paths(P.SIGNINGS_MANAGE, edition_id))
    if set(present) != set(signing_ids) or not present:
        raise Refused(_l("The batch has changed since this page was shown. Read it again, then confirm."))
    for signing_id in present:
        mark_signed(signing_id, signed_on, by=by)
    return len(present)
