"""Doubles: found, compared side by side, made one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.queries import get_edition
from expo.kit.forms import ActionForm
from expo.kit.language import _, _l
from expo.kit.text import mask_email, mask_phone
from expo.kit.web import access, current_actor
from expo.people.actions_merging import is_account
from expo.people.permissions import P
from expo.registration import actions_merging, queries_doubles
from expo.registration.models import Registration
from expo.registration.queries_consents import list_consents
from expo.registration.queries_kinds import list_fields
from expo.registration.rules_fields import said_answers
from expo.registration.views import bp

LABELS: dict[str, Any] = {
    "name": _l("Full name"), "phone": _l("Mobile phone"), "email": _l("E-mail"), "organisation_name": _l("Organisation"),
    "job_title": _l("Position"), "region_id": _l("City or region"), "answers": _l("Answers"),
}


@bp.get("/work/<slug>/registration/doubles")
@access(P.REGISTRATION_MANAGE)
def doubles(slug: str) -> str:
    """Who may have registered twice."""
    edition = get_edition(slug)
    paths = current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id)
    return render_template("registration/doubles.html", edition=edition,
                           groups=queries_doubles.list_doubles(edition.id, paths), most=queries_doubles.MOST_GROUPS)


def _shown(one: Registration, name: str) -> str:
    """A value as it is compared: contact data stays masked, sameness is seen nevertheless."""
    if name == "region_id":
        return one.region.label if one.region else _("Outside the province")
    if name == "answers":
        fields = list_fields(one.edition_id, one.badge_kind)
        return "；".join(f"{label}：{value}" for label, value in said_answers(fields, one.answers, private=False))
    value = getattr(one, name) or ""
    return {"phone": mask_phone, "email": mask_email}.get(name, str)(value) if value else ""


@bp.get("/work/<slug>/registration/<int:registration_id>/merge/<int:other_id>")
@access(P.REGISTRATION_MANAGE)
def compare(slug: str, registration_id: int, other_id: int) -> str:
    """Two registrations side by side; the left one goes on."""
    edition = get_edition(slug)
    paths = current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id)
    kept, dropped = queries_doubles.get_pair(edition.id, registration_id, other_id, paths)
    rows = [(name, label, _shown(kept, name), _shown(dropped, name), getattr(kept, name) == getattr(dropped, name))
            for name, label in LABELS.items()]
    return render_template(
        "registration/compare.html", edition=edition, kept=kept, dropped=dropped, rows=rows, form=ActionForm(),
        consents=[list_consents(one) for one in (kept, dropped)],
        accounts=[is_account(one.person) for one in (kept, dropped)])


@bp.post("/work/<slug>/registration/<int:registration_id>/merge/<int:other_id>")
@access(P.REGISTRATION_MANAGE)
def merge(slug: str, registration_id: int, other_id: int) -> Response:
    edition = get_edition(slug)
    take = [name for name in LABELS if request.form.get(f"take_{name}") == "other"]
    kept = actions_merging.merge_registrations(edition.id, registration_id, other_id, take, by=current_actor())
    flash(_("Both registrations are one now. The other link leads here, and its entries count here."), "success")
    return redirect(url_for("registration.show", slug=slug, registration_id=kept.id), 303)


@bp.post("/work/<slug>/registration/<int:registration_id>/apart/<int:other_id>")
@access(P.REGISTRATION_MANAGE)
def keep_apart(slug: str, registration_id: int, other_id: int) -> Response:
    edition = get_edition(slug)
    actions_merging.keep_apart(edition.id, registration_id, other_id, by=current_actor())
    flash(_("These two are not suggested any more."), "success")
    return redirect(url_for("registration.doubles", slug=slug), 303)
