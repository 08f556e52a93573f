"""What a session asks for beside its place: equipment, people, order, mix of kinds, branch venues, pins."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_date
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.editions.words import ProjectKind
from expo.kit.forms import ActionForm
from expo.kit.language import _, _l
from expo.kit.refusals import Forbidden, Refused
from expo.kit.web import access, current_actor, redirect_back
from expo.people.permissions import P
from expo.programme import actions_moves, actions_needs, queries_needs, rules
from expo.programme import queries_sessions as drafts
from expo.programme.forms_needs import MIX_FIELDS, NeedsForm
from expo.programme.models import Session
from expo.programme.models_needs import SessionRole
from expo.programme.queries_needs import StoredNeeds
from expo.programme.rules_needs import Attending
from expo.programme.rules_slots import days_between
from expo.programme.views import bp, holds_grid, is_open, scope


@bp.route("/work/<slug>/programme/sessions/<int:session_id>/needs", methods=["GET", "POST"])
@access(P.PROGRAMME_EDIT)
def edit_needs(slug: str, session_id: int) -> str | Response | tuple[str, int]:
    """Equipment, people, order, mix and branch venues of a session."""
    edition = get_edition(slug)
    session = drafts.get_session(edition.id, session_id, scope(edition))
    if not (is_open(edition) and rules.may_edit(session, current_actor())):
        raise Forbidden(_l("This session is filled in by the organisers of its own region."))
    stored = queries_needs.load_needs(session_id)
    form = _form(edition, session, stored)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_needs.set_needs(session_id, form.wanted(_people(form)), form.frame,
                                    seen=request.form.get("seen", None, int), by=current_actor())
            flash(_("What the session asks for is saved."), "success")
            return redirect(url_for(".show_draft", slug=slug, session_id=session_id))
    mix = [form[name] for name in MIX_FIELDS] if form.with_frame else []
    return render_template("programme/needs.html", edition=edition, session=session, form=form, mix=mix,
                           suggestions=[person.name for person in drafts.list_moderators(edition.id)]), form.status


def _form(edition: Edition, session: Session, stored: StoredNeeds) -> NeedsForm:
    days = [(d.isoformat(), format_date(d, "full")) for d in days_between(edition.starts_on, edition.ends_on)]
    venues = {venue.id: venue.label for venue in queries_needs.list_branch_venues([session.region_path])}
    venues |= {row.venue_id: row.venue.label for row in stored.branches}
    codes = queries_needs.list_codes(edition.id)
    data: dict[str, Any] = {
        "needs": session.needs, "lead_minutes": session.lead_minutes, "branches": [row.venue_id for row in stored.branches],
        "days": session.allowed_days or [value for value, _label in days], "most_items": session.most_items,
        "after": " ".join(codes.get(row.earlier_id, "") for row in stored.after), "batches": session.batches or None,
        "batch_minutes": session.batch_minutes or None,
        **{f"mix_{kind.value}": {} for kind in ProjectKind},
        **{f"mix_{row.kind.value}": {"least": row.least or None, "most": row.most} for row in stored.quotas},
    }
    for field, role in (("chairs", SessionRole.CHAIR), ("leaders", SessionRole.LEADER), ("experts", SessionRole.EXPERT)):
        data[field] = "\n".join(row.person.name + ("" if row.is_required else " ?") for row in stored.people if row.role is role)
    return NeedsForm(data=data, days=days, branches=list(venues.items()), with_frame=holds_grid(edition))


def _people(form: NeedsForm) -> list[Attending]:
    """The persons behind the names; who is not clear is said."""
    names = form.names
    found = queries_needs.find_persons(list(names))
    people = []
    for name, (role, is_required) in names.items():
        known = found.get(name, [])
        if len(known) != 1:
            field = {SessionRole.CHAIR: "chairs", SessionRole.LEADER: "leaders", SessionRole.EXPERT: "experts"}[role]
            raise Refused(_l("“%(name)s” is nobody who is known here.", name=name) if not known else
                          _l("%(number)s people are called “%(name)s”. Write the phone number instead.", number=len(known),
                             name=name), field)
        people.append(Attending(known[0].id, role, is_required))
    return people


@bp.post("/work/<slug>/programme/sessions/<int:session_id>/pins")
@access(P.PROGRAMME_EDIT)
def pin_session(slug: str, session_id: int) -> Response:
    """Pin a session to its hall, its slot or its day, as ticked; nothing ticked unpins it."""
    edition = get_edition(slug)
    drafts.get_session(edition.id, session_id, scope(edition))
    if ActionForm().validate_on_submit():
        chosen = request.form
        day = chosen.get("day", "")
        pins = rules.Pins(chosen.get("hall", None, int), chosen.get("slot", None, int), _day(day))
        actions_moves.pin_session(session_id, pins, seen=chosen.get("seen", None, int), by=current_actor())
        flash(_("Pinned. The solver leaves it there.") if any((pins.hall_id, pins.slot_id, pins.day)) else _("Unpinned."), "success")
    return redirect_back(url_for(".show_draft", slug=slug, session_id=session_id))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused(_l("The request could not be read. Go back, reload the page and try again.")) from error
