"""What the media server asks and reports: a sender comes, a sender is gone, a piece is recorded.

Open to nobody else: the media server knows a word, and its own edge adds it (scripts/edge/media.conf.template).
"""

from __future__ import annotations

import hmac

from flask import Response, abort, request
from flask.sansio.blueprints import BlueprintSetupState

from expo.kit.config import current_config
from expo.kit.web import public
from expo.streaming import actions_senders
from expo.streaming.media import server
from expo.streaming.studio_recording import keep_piece
from expo.streaming.views import bp


def _require_media_server() -> str:
    """The run of the media server that asks; anybody else is refused."""
    secret = current_config().media.secret
    if not secret or not hmac.compare_digest(request.headers.get("X-Media-Secret", "").encode(), secret.encode()):
        abort(403)
    return request.headers.get("X-Media-Run", "")


@bp.post("/media/publish")
@public
def accept_sender() -> Response:
    """Whether this key may send; the answer names where the stream is handed on to, without the key."""
    run = _require_media_server()
    accepted = actions_senders.accept_sender(
        request.form.get("name", ""), request.form.get("clientid", 0, type=int), run, request.form.get("addr", ""),
    )
    if accepted is None:
        abort(403)
    ingest, channel = accepted
    return Response(status=302, headers={"Location": actions_senders.handed_on_to(channel, ingest)})


@bp.post("/media/publish_done")
@public
def end_sender() -> Response:
    run = _require_media_server()
    actions_senders.end_sender(request.form.get("clientid", 0, type=int), run)
    return Response(status=204)


@bp.post("/media/record_done")
@public
def keep_recording() -> Response:
    _require_media_server()
    folder = server.recordings_folder(current_config())
    path = folder / request.form.get("path", "").rpartition("/")[2]
    if path.suffix == ".flv" and path.is_file():
        keep_piece(path)
    return Response(status=204)


@bp.record_once
def _no_form_tokens(state: BlueprintSetupState) -> None:
    """The media server sends no form of ours; its word takes the token's place."""
    for view in (accept_sender, end_sender, keep_recording):
        state.app.extensions["csrf"].exempt(view)
