"""Signings: the organisers' list, a record and what may be done with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.access import Actor
from expo.kit.db import not_found
from expo.kit.exports import sheet_response
from expo.kit.forms import Form
from expo.kit.history import list_history
from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.sheets import OutColumn
from expo.kit.timeline import timeline_of
from expo.kit.web import access, current_actor, signed_in
from expo.people.permissions import P
from expo.places.queries import list_cities, region_choices
from expo.signings import actions, clauses, papers, queries, queries_ceremony, rules
from expo.signings.forms import (
    OpenForm,
    PlaceForm,
    ReasonForm,
    RecordForm,
    RegisterForm,
    ScanForm,
    SignedForm,
)
from expo.signings.models import AgreementKind, Signing, SigningStatus

bp = Blueprint("signings", __name__)
BASE = "/work/<slug>/signings"
ONE = f"{BASE}/<int:signing_id>"

SENTENCES = {
    "open_signing": _l("Signing opened"), "edit_record": _l("Record changed"), "draft": _l("Drafting begun"),
    "fill_clauses": _l("Clauses written"), "freeze": _l("Text frozen and issued"), "unfreeze": _l("Text opened again"),
    "mark_signed": _l("Signed"), "sign_batch": _l("Signed"), "attach_scan": _l("Scan uploaded"),
    "register_contract": _l("Contract registered"), "void": _l("Declared void"), "note_reading": _l("Paper taken"),
    "show_contacts": _l("Contact data shown"), "add_party": _l("Party added"), "take_over": _l("Party changed"),
    "edit_party": _l("Party changed"), "remove_party": _l("Party removed"), "move_up": _l("Order of the parties changed"),
    "place": _l("Place on the stage changed"), "place_all": _l("Place on the stage changed"),
}
FIELDS: dict[str, Any] = {
    "status": (_l("State"), SigningStatus), "kind": (_l("Kind of agreement"), AgreementKind), "title": _l("Title"),
    "amount_fen": _l("Amount in fen"), "technology_fen": _l("Amount of technology in fen"), "signed_on": _l("Signed on"),
    "registered_number": _l("Registration number"), "void_reason": _l("Reason"), "reason": _l("Reason"),
    "party": _l("Party"), "version": _l("Version"), "sha256": "SHA-256", "batch": _l("Batch"),
    "stage_order": _l("Place on the stage"), "what": _l("What"),
}


def _listing(edition: Edition, paths: tuple[str, ...], *, counts: bool = True) -> Listing:
    by_status = queries.count_by(Signing.status, edition.id, paths) if counts else None
    by_kind = queries.count_by(Signing.kind, edition.id, paths) if counts else None
    batches = [("none", _l("No place yet")),
               *((str(n), _l("Batch %(number)s", number=n)) for n in queries.list_batch_numbers(edition.id, paths))]
    return Listing.from_request(
        filters=[
            Filter("status", _l("State"), SigningStatus.choices(), by_status),
            Filter("kind", _l("Kind of agreement"), AgreementKind.choices(), by_kind),
            Filter("signed", _l("Signed"), [("yes", _l("yes")), ("no", _l("no"))]),
            Filter("city", _l("City"), [(city.path, city.name) for city in list_cities(paths)]),
            Filter("batch", _l("Batch"), batches),
            Filter("amount", _l("Amount"), [("none", _l("None")), ("under100", _l("Under 1 million yuan")),
                                            ("to1000", _l("1 to 10 million yuan")), ("over1000", _l("10 million yuan and more"))]),
        ],
        sorts={"newest": _l("Newest first"), "amount": _l("Largest first"), "stage": _l("Order on the stage")},
    )


@bp.get(f"{BASE}/")
@access(P.SIGNINGS_READ)
def list_signings(slug: str) -> str:
    """An edition's signings within one's regions."""
    edition, actor = get_edition(slug), current_actor()
    paths = actor.region_paths(P.SIGNINGS_READ, edition.id)
    listing = _listing(edition, paths)
    page = queries.list_signings(edition.id, paths, listing.q, listing.chosen, listing.sort, listing.cursor, listing.size)
    found = queries.count_totals(edition.id, paths, listing.q, listing.chosen)
    listing.show(page, found.rows)
    totals = queries.count_totals(edition.id, paths) if listing.is_filtered else found
    return render_template("signings/list.html", edition=edition, listing=listing, totals=totals, found=found,
                           parties_of=rules.parties_of, may_open=actor.may(P.SIGNINGS_MANAGE, edition_id=edition.id),
                           may_export=actor.may(P.STATISTICS_EXPORT, edition_id=edition.id))


@bp.get(f"{BASE}/export.<any(csv, xlsx):form>")
@access(P.STATISTICS_EXPORT)
def export_signings(slug: str, form: str) -> BaseResponse:
    """The list as it is shown, as a sheet; without people's names and numbers."""
    edition, actor = get_edition(slug), current_actor()
    actor.require(P.SIGNINGS_READ, edition_id=edition.id)
    paths = actor.region_paths(P.SIGNINGS_READ, edition.id)
    listing = _listing(edition, paths, counts=False)
    rows = ([s.serial, s.title, str(s.kind.label), str(s.status.label), s.region.name, s.project.number if s.project else "",
             _("; ").join(p.name for p in rules.parties_of(s)), s.amount_fen / 1_000_000,
             s.technology_fen / 1_000_000 if s.technology_fen is not None else None, s.signed_on, s.registered_number,
             s.batch, s.stage_order, s.void_reason]
            for s in queries.iterate_signings(edition.id, paths, listing.q, listing.chosen, listing.sort))
    wan = "#,##0.00"
    head = [OutColumn(_("Serial")), OutColumn(_("Title")), OutColumn(_("Kind of agreement")), OutColumn(_("State")),
            OutColumn(_("Region")), OutColumn(_("Project")), OutColumn(_("Parties")),
            OutColumn(_("Amount (10,000 yuan)"), number_format=wan), OutColumn(_("Amount of technology (10,000 yuan)"), number_format=wan),
            OutColumn(_("Signed on")), OutColumn(_("Registration number")), OutColumn(_("Batch")),
            OutColumn(_("Place on the stage")), OutColumn(_("Reason"))]
    return sheet_response(form, f"signings-{edition.slug}", head, rows)


@bp.route(f"{BASE}/new", methods=["GET", "POST"])
@access(P.SIGNINGS_MANAGE)
def open_signing(slug: str) -> Any:
    """A new signing: from a meeting (?meeting=), a project (?project=), or of a region."""
    edition, actor = get_edition(slug), current_actor()
    meeting_id = request.args.get("meeting", type=int)
    form = OpenForm(**_suggested(edition, meeting_id))
    form.region_id.choices = [("", "—"), *region_choices(actor.region_paths(P.SIGNINGS_MANAGE, edition.id))]
    if form.validate_on_submit():
        with form.catching_refusals():
            signing = actions.open_signing(
                edition.id, form.kind.data, project_number=form.project_number.data, meeting_id=meeting_id,
                region_id=form.region_id.data, title=form.title.data, amount_fen=form.amount_fen.data or 0, by=actor)
            flash(_("The signing %(serial)s is open. Complete its parties, then begin with the text.", serial=signing.serial),
                  "success")
            return redirect(url_for("signings.show_signing", slug=slug, signing_id=signing.id), 303)
    return render_template("signings/open.html", edition=edition, form=form, meeting_id=meeting_id), form.status


def _suggested(edition: Edition, meeting_id: int | None) -> dict[str, Any]:
    """What the form shows first: the project and the amount that the meeting spoke of."""
    if request.method == "POST":
        return {}
    number, amount = request.args.get("project", ""), None
    if meeting_id is not None:
        meeting = queries.get_meeting(meeting_id)
        if not current_actor().may(P.SIGNINGS_MANAGE, region_path=meeting.project.region_path, edition_id=edition.id):
            raise not_found()
        number, amount = meeting.project.number, meeting.amount_fen
    return {"project_number": number, "amount_fen": amount}


def get_visible(slug: str, signing_id: int, actor: Actor) -> Signing:
    """A signing of this edition that the reader may see."""
    edition = get_edition(slug)
    signing = queries.get_signing(signing_id)
    if signing.edition_id != edition.id or not rules.may_see(actor, signing):
        raise not_found()
    return signing


def tabs_of(signing: Signing, here: str, *, reads: bool) -> list[dict[str, Any]]:
    """The views of a signing; its history is for readers of its region."""
    values: dict[str, Any] = {"slug": signing.edition.slug, "signing_id": signing.id}
    lacking = len(clauses.missing(signing.kind, signing.terms)) if signing.status in rules.OPEN else None
    rows = [("record", _("Record and parties"), "signings.show_signing", None),
            ("clauses", _("Clauses"), "signings.edit_clauses", lacking or None),
            ("papers", _("Papers"), "signings.show_papers", len(signing.versions) or None)]
    if reads:
        rows.append(("history", _("History"), "signings.show_history", None))
    return [{"label": label, "url": url_for(endpoint, **values), "active": key == here, "count": count}
            for key, label, endpoint, count in rows]


def common(signing: Signing, here: str) -> dict[str, Any]:
    """What every page of a signing shows."""
    actor = current_actor()
    manages, reads = rules.may_manage(actor, signing), rules.may_read(actor, signing)
    found = rules.problems(signing, public_seller=queries.has_public_seller(signing)) if signing.status in rules.OPEN else []
    return {
        "signing": signing, "edition": signing.edition, "tabs": tabs_of(signing, here, reads=reads), "stages": _path(signing),
        "manages": manages, "reads": reads, "problems": found,
        "is_open": signing.status in rules.OPEN, "here": {"slug": signing.edition.slug, "signing_id": signing.id},
        "check_url": papers.check_address(signing.serial), "statuses": SigningStatus,
    }


def _path(signing: Signing) -> list[dict[str, Any]]:
    path = [SigningStatus.INTENT, SigningStatus.DRAFTED, SigningStatus.FROZEN, SigningStatus.SIGNED]
    if signing.kind in clauses.CONTRACTS:
        path.append(SigningStatus.REGISTERED)
    if signing.status not in path:
        return []
    place = path.index(signing.status)
    moments = {SigningStatus.INTENT: signing.created_at, SigningStatus.SIGNED: signing.signed_on,
               SigningStatus.FROZEN: signing.versions[-1].issued_at if signing.versions and place >= 2 else None}
    last = len(path) - 1
    return [{"label": status.label, "done": index < place or index == place == last, "current": index == place,
             "at": moments.get(status) if index <= place else None} for index, status in enumerate(path)]


@bp.get(ONE)
@signed_in
def show_signing(slug: str, signing_id: int) -> str:
    """One signing: its record, its parties, what may be done next."""
    return _page(get_visible(slug, signing_id, current_actor()))


def _page(signing: Signing, filled: Form | None = None, contacts: dict[int, str] | None = None) -> str:
    values = common(signing, "record")
    forms = _forms(signing) if values["manages"] else {}
    if filled is not None:
        forms[_name_of(filled)] = filled
    actor = current_actor()
    if contacts is None:
        own = {p.id for p in signing.parties if p.organisation_id in actor.organisation_ids and p.organisation_id}
        contacts = {p.id: p.contact if p.id in own else rules.masked_contact(p.contact) for p in signing.parties}
        unmask = actor.may(P.PEOPLE_UNMASK, region_path=signing.region_path, edition_id=signing.edition_id)
    else:
        unmask = False
    return render_template("signings/show.html", forms=forms, contacts=contacts, may_unmask=unmask and values["reads"],
                           parties=rules.parties_of(signing), witnesses=rules.witnesses_of(signing), mark=rules.mark,
                           capacity=rules.capacity, may_fill=lambda p: rules.may_fill(actor, signing, p), **values)


_FORMS: dict[str, type[Form]] = {"signed": SignedForm, "register": RegisterForm, "void": ReasonForm, "place": PlaceForm,
                                 "scan": ScanForm}


def _name_of(form: Form) -> str:
    return next(name for name, kind in _FORMS.items() if type(form) is kind)


def _forms(signing: Signing) -> dict[str, Form]:
    """The forms that the present state allows, empty."""
    forms: dict[str, Form] = {}
    if signing.status is SigningStatus.FROZEN:
        forms["signed"] = SignedForm(formdata=None, signed_on=actions.today())
    if signing.status is SigningStatus.SIGNED and signing.kind in clauses.CONTRACTS:
        forms["register"] = RegisterForm(formdata=None, technology_fen=signing.technology_fen)
    if signing.status is not SigningStatus.VOID:
        forms["void"] = ReasonForm(formdata=None)
    if signing.status in {SigningStatus.DRAFTED, SigningStatus.FROZEN, SigningStatus.SIGNED}:
        forms["place"] = place_form(signing, formdata=None, obj=signing)
    return forms


def place_form(signing: Signing, **options: Any) -> PlaceForm:
    """The form for a place on the stage, with the sessions of the edition."""
    form = PlaceForm(**options)
    form.session_id.choices = [("", "—"), *((s.id, s.title) for s in queries_ceremony.list_sessions(signing.edition_id))]
    return form


def finished(signing_id: int, form: Form, done: str, slug: str) -> Any:
    """Back to the record after a success, or its page with the form as it was typed."""
    if form.status == 200 and request.method == "POST":
        flash(done, "success")
        return redirect(url_for("signings.show_signing", slug=slug, signing_id=signing_id), 303)
    return _page(get_visible(slug, signing_id, current_actor()), form), form.status


@bp.post(f"{ONE}/contacts")
@access(P.PEOPLE_UNMASK)
def show_contacts(slug: str, signing_id: int) -> str:
    """The parties' contacts in clear, once; who looked stands in the history."""
    get_visible(slug, signing_id, current_actor())
    contacts = actions.show_contacts(signing_id, by=current_actor())
    return _page(get_visible(slug, signing_id, current_actor()), contacts=contacts)


@bp.route(f"{ONE}/record", methods=["GET", "POST"])
@access(P.SIGNINGS_MANAGE)
def edit_record(slug: str, signing_id: int) -> Any:
    """Title, kind, project and amount."""
    signing = get_visible(slug, signing_id, current_actor())
    form = RecordForm(obj=signing, project_number=signing.project.number if signing.project else "")
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.edit_record(signing_id, kind=form.kind.data, title=form.title.data or "", amount_fen=form.amount_fen.data or 0,
                                project_number=form.project_number.data, by=current_actor())
            flash(_("The record is changed."), "success")
            return redirect(url_for("signings.show_signing", slug=slug, signing_id=signing_id), 303)
    return render_template("signings/record.html", form=form, **common(get_visible(slug, signing_id, current_actor()), "record")), form.status


@bp.get(f"{ONE}/history")
@signed_in
def show_history(slug: str, signing_id: int) -> str:
    """What happened to the signing, for readers of its region."""
    signing = get_visible(slug, signing_id, current_actor())
    values = common(signing, "history")
    if not values["reads"]:
        raise not_found()
    lines = timeline_of(list_history("signing", signing.id, 100), SENTENCES, FIELDS)
    return render_template("signings/history.html", timeline=lines, **values)
