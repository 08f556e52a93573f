"""Bringing tickets in: the file, its columns, the check, the storing, the conflicts."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.kit.db import get_record, not_found
from expo.kit.files import SHEET, StoredFile, receive, send_stored
from expo.kit.forms import ActionForm
from expo.kit.language import _l, _n
from expo.kit.listing import Filter, Listing
from expo.kit.sheets import Mapping, guess_mapping
from expo.kit.web import access, current_actor, redirect_back
from expo.people.permissions import P
from expo.places.queries import region_groups
from expo.pool import actions_imports, pages, queries_imports, rules_imports
from expo.pool.forms import MappingForm, UploadForm
from expo.pool.importing.columns import BASE_COLUMNS, import_columns
from expo.pool.importing.opening import guessed, opened
from expo.pool.models_imports import ImportStatus, Resolution, TicketImport
from expo.pool.views import bp


@bp.get("/imports/")
@access(P.POOL_IMPORT)
def list_imports() -> str:
    """One's imports, newest first."""
    page = queries_imports.list_imports(current_actor().person_id, request.args.get("cursor"))
    listing = Listing.from_request()
    listing.show(page)
    return render_template("pool/imports.html", listing=listing)


@bp.route("/imports/new", methods=["GET", "POST"])
@access(P.POOL_IMPORT)
def new_import() -> tuple[str, int] | Response:
    """Upload a file; what is no table is refused at once."""
    form = UploadForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            received = receive(form.file.data, SHEET)
            with opened(received.key) as sheet:
                mapping, name = guessed(sheet), sheet.sheet_name
            started = actions_imports.receive_import(received, mapping.places, name, by=current_actor())
            return redirect(url_for("pool.show_import", import_id=started.id), 303)
    return render_template("pool/import_new.html", form=form), form.status


@bp.get("/imports/<int:import_id>")
@access(P.POOL_IMPORT)
def show_import(import_id: int) -> str:
    """Where an import stands: its columns, its check, its storing or its result."""
    found = _get(import_id)
    if found.status is ImportStatus.RECEIVED or (request.args.get("columns") and found.status is ImportStatus.CHECKED):
        return _mapping_page(found)
    conflicts = queries_imports.count_conflicts(import_id)
    return render_template("pool/import.html", found=found, conflicts=conflicts, Resolution=Resolution,
                           steps=[_l("File"), _l("Columns"), _l("Check"), _l("Store")])


@bp.post("/imports/<int:import_id>/check")
@access(P.POOL_IMPORT)
def check_import(import_id: int) -> tuple[str, int] | Response | str:
    """Take the columns and check all rows."""
    found = _get(import_id)
    with opened(found.file.key, request.form.get("sheet_name") or found.sheet_name) as sheet:
        form = MappingForm(sheet.header, _regions(), sheet.sheet_names)
        if request.form.get("columns_of", sheet.sheet_name) != sheet.sheet_name:
            # Another sheet was chosen than the one whose columns were shown: show that one's first.
            return _mapping_page(found, sheet.sheet_name)
        if form.validate_on_submit():
            with form.catching_refusals():
                mapping = Mapping(tuple(sheet.header), import_columns()).chosen(form.places())
                actions_imports.check_import(import_id, mapping.places, form.defaults(), sheet.sheet_name,
                                             by=current_actor())
                return redirect(url_for("pool.show_import", import_id=import_id), 303)
        return _mapping_page(_get(import_id), sheet.sheet_name, form), form.status


@bp.post("/imports/<int:import_id>/<any(confirm, drop, resume):deed>")
@access(P.POOL_IMPORT)
def go_on(import_id: int, deed: str) -> Response:
    """Store the checked rows, give up, or go on after a stop."""
    if ActionForm().validate_on_submit():
        act: Any = {"confirm": actions_imports.confirm_import, "drop": actions_imports.drop_import,
                    "resume": actions_imports.resume_import}[deed]
        act(import_id, by=current_actor())
    return redirect(url_for("pool.show_import", import_id=import_id), 303)


@bp.get("/imports/<int:import_id>/failed-rows")
@access(P.POOL_IMPORT)
def download_failed(import_id: int) -> Response:
    """The rows that cannot be taken, with their reasons."""
    found = _get(import_id)
    if found.failed_file_id is None:
        raise not_found()
    return send_stored(get_record(StoredFile, found.failed_file_id), as_attachment=True)


@bp.get("/imports/<int:import_id>/conflicts")
@access(P.POOL_IMPORT)
def list_conflicts(import_id: int) -> str:
    """Where the file says something else than the pool, field by field."""
    found = _get(import_id)
    counts = queries_imports.count_conflicts(import_id)
    listing = Listing.from_request(filters=[
        Filter("resolution", _l("Decision"), Resolution.choices(), {k.value: v for k, v in counts.items()})
    ])
    chosen = listing.chosen.get("resolution")
    page = queries_imports.page_of_conflicts(
        import_id, Resolution(chosen) if chosen else None, listing.cursor, listing.size
    )
    listing.show(page, sum(counts.values()) if not chosen else counts.get(Resolution(chosen), 0))
    ids = {value for c in page.rows for value in c.differences.get("region_id", []) if isinstance(value, int)}
    regions = queries_imports.region_names(ids)
    rows = [(c, [(pages.label_of(n), pages.conflict_value(n, ours, regions), pages.conflict_value(n, theirs, regions))
                 for n, (ours, theirs) in c.differences.items()]) for c in page.rows]
    return render_template("pool/conflicts.html", found=found, listing=listing, rows=rows,
                           open_count=counts.get(Resolution.OPEN, 0))


@bp.post("/imports/<int:import_id>/conflicts/<any(taken, kept):resolution>")
@access(P.POOL_IMPORT)
def decide_conflicts(import_id: int, resolution: str) -> Response:
    """Take the file's values or keep ours, for the chosen rows or for all."""
    if ActionForm().validate_on_submit():
        ids = request.form.getlist("ids", type=int)
        everything = request.form.get("all") == "1"
        done = actions_imports.decide_conflicts(
            import_id, Resolution(resolution), None if everything else ids, by=current_actor()
        )
        flash(_n("%(num)s conflict decided.", "%(num)s conflicts decided.", done), "success")
    return redirect_back(url_for("pool.list_conflicts", import_id=import_id))


def _get(import_id: int) -> TicketImport:
    found = queries_imports.get_import(import_id)
    rules_imports.require_own(found, current_actor())
    return found


def _regions() -> dict[str, list[tuple[int, str]]]:
    return region_groups(current_actor().region_paths(P.POOL_IMPORT))


def _mapping_page(found: TicketImport, sheet_name: str = "", form: MappingForm | None = None) -> str:
    with opened(found.file.key, sheet_name or found.sheet_name) as sheet:
        if form is None:
            places = guess_mapping(sheet.header, import_columns()).places if sheet_name else found.places
            known = {f"{name}_default" if name in {"kind", "source"} else name: value or ""
                     for name, value in found.defaults.items()}
            known["region_default"] = known.pop("region_id", "")
            form = MappingForm(sheet.header, _regions(), sheet.sheet_names, formdata=None,
                               data={**known, **places, "sheet_name": sheet.sheet_name})
        return render_template("pool/import_columns.html", found=found, form=form, sample=sheet.sample(3), sheet=sheet,
                               base=[column.field for column in BASE_COLUMNS],
                               own=[c.field for c in import_columns()[len(BASE_COLUMNS):]],
                               steps=[_l("File"), _l("Columns"), _l("Check"), _l("Store")])


