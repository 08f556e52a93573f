"""Sheets of sessions and of absences: checked first, row by row, and stored only when somebody says so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.exports import KINDS
from expo.kit.files import SHEET, receive, storage
from expo.kit.language import _, _l, _n
from expo.kit.refusals import Refused
from expo.kit.sheets import Column, Limits, Sheet, failed_rows, guess_mapping, open_sheet
from expo.kit.storage import content_disposition
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme import actions_absences, actions_imports, queries_imports
from expo.programme.actions import require_grid
from expo.programme.actions_absences import Away
from expo.programme.forms_absences import SheetForm, TakeSheetForm
from expo.programme.rules_imports import (
    ABSENCE_COLUMNS,
    SESSION_COLUMNS,
    Checked,
    check,
    host_names,
)
from expo.programme.views import bp, tabs_of
from expo.programme.views_sessions import FIELDS

#: A checked sheet may be stored for so long.
_GOOD_FOR_S = 2 * 60 * 60
_LIMITS = Limits(size=20 << 20, rows=5000, cells=500_000)


def _seal() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="programme-sheet")


@contextmanager
def _opened(key: str, columns: tuple[Column, ...]) -> Any:
    with storage().open(key) as stream:
        yield open_sheet(stream, columns=columns, limits=_LIMITS)


def _unsealed(what: str, edition: Edition) -> str:
    """The stored file behind a form that this person was shown for this edition."""
    try:
        kind, edition_id, person_id, key = _seal().loads(request.form.get("sealed", ""), max_age=_GOOD_FOR_S)
    except BadSignature as error:
        raise Refused(_l("This preview is too old. Upload the file again.")) from error
    if (kind, edition_id, person_id) != (what, edition.id, current_actor().person_id):
        raise Refused(_l("This preview is too old. Upload the file again."))
    return str(key)


def _names(sheet: Sheet, columns: tuple[Column, ...], field: str, split: Callable[[str], list[str]]) -> set[str]:
    """All values of one column: looked up at once."""
    mapping = guess_mapping(sheet.header, columns)
    return {name for row in sheet.rows() for name in split(mapping.values(row.cells).get(field, "")) if name}


def _check_sessions(edition: Edition, key: str) -> Checked:
    with _opened(key, SESSION_COLUMNS) as sheet:
        known = queries_imports.load_session_sheet(edition, _names(sheet, SESSION_COLUMNS, "hosts", host_names))
        return check(sheet, SESSION_COLUMNS, known.read)


def _check_absences(edition: Edition, key: str) -> Checked:
    paths = current_actor().region_paths(P.PROGRAMME_EDIT, edition.id)
    with _opened(key, ABSENCE_COLUMNS) as sheet:
        known = queries_imports.load_absence_sheet(edition, paths, _names(sheet, ABSENCE_COLUMNS, "person", lambda t: [t]))
        return check(sheet, ABSENCE_COLUMNS, known.read)


@bp.route("/work/<slug>/programme/sessions/import", methods=["GET", "POST"])
@access(P.PROGRAMME_EDIT)
def import_sessions(slug: str) -> str | BaseResponse | tuple[str, int]:
    """Upload a sheet of sessions, and see what it would do."""
    edition = get_edition(slug)
    require_grid(edition, current_actor())
    return _upload(edition, "sessions", _check_sessions)


@bp.post("/work/<slug>/programme/sessions/import/take")
@access(P.PROGRAMME_EDIT)
def take_sessions(slug: str) -> BaseResponse:
    """Store the good rows of a sheet that was checked; it is checked once more."""
    edition = get_edition(slug)
    checked = _check_sessions(edition, _unsealed("sessions", edition))
    entries = [*checked.new, *checked.changed]
    if not entries:
        raise Refused(_l("There is no row that could be stored."))
    opened, changed = actions_imports.import_sessions(edition.id, entries, by=current_actor())
    flash(_("%(opened)s sessions opened, %(changed)s changed, %(failed)s rows left out.", opened=opened, changed=changed,
            failed=len(checked.failed)), "success")
    return redirect(url_for(".list_sessions", slug=slug))


@bp.route("/work/<slug>/programme/absences/import", methods=["GET", "POST"])
@access(P.PROGRAMME_EDIT)
def import_absences(slug: str) -> str | BaseResponse | tuple[str, int]:
    """Upload a sheet of absences, and see what it would do."""
    return _upload(get_edition(slug), "absences", _check_absences)


@bp.post("/work/<slug>/programme/absences/import/take")
@access(P.PROGRAMME_EDIT)
def take_absences(slug: str) -> BaseResponse:
    edition = get_edition(slug)
    checked = _check_absences(edition, _unsealed("absences", edition))
    rows = [Away(e.values["person"].id, e.values["starts_at"], e.values["ends_at"], e.values.get("reason", ""))
            for e in checked.entries]
    if not rows:
        raise Refused(_l("There is no row that could be stored."))
    number = actions_absences.import_absences(edition.id, rows, by=current_actor())
    flash(_n("%(num)s absence written down.", "%(num)s absences written down.", number), "success")
    return redirect(url_for(".list_absences", slug=slug))


@bp.post("/work/<slug>/programme/<any(sessions, absences):what>/import/failed")
@access(P.PROGRAMME_EDIT)
def download_failed(slug: str, what: str) -> Response:
    """The rows that cannot be taken, with their reasons."""
    edition = get_edition(slug)
    read = _check_sessions if what == "sessions" else _check_absences
    checked = read(edition, _unsealed(what, edition))
    response = Response(failed_rows(checked.header, checked.failed), mimetype=KINDS["csv"])
    response.headers["Content-Disposition"] = content_disposition(f"{what}-{edition.slug}-failed.csv")
    return response


def _upload(edition: Edition, what: str, read: Callable[[Edition, str], Checked]) -> str | BaseResponse | tuple[str, int]:
    form, take = SheetForm(), TakeSheetForm(formdata=None)
    checked = None
    if form.validate_on_submit():
        with form.catching_refusals():
            received = receive(form.file.data, SHEET)
            checked = read(edition, received.key)
            take.sealed.data = _seal().dumps([what, edition.id, current_actor().person_id, received.key])
    return render_template(
        "programme/import.html", edition=edition, what=what, form=form, take=take, checked=checked, fields=FIELDS,
        columns=SESSION_COLUMNS if what == "sessions" else ABSENCE_COLUMNS,
        tabs=tabs_of(edition, "sessions" if what == "sessions" else "absences"),
    ), form.status
