"""Who is away when: a list with a form above it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.forms import ActionForm
from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.web import access, current_actor, redirect_back
from expo.people.permissions import P
from expo.programme import actions_absences, queries_absences
from expo.programme.actions_absences import Away
from expo.programme.forms_absences import AbsenceForm
from expo.programme.rules_absences import Part, span_of, the_one
from expo.programme.rules_slots import days_between
from expo.programme.views import bp, is_open, tabs_of, timezone

SORTS = {"time": _l("By time"), "newest": _l("Newest first")}


def _paths(edition: Edition) -> tuple[str, ...]:
    return current_actor().region_paths(P.PROGRAMME_EDIT, edition.id)


@bp.route("/work/<slug>/programme/absences", methods=["GET", "POST"])
@access(P.PROGRAMME_EDIT)
def list_absences(slug: str) -> str | Response | tuple[str, int]:
    """The absences that one may know of, and writing one down."""
    edition = get_edition(slug)
    form = AbsenceForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            person = _meant(edition, form.person.data or "")
            day = form.day.data or edition.starts_on
            starts_at, ends_at = span_of(day, Part(form.part.data), form.starts.data, form.ends.data, timezone())
            actions_absences.add_absence(edition.id, Away(person, starts_at, ends_at, form.reason.data or ""), by=current_actor())
            flash(_("The absence is written down. Conflicts and plans take it into account."), "success")
            return redirect(url_for(".list_absences", slug=slug))
    return _page(edition, form), form.status


def _meant(edition: Edition, text: str) -> int:
    found = queries_absences.find_known(edition.id, _paths(edition), [text]).get(text, [])
    needed = queries_absences.list_needed_among(edition.id, _paths(edition), [person.id for person in found])
    return the_one(text, found, needed).id


def _page(edition: Edition, form: AbsenceForm) -> str:
    paths = _paths(edition)
    days = days_between(edition.starts_on, edition.ends_on)
    listing = Listing.from_request(filters=[Filter("day", _l("Day"), [(d.isoformat(), d.isoformat()) for d in days])],
                                   sorts=SORTS, size=50)
    page = queries_absences.list_absences(edition.id, paths, listing.q, listing.chosen, listing.sort, listing.cursor,
                                          listing.size, timezone())
    listing.show(page, queries_absences.count_absences(edition.id, paths, listing.q, listing.chosen, timezone()))
    if request.method == "GET":
        form.day.data = days[0]
    return render_template(
        "programme/absences.html", edition=edition, form=form, listing=listing, tabs=tabs_of(edition, "absences"),
        needing=queries_absences.list_needing(edition.id, [one.person_id for one in page.rows]), zone=timezone(),
        may_edit=is_open(edition), own=paths, suggestions=queries_absences.suggest_people(edition.id, paths) if is_open(edition) else [],
    )


@bp.post("/work/<slug>/programme/absences/<int:absence_id>/remove")
@access(P.PROGRAMME_EDIT)
def remove_absence(slug: str, absence_id: int) -> Response:
    if ActionForm().validate_on_submit():
        actions_absences.remove_absence(get_edition(slug).id, absence_id, by=current_actor())
        flash(_("The absence is removed."), "success")
    return redirect_back(url_for(".list_absences", slug=slug))
