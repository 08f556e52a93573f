"""The exhibitor's own pages: invitation, filling in by sections, handing in."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import StageKind
from expo.editions.queries import find_stage, list_industries
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.db import not_found
from expo.kit.forms import ActionForm, Form
from expo.kit.language import _, _l, said
from expo.kit.web import current_actor, signed_in
from expo.pool.fields import fields_of
from expo.projects import actions_invite, actions_review, queries, rules, rules_invitations
from expo.projects import actions_material as actions
from expo.projects.forms import (
    BasicsForm,
    ContactForm,
    DescriptionForm,
    HandInForm,
    ReasonForm,
    facts_as_texts,
    make_facts_form,
)
from expo.projects.models import Project
from expo.projects.views import bp, cover_url, days_left, history_of, path_of

SECTIONS: dict[str, Any] = {
    "basics": _l("Title and summary"), "description": _l("Description"), "facts": _l("Facts"),
    "files": _l("Pictures and files"), "contact": _l("Owner and contact"),
}
_ORDER = list(SECTIONS)
_BASE = "/work/exhibitor/projects/<number>"


def get_own(number: str) -> Project:
    """A project that the reader works on: as its exhibitor, or as an organiser of its region."""
    project = queries.get_project(number)
    rules.require_side(project, current_actor())
    return project


def section_page(project: Project, section: str) -> dict[str, Any]:
    """What every page of a project's material shows beside its own form."""
    stage = find_stage(project.edition_id, StageKind.MATERIAL)
    missing = rules.missing_parts(project, queries.roles_of(project))
    return {
        "project": project, "section": section, "missing": missing, "said": said,
        "sections": [{"label": label, "url": _section_url(project.number, key), "active": key == section,
                      "count": sum(part.section == key for part in missing) or None}
                     for key, label in SECTIONS.items()],
        "missing_links": [(part.label, _section_url(project.number, part.section)) for part in missing],
        "may_edit": rules.may_edit(project, current_actor(), stage, clock.now()),
        "closes_at": stage.closes_at if stage else None, "days_left": days_left(stage.closes_at if stage else None),
        "percent": rules.completeness(project, queries.roles_of(project)),
    }


def _section_url(number: str, section: str) -> str:
    if section == "files":
        return url_for("projects.edit_files", number=number)
    return url_for("projects.edit_section", number=number, section=section)


@bp.get("/work/exhibitor/")
@signed_in
def list_own() -> str:
    """My projects, in all editions."""
    projects = queries.list_own(current_actor())
    return render_template("projects/own.html", projects=projects, cover_url=cover_url, said=said)


@bp.get("/work/exhibitor/claim/<token>")
@signed_in
def show_invitation(token: str) -> str | Response:
    """The invitation behind a signed link."""
    project = _invited(token)
    if project.exhibitor_id == current_actor().person_id:
        return redirect(url_for("projects.show_own", number=project.number))
    return render_template("projects/claim.html", project=project, token=token, form=ActionForm())


@bp.post("/work/exhibitor/claim/<token>")
@signed_in
def claim_project(token: str) -> Response:
    project = actions_invite.claim_project(token, by=current_actor())
    flash(_("You answer for this project now."), "success")
    return redirect(url_for("projects.show_own", number=project.number), 303)


def _invited(token: str) -> Project:
    secret = current_config().secret_key
    project = queries.get_project_by_id(rules_invitations.read_project_id(secret, token))
    rules_invitations.require_present_contact(secret, token, project)
    rules.require_claimable(project, current_actor())
    return project


@bp.get(_BASE)
@signed_in
def show_own(number: str) -> str:
    """One project: where it stands, what is missing, what to do next."""
    project = get_own(number)
    return _own_page(project, HandInForm())[0]


def _own_page(project: Project, form: HandInForm) -> tuple[str, int]:
    return render_template(
        "projects/own_project.html", **section_page(project, ""), path=path_of(project), hand_in_form=form,
        history=history_of(project), is_mine=rules.is_exhibitor(project, current_actor()),
        may_manage=rules.may_manage(project, current_actor()),
    ), form.status


@bp.post(f"{_BASE}/confirm")
@signed_in
def confirm_project(number: str) -> Response:
    actions_invite.confirm_project(get_own(number).id, by=current_actor())
    flash(_("Welcome to the expo. Fill in the project's page now."), "success")
    return redirect(url_for("projects.edit_section", number=number, section="basics"), 303)


@bp.post(f"{_BASE}/withdraw")
@signed_in
def withdraw_own(number: str) -> Response:
    form = ReasonForm()
    form.validate_on_submit()
    actions_review.withdraw_project(get_own(number).id, form.reason.data, by=current_actor())
    flash(_("The project was withdrawn."), "success")
    return redirect(url_for("projects.show_own", number=number), 303)


@bp.route(f"{_BASE}/<any(basics, description, facts, contact):section>", methods=["GET", "POST"])
@signed_in
def edit_section(number: str, section: str) -> Any:
    """One section of the material; sent by its button, and by itself while one is typing."""
    project = get_own(number)
    form = _form(project, section)
    if form.validate_on_submit():
        with form.catching_refusals():
            saved = _save(project, section, form)
            if _is_autosave():
                return _saved(saved)
            flash(_("Saved."), "success")
            return redirect(_section_url(number, _after(section)), 303)
    if _is_autosave():
        errors = {name: [str(error) for error in found] for name, found in form.errors.items()}
        return jsonify(errors=errors, refusal=form.refusal), 422
    return render_template("projects/section.html", **section_page(project, section), form=form,
                           section_label=SECTIONS[section],
                           units={field.name: field.unit for field in fields_of(project.kind) if field.unit},
                           ), form.status


def _form(project: Project, section: str) -> Form:
    match section:
        case "basics":
            industries = [(one.id, said(one, "name")) for one in list_industries(project.edition_id)]
            return BasicsForm(industries, obj=project)
        case "description":
            return DescriptionForm(obj=project)
        case "contact":
            return ContactForm(obj=project)
        case "facts":
            return make_facts_form(project)
    raise not_found()


def _save(project: Project, section: str, form: Form) -> Project:
    actor = current_actor()
    if section == "facts":
        return actions.save_facts(project.id, facts_as_texts(project, form), by=actor)
    values: dict[str, Any] = {
        name: "" if value is None and name != "industry_id" else value for name, value in form.values.items()
    }
    if section == "basics":
        return actions.save_basics(project.id, **values, by=actor)
    if section == "contact":
        return actions.save_contact(project.id, **values, by=actor)
    return actions.save_description(project.id, **values, by=actor)


def _is_autosave() -> bool:
    return request.headers.get("X-Requested-With") == "autosave"


def _saved(project: Project) -> Response:
    missing = rules.missing_parts(project, queries.roles_of(project))
    return jsonify(percent=project.completeness, missing=[str(part.label) for part in missing],
                   said=_("Saved %(time)s", time=f"{clock.now().astimezone(current_config().timezone):%H:%M}"))


def _after(section: str) -> str:
    return _ORDER[min(_ORDER.index(section) + 1, len(_ORDER) - 1)]


@bp.post(f"{_BASE}/hand-in")
@signed_in
def hand_in(number: str) -> Any:
    project, form = get_own(number), HandInForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.hand_in(project.id, may_publish=form.may_publish.data, by=current_actor())
            flash(_("Handed in. The organiser checks it and tells you the result."), "success")
            return redirect(url_for("projects.show_own", number=number), 303)
    return _own_page(get_own(number), form)


@bp.post(f"{_BASE}/take-back")
@signed_in
def take_back(number: str) -> Response:
    actions.take_back(get_own(number).id, by=current_actor())
    flash(_("You can go on working on it. Do not forget to hand it in again."), "success")
    return redirect(url_for("projects.show_own", number=number), 303)
