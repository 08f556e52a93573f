"""The organisers' list of sessions, one session, and its data."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition, list_industries
from expo.kit.exports import sheet_response
from expo.kit.history import list_history
from expo.kit.language import _, _l, said
from expo.kit.listing import Filter, Listing
from expo.kit.refusals import Refused
from expo.kit.text import normal
from expo.kit.timeline import timeline_of
from expo.kit.web import access, current_actor, redirect_back
from expo.people.permissions import P
from expo.places.queries import list_cities, region_choices
from expo.programme import actions, actions_sessions, queries, queries_needs, queries_plan, rules, slots
from expo.programme import queries_sessions as drafts
from expo.programme.forms import CancelForm, SessionForm
from expo.programme.models import Equipment, Session, SessionKind, SessionLanguage, SessionStatus
from expo.programme.rules_conflicts import of_session
from expo.programme.rules_plan import days_of
from expo.programme.rules_slots import days_between
from expo.programme.views import (
    bp,
    conflicts_seen,
    holds_grid,
    is_open,
    load_draft_seen,
    scope,
    tabs_of,
    timezone,
)

SORTS = {"code": _l("By code"), "time": _l("By time"), "audience": _l("Biggest first")}
COLUMNS = (_l("Session code"), _l("Title (Chinese)"), _l("Title (English)"), _l("Kind"), _l("Whose session"), _l("Industry"),
           _l("Status"), _l("Beginning"), _l("End"), _l("Hall"), _l("Length"), _l("Expected audience"), _l("Projects"),
           _l("Sum of minutes"), _l("Language"), _l("To be streamed"), _l("Chair"), _l("Host organisations"))
SENTENCES = {
    "open_session": _l("Session opened"), "change_session": _l("Session changed"),
    "cancel_session": _l("Session cancelled"), "reinstate_session": _l("Session reinstated"),
    "place_session": _l("Placed"), "unplace_session": _l("Taken off the board"),
    "take_over_filling": _l("Placed by the automatic fill"), "publish_release": _l("Released with the programme"),
    "add_projects": _l("Projects added"), "set_running_order": _l("Running order changed"),
    "spread_minutes": _l("Minutes shared out evenly"), "set_needs": _l("Needs changed"), "pin_session": _l("Pins changed"),
    "swap_sessions": _l("Swapped with another session"), "reorder_items": _l("Running order changed"),
    "set_item_minutes": _l("Minutes changed"), "move_items": _l("Projects moved"), "restore_orders": _l("Projects moved back"),
    "pin_item": _l("Project pinned or unpinned"), "import_sessions": _l("Imported from a sheet"),
    "take_over_what_if": _l("Taken over from a plan"), "show_projects": _l("Projects added"),
    "take_out_items": _l("Projects taken out"), "put_back_items": _l("Projects moved back"),
}
FIELDS: dict[str, Any] = {
    "title": _l("Title (Chinese)"), "kind": (_l("Kind"), SessionKind), "status": (_l("Status"), SessionStatus),
    "minutes": _l("Length"), "expected_audience": _l("Expected audience"), "cancelled_reason": _l("Reason"),
    "language": (_l("Language"), SessionLanguage), "is_streamed": _l("To be streamed"), "items": _l("Projects"),
}


def _listing(edition: Edition, paths: tuple[str, ...], *, counts: bool) -> Listing:
    facets = drafts.count_facets(edition.id, paths) if counts else {}
    days = days_of(queries_plan.list_plan_slots(edition.id), timezone())
    return Listing.from_request(
        filters=[
            Filter("placed", _l("Time and place"), [("no", _l("Without a place")), ("yes", _l("Placed"))], facets.get("placed")),
            Filter("kind", _l("Kind"), SessionKind.choices(), facets.get("kind")),
            Filter("region", _l("City"), [(city.path, city.label) for city in list_cities(paths)]),
            Filter("industry", _l("Industry"), [(str(i.id), said(i, "name")) for i in list_industries(edition.id)]),
            Filter("day", _l("Day"), [(day.isoformat(), day.isoformat()) for day in days]),
            Filter("hall", _l("Hall"), [(str(h.id), said(h, "name")) for h in queries_plan.list_plan_halls(edition.id)]),
            Filter("status", _l("Status"), SessionStatus.choices(), facets.get("status")),
        ],
        sorts=SORTS, size=50,
    )


@bp.get("/work/<slug>/programme/")
@access(P.PROGRAMME_READ)
def list_sessions(slug: str) -> str:
    """The draft as a list, within the reader's regions."""
    edition = get_edition(slug)
    paths = scope(edition)
    listing = _listing(edition, paths, counts=True)
    page = drafts.list_sessions(edition.id, paths, listing.q, listing.chosen, listing.sort, listing.cursor,
                                listing.size, timezone())
    listing.show(page, drafts.count_sessions(edition.id, paths, listing.q, listing.chosen, timezone()))
    return render_template(
        "programme/list.html", edition=edition, listing=listing, tabs=tabs_of(edition, "sessions"), said=said,
        items=drafts.count_items([session.id for session in page.rows]), may_open=holds_grid(edition),
    )


@bp.get("/work/<slug>/programme/export.xlsx")
@access(P.PROGRAMME_READ)
def export_sessions(slug: str) -> Response:
    """Exactly the list that is shown, as a table."""
    edition = get_edition(slug)
    paths = scope(edition)
    listing = _listing(edition, paths, counts=False)
    sessions = drafts.list_for_export(edition.id, paths, listing.q, listing.chosen, timezone())
    items = drafts.count_items([session.id for session in sessions])
    rows = [_row(session, items.get(session.id, (0, 0))) for session in sessions]
    actions.note_export(edition.id, len(rows), {"q": listing.q, **listing.chosen}, by=current_actor())
    return sheet_response("xlsx", f"sessions-{edition.slug}", COLUMNS, rows)


def _row(s: Session, items: tuple[int, int]) -> list[Any]:
    return [s.code, s.title, s.title_en, str(s.kind.label), s.region.label, said(s.industry, "name") if s.industry else "",
            str(s.status.label), s.slot.starts_at if s.slot else None, s.slot.ends_at if s.slot else None,
            s.hall.label if s.hall else "", s.minutes, s.expected_audience, *items, str(s.language.label),
            _("yes") if s.is_streamed else _("no"), s.moderator.name if s.moderator else "",
            "、".join(host.organisation.name for host in s.hosts)]


@bp.get("/work/<slug>/programme/sessions/<int:session_id>")
@access(P.PROGRAMME_READ)
def show_draft(slug: str, session_id: int) -> str:
    """One session of the draft: facts, running order, what is wrong with it, history."""
    edition = get_edition(slug)
    return _record_page(edition, drafts.get_session(edition.id, session_id, scope(edition)), CancelForm())


def _record_page(edition: Edition, session: Session, form: CancelForm) -> str:
    conflicts = conflicts_seen(*load_draft_seen(edition))
    programme = queries.find_programme(edition.id)
    return render_template(
        "programme/record.html", edition=edition, session=session, form=form, said=said,
        conflicts=of_session(conflicts, session.id), may_place=holds_grid(edition),
        may_edit=is_open(edition) and rules.may_edit(session, current_actor()),
        released=programme.by_id.get(session.id) if programme else None,
        needs=(needs := queries_needs.load_needs(session.id)), pins=_pins(session), equipment=Equipment,
        after=_codes(edition, [row.earlier_id for row in needs.after]), days=days_between(edition.starts_on, edition.ends_on),
        history=timeline_of(list_history("session", session.id), SENTENCES, FIELDS), parts=slots.order_parts.of(session),
    )


def _pins(session: Session) -> list[str]:
    """Where a session is pinned, in words."""
    slot = drafts.find_slot(session.edition_id, session.pinned_slot_id) if session.pinned_slot_id else None
    hall = drafts.find_hall(session.pinned_hall_id) if session.pinned_hall_id else None
    starts = slot.starts_at.astimezone(timezone()) if slot else None
    return [*([str(hall.label)] if hall else []), *([f"{starts:%Y-%m-%d %H:%M}"] if starts else []),
            *([session.pinned_day.isoformat()] if session.pinned_day else [])]


def _codes(edition: Edition, numbers: list[int]) -> list[str]:
    codes = queries_needs.list_codes(edition.id) if numbers else {}
    return [codes[number] for number in numbers if number in codes]


@bp.route("/work/<slug>/programme/sessions/new", methods=["GET", "POST"])
@access(P.PROGRAMME_EDIT)
def new_session(slug: str) -> str | BaseResponse | tuple[str, int]:
    edition = get_edition(slug)
    actions.require_grid(edition, current_actor())
    form = _form(edition, None, with_frame=True)
    if form.validate_on_submit():
        with form.catching_refusals():
            session = actions_sessions.open_session(edition.id, form.facts(_hosts(form)), by=current_actor())
            flash(_("“%(title)s” is in the draft. Give it projects, and a place on the board.", title=session.title),
                  "success")
            return redirect(url_for(".show_draft", slug=slug, session_id=session.id))
    return render_template("programme/session_form.html", form=form, edition=edition, session=None), form.status


@bp.route("/work/<slug>/programme/sessions/<int:session_id>/edit", methods=["GET", "POST"])
@access(P.PROGRAMME_EDIT)
def edit_session(slug: str, session_id: int) -> str | BaseResponse | tuple[str, int]:
    edition = get_edition(slug)
    session = drafts.get_session(edition.id, session_id, scope(edition))
    form = _form(edition, session, with_frame=holds_grid(edition))
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_sessions.change_session(session_id, form.facts(_hosts(form)), by=current_actor())
            flash(_("Saved. The public programme changes with the next release."), "success")
            return redirect(url_for(".show_draft", slug=slug, session_id=session_id))
    return render_template("programme/session_form.html", form=form, edition=edition, session=session), form.status


def _form(edition: Edition, session: Session | None, *, with_frame: bool) -> SessionForm:
    people = {person.id: person.name for person in drafts.list_moderators(edition.id)}
    if session and session.moderator:
        people[session.moderator.id] = session.moderator.name
    form = SessionForm(
        obj=session, data=None, with_frame=with_frame, moderators=list(people.items()),
        regions=region_choices(current_actor().region_paths(P.PROGRAMME_EDIT, edition.id)) if with_frame else [],
        industries=[(i.id, said(i, "name")) for i in list_industries(edition.id)],
    )
    if request.method == "GET" and session:
        form.hosts.data = "\n".join(host.organisation.name for host in session.hosts)
    return form


def _hosts(form: SessionForm) -> list[int]:
    """The organisations behind the names; an unknown or ambiguous name is said beside the field."""
    found = {normal(name): numbers for name, numbers in drafts.find_organisations(form.host_names).items()}
    unknown = [name for name in form.host_names if normal(name) not in found]
    if unknown:
        raise Refused(_l("No organisation is called “%(name)s”. Write its name as in the list of organisations.",
                         name=unknown[0]), "hosts")
    return [found[normal(name)][0].id for name in form.host_names]


@bp.post("/work/<slug>/programme/sessions/<int:session_id>/cancel")
@access(P.PROGRAMME_EDIT)
def cancel_session(slug: str, session_id: int) -> str | BaseResponse | tuple[str, int]:
    edition = get_edition(slug)
    session = drafts.get_session(edition.id, session_id, scope(edition))
    form = CancelForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_sessions.cancel_session(session_id, form.reason.data or "", by=current_actor())
            flash(_("Cancelled. Its place is free; visitors read it with the next release."), "success")
            return redirect(url_for(".show_draft", slug=slug, session_id=session_id))
    return _record_page(edition, session, form), form.status


@bp.post("/work/<slug>/programme/sessions/<int:session_id>/reinstate")
@access(P.PROGRAMME_EDIT)
def reinstate_session(slug: str, session_id: int) -> BaseResponse:
    edition = get_edition(slug)
    drafts.get_session(edition.id, session_id, scope(edition))
    actions_sessions.reinstate_session(session_id, by=current_actor())
    flash(_("Reinstated as a draft. Give it a place on the board."), "success")
    return redirect_back(url_for(".show_draft", slug=slug, session_id=session_id))
