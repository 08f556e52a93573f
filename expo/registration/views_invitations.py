"""Invitation codes."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.config import current_config
from expo.kit.exports import sheet_response
from expo.kit.language import _, _l, _n
from expo.kit.listing import Listing
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.registration import actions_desk, actions_invitations, queries_places
from expo.registration.forms_setup import InvitationForm
from expo.registration.models import BadgeKind
from expo.registration.models_invitations import Invitation
from expo.registration.views import bp

BASE = "/work/<slug>/registration/invitations"
COLUMNS = (_l("Invitation code"), _l("Kind of badge"), _l("Address"), _l("Used"), _l("Uses of each"), _l("Good until"),
           _l("Made out to"), _l("Ended"))


def link_of(edition: Edition, invitation: Invitation) -> str:
    """The address that opens the form with the code."""
    return f"{current_config().public_url}/expo/{edition.slug}/register?code={invitation.code}"


@bp.get(f"{BASE}/")
@access(P.REGISTRATION_MANAGE)
def list_invitations(slug: str) -> str:
    """All codes of the reader's regions."""
    form = InvitationForm(data={"count": 1, "most_uses": 1, "is_approved": True, "badge_kind": BadgeKind.GUEST})
    return _page(get_edition(slug), form)


def _page(edition: Edition, form: InvitationForm) -> str:
    paths = current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id)
    listing = Listing.from_request()
    listing.show(queries_places.list_invitations(edition.id, paths, listing.cursor, listing.size),
                 queries_places.count_invitations(edition.id, paths))
    return render_template("registration/invitations.html", edition=edition, form=form, listing=listing,
                           addresses={one.id: link_of(edition, one) for one in listing.rows})


@bp.post(f"{BASE}/")
@access(P.REGISTRATION_MANAGE)
def add_invitations(slug: str) -> str | BaseResponse | tuple[str, int]:
    edition = get_edition(slug)
    form = InvitationForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            made = actions_invitations.make_invitations(
                edition.id, form.badge_kind.data, form.count.data or 1, form.most_uses.data or 1,
                expires_at=form.expires_at.data, note=form.note.data or "", is_approved=form.is_approved.data, by=current_actor())
            flash(_n("%(num)s code was made.", "%(num)s codes were made.", len(made)), "success")
            return redirect(url_for("registration.list_invitations", slug=slug), 303)
    return _page(edition, form), form.status


@bp.post(f"{BASE}/<int:invitation_id>/end")
@access(P.REGISTRATION_MANAGE)
def end_invitation(slug: str, invitation_id: int) -> BaseResponse:
    actions_invitations.end_invitation(get_edition(slug).id, invitation_id, by=current_actor())
    flash(_("The code opens nothing any more. Who came by it stays."), "success")
    return redirect(url_for("registration.list_invitations", slug=slug), 303)


@bp.get(f"{BASE}/export.<any(csv, xlsx):form>")
@access(P.REGISTRATION_MANAGE)
def export_invitations(slug: str, form: str) -> Response:
    """The codes as a sheet, for whoever hands them out."""
    edition = get_edition(slug)
    found = queries_places.list_all_invitations(
        edition.id, current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id))
    actions_desk.note_export(edition.id, len(found), {"what": "invitations"}, by=current_actor())
    rows: list[list[Any]] = [
        [one.code, str(one.badge_kind.label), link_of(edition, one), one.uses, one.most_uses, one.expires_at, one.note,
         one.ended_at] for one in found
    ]
    return sheet_response(form, f"invitations-{edition.slug}", COLUMNS, rows)
