"""What may happen to an import."""

from __future__ import annotations

from expo.kit.access import Actor
from expo.kit.db import not_found
from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.people.permissions import P
from expo.pool.models_imports import ImportStatus, TicketImport

LIFECYCLE = Lifecycle(
    {
        ImportStatus.RECEIVED: {ImportStatus.CHECKING, ImportStatus.DROPPED},
        ImportStatus.CHECKING: {ImportStatus.CHECKED, ImportStatus.RECEIVED},
        ImportStatus.CHECKED: {ImportStatus.CHECKING, ImportStatus.STORING, ImportStatus.DROPPED},
        ImportStatus.STORING: {ImportStatus.DONE},
        ImportStatus.DONE: set(),
        ImportStatus.DROPPED: set(),
    }
)


def require_own(found: TicketImport, by: Actor) -> None:
    """An import is its starter's; others who import do not see it, the system carries it out."""
    if not by.is_system and (found.person_id != by.person_id or not by.may(P.POOL_IMPORT)):
        raise not_found()


def require_something_to_store(found: TicketImport) -> None:
    """There is no point in storing a file without a single good row."""
    if not sum(found.checked.get(name, 0) for name in ("new", "unchanged", "conflicting")):
        raise Refused(_l("Not a single row of this file can be taken. Mend the file or assign its columns anew."))
