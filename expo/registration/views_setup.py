"""Setting registration up: kinds and their forms, quotas, wordings of consents, times of keeping."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.language import _, _n
from expo.kit.web import access, current_actor, redirect_back
from expo.people.models import ConsentPurpose
from expo.people.permissions import P
from expo.registration import (
    actions_kinds,
    actions_places,
    queries_consents,
    queries_kinds,
    queries_places,
    rules,
)
from expo.registration.forms import EntryForm
from expo.registration.forms_fields import fit_built_in, with_fields
from expo.registration.forms_setup import (
    BuiltInForm,
    CopyForm,
    FieldForm,
    PolicyForm,
    QuotaForm,
    RetentionForm,
    WordingForm,
)
from expo.registration.models import BadgeKind
from expo.registration.models_forms import FieldType, RegistrationField
from expo.registration.rules_fields import labelled_choices
from expo.registration.rules_retention import DEFAULT_DAYS
from expo.registration.views import bp, region_choices

BASE = "/work/<slug>/registration/setup"


def _edition(slug: str) -> Edition:
    """Whoever sets registration up does so for the whole province."""
    edition = get_edition(slug)
    rules.require_whole(current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id))
    return edition


def kind_named(name: str) -> BadgeKind:
    """The kind of badge in an address."""
    if name not in set(BadgeKind):
        raise not_found()
    return BadgeKind(name)


@bp.get(BASE)
@access(P.REGISTRATION_MANAGE)
def setup(slug: str) -> str:
    """All kinds, and how each is handed out."""
    edition = _edition(slug)
    return render_template("registration/setup.html", edition=edition, policies=queries_kinds.list_policies(edition.id),
                           fields=queries_kinds.list_all_fields(edition.id))


@bp.route(f"{BASE}/kinds/<badge_kind>", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def setup_kind(slug: str, badge_kind: str) -> str | Response | tuple[str, int]:
    """One kind: how it is handed out, and its form."""
    edition, kind = _edition(slug), kind_named(badge_kind)
    policy = queries_kinds.get_policy(edition.id, kind)
    form = PolicyForm(data={"is_public": policy.is_public, "needs_approval": policy.needs_approval,
                            "has_waiting_list": policy.has_waiting_list, "companions": policy.companions,
                            "zones": "\n".join(policy.zones), "zone_choices": "\n".join(policy.zone_choices)})
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_kinds.set_policy(edition.id, form.policy(kind), by=current_actor())
            flash(_("Saved; it holds for registrations from now on."), "success")
            return redirect(url_for("registration.setup_kind", slug=slug, badge_kind=badge_kind), 303)
    return _kind_page(edition, kind, form), form.status


def _kind_page(edition: Edition, kind: BadgeKind, form: PolicyForm) -> str:
    fields = queries_kinds.list_fields(edition.id, kind)
    shown = with_fields(EntryForm, fields)(
        formdata=None, regions=region_choices(), zones=queries_kinds.get_policy(edition.id, kind).zone_choices)
    fit_built_in(shown, fields, clock.today(current_config().timezone))
    others = [one for one in BadgeKind if one is not kind]
    copy_form = CopyForm(formdata=None)
    copy_form.source.choices = [(one.value, one.label) for one in others]
    return render_template("registration/setup_kind.html", edition=edition, kind=kind, form=form, fields=fields, shown=shown,
                           built_in=EntryForm(formdata=None), copy_form=copy_form,
                           labels={one.key: one.said for one in fields})


def _conditions(fields: list[RegistrationField], but: str = "") -> list[tuple[str, str]]:
    """Fields on whose answer another one may depend."""
    kinds = {FieldType.CHOICE, FieldType.CHOICES, FieldType.CHECK}
    return [(one.key, one.said) for one in fields if one.kind in kinds and one.key != but]


@bp.route(f"{BASE}/kinds/<badge_kind>/fields/new", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def add_field(slug: str, badge_kind: str) -> str | Response | tuple[str, int]:
    """A new field for a kind's form."""
    edition, kind = _edition(slug), kind_named(badge_kind)
    fields = queries_kinds.list_fields(edition.id, kind)
    form = FieldForm(conditions=_conditions(fields))
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_kinds.add_field(edition.id, kind, form.described(), by=current_actor())
            flash(_("The field is on the form."), "success")
            return redirect(url_for("registration.setup_kind", slug=slug, badge_kind=badge_kind), 303)
    return render_template("registration/setup_field.html", edition=edition, kind=kind, form=form, field=None,
                           title=_("New field")), form.status


@bp.route(f"{BASE}/fields/<int:field_id>", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def change_field(slug: str, field_id: int) -> str | Response | tuple[str, int]:
    """Describe a field anew."""
    edition = _edition(slug)
    field = queries_kinds.get_field(edition.id, field_id)
    form: Any
    if field.kind is FieldType.BUILT_IN:
        form, title = BuiltInForm(obj=field), str(EntryForm(formdata=None)[field.key].label.text)
    else:
        fields = queries_kinds.list_fields(edition.id, field.badge_kind)
        form, title = _field_form(field, fields), field.said
    if form.validate_on_submit():
        with form.catching_refusals():
            entry = form.described() if field.kind is FieldType.BUILT_IN else form.described(field.kind)
            actions_kinds.change_field(edition.id, field_id, entry, by=current_actor())
            flash(_("The field was changed."), "success")
            return redirect(url_for("registration.setup_kind", slug=slug, badge_kind=field.badge_kind.value), 303)
    return render_template("registration/setup_field.html", edition=edition, kind=field.badge_kind, form=form, field=field,
                           title=title), form.status


def _field_form(field: RegistrationField, fields: list[RegistrationField]) -> FieldForm:
    form = FieldForm(obj=field, conditions=_conditions(fields, field.key), is_new=False)
    if request.method == "GET":
        form.choices.data = "\n".join(f"{label} | {english}" if english else label for _v, label, english in field.choices)
        upper = next((one for one in fields if one.key == field.condition_key), None)
        labels = dict(labelled_choices(upper)) if upper else {}
        form.condition_values.data = "；".join(labels.get(value, value) for value in field.condition_values)
    return form


@bp.post(f"{BASE}/fields/<int:field_id>/remove")
@access(P.REGISTRATION_MANAGE)
def remove_field(slug: str, field_id: int) -> Response:
    field = actions_kinds.remove_field(_edition(slug).id, field_id, by=current_actor())
    flash(_("The field is off the form; answers that were given stay with their registrations."), "success")
    return redirect(url_for("registration.setup_kind", slug=slug, badge_kind=field.badge_kind.value), 303)


@bp.post(f"{BASE}/kinds/<badge_kind>/build")
@access(P.REGISTRATION_MANAGE)
def build_form(slug: str, badge_kind: str) -> Response:
    """Make the default form one's own, so that its fields can be changed."""
    actions_kinds.build_form(_edition(slug).id, kind_named(badge_kind), by=current_actor())
    return redirect(url_for("registration.setup_kind", slug=slug, badge_kind=badge_kind), 303)


@bp.post(f"{BASE}/kinds/<badge_kind>/order")
@access(P.REGISTRATION_MANAGE)
def order_fields(slug: str, badge_kind: str) -> Response:
    actions_kinds.order_fields(_edition(slug).id, kind_named(badge_kind), request.form.getlist("order", type=int),
                               by=current_actor())
    flash(_("The fields stand in this order now."), "success")
    return redirect(url_for("registration.setup_kind", slug=slug, badge_kind=badge_kind), 303)


@bp.post(f"{BASE}/kinds/<badge_kind>/copy")
@access(P.REGISTRATION_MANAGE)
def copy_form(slug: str, badge_kind: str) -> Response:
    edition = _edition(slug)
    source = kind_named(request.form.get("source", ""))
    copied = actions_kinds.copy_form(edition.id, kind_named(badge_kind), source, edition.id, by=current_actor())
    flash(_n("%(num)s field was taken over.", "%(num)s fields were taken over.", copied), "success")
    return redirect(url_for("registration.setup_kind", slug=slug, badge_kind=badge_kind), 303)


@bp.route(f"{BASE}/quotas", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def quotas(slug: str) -> str | Response | tuple[str, int]:
    """How many may come, and how many places are taken."""
    edition = _edition(slug)
    form = QuotaForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_places.set_quota(edition.id, form.kind, form.zone.data or "", form.organisation_name.data or "",
                                     form.places.data or 0, by=current_actor())
            flash(_("The quota holds from now on. Whoever waits and finds a place now was told."), "success")
            return redirect(url_for("registration.quotas", slug=slug), 303)
    rows = queries_places.list_quotas_taken(edition.id)
    return render_template("registration/quotas.html", edition=edition, form=form, rows=rows,
                           waiting=queries_places.count_waiting(edition.id)), form.status


@bp.post(f"{BASE}/quotas/<int:quota_id>/remove")
@access(P.REGISTRATION_MANAGE)
def remove_quota(slug: str, quota_id: int) -> Response:
    actions_places.remove_quota(_edition(slug).id, quota_id, by=current_actor())
    flash(_("There is no such limit any more."), "success")
    return redirect(url_for("registration.quotas", slug=slug), 303)


@bp.get(f"{BASE}/consents")
@access(P.REGISTRATION_MANAGE)
def wordings(slug: str) -> str:
    """What people consent to, in all versions, and how many stand by which."""
    edition = _edition(slug)
    return render_template("registration/wordings.html", edition=edition, texts=queries_kinds.list_wordings(edition.id),
                           own=queries_kinds.list_own_wordings(edition.id),
                           counts=queries_consents.count_by_version(edition.id))


@bp.route(f"{BASE}/consents/<purpose>", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def change_wording(slug: str, purpose: str) -> str | Response | tuple[str, int]:
    """A new version of a text."""
    edition = _edition(slug)
    texts = queries_kinds.list_wordings(edition.id)
    if purpose not in {one.value for one in texts}:
        raise not_found()
    chosen = ConsentPurpose(purpose)
    last = next((one for one in reversed(queries_kinds.list_own_wordings(edition.id)) if one.purpose is chosen), None)
    form = WordingForm(data={"text": last.text if last else str(texts[chosen].text), "text_en": last.text_en if last else ""})
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_kinds.publish_wording(edition.id, chosen, form.text.data or "", form.text_en.data or "", by=current_actor())
            flash(_("The new text holds from now on. Who agreed to the old one is asked on their own page; you can also "
                    "have them told."), "success")
            return redirect(url_for("registration.wordings", slug=slug), 303)
    return render_template("registration/wording.html", edition=edition, purpose=chosen, form=form), form.status


@bp.post(f"{BASE}/consents/<purpose>/ask")
@access(P.REGISTRATION_MANAGE)
def ask_again(slug: str, purpose: str) -> Response:
    edition = _edition(slug)
    if purpose not in {one.value for one in queries_kinds.list_wordings(edition.id)}:
        raise not_found()
    job = actions_kinds.start_asking_again(edition.id, ConsentPurpose(purpose), by=current_actor())
    return redirect(url_for("kit.show_job", job_id=job.id), 303)


@bp.route(f"{BASE}/retention", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def retention(slug: str) -> str | Response | tuple[str, int]:
    """After how many days what is forgotten."""
    edition = _edition(slug)
    found = queries_kinds.list_retention(edition.id)
    form = RetentionForm(data={thing.value: found[thing].days if thing in found else days
                               for thing, days in DEFAULT_DAYS.items()})
    if form.validate_on_submit():
        actions_kinds.set_retention(edition.id, form.days, by=current_actor())
        flash(_("Saved. What is due is forgotten during the next night."), "success")
        return redirect_back(url_for("registration.retention", slug=slug))
    return render_template("registration/retention.html", edition=edition, form=form, found=found,
                           days=DEFAULT_DAYS), form.status
