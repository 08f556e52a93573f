"""The page of a delegation's contact person: its members one by one, or all by a sheet. Reached by its address."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.config import current_config
from expo.kit.exports import sheet_response
from expo.kit.language import _
from expo.kit.limits import by_link, limiter
from expo.kit.refusals import Refused
from expo.kit.sheets import failed_rows, guess_mapping, open_sheet
from expo.kit.sheets.reading import Limits
from expo.kit.storage import content_disposition
from expo.kit.web import public
from expo.registration import actions_delegations as actions
from expo.registration import queries_delegations as queries
from expo.registration import rules_sheets
from expo.registration.actions import Entry
from expo.registration.forms_change import change_form
from expo.registration.forms_delegations import ConfirmListForm, MemberForm, SheetForm
from expo.registration.forms_fields import fit_built_in, with_fields
from expo.registration.models import BadgeKind
from expo.registration.models_invitations import Delegation, DelegationList
from expo.registration.queries import get_edition
from expo.registration.queries_kinds import get_policy, list_fields
from expo.registration.rules_fields import said_answer
from expo.registration.views import bp, region_choices

BASE = "/delegation/<token>"
LIMITS = Limits(size=5 << 20, rows=rules_sheets.MOST_ROWS, columns=100)


def _contact(delegation: Delegation) -> Actor:
    """Whoever holds the address acts in the delegation's name."""
    return Actor(person_id=None, name=delegation.name[:80])


def _today() -> Any:
    return clock.today(current_config().timezone)


def _frame(delegation: Delegation) -> tuple[Edition, bool]:
    edition = get_edition(delegation.edition_id)
    return edition, delegation.open_until is None or delegation.open_until > clock.now()


@bp.get(BASE)
@public
def contact(token: str) -> str:
    """The list, and what to do with it."""
    delegation = queries.get_by_token(token)
    edition, is_open = _frame(delegation)
    members = queries.list_members(delegation.id)
    return render_template("registration/contact.html", delegation=delegation, edition=edition, members=members,
                           is_open=is_open, taken=sum(one.status in queries.COUNTED for one in members),
                           counts=Counter(one.status for one in members), sheet_form=SheetForm(formdata=None),
                           kinds=[BadgeKind(kind) for kind in delegation.badge_kinds])


@bp.route(f"{BASE}/add", methods=["GET", "POST"])
@public
@limiter.limit("30/minute", key_func=by_link, methods=["POST"])
def contact_add(token: str) -> str | Response | tuple[str, int]:
    """One more member."""
    delegation = queries.get_by_token(token)
    edition, _is_open = _frame(delegation)
    kinds = [BadgeKind(kind) for kind in delegation.badge_kinds]
    wanted = request.values.get("badge_kind", "")
    kind = BadgeKind(wanted) if wanted in {one.value for one in kinds} else kinds[0]
    fields = list_fields(edition.id, kind)
    form = with_fields(MemberForm, fields)(regions=region_choices(), kinds=kinds, zones=get_policy(edition.id, kind).zone_choices)
    fit_built_in(form, fields, _today(), optional=("phone",))
    if request.method == "GET":
        form.badge_kind.data, form.organisation_name.data = kind, delegation.name
    if form.validate_on_submit():
        with form.catching_refusals():
            entry = form.entry(shares_phone=not form.phone.data)
            actions.add_member(token, entry if entry.phone else _on(entry, delegation.contact_phone), kind,
                               by=_contact(delegation))
            flash(_("%(name)s is on the list.", name=entry.name), "success")
            return redirect(url_for("registration.contact", token=token), 303)
    return render_template("registration/contact_member.html", delegation=delegation, edition=edition, form=form,
                           fields=fields, kind=kind, kinds=kinds, member=None), form.status


def _on(entry: Entry, phone: str) -> Entry:
    """Somebody without a phone is reached on the contact person's."""
    return replace(entry, phone=phone)


@bp.route(f"{BASE}/<int:registration_id>", methods=["GET", "POST"])
@public
def contact_change(token: str, registration_id: int) -> str | Response | tuple[str, int]:
    """Correct one member."""
    delegation = queries.get_by_token(token)
    edition, _is_open = _frame(delegation)
    member = queries.get_member(delegation.id, registration_id)
    fields = list_fields(edition.id, member.badge_kind)
    form = change_form(member, fields, get_policy(edition.id, member.badge_kind), region_choices(), _today())
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.change_member(token, registration_id, form.entry(member), by=_contact(delegation))
            flash(_("%(name)s was changed.", name=form.name.data or member.name), "success")
            return redirect(url_for("registration.contact", token=token), 303)
    return render_template("registration/contact_member.html", delegation=delegation, edition=edition, form=form,
                           fields=fields, kind=member.badge_kind, kinds=[], member=member), form.status


@bp.post(f"{BASE}/<int:registration_id>/cancel")
@public
def contact_cancel(token: str, registration_id: int) -> Response:
    member = actions.cancel_member(token, registration_id, by=_contact(queries.get_by_token(token)))
    flash(_("%(name)s is off the list.", name=member.name), "success")
    return redirect(url_for("registration.contact", token=token), 303)


@bp.get(f"{BASE}/list.xlsx")
@public
@limiter.limit("20/minute", key_func=by_link)
def contact_sheet(token: str) -> FlaskResponse:
    """The list to fill in and send back: members with their numbers, and empty rows for others."""
    delegation = queries.get_by_token(token)
    edition, _is_open = _frame(delegation)
    frame = queries.load_frame(delegation)
    columns = rules_sheets.columns(frame)
    names = {region: name for name, region in frame.regions.items()}
    own = frame.own()
    rows = []
    for one in frame.members.values():
        if one.status not in queries.COUNTED:
            continue
        mine = {field.label: said_answer(field, one.answers.get(field.key)) for field in frame.fields[one.badge_kind]}
        values: dict[str, Any] = {
            "number": one.id, "name": one.name, "phone": "" if one.phone == delegation.contact_phone else one.phone,
            "email": one.email or "", "organisation_name": one.organisation_name, "job_title": one.job_title,
            "region": names.get(one.region_id or 0, ""), "kind": str(one.badge_kind.label), "zone": one.zone,
            **{rules_sheets.OWN + field.key: mine.get(field.label, "") for field in own},
        }
        rows.append([values.get(column.field, "") for column in columns])
    return sheet_response("xlsx", f"delegation-{edition.slug}-{delegation.id}", [str(c.label) for c in columns], rows,
                          title=delegation.name)


@bp.post(f"{BASE}/list")
@public
@limiter.limit("20/minute", key_func=by_link)
def contact_upload(token: str) -> Response:
    """Read a sheet and say what would happen; nobody is registered yet."""
    delegation = queries.get_by_token(token)
    form = SheetForm()
    back = redirect(url_for("registration.contact", token=token), 303)
    if not form.file.data or not form.validate_on_submit():
        flash(_("Choose a file, and say that everybody on it was asked."), "danger")
        return back
    content = form.file.data.read(LIMITS.size + 1)
    rows, errors = _checked(content, queries.load_frame(delegation))
    kept = actions.keep_list(token, form.file.data.filename or "", rows, errors, by=_contact(delegation))
    return redirect(url_for("registration.contact_list", token=token, list_id=kept.id), 303)


def _checked(content: bytes, frame: rules_sheets.Frame) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    """The good rows and the errors: ``[row, column, cell, sentence, cells]``."""
    columns = rules_sheets.columns(frame)
    sheet = open_sheet(content, columns=columns, limits=LIMITS)
    mapping = guess_mapping(sheet.header, columns)
    mapping.require()
    rows: list[dict[str, Any]] = []
    cells: dict[int, list[str]] = {}
    errors: list[list[Any]] = []
    for row in sheet.rows():
        values = mapping.values(row.cells)
        cells[row.number] = row.cells
        try:
            rows.append({"row": row.number, **rules_sheets.read_row(values, frame)})
        except Refused as refusal:
            field = refusal.field if refusal.field in mapping.places else ""
            errors.append([row.number, mapping.header_of(field) if field else "", values.get(field or "", ""), str(refusal),
                           row.cells])
    for place in reversed(rules_sheets.doubles(rows)):
        row_number = rows.pop(place)["row"]
        errors.append([row_number, "", "", _("This person stands on the list twice."), cells[row_number]])
    same = [one for one in rows if one["number"] and rules_sheets.is_same(one, frame.members[one["number"]])]
    for one in same:
        one.update(done=True, fault="", same=True)
    return rows, sorted([[0, "", "", "", sheet.header], *errors])


@bp.get(f"{BASE}/lists/<int:list_id>")
@public
def contact_list(token: str, list_id: int) -> str:
    """What a sheet would change, or has changed; row by row."""
    delegation = queries.get_by_token(token)
    edition, is_open = _frame(delegation)
    kept = queries.get_list(delegation.id, list_id)
    waiting = [row for row in kept.rows if "done" not in row]
    return render_template(
        "registration/contact_list.html", delegation=delegation, edition=edition, kept=kept, is_open=is_open,
        errors=kept.errors[1:], waiting=waiting, form=ConfirmListForm(formdata=None),
        new=[row for row in kept.rows if not row.get("same") and _is_new(row)],
        changed=[row for row in kept.rows if not row.get("same") and not _is_new(row)],
        same=[row for row in kept.rows if row.get("same")], faults=[row for row in kept.rows if row.get("fault")],
        room=delegation.places - queries.count_members([delegation.id]).get(delegation.id, 0))


def _is_new(row: dict[str, Any]) -> bool:
    return not row["number"] or "was_new" in row


@bp.post(f"{BASE}/lists/<int:list_id>")
@public
@limiter.limit("20/minute", key_func=by_link)
def contact_take(token: str, list_id: int) -> Response:
    """Take the good rows over; a few at once, many by a job."""
    delegation = queries.get_by_token(token)
    actions.start_list(token, list_id, by=_contact(delegation))
    return redirect(url_for("registration.contact_list", token=token, list_id=list_id), 303)


@bp.get(f"{BASE}/lists/<int:list_id>/errors.csv")
@public
def contact_errors(token: str, list_id: int) -> FlaskResponse:
    """The rows that were not taken, each with its reason: to be mended and sent again."""
    kept: DelegationList = queries.get_list(queries.get_by_token(token).id, list_id)
    header = kept.errors[0][4] if kept.errors else []
    failures = [(cells, reason) for _row, _column, _cell, reason, cells in kept.errors[1:]]
    response = FlaskResponse(b"".join(failed_rows(header, failures)), mimetype="text/csv")
    response.headers["Content-Disposition"] = content_disposition(f"errors-{list_id}.csv")
    return response

