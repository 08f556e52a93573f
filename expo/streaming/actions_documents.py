"""Documents of a session come, are released, are taken back and go."""

from __future__ import annotations

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.db import db, not_found
from expo.kit.files import Received, delete_file, keep_file
from expo.kit.language import _l
from expo.kit.memo import renew_pages
from expo.kit.refusals import Refused
from expo.kit.unit import action
from expo.streaming import queries_documents as queries
from expo.streaming.actions_broadcasts import get_directed, place_of
from expo.streaming.models import Broadcast
from expo.streaming.models_documents import SessionDocument

MOST = 20


@action
def add_document(broadcast_id: int, title: str, received: Received, *, by: Actor) -> SessionDocument:
    """Lay a document beside a session's picture; nobody sees it before its release."""
    _broadcast, session_id = _session_of(broadcast_id, by)
    if len(queries.list_documents(session_id)) >= MOST:
        raise Refused(_l("A session has up to %(n)s documents. Remove one first.", n=MOST), "file")
    document = SessionDocument(session_id=session_id, file_id=keep_file(received, by=by).id, added_by_id=by.person_id,
                               title=" ".join(title.split())[:120] or received.name[:120])
    db.session.add(document)
    db.session.flush()
    return document


@action
def release_document(broadcast_id: int, document_id: int, is_released: bool, *, by: Actor) -> SessionDocument:
    """Show it to those who may watch, or take it back."""
    broadcast, session_id = _session_of(broadcast_id, by)
    document = queries.get_document(session_id, document_id, for_update=True)
    document.released_at = (document.released_at or clock.now()) if is_released else None
    _renew(broadcast)
    return document


@action
def remove_document(broadcast_id: int, document_id: int, *, by: Actor) -> None:
    """It is gone, with its file."""
    broadcast, session_id = _session_of(broadcast_id, by)
    document = queries.get_document(session_id, document_id, for_update=True)
    file_id = document.file_id
    db.session.delete(document)
    db.session.flush()
    delete_file(file_id)
    _renew(broadcast)


def _session_of(broadcast_id: int, by: Actor) -> tuple[Broadcast, int]:
    broadcast = get_directed(broadcast_id, by)
    if broadcast.session_id is None:
        raise not_found()
    return broadcast, broadcast.session_id


def _renew(broadcast: Broadcast) -> None:
    renew_pages(f"edition/{place_of(broadcast)[1]}")
