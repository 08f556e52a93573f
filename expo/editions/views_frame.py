"""Stages, industries, quotas and targets of an edition."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions import actions, actions_industries, queries
from expo.editions.forms import IndustryForm, cell_name, grid_form, grid_values, stages_form
from expo.editions.gbt4754 import classification
from expo.editions.models import Edition, Industry, StageKind, TargetFigure
from expo.editions.views import bp
from expo.editions.words import ProjectKind
from expo.kit.db import get_record, not_found
from expo.kit.forms import ActionForm
from expo.kit.language import _
from expo.kit.web import access, current_actor
from expo.people.permissions import P


@bp.route("/work/editions/<slug>/stages", methods=["GET", "POST"])
@access(P.EDITIONS_MANAGE)
def edit_stages(slug: str) -> str | Response | tuple[str, int]:
    edition = queries.get_edition(slug)
    form = stages_form(edition.stages)
    if form.validate_on_submit():
        dates = {kind: (form[f"opens_{kind.value}"].data, form[f"closes_{kind.value}"].data) for kind in StageKind}
        with form.catching_refusals():
            actions.set_stages(edition.id, dates, by=current_actor())
            flash(_("The stages are saved. They open and close by the clock."), "success")
            return redirect(url_for(".show_edition", slug=slug))
    return render_template("editions/stages.html", form=form, edition=edition, kinds=list(StageKind)), form.status


@bp.route("/work/editions/<slug>/quotas", methods=["GET", "POST"])
@access(P.EDITIONS_MANAGE)
def edit_quotas(slug: str) -> str | Response | tuple[str, int]:
    edition = queries.get_edition(slug)
    columns = [(kind.value, kind.label) for kind in ProjectKind]
    stored = {(q.region_id, str(q.kind) if q.kind else None): q.places for q in queries.list_quotas(edition.id)}
    return _edit_grid(edition, stored, [*columns, (None, _("All kinds"))], "quotas")


@bp.route("/work/editions/<slug>/targets", methods=["GET", "POST"])
@access(P.EDITIONS_MANAGE)
def edit_targets(slug: str) -> str | Response | tuple[str, int]:
    edition = queries.get_edition(slug)
    stored: dict[actions.GridKey, int] = {
        (t.region_id, str(t.figure)): t.value for t in queries.list_targets(edition.id)
    }
    return _edit_grid(edition, stored, [(figure.value, figure.label) for figure in TargetFigure], "targets")


def _edit_grid(edition: Edition, stored: dict[actions.GridKey, int], columns: list[tuple[str | None, str]],
               what: str) -> str | Response | tuple[str, int]:
    rows = [*((city.id, city.name) for city in queries.list_cities()), (None, _("Whole province"))]
    ids, names = [row for row, _name in rows], [column for column, _label in columns]
    form = grid_form(ids, names, stored)
    if form.validate_on_submit():
        with form.catching_refusals():
            save = actions.set_quotas if what == "quotas" else actions.set_targets
            save(edition.id, grid_values(form, ids, names), by=current_actor())
            flash(_("Saved."), "success")
            return redirect(url_for(".show_edition", slug=edition.slug))
    return render_template("editions/grid.html", form=form, edition=edition, rows=rows, columns=columns, what=what,
                           cell_name=cell_name), form.status


@bp.route("/work/editions/<slug>/industries", methods=["GET", "POST"])
@access(P.EDITIONS_READ)
def edit_industries(slug: str) -> str | Response | tuple[str, int]:
    edition = queries.get_edition(slug)
    form = IndustryForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_industries.add_industry(edition.id, form.code.data or "", form.name.data or "",
                                            form.name_en.data or "", form.codes, by=current_actor())
            flash(_("“%(name)s” is on the list.", name=form.name.data or ""), "success")
            return redirect(url_for(".edit_industries", slug=slug))
    return render_template(
        "editions/industries.html", form=form, edition=edition, industries=queries.list_industries(edition.id),
        classification=classification(), may_manage=current_actor().may(P.EDITIONS_MANAGE, edition_id=edition.id),
    ), form.status


@bp.route("/work/editions/<slug>/industries/<int:industry_id>", methods=["GET", "POST"])
@access(P.EDITIONS_MANAGE)
def edit_industry(slug: str, industry_id: int) -> str | Response | tuple[str, int]:
    edition, industry = _get_industry(slug, industry_id)
    form = IndustryForm(obj=industry, data=None)
    if request.method == "GET":
        form.gbt_codes.data = ", ".join(industry.gbt_codes)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_industries.change_industry(industry_id, form.code.data or "", form.name.data or "",
                                               form.name_en.data or "", form.codes, by=current_actor())
            flash(_("Saved."), "success")
            return redirect(url_for(".edit_industries", slug=slug))
    return render_template("editions/industry.html", form=form, edition=edition, industry=industry,
                           classification=classification()), form.status


@bp.post("/work/editions/<slug>/industries/<int:industry_id>/<any(up, down, remove):what>")
@access(P.EDITIONS_MANAGE)
def change_industries(slug: str, industry_id: int, what: str) -> Response:
    if not ActionForm().validate_on_submit():
        abort(400)
    _edition, industry = _get_industry(slug, industry_id)
    name = industry.name
    if what == "remove":
        actions_industries.remove_industry(industry_id, by=current_actor())
        flash(_("“%(name)s” was taken off the list.", name=name), "success")
    else:
        actions_industries.move_industry(industry_id, -1 if what == "up" else 1, by=current_actor())
    return redirect(url_for(".edit_industries", slug=slug))


def _get_industry(slug: str, industry_id: int) -> tuple[Edition, Industry]:
    edition, industry = queries.get_edition(slug), get_record(Industry, industry_id)
    if industry.edition_id != edition.id:
        raise not_found()
    return edition, industry
