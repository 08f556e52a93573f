"""The organiser's list of registrations, one registration, and what is decided about it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import find_record, not_found
from expo.kit.exports import sheet_response
from expo.kit.files import send_stored
from expo.kit.forms import ActionForm
from expo.kit.history import list_history
from expo.kit.language import _, _l, _n
from expo.kit.listing import Filter, Listing
from expo.kit.text import mask_email, mask_phone
from expo.kit.timeline import timeline_of
from expo.kit.web import access, current_actor, redirect_back
from expo.people.permissions import P
from expo.registration import actions_desk, queries, rules
from expo.registration.forms import ReasonForm
from expo.registration.forms_change import change_form
from expo.registration.models import BadgeKind, BadgeStatus, Registration, RegistrationStatus
from expo.registration.models_forms import FieldType, RegistrationField
from expo.registration.models_invitations import Delegation, Invitation
from expo.registration.queries_consents import list_consents, outdated
from expo.registration.queries_kinds import get_policy, list_all_fields, list_fields
from expo.registration.rules_fields import is_answerable, said_answer, said_answers
from expo.registration.views import bp, region_choices

SENTENCES = {
    "register": _l("Registered"), "register_at_desk": _l("Registered at the desk"), "approve": _l("Approved"),
    "approve_many": _l("Approved"), "decline": _l("Declined"), "decline_many": _l("Declined"), "cancel": _l("Cancelled"),
    "cancel_own": _l("Cancelled by the holder"), "register_again": _l("Registered again"),
    "change": _l("Corrected by the organiser"), "change_own": _l("Changed by the holder"), "reissue": _l("Badge reissued"),
    "show_contact": _l("Contact data shown"), "withdraw_own_consent": _l("Consent withdrawn"),
    "give_own_consent": _l("Consent given"), "send_links": _l("Link sent"), "add_member": _l("Registered by the delegation"),
    "change_member": _l("Changed by the delegation"), "cancel_member": _l("Cancelled by the delegation"),
    "take_row": _l("Registered by the delegation"), "take_rows": _l("Registered by the delegation"),
    "bring_along": _l("Registered as a companion"), "leave_behind": _l("Cancelled by the holder"),
    "merge_registrations": _l("Merged with a double"), "erase_own": _l("Erased on the holder's wish"),
    "open_proof": _l("Document opened"), "seat_one": _l("Seat given"), "seat_everybody": _l("Seat given"),
    "set_quota": _l("Moved up"), "forget_some": _l("Forgotten in time"),
}
FIELDS = {
    "status": (_l("Status"), RegistrationStatus), "badge_kind": (_l("Kind of badge"), BadgeKind),
}
COLUMNS = (_l("No."), _l("Full name"), _l("Mobile phone"), _l("Organisation"), _l("Position"), _l("City or region"),
           _l("Kind of badge"), _l("Status"), _l("Registered at"), _l("Exhibition zone"), _l("Seat"))


def _listing(edition: Edition, paths: tuple[str, ...], *, counts: bool) -> Listing:
    kinds = queries.count_by_kind(edition.id, paths) if counts else None
    statuses = queries.count_by_status(edition.id, paths) if counts else None
    return Listing.from_request(
        filters=[
            Filter("status", _l("Status"), RegistrationStatus.choices(), statuses),
            Filter("kind", _l("Kind of badge"), BadgeKind.choices(), kinds),
            Filter("city", _l("City"), [(city.path, city.name) for city in queries.list_cities()]),
            Filter("printed", _l("Print"), [("no", _l("Not printed yet"))]),
        ],
        sorts={"newest": _l("Newest first"), "oldest": _l("Oldest first")},
    )


@bp.get("/work/<slug>/registration/")
@access(P.REGISTRATION_READ)
def list_registrations(slug: str) -> str:
    """Who has registered, in the reader's regions."""
    edition = get_edition(slug)
    actor = current_actor()
    paths = actor.region_paths(P.REGISTRATION_READ, edition.id)
    listing = _listing(edition, paths, counts=True)
    page = queries.list_registrations(edition.id, paths, listing.q, listing.chosen, sort=listing.sort,
                                      cursor=listing.cursor, size=listing.size)
    listing.show(page, queries.count_registrations(edition.id, paths, listing.q, listing.chosen))
    return render_template(
        "registration/list.html", edition=edition, listing=listing, own=_own_columns(edition, listing), said_answer=said_answer,
        may_set_up=_may_set_up(edition),
        may_manage=actor.may(P.REGISTRATION_MANAGE, edition_id=edition.id),
        may_print=actor.may(P.BADGES_PRINT, edition_id=edition.id),
    )


def _may_set_up(edition: Edition) -> bool:
    return any(path.count("/") <= 2 for path in current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id))


def _own_columns(edition: Edition, listing: Listing) -> list[RegistrationField]:
    """Own fields that are shown in the list: those of the kind that it is narrowed down to."""
    kind = listing.chosen.get("kind")
    return [one for one in list_fields(edition.id, BadgeKind(kind)) if one.in_list] if kind else []


@bp.get("/work/<slug>/registration/export.<any(csv, xlsx):form>")
@access(P.REGISTRATION_READ)
def export(slug: str, form: str) -> Response:
    """Exactly the list that is shown, as a table; phone numbers stay masked, and the export is noted."""
    edition = get_edition(slug)
    actor = current_actor()
    paths = actor.region_paths(P.REGISTRATION_READ, edition.id)
    listing = _listing(edition, paths, counts=False)
    own = _own_of(edition, listing.chosen.get("kind"))
    rows = [_row(one, own) for one in queries.list_for_export(edition.id, paths, listing.q, listing.chosen)]
    actions_desk.note_export(edition.id, len(rows), {"q": listing.q, **listing.chosen}, by=actor)
    return sheet_response(form, f"registrations-{edition.slug}", (*COLUMNS, *own), rows)


def _own_of(edition: Edition, kind: str | None) -> dict[str, dict[BadgeKind, RegistrationField]]:
    """The organiser's own fields by their names, for one kind or all: the same name in two forms is one column."""
    found: dict[str, dict[BadgeKind, RegistrationField]] = {}
    for badge_kind, fields in list_all_fields(edition.id).items():
        for one in fields if kind in (None, badge_kind.value) else ():
            if is_answerable(one):
                found.setdefault(one.said, {})[badge_kind] = one
    return found


def _row(one: Registration, own: dict[str, dict[BadgeKind, RegistrationField]]) -> list[Any]:
    answers = [_exported(fields.get(one.badge_kind), one) for fields in own.values()]
    return [one.id, one.name, mask_phone(one.phone), one.organisation_name, one.job_title,
            one.region.name if one.region else "", str(one.badge_kind.label), str(one.status.label), one.created_at,
            one.zone, one.seat, *answers]


def _exported(field: RegistrationField | None, one: Registration) -> str:
    if field is None or one.answers.get(field.key) in (None, "", []):
        return ""
    return "•••" if field.is_private and field.kind is not FieldType.FILE else said_answer(field, one.answers[field.key])


@bp.get("/work/<slug>/registration/<int:registration_id>")
@access(P.REGISTRATION_READ)
def show(slug: str, registration_id: int) -> str:
    """One registration: fields, badges, consents, history."""
    edition = get_edition(slug)
    paths = current_actor().region_paths(P.REGISTRATION_READ, edition.id)
    return _record_page(edition, queries.get_registration(registration_id, edition.id, paths))


def _record_page(edition: Edition, registration: Registration, contact: Any = None, form: ReasonForm | None = None,
                 failed: str = "") -> str:
    actor = current_actor()
    path = registration.region_path
    may_manage = actor.may(P.REGISTRATION_MANAGE, region_path=path, edition_id=edition.id)
    consents = list_consents(registration)
    fields = [one for one in list_all_fields(edition.id)[registration.badge_kind] if is_answerable(one)]
    moves = rules.LIFECYCLE.moves[registration.status] if may_manage else frozenset()
    return render_template(
        "registration/show.html", edition=edition, registration=registration, contact=contact, moves=moves,
        states=RegistrationStatus, may_manage=may_manage, form=form or ReasonForm(), failed=failed,
        masked_phone=mask_phone(registration.phone),
        masked_email=mask_email(registration.email) if registration.email else "",
        may_print=actor.may(P.BADGES_PRINT, edition_id=edition.id),
        may_unmask=actor.may(P.PEOPLE_UNMASK, region_path=path, edition_id=edition.id),
        has_badge=any(b.status is BadgeStatus.VALID for b in registration.badges),
        consents=consents, outdated=outdated(consents, edition.id), companions=queries.list_companions(registration.id),
        host=queries.find_registration(registration.host_id) if registration.host_id else None,
        delegation=find_record(Delegation, registration.delegation_id),
        invitation=find_record(Invitation, registration.invitation_id),
        answers=said_answers([one for one in fields if one.kind is not FieldType.FILE], registration.answers,
                             private=contact is not None),
        files=[(one, registration.answers[one.key]) for one in fields
               if one.kind is FieldType.FILE and one.key in registration.answers],
        history=timeline_of(list_history("registration", registration.id), SENTENCES, FIELDS),
    )


@bp.get("/work/<slug>/registration/<int:registration_id>/proof/<key>")
@access(P.REGISTRATION_MANAGE)
def show_proof(slug: str, registration_id: int, key: str) -> BaseResponse:
    """A document that was handed in, for who checks it; who looked stands in the history."""
    edition = get_edition(slug)
    return send_stored(actions_desk.open_proof(edition.id, registration_id, key, by=current_actor()))


@bp.post("/work/<slug>/registration/<int:registration_id>/contact")
@access(P.REGISTRATION_READ)
def show_contact(slug: str, registration_id: int) -> str:
    """The contact data in clear, once; who looked stands in the history."""
    edition = get_edition(slug)
    actor = current_actor()
    contact = actions_desk.show_contact(edition.id, registration_id, by=actor)
    paths = actor.region_paths(P.REGISTRATION_READ, edition.id)
    return _record_page(edition, queries.get_registration(registration_id, edition.id, paths), contact)


@bp.post("/work/<slug>/registration/<int:registration_id>/approve")
@access(P.REGISTRATION_MANAGE)
def approve(slug: str, registration_id: int) -> BaseResponse:
    actions_desk.approve(get_edition(slug).id, registration_id, by=current_actor())
    flash(_("Approved; the badge was issued and its holder told."), "success")
    return redirect_back(url_for("registration.show", slug=slug, registration_id=registration_id))


@bp.post("/work/<slug>/registration/<int:registration_id>/decline")
@access(P.REGISTRATION_MANAGE)
def decline(slug: str, registration_id: int) -> Any:
    return _with_reason(slug, registration_id, actions_desk.decline, _("Declined; the person was told the reason."))


@bp.post("/work/<slug>/registration/<int:registration_id>/cancel")
@access(P.REGISTRATION_MANAGE)
def cancel(slug: str, registration_id: int) -> Any:
    return _with_reason(slug, registration_id, actions_desk.cancel, _("Cancelled; the badge is no longer valid."))


@bp.post("/work/<slug>/registration/<int:registration_id>/reissue")
@access(P.BADGES_PRINT)
def reissue(slug: str, registration_id: int) -> Any:
    return _with_reason(slug, registration_id, actions_desk.reissue, _("A new badge was issued; the old one is dead."))


def _with_reason(slug: str, registration_id: int, act: Any, done: str) -> Any:
    """A decision with its reason; what was wrong with it is said on the record's page."""
    form = ReasonForm()
    edition = get_edition(slug)
    actor = current_actor()
    if form.validate_on_submit():
        with form.catching_refusals():
            act(edition.id, registration_id, form.note.data, by=actor)
            flash(done, "success")
            return redirect_back(url_for("registration.show", slug=slug, registration_id=registration_id))
    if not actor.may(P.REGISTRATION_READ, edition_id=edition.id):
        flash(form.refusal or _("Give the reason in a sentence; the person will read it."), "danger")
        return redirect(url_for("registration.desk", slug=slug), 303)
    paths = actor.region_paths(P.REGISTRATION_READ, edition.id)
    registration = queries.get_registration(registration_id, edition.id, paths)
    return _record_page(edition, registration, form=form, failed=request.path.rpartition("/")[2]), form.status


@bp.route("/work/<slug>/registration/<int:registration_id>/change", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def change(slug: str, registration_id: int) -> Any:
    """Correct somebody's fields."""
    edition = get_edition(slug)
    actor = current_actor()
    paths = actor.region_paths(P.REGISTRATION_MANAGE, edition.id)
    registration = queries.get_registration(registration_id, edition.id, paths)
    fields, today = list_fields(edition.id, registration.badge_kind), clock.today(current_config().timezone)
    form = change_form(registration, fields, get_policy(edition.id, registration.badge_kind), region_choices(), today,
                       by_organiser=True)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_desk.change(edition.id, registration_id, form.entry(registration), by=actor)
            flash(_("The registration was changed."), "success")
            return redirect(url_for("registration.show", slug=slug, registration_id=registration_id), 303)
    return render_template("registration/change.html", form=form, fields=fields, edition=edition,
                           registration=registration), form.status


@bp.post("/work/<slug>/registration/many/<any(approve, decline):what>")
@access(P.REGISTRATION_MANAGE)
def decide_many(slug: str, what: str) -> Any:
    """What would happen to the chosen ones; and, once confirmed, what did."""
    edition = get_edition(slug)
    actor = current_actor()
    ids = request.form.getlist("ids", type=int)[:500]
    target = RegistrationStatus.APPROVED if what == "approve" else RegistrationStatus.DECLINED
    form: ActionForm | ReasonForm = ActionForm() if what == "approve" else ReasonForm(
        formdata=request.form if "confirmed" in request.form else None)
    if "confirmed" in request.form and form.validate_on_submit():
        with form.catching_refusals():
            if isinstance(form, ReasonForm):
                decided = actions_desk.decline_many(edition.id, ids, form.note.data or "", by=actor)
            else:
                decided = actions_desk.approve_many(edition.id, ids, by=actor)
            _tell_decided(what, decided)
            return redirect(url_for("registration.list_registrations", slug=slug), 303)
    found = queries.list_by_ids(edition.id, ids, actor.region_paths(P.REGISTRATION_MANAGE, edition.id))
    if not found:
        raise not_found()
    able = [one for one in found if rules.LIFECYCLE.allows(one.status, target)]
    return render_template(
        "registration/decide_many.html", edition=edition, form=form, what=what, able=able,
        unable=[one for one in found if one not in able],
    ), form.status


def _tell_decided(what: str, decided: actions_desk.Decided) -> None:
    done = (_n("%(num)s registration approved.", "%(num)s registrations approved.", decided.done) if what == "approve"
            else _n("%(num)s registration declined.", "%(num)s registrations declined.", decided.done))
    flash(done, "success")
    if decided.left:
        names = "、".join(name for name, _why in decided.left[:10])
        flash(_("Left as they were: %(names)s", names=names), "warning")
