"""The badge designer, and the desks that hand badges out."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.files import PICTURE, get_bytes, receive
from expo.kit.language import _
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.registration import actions_badges, queries, queries_badges, rules
from expo.registration.forms_badges import DesignForm, DeskForm, NewDesignForm, PictureForm
from expo.registration.models import BadgeKind
from expo.registration.models_badges import BadgeDesign, BadgeSides, BadgeSize
from expo.registration.models_forms import FieldType
from expo.registration.papers_badges import BadgePaper, heading_of
from expo.registration.papers_designs import USUAL_COLOURS, Design
from expo.registration.papers_preview import faults_of, sample_photo, shown, worst_case
from expo.registration.papers_printing import Printer, photos_of
from expo.registration.queries_kinds import list_all_fields
from expo.registration.rules_designs import (
    OWN,
    SHARED,
    SIZES,
    clean_colours,
    clean_css,
    clean_side,
    unknown_slots,
)
from expo.registration.rules_fields import is_answerable
from expo.registration.views import bp

BASE = "/work/<slug>/registration/designs"


def _edition(slug: str) -> Edition:
    edition = get_edition(slug)
    rules.require_whole(current_actor().region_paths(P.REGISTRATION_MANAGE, edition.id))
    return edition


def _answers(edition: Edition) -> dict[str, str]:
    """The organiser's own fields by key, those of all kinds together."""
    return {one.key: one.said for fields in list_all_fields(edition.id).values() for one in fields
            if is_answerable(one) and one.kind is not FieldType.FILE and one.kind is not FieldType.BUILT_IN}


@bp.get(BASE)
@access(P.REGISTRATION_MANAGE)
def list_designs(slug: str) -> str:
    """All designs, which kinds they are for, and the desks."""
    return _list_page(_edition(slug), NewDesignForm(), DeskForm())


def _list_page(edition: Edition, form: NewDesignForm, desk_form: DeskForm) -> str:
    return render_template("registration/badge_designs.html", edition=edition, form=form, desk_form=desk_form, kinds=BadgeKind,
                           designs=queries_badges.list_designs(edition.id), desks=queries_badges.list_desks(edition.id))


@bp.post(BASE)
@access(P.REGISTRATION_MANAGE)
def make_design(slug: str) -> str | Response | tuple[str, int]:
    edition = _edition(slug)
    form = NewDesignForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            made = actions_badges.make_design(edition.id, form.name.data or "", form.size.data, form.sides.data,
                                              by=current_actor())
            return redirect(url_for("registration.edit_design", slug=slug, design_id=made.id), 303)
    return _list_page(edition, form, DeskForm(formdata=None)), form.status


@bp.route(f"{BASE}/<int:design_id>", methods=["GET", "POST"])
@access(P.REGISTRATION_MANAGE)
def edit_design(slug: str, design_id: int) -> str | Response | tuple[str, int]:
    """HTML, CSS and colours, with a preview beside them."""
    edition = _edition(slug)
    design = queries_badges.get_design(edition.id, design_id)
    form = DesignForm(obj=design)
    if form.validate_on_submit():
        with form.catching_refusals():
            left_out = actions_badges.save_design(edition.id, design.id, form.entry(_colours()), by=current_actor())
            flash(_("The design was saved."), "success")
            for sentence in dict.fromkeys(left_out):
                flash(sentence, "warning")
            return redirect(url_for("registration.edit_design", slug=slug, design_id=design.id), 303)
    return render_template(
        "registration/badge_design.html", edition=edition, design=design, form=form, picture_form=PictureForm(formdata=None),
        kinds=BadgeKind, colours={kind.value: design.colours.get(kind.value) or USUAL_COLOURS[kind] for kind in BadgeKind},
        shared=SHARED, own=OWN, answers=_answers(edition), size=SIZES[design.size], two=design.sides is not BadgeSides.ONE,
        first=_first_kind(design),
    ), form.status


def _first_kind(design: BadgeDesign) -> BadgeKind:
    return BadgeKind(design.kinds[0]) if design.kinds else BadgeKind.VISITOR


def _colours() -> dict[str, str]:
    return {kind.value: request.form[f"colour-{kind.value}"] for kind in BadgeKind if f"colour-{kind.value}" in request.form}


@bp.post(f"{BASE}/<int:design_id>/preview")
@access(P.REGISTRATION_MANAGE)
def preview_design(slug: str, design_id: int) -> Any:
    """What is being written, on paper: pictures, texts that do not fit, and what is not allowed. Nothing is kept."""
    edition = queries.get_edition(_edition(slug).id)
    stored = queries_badges.get_design(edition.id, design_id)
    kind = BadgeKind(request.form["kind"]) if request.form.get("kind") in set(BadgeKind) else _first_kind(stored)
    front, back = (clean_side(request.form.get(side, ""), set(stored.pictures)) for side in ("front", "back"))
    css = clean_css(request.form.get("css", ""))
    files = queries_badges.list_files(set(stored.pictures.values()))
    design = Design(stored.size, stored.sides, front.text, back.text, css.text, is_draft=True,
                    colours=tuple(sorted((k, c) for k, c in _clean_colours().items())),
                    pictures=tuple((name, get_bytes(files[number])) for name, number in sorted(stored.pictures.items())))
    answers = _answers(edition)
    heading = heading_of(edition)
    samples = _samples(edition, stored, kind, design) + worst_case(kind, list(answers))
    photos = photos_of({paper.photo for _label, paper in samples} - {"", "sample"}) | {"sample": sample_photo()}
    unknown = unknown_slots([front.text, back.text], list(answers))
    faults = [str(one) for part in (front, back, css) for one in part.faults] + faults_of(heading, design, kind)
    if unknown:
        faults.append(_("No badge has a field of this name: %(names)s", names=", ".join(unknown)))
    return jsonify(
        faults=list(dict.fromkeys(faults)),
        badges=[{"label": one.label, "pages": one.pages, "cut": one.cut} for one in shown(heading, design, samples, photos)],
    )


def _clean_colours() -> dict[str, str]:


    return clean_colours(_colours(), {kind.value: colour for kind, colour in USUAL_COLOURS.items()})


def _samples(edition: Edition, stored: BadgeDesign, kind: BadgeKind, design: Design) -> list[tuple[str, BadgePaper]]:
    """Real badges, the longest names first."""
    printer = Printer(edition, [design], list_all_fields(edition.id))
    return [(_("Real: %(name)s", name=row.name), printer.paper(row._replace(kind=kind)))
            for row in queries_badges.list_samples(edition.id, stored.kinds, 2)]


@bp.post(f"{BASE}/<int:design_id>/pictures")
@access(P.REGISTRATION_MANAGE)
def add_design_picture(slug: str, design_id: int) -> str | Response:
    edition = _edition(slug)
    form = PictureForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            received = receive(request.files.get("picture"), PICTURE, field="picture")
            actions_badges.add_picture(edition.id, design_id, form.picture_name.data or "", received, by=current_actor())
            flash(_("The picture can be shown now: <img src=\"expo-file:%(name)s\">", name=form.picture_name.data), "success")
    if form.status == 422:
        flash(form.refusal or _("Give the picture a name and choose a file."), "warning")
    return redirect(url_for("registration.edit_design", slug=slug, design_id=design_id), 303)


@bp.post(f"{BASE}/<int:design_id>/delete")
@access(P.REGISTRATION_MANAGE)
def delete_design(slug: str, design_id: int) -> Response:
    actions_badges.delete_design(_edition(slug).id, design_id, by=current_actor())
    flash(_("The design was deleted; its badges look as the others from now on."), "success")
    return redirect(url_for("registration.list_designs", slug=slug), 303)


@bp.post(f"{BASE}/desks")
@access(P.REGISTRATION_MANAGE)
def add_desk(slug: str) -> str | Response | tuple[str, int]:
    edition = _edition(slug)
    form = DeskForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_badges.add_desk(edition.id, form.name.data or "", form.kinds.data or [], form.first_letter.data or "",
                                    form.last_letter.data or "", by=current_actor())
            flash(_("The desk was added."), "success")
            return redirect(url_for("registration.list_designs", slug=slug), 303)
    return _list_page(edition, NewDesignForm(formdata=None, size=BadgeSize.A6), form), form.status


@bp.post(f"{BASE}/desks/<int:desk_id>/delete")
@access(P.REGISTRATION_MANAGE)
def remove_desk(slug: str, desk_id: int) -> Response:
    actions_badges.remove_desk(_edition(slug).id, desk_id, by=current_actor())
    flash(_("The desk was removed."), "success")
    return redirect(url_for("registration.list_designs", slug=slug), 303)
