"""The public form."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.editions.models import StageKind
from expo.editions.queries import find_stage, get_edition
from expo.editions.rules import is_open
from expo.kit import clock
from expo.kit.language import _, current_language
from expo.kit.limits import limiter
from expo.kit.web import current_actor, public
from expo.people.models import ConsentPurpose
from expo.registration import actions, queries, rules
from expo.registration.forms import RegisterForm
from expo.registration.models import BadgeKind
from expo.registration.words import CONSENT_TEXTS

bp = Blueprint("registration", __name__)



def region_choices() -> list[tuple[int, str]]:
    """Cities for a form."""
    return [(region.id, region.name) for region in queries.list_cities()]


@bp.get("/expo/<slug>/register")
@public
def register(slug: str) -> str:
    """Who would like to come?"""
    return _form_page(slug, RegisterForm(regions=region_choices(), kinds=rules.PUBLIC_KINDS,
                                         badge_kind=BadgeKind.VISITOR))


@bp.post("/expo/<slug>/register")
@public
@limiter.limit("10/minute")
def register_sent(slug: str) -> str | Response | tuple[str, int]:
    """Take the form. Whoever is registered already gets a message; the page is not told about them."""
    edition = get_edition(slug)
    form = RegisterForm(regions=region_choices(), kinds=rules.PUBLIC_KINDS)
    if form.website.data:
        form.refusal = _("The last field is there to catch programs. Leave it empty and send the form again.")
    elif form.validate_on_submit():
        with form.catching_refusals():
            found = actions.register(edition.id, form.entry(), form.badge_kind.data, form.consents,
                                     by=current_actor(), language=current_language())
            if not found.is_new:
                return redirect(url_for("registration.already_registered", slug=slug), 303)
            flash(_("You are registered. Keep this page: it is your badge."), "success")
            return redirect(url_for("registration.my", token=found.registration.token), 303)
    return _form_page(slug, form), form.status


@bp.get("/expo/<slug>/register/sent")
@public
def already_registered(slug: str) -> str:
    """Look at your phone: nothing about a registration is shown to somebody who only knows a number."""
    return render_template("registration/already.html", edition=get_edition(slug))


def _form_page(slug: str, form: RegisterForm) -> str:
    edition = get_edition(slug)
    stage = find_stage(edition.id, StageKind.REGISTRATION)
    return render_template(
        "registration/register.html", form=form, edition=edition, stage=stage, is_open=is_open(stage, clock.now()),
        needs_approval=[kind for kind in rules.PUBLIC_KINDS if rules.needs_approval(kind)], texts=CONSENT_TEXTS,
        purposes=ConsentPurpose, now=clock.now(),
    )
