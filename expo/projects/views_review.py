"""The organisers' list of an edition's projects and what they decide about them."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.models import Edition
from expo.editions.queries import get_edition, list_industries
from expo.editions.words import ProjectKind, Side
from expo.kit.db import not_found
from expo.kit.exports import sheet_response
from expo.kit.language import _, _l, said
from expo.kit.listing import Filter, Listing
from expo.kit.refusals import Refused
from expo.kit.sheets import OutColumn
from expo.kit.web import access, current_actor, redirect_back
from expo.people.permissions import P
from expo.places.queries import region_groups
from expo.pool.fields import shown_fields
from expo.projects import actions_invite, queries, queries_list, rules
from expo.projects import actions_review as actions
from expo.projects.actions_invite import DirectReport
from expo.projects.forms import AcceptForm, ContactChangeForm, DirectForm, ReasonForm, RemarksForm, ZoneForm
from expo.projects.models import Project, ProjectStatus
from expo.projects.rules import Checks
from expo.projects.views import bp, cover_url, history_of, material_of, path_of

_BASE = "/work/<slug>/projects/<number>"


def _paths(edition: Edition, permission: P = P.PROJECTS_READ) -> tuple[str, ...]:
    return current_actor().region_paths(permission, edition.id)


def _listing(edition: Edition, paths: tuple[str, ...]) -> Listing:
    cities = queries_list.list_filter_cities(paths)
    city = request.args.get("city") or (cities[0][0] if len(cities) == 1 else None)
    return Listing.from_request(
        filters=[
            Filter("status", _l("Status"), ProjectStatus.choices(), queries_list.count_by_status(edition.id, paths)),
            Filter("city", _l("City"), cities),
            Filter("county", _l("County"), queries_list.list_filter_counties(city, paths) if city else []),
            Filter("industry", _l("Industry"), [(str(i.id), said(i, "name")) for i in list_industries(edition.id)]),
            Filter("kind", _l("Kind"), ProjectKind.choices()),
            Filter("side", _l("Side"), Side.choices()),
            Filter("complete", _l("Completeness"), [("yes", _l("Complete")), ("no", _l("Something is missing"))]),
        ],
        sorts={"number": _l("By number"), "newest": _l("Newest first"), "completeness": _l("Least complete first")},
    )


@bp.get("/work/<slug>/projects/")
@access(P.PROJECTS_READ)
def list_projects(slug: str) -> str:
    """Projects of the edition in the reader's regions."""
    edition = get_edition(slug)
    paths = _paths(edition)
    listing = _listing(edition, paths)
    page = queries_list.list_projects(edition.id, paths, listing.q, listing.chosen, listing.sort, listing.cursor, listing.size)
    listing.show(page, total=queries_list.count_projects(edition.id, paths, listing.q, listing.chosen))
    may_publish = current_actor().may(P.PROJECTS_MANAGE, edition_id=edition.id)
    return render_template("projects/list.html", edition=edition, listing=listing, may_publish=may_publish, said=said)


@bp.get("/work/<slug>/projects/export.<form>")
@access(P.PROJECTS_READ)
def export_projects(slug: str, form: str) -> Response:
    """Exactly what the list shows, without contact data."""
    edition = get_edition(slug)
    paths = _paths(edition)
    listing = _listing(edition, paths)
    rows = [_row(project) for project in queries_list.iterate_projects(edition.id, paths, listing.q, listing.chosen)]
    actions.note_export(edition.id, len(rows), by=current_actor())
    return sheet_response(form, f"projects-{edition.slug}", _COLUMNS, rows, title=_("Projects"))


_COLUMNS = [OutColumn(label) for label in (
    _l("Number"), _l("Title"), _l("Title in English"), _l("Side"), _l("Kind"), _l("Status"), _l("City"), _l("Region"),
    _l("Industry"), _l("Owner of the project"), _l("Completeness"), _l("Ticket"), _l("Why without a ticket"), _l("Handed in"),
    _l("Accepted for publication"), _l("Published"))]


def _row(project: Project) -> list[Any]:
    return [
        project.number, project.title, project.title_en, str(project.side.label), str(project.kind.label),
        str(project.status.label), project.city.name, project.region.name,
        project.industry.name if project.industry else "", project.owner_name, project.completeness,
        project.ticket.number if project.ticket else "", project.direct_reason, project.handed_in_at,
        project.accepted_at, project.published_at,
    ]


@bp.route("/work/<slug>/projects/new", methods=["GET", "POST"])
@access(P.PROJECTS_MANAGE)
def report_directly(slug: str) -> Any:
    """直报: a project that no ticket stands behind."""
    edition = get_edition(slug)
    industries = [(one.id, said(one, "name")) for one in list_industries(edition.id)]
    form = DirectForm(region_groups(_paths(edition, P.PROJECTS_MANAGE)), industries)
    if form.validate_on_submit():
        with form.catching_refusals():
            texts = {name: value or "" for name, value in form.values.items()}
            report = DirectReport(
                title=texts["title"], kind=ProjectKind(texts["kind"]), region_id=form.region_id.data or 0,
                industry_id=form.industry_id.data, owner_name=texts["owner_name"], reason=texts["reason"],
                contact_name=texts["contact_name"], contact_phone=texts["contact_phone"],
                contact_email=texts["contact_email"],
            )
            project = actions_invite.report_directly(edition.id, report, by=current_actor())
            flash(_("Project %(number)s was taken in.", number=project.number), "success")
            return redirect(url_for("projects.show_reviewed", slug=slug, number=project.number), 303)
    return render_template("projects/direct.html", edition=edition, form=form), form.status


@bp.get(_BASE)
@access(P.PROJECTS_READ)
def show_reviewed(slug: str, number: str) -> str:
    """One project with all that is decided about it; opens beside the list."""
    return _record(slug, _get(slug, number))


def _record(slug: str, project: Project, **shown: Any) -> str:
    actor = current_actor()
    scope: dict[str, Any] = {"region_path": project.region_path, "edition_id": project.edition_id}
    missing = rules.missing_parts(project, queries.roles_of(project))
    return render_template(
        "projects/record.html", project=project, slug=slug, edition=project.edition, said=said,
        material=material_of(project), missing=[(part.label, None) for part in missing], path=path_of(project),
        facts=shown_fields(project.kind, project.fields), history=history_of(project), cover_url=cover_url,
        may_accept=actor.may(P.PROJECTS_ACCEPT, **scope), may_manage=actor.may(P.PROJECTS_MANAGE, **scope),
        may_unmask=actor.may(P.PEOPLE_UNMASK, region_path=project.region_path), accept_form=AcceptForm(),
        contact_form=ContactChangeForm(formdata=None, data={"name": project.contact_name}), **shown)


def _get(slug: str, number: str) -> Project:
    project = queries.get_project(number)
    rules.require_in_scope(project, current_actor(), P.PROJECTS_READ)
    if project.edition.slug != slug:
        raise not_found()
    return project


def _back(slug: str, number: str) -> BaseResponse:
    return redirect_back(url_for("projects.show_reviewed", slug=slug, number=number))


@bp.post(f"{_BASE}/accept")
@access(P.PROJECTS_ACCEPT)
def accept_material(slug: str, number: str) -> BaseResponse:
    form = AcceptForm()
    form.validate_on_submit()
    actions.accept_material(_get(slug, number).id, Checks(**form.values), by=current_actor())
    flash(_("%(number)s is accepted.", number=number), "success")
    return _back(slug, number)


@bp.post(f"{_BASE}/return")
@access(P.PROJECTS_ACCEPT)
def return_material(slug: str, number: str) -> BaseResponse:
    form = RemarksForm()
    form.validate_on_submit()
    actions.return_material(_get(slug, number).id, form.remarks.data, by=current_actor())
    flash(_("%(number)s was returned; its exhibitor has been told.", number=number), "success")
    return _back(slug, number)


@bp.post(f"{_BASE}/publish")
@access(P.PROJECTS_MANAGE)
def publish_project(slug: str, number: str) -> BaseResponse:
    actions.publish_project(_get(slug, number).id, by=current_actor())
    flash(_("%(number)s is published.", number=number), "success")
    return _back(slug, number)


@bp.post(f"{_BASE}/<any(offline, withdraw):what>")
@access(P.PROJECTS_MANAGE)
def close_page(slug: str, number: str, what: str) -> BaseResponse:
    form = ReasonForm()
    form.validate_on_submit()
    decide = actions.take_offline if what == "offline" else actions.withdraw_project
    decide(_get(slug, number).id, form.reason.data, by=current_actor())
    flash(_("The page of %(number)s is closed.", number=number), "success")
    return _back(slug, number)


@bp.post(f"{_BASE}/reinstate")
@access(P.PROJECTS_MANAGE)
def reinstate_project(slug: str, number: str) -> BaseResponse:
    actions.reinstate_project(_get(slug, number).id, by=current_actor())
    flash(_("%(number)s takes part again, from the invitation on.", number=number), "success")
    return _back(slug, number)


@bp.post(f"{_BASE}/invite")
@access(P.PROJECTS_MANAGE)
def send_invitation(slug: str, number: str) -> BaseResponse:
    if actions_invite.send_invitation(_get(slug, number).id, by=current_actor()):
        flash(_("The invitation was sent."), "success")
    else:
        flash(_("There is no mail address and no mobile number to send it to. Mend the contact first."), "warning")
    return _back(slug, number)


@bp.post(f"{_BASE}/contact")
@access(P.PROJECTS_MANAGE)
def change_contact(slug: str, number: str) -> BaseResponse:
    form = ContactChangeForm()
    if not form.validate_on_submit():
        raise Refused(_("Give the contact's name and a phone number or an e-mail address."))
    actions_invite.change_contact(_get(slug, number).id, name=form.name.data or "", phone=form.phone.data or "",
                                  email=form.email.data or "", by=current_actor())
    flash(_("Contact saved."), "success")
    return _back(slug, number)


@bp.post(f"{_BASE}/zone")
@access(P.PROJECTS_MANAGE)
def place_in_zone(slug: str, number: str) -> BaseResponse:
    form = ZoneForm()
    form.validate_on_submit()
    actions.place_in_zone(_get(slug, number).id, form.zone.data or "", by=current_actor())
    flash(_("Zone saved."), "success")
    return _back(slug, number)


@bp.post(f"{_BASE}/contact/show")
@access(P.PEOPLE_UNMASK)
def show_contact(slug: str, number: str) -> str:
    """The contact in clear, once; who looked stands in the history."""
    actions.unmask_contact(_get(slug, number).id, by=current_actor())
    return _record(slug, _get(slug, number), is_unmasked=True)


@bp.post("/work/<slug>/projects/publish")
@access(P.PROJECTS_MANAGE)
def review_publishing(slug: str) -> str:
    """Say what publishing the chosen ones would do; nothing is changed yet."""
    edition = get_edition(slug)
    chosen = queries.list_chosen(edition.id, _chosen_ids(), _paths(edition, P.PROJECTS_MANAGE))
    if not chosen:
        raise Refused(_("Choose at least one project first."))
    ready = [project for project in chosen if project.status is ProjectStatus.ACCEPTED]
    return render_template("projects/publish.html", edition=edition, ready=ready, said=said,
                           left=[project for project in chosen if project not in ready])


@bp.post("/work/<slug>/projects/publish/confirmed")
@access(P.PROJECTS_MANAGE)
def publish_projects(slug: str) -> BaseResponse:
    edition = get_edition(slug)
    count = actions.publish_projects(edition.id, _chosen_ids(), _paths(edition, P.PROJECTS_MANAGE), by=current_actor())
    flash(_("%(count)s projects published.", count=count), "success")
    return redirect(url_for("projects.list_projects", slug=slug), 303)


def _chosen_ids() -> list[int]:
    ids = request.form.getlist("ids", type=int)
    if len(ids) > 1000:
        abort(400)
    return ids
