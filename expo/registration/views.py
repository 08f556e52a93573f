"""The public form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition, StageKind
from expo.editions.queries import find_stage, get_edition
from expo.editions.rules import is_open
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.language import _, current_language
from expo.kit.limits import limiter
from expo.kit.refusals import Refused
from expo.kit.web import current_actor, public
from expo.people.models import ConsentPurpose
from expo.registration import actions, queries
from expo.registration.forms import LinkForm, RegisterForm
from expo.registration.forms_fields import check_own, fit_built_in, with_fields
from expo.registration.models import BadgeKind, RegistrationStatus
from expo.registration.models_forms import RegistrationField
from expo.registration.models_invitations import Invitation
from expo.registration.queries_kinds import list_fields, list_policies, list_wordings
from expo.registration.queries_places import find_invitation
from expo.registration.rules_kinds import KindPolicy, require_usable, tidy_code

bp = Blueprint("registration", __name__)

#: From one address. A whole venue stands behind one, and registers in front of the door.
FORMS = "300/minute"


def region_choices() -> list[tuple[int, str]]:
    """Cities for a form."""
    return [(region.id, region.name) for region in queries.list_cities()]


@dataclass
class Asked:
    """Which form was asked for: the edition's, for a kind, perhaps by an invitation."""

    edition: Edition
    policies: dict[BadgeKind, KindPolicy]
    kind: BadgeKind
    code: str = ""
    invitation: Invitation | None = None
    refusal: str = ""

    @property
    def kinds(self) -> list[BadgeKind]:
        """The kinds to choose among."""
        return [self.kind] if self.invitation else [kind for kind, one in self.policies.items() if one.is_public]


def _asked(slug: str) -> Asked:
    edition = get_edition(slug)
    policies = list_policies(edition.id)
    public_kinds = [kind for kind, policy in policies.items() if policy.is_public]
    wanted = request.values.get("badge_kind") or request.args.get("kind", "")
    kind = BadgeKind(wanted) if wanted in set(BadgeKind) else None
    asked = Asked(edition, policies, kind if kind in public_kinds else next(iter(public_kinds), BadgeKind.VISITOR))
    if BadgeKind.VISITOR in public_kinds and kind is None:
        asked.kind = BadgeKind.VISITOR
    if code := tidy_code(request.values.get("code", "")):
        asked.code = code
        try:
            asked.invitation = require_usable(find_invitation(edition.id, code), clock.now())
            asked.kind = asked.invitation.badge_kind
        except Refused as refusal:
            asked.refusal = str(refusal)
    elif kind is not None and kind not in public_kinds and request.method == "POST":
        asked.kind = kind  # The action says why not.
    return asked


def _form(asked: Asked, fields: list[RegistrationField], **values: Any) -> RegisterForm:
    form = with_fields(RegisterForm, fields)(
        regions=region_choices(), kinds=list(BadgeKind), zones=asked.policies[asked.kind].zone_choices, **values
    )
    fit_built_in(form, fields, clock.today(current_config().timezone))
    return form


@bp.get("/expo/<slug>/register")
@public
@limiter.limit("60/minute", exempt_when=lambda: not request.args.get("code"))
def register(slug: str) -> str:
    """Who would like to come?"""
    asked = _asked(slug)
    fields = list_fields(asked.edition.id, asked.kind)
    return _form_page(asked, _form(asked, fields, badge_kind=asked.kind, code=asked.code), fields)


@bp.post("/expo/<slug>/register")
@public
@limiter.limit(lambda: FORMS)
def register_sent(slug: str) -> str | Response | tuple[str, int]:
    """Take the form. Whoever is registered already gets a message; the page is not told about them."""
    asked = _asked(slug)
    fields = list_fields(asked.edition.id, asked.kind)
    form = _form(asked, fields)
    if form.website.data:
        form.refusal = _("The last field is there to catch programs. Leave it empty and send the form again.")
    elif form.validate_on_submit() and check_own(form, fields, clock.today(current_config().timezone)):
        with form.catching_refusals():
            found = actions.register(asked.edition.id, form.entry(shares_phone=form.shares_phone.data), asked.kind,
                                     form.consents, by=current_actor(), language=current_language(), code=asked.code)
            if not found.is_new:
                return redirect(url_for("registration.already_registered", slug=slug), 303)
            flash(_welcome(found.registration.status), "success")
            return redirect(url_for("registration.my", token=found.registration.token), 303)
    return _form_page(asked, form, fields), form.status


def _welcome(status: RegistrationStatus) -> str:
    if status is RegistrationStatus.WAITING:
        return _("All places are taken, so you are on the waiting list. Keep this page: your badge comes here when one is free.")
    if status is RegistrationStatus.SUBMITTED:
        return _("Your registration was handed in. Keep this page: your badge comes here when it is approved.")
    return _("You are registered. Keep this page: it is your badge.")


@bp.get("/expo/<slug>/register/sent")
@public
def already_registered(slug: str) -> str:
    """Look at your phone: nothing about a registration is shown to somebody who only knows a number."""
    return render_template("registration/already.html", edition=get_edition(slug))


@bp.route("/expo/<slug>/register/link", methods=["GET", "POST"])
@public
@limiter.limit("60/minute", methods=["POST"])  # A venue has one address; each link goes out a few times an hour only.
def lost_link(slug: str) -> str | Response | tuple[str, int]:
    """The link to a registration goes to the phone or e-mail that stands in it; the page says nothing about anybody."""
    edition = get_edition(slug)
    form = LinkForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.send_links(edition.id, form.address.data or "", by=current_actor())
            return redirect(url_for("registration.already_registered", slug=slug), 303)
    return render_template("registration/lost_link.html", edition=edition, form=form), form.status


def _form_page(asked: Asked, form: RegisterForm, fields: list[RegistrationField]) -> str:
    stage = find_stage(asked.edition.id, StageKind.REGISTRATION)
    return render_template(
        "registration/register.html", form=form, edition=asked.edition, stage=stage, is_open=is_open(stage, clock.now()),
        asked=asked, fields=fields, texts=list_wordings(asked.edition.id), purposes=ConsentPurpose, now=clock.now(),
    )
