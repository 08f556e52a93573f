"""The desk: find somebody quickly, enter who has not registered, print, reissue."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.language import _
from expo.kit.web import access, current_actor
from expo.people.models import ConsentPurpose
from expo.people.permissions import P
from expo.registration import actions, queries
from expo.registration.forms import ReasonForm, WalkInForm
from expo.registration.models import BadgeKind, Registration, RegistrationStatus
from expo.registration.queries_kinds import list_policies, list_wordings
from expo.registration.views import bp, region_choices


def _kinds(edition: Edition) -> list[BadgeKind]:
    """Kinds that this desk may give out: those that nobody has to approve, or all for who may approve."""
    if current_actor().may(P.REGISTRATION_MANAGE, edition_id=edition.id):
        return list(BadgeKind)
    return [kind for kind, policy in list_policies(edition.id).items() if not policy.needs_approval]


def _page(edition: Edition, form: WalkInForm, found: list[Registration], q: str) -> str:
    return render_template(
        "registration/desk.html", edition=edition, form=form, found=found, q=q, reason_form=ReasonForm(),
        notice=list_wordings(edition.id)[ConsentPurpose.REGISTRATION].text, print_now=request.args.get("print") == "now",
    )


@bp.get("/work/<slug>/desk")
@access(P.BADGES_PRINT)
def desk(slug: str) -> str:
    """Somebody stands here: are they registered?"""
    edition = get_edition(slug)
    current_actor().require(P.BADGES_PRINT, edition_id=edition.id)
    q = request.args.get("q", "").strip()[:80]
    found = queries.search_at_desk(edition.id, q)
    if one := request.args.get("id", type=int):
        found = [queries.get_registration(one, edition.id)]
    form = WalkInForm(regions=region_choices(), kinds=_kinds(edition), badge_kind=BadgeKind.VISITOR)
    return _page(edition, form, found, q)


@bp.post("/work/<slug>/desk")
@access(P.BADGES_PRINT)
def walk_in(slug: str) -> str | Response | tuple[str, int]:
    """Register whoever stands here; the badge is printed by itself."""
    edition = get_edition(slug)
    form = WalkInForm(regions=region_choices(), kinds=_kinds(edition))
    if form.validate_on_submit():
        with form.catching_refusals():
            consents = {ConsentPurpose.REGISTRATION} if form.consent_registration.data else set()
            found = actions.register_at_desk(edition.id, form.entry(shares_phone=form.shares_phone.data),
                                             form.badge_kind.data, consents, by=current_actor())
            has_badge = found.registration.status is RegistrationStatus.APPROVED
            if not found.is_new:
                flash(_("This phone is registered already; here is the registration."), "warning")
            elif has_badge:
                flash(_("%(name)s is registered; the badge is being printed.", name=found.registration.name), "success")
            else:
                flash(_("All places of this kind are taken; %(name)s is on the waiting list.", name=found.registration.name),
                      "warning")
            return redirect(url_for("registration.desk", slug=slug, id=found.registration.id,
                                    print="now" if found.is_new and has_badge else None), 303)
    return _page(edition, form, [], ""), form.status
