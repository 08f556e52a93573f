"""Two records of one person, side by side, and made one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.kit.language import _
from expo.kit.web import access, current_actor
from expo.people import actions_merging as actions
from expo.people import queries_persons
from expo.people.models import Person
from expo.people.permissions import P
from expo.people.queries_references import count_references
from expo.people.views import bp


def _managed(person_id: int) -> Person:
    return queries_persons.get_visible_person(person_id, current_actor().region_paths(P.PEOPLE_MANAGE))


@bp.get("/work/people/<int:person_id>/merge")
@access(P.PEOPLE_MANAGE)
def compare_persons(person_id: int) -> str | Response:
    """The record that goes on, and the one that was named by its number; contact data stays masked."""
    kept = _managed(person_id)
    other = request.args.get("other", 0, type=int)
    found = [kept, _managed(other)] if other and other != kept.id else [kept]
    return render_template("people/merge.html", kept=kept, found=found, other=found[1] if len(found) > 1 else None,
                           accounts=[actions.is_account(one) for one in found],
                           things=[count_references(one.id) for one in found])


@bp.post("/work/people/<int:person_id>/merge")
@access(P.PEOPLE_MANAGE)
def merge_person(person_id: int) -> Response:
    kept, dropped = _managed(person_id), _managed(request.form.get("other", 0, type=int))
    actions.merge_persons(kept.id, dropped.id, by=current_actor())
    flash(_("Both records are one now. What was done under the old number stays written there."), "success")
    return redirect(url_for(".show_person", person_id=kept.id), 303)
