"""Papers: the draft to read, the issued versions, the signed scan. Each that is taken stands in the history."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template
from werkzeug.wrappers import Response as BaseResponse

from expo.kit.db import not_found
from expo.kit.files import send_stored
from expo.kit.web import access, current_actor, signed_in
from expo.people.permissions import P
from expo.signings import actions, papers, rules
from expo.signings.forms import ReasonForm, ScanForm
from expo.signings.models import Signing, SigningStatus
from expo.signings.views import ONE, bp, common, get_visible


@bp.get(f"{ONE}/papers")
@signed_in
def show_papers(slug: str, signing_id: int) -> str:
    """The issued versions and the scan."""
    return papers_page(get_visible(slug, signing_id, current_actor()))


def papers_page(signing: Signing, **filled: Any) -> str:
    """The page of papers, with a form as it was typed."""
    values = common(signing, "papers")
    forms: dict[str, Any] = {}
    if values["manages"] and signing.status is SigningStatus.FROZEN:
        forms["reopening"] = ReasonForm(formdata=None)
    if values["manages"] and signing.status in rules.DONE:
        forms["scanning"] = ScanForm(formdata=None)
    return render_template("signings/papers.html", forms=forms | filled,
                           current=signing.versions[-1].number if signing.versions and signing.status in rules.ISSUED else None, **values)


@bp.get(f"{ONE}/draft.pdf")
@access(P.SIGNINGS_READ)
def show_draft(slug: str, signing_id: int) -> BaseResponse:
    """The paper as it would be now, marked as a draft."""
    signing = get_visible(slug, signing_id, current_actor())
    if signing.status not in rules.OPEN:
        raise not_found()
    pdf = papers.preview(signing)
    actions.note_reading(signing_id, "draft", by=current_actor())
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename={signing.serial}-draft.pdf"
    return response


@bp.get(f"{ONE}/v<int:number>.pdf")
@signed_in
def show_version(slug: str, signing_id: int, number: int) -> BaseResponse:
    """An issued version, byte for byte as its SHA-256 says."""
    signing = get_visible(slug, signing_id, current_actor())
    if not 1 <= number <= len(signing.versions):
        raise not_found()
    signing = actions.note_reading(signing_id, f"v{number}", by=current_actor())
    return send_stored(signing.versions[number - 1].file, as_attachment=True)


@bp.get(f"{ONE}/scan")
@signed_in
def show_scan(slug: str, signing_id: int) -> BaseResponse:
    """The scan of the signed paper."""
    signing = get_visible(slug, signing_id, current_actor())
    if signing.scan is None:
        raise not_found()
    signing = actions.note_reading(signing_id, "scan", by=current_actor())
    assert signing.scan is not None
    return send_stored(signing.scan, as_attachment=True)
