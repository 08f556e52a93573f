"""The public check of an agreement: by its serial (the code on every page leads here) and by comparing the file."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from flask import redirect, render_template, request, url_for

from expo.kit.files import MB, SCAN
from expo.kit.language import _l
from expo.kit.limits import limiter
from expo.kit.refusals import Refused
from expo.kit.sniff import require_kind
from expo.kit.web import public
from expo.signings import queries, rules_check
from expo.signings.forms import CompareForm
from expo.signings.models import Signing
from expo.signings.rules_check import Told, Verdict
from expo.signings.views import bp

STATUS = {Verdict.UNKNOWN: 404}


@bp.get("/check/")
@public
@limiter.limit("30/minute")
def ask_serial() -> Any:
    """Where a serial is typed by hand."""
    serial = "".join(request.args.get("serial", "").split())[:30]
    if serial:
        return redirect(url_for("signings.check", serial=serial.upper()))
    return render_template("signings/check_ask.html")


@bp.get("/check/<serial>")
@public
@limiter.limit("30/minute")
def check(serial: str) -> Any:
    """Genuine, superseded, void or unknown: what the issued paper's serial stands for."""
    signing = queries.find_by_serial(serial[:30])
    return _page(serial, signing, rules_check.judge(signing, request.args.get("v", type=int)), CompareForm(formdata=None))


@bp.post("/check/<serial>")
@public
@limiter.limit("10/minute")
def compare(serial: str) -> Any:
    """Whether an uploaded file is the issued paper; it is read, compared, and not kept."""
    signing, form = queries.find_by_serial(serial[:30]), CompareForm()
    told = rules_check.judge(signing, None)
    if form.validate_on_submit() and told.verdict is not Verdict.UNKNOWN:
        with form.catching_refusals():
            return _page(serial, signing, rules_check.compare(signing, _hash_upload()), CompareForm(formdata=None), is_compared=True)
    return _page(serial, signing, told, form)


def _hash_upload() -> str:
    """The SHA-256 of the uploaded PDF or scan."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Refused(_l("Choose a file first."), "file")
    content = upload.stream.read(SCAN.limit_mb * MB + 1)
    if len(content) > SCAN.limit_mb * MB:
        raise Refused(_l("At most %(limit)s MB are compared.", limit=SCAN.limit_mb), "file")
    require_kind(io.BytesIO(content), SCAN.kinds, field="file")
    return hashlib.sha256(content).hexdigest()


def _page(serial: str, signing: Signing | None, told: Told, form: CompareForm, *, is_compared: bool = False) -> Any:
    shown = signing if signing is not None and rules_check.is_issued(signing) else None
    return render_template(
        "signings/check.html", serial=serial.upper()[:30], told=told, form=form, signing=shown, verdicts=Verdict,
        is_compared=is_compared, version=told.version or (shown.versions[-1] if shown else None)), form.status if form.status != 200 else STATUS.get(told.verdict, 200)
