"""Documents beside a session's picture: the organisers' own, and those of its published projects."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.kit.db import not_found
from expo.kit.files import DOCUMENT, file_url, receive, send_stored
from expo.kit.language import _
from expo.kit.web import access, current_actor, public
from expo.people.permissions import P
from expo.programme.queries import get_released_session
from expo.programme.rules_content import ShownSession
from expo.programme.slots import session_parts
from expo.streaming import actions_documents as actions
from expo.streaming import queries_documents as queries
from expo.streaming import views_talk  # noqa: F401  # The conversation stands before the documents, in the order of joining.
from expo.streaming.forms import DocumentForm
from expo.streaming.queries_broadcasts import find_broadcast
from expo.streaming.rules_watching import may_watch
from expo.streaming.views import bp
from expo.streaming.views_broadcasts import seen_broadcast
from expo.streaming.views_player import viewer_of

_BASE = "/work/<slug>/streaming/broadcasts/<int:broadcast_id>/documents"


def _may_read(session_id: int) -> bool:
    broadcast = find_broadcast(session_id)
    return broadcast is None or may_watch(broadcast.audience, viewer_of(broadcast, ""))


def show_documents(session: ShownSession) -> str:
    """Released documents, and those of the projects in the running order, for those who may watch."""
    if session.is_cancelled:
        return ""
    documents = queries.list_documents(session.id, released=True)
    papers = queries.list_project_papers([item.project_id for item in session.items])
    if not (documents or papers) or not _may_read(session.id):
        return ""
    shown = [(item.label, file_url(papers[item.project_id].file), papers[item.project_id].file.size)
             for item in session.items if item.project_id in papers]
    return render_template("streaming/documents.html", session=session, documents=documents, papers=shown)


session_parts.append(show_documents)


@bp.get("/sessions/<int:session_id>/documents/<int:document_id>")
@public
def send_document(session_id: int, document_id: int) -> BaseResponse:
    """The document itself: for those who may watch once it is released, before that for those who see its broadcast."""
    edition, _programme, session = get_released_session(session_id)
    document = queries.get_document(session_id, document_id)
    is_own = current_actor().may(P.STREAMING_READ, region_path=session.region_path, edition_id=edition.id)
    if not is_own and (document.released_at is None or not _may_read(session_id)):
        raise not_found()
    answer = send_stored(document.file, as_attachment=True)
    # It may be taken back at any moment, so nobody keeps it without asking.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@bp.post(f"{_BASE}/upload")
@access(P.STREAMING_DIRECT)
def add_document(slug: str, broadcast_id: int) -> BaseResponse:
    _edition, broadcast = seen_broadcast(slug, broadcast_id, P.STREAMING_DIRECT)
    form = DocumentForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.add_document(broadcast.id, form.title.data or "", receive(form.file.data, DOCUMENT), by=current_actor())
            flash(_("The document lies ready. Release it when everybody may have it."), "success")
    sentence = form.refusal or next((str(e) for errors in form.errors.values() for e in errors), "")
    if sentence:
        flash(sentence, "danger")
    return _back(slug, broadcast_id)


@bp.post(f"{_BASE}/<int:document_id>/<any(release, retract, remove):what>")
@access(P.STREAMING_DIRECT)
def change_document(slug: str, broadcast_id: int, document_id: int, what: str) -> BaseResponse:
    """Release a document, take it back or remove it."""
    seen_broadcast(slug, broadcast_id, P.STREAMING_DIRECT)
    if what == "remove":
        actions.remove_document(broadcast_id, document_id, by=current_actor())
        flash(_("The document is removed."), "success")
    else:
        actions.release_document(broadcast_id, document_id, what == "release", by=current_actor())
        flash(_("The document stands beside the picture.") if what == "release" else _("The document is no longer shown."), "success")
    return _back(slug, broadcast_id)


def _back(slug: str, broadcast_id: int) -> BaseResponse:
    return redirect(url_for(".show_work_broadcast", slug=slug, broadcast_id=broadcast_id, _anchor="documents"))
