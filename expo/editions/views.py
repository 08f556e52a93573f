"""Which edition one works in, and the pages to set editions up."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from expo.editions import actions, queries
from expo.editions.forms import CopyForm, EditionForm, NewEditionForm
from expo.editions.models import Edition
from expo.editions.rules_copying import shifted
from expo.editions.timeline import edition_timeline
from expo.kit import clock
from expo.kit.forms import ActionForm
from expo.kit.language import _
from expo.kit.pages import context
from expo.kit.web import access, current_actor, redirect_back, signed_in
from expo.people.permissions import P

bp = Blueprint("editions", __name__)


def current_edition() -> Edition | None:
    """The edition in the address, else the one last worked in, else the present one; asked once per request."""
    if "edition" not in g:
        here = (request.view_args or {}).get("slug")
        asked = here or (request.args.get("edition") if request.path == "/work/" else None)
        # Public pages neither read nor set the cookie: they are the same for everybody and kept ready (expo.kit.memo).
        at_work = request.path.startswith("/work/")
        slug = asked or (session.get("edition") if at_work else None)
        g.edition = (queries.find_edition(slug) if slug else None) or queries.find_present_edition()
        if at_work and g.edition is not None and asked == g.edition.slug:
            session["edition"] = g.edition.slug
    edition: Edition | None = g.edition
    return edition


def choosable_editions() -> list[Edition]:
    """What one can change over to: whoever has roles in some editions only would find the others closed."""
    own = {grant.edition_id for grant in current_actor().grants}
    editions = queries.list_editions()
    return [edition for edition in editions if edition.id in own] if own and None not in own else editions


context["current_edition"] = current_edition
context["editions"] = choosable_editions


@bp.get("/work/editions/")
@access(P.EDITIONS_READ)
def list_editions() -> str:
    editions = queries.list_editions()
    return render_template(
        "editions/list.html", all_editions=editions,
        sums=queries.list_quota_sums([edition.id for edition in editions]),
        open_stages=queries.list_open_stages(clock.now()), may_manage=_may_manage(),
    )


@bp.route("/work/editions/new", methods=["GET", "POST"])
@access(P.EDITIONS_MANAGE)
def new_edition() -> str | Response | tuple[str, int]:
    form = NewEditionForm(venues=_venue_choices())
    if form.validate_on_submit():
        with form.catching_refusals():
            edition = actions.open_edition(**form.frame(), by=current_actor())
            flash(_("%(name)s is in preparation. Give its stages their dates next.", name=edition.name), "success")
            return redirect(url_for(".edit_stages", slug=edition.slug))
    return render_template("editions/new.html", form=form, sources=queries.list_editions()), form.status


@bp.route("/work/editions/<slug>/copy", methods=["GET", "POST"])
@access(P.EDITIONS_MANAGE)
def copy_edition(slug: str) -> str | Response | tuple[str, int]:
    source = queries.get_edition(slug)
    form, setup = CopyForm(), None
    if form.validate_on_submit():
        assert form.starts_on.data is not None
        setup = shifted(queries.load_setup(source), form.starts_on.data)
        if request.form.get("confirmed"):
            with form.catching_refusals():
                edition = actions.copy_edition(
                    source.id, slug=form.slug.data or "", number=form.number.data or 0, name=form.name.data or "",
                    name_en=form.name_en.data or "", starts_on=form.starts_on.data, by=current_actor(),
                )
                flash(_("%(name)s was made from %(source)s.", name=edition.name, source=source.name), "success")
                return redirect(url_for(".show_edition", slug=edition.slug))
    return render_template("editions/copy.html", form=form, source=source, setup=setup), form.status


@bp.get("/work/editions/<slug>/")
@access(P.EDITIONS_READ)
def show_edition(slug: str) -> str:
    edition = queries.get_edition(slug)
    setup = queries.load_setup(edition)
    return render_template(
        "editions/show.html", edition=edition, setup=setup, may_manage=_may_manage(edition),
        sum=sum(n for region, kind, n in setup.quotas if region and kind),
        whole={figure: n for figure, region, n in setup.targets if region is None},
        lines=edition_timeline(edition.id),
    )


@bp.route("/work/editions/<slug>/edit", methods=["GET", "POST"])
@access(P.EDITIONS_MANAGE)
def edit_edition(slug: str) -> str | Response | tuple[str, int]:
    edition = queries.get_edition(slug)
    form = EditionForm(obj=edition, venues=_venue_choices())
    if form.validate_on_submit():
        with form.catching_refusals():
            actions.change_edition(edition.id, **form.frame(), by=current_actor())
            flash(_("Saved."), "success")
            return redirect(url_for(".show_edition", slug=slug))
    return render_template("editions/edit.html", form=form, edition=edition), form.status


@bp.post("/work/editions/<slug>/start")
@access(P.EDITIONS_MANAGE)
def start_edition(slug: str) -> Response:
    _checked()
    edition = queries.get_edition(slug)
    actions.start_edition(edition.id, by=current_actor())
    flash(_("%(name)s is running: the public site is about it now.", name=edition.name), "success")
    return redirect(url_for(".show_edition", slug=slug))


@bp.post("/work/editions/<slug>/choose")
@signed_in
def choose_edition(slug: str) -> Response:
    _checked()
    session["edition"] = queries.get_edition(slug).slug
    return redirect_back(url_for(".show_edition", slug=slug))


def _may_manage(edition: Edition | None = None) -> bool:
    paths = current_actor().region_paths(P.EDITIONS_MANAGE, edition.id if edition else 0)
    return any(path.count("/") <= 2 for path in paths)


def _venue_choices() -> list[tuple[int, str]]:
    return [(venue.id, venue.name) for venue in queries.list_venues()]


def _checked() -> None:
    """A button's POST carries its tokens."""
    if not ActionForm().validate_on_submit():
        abort(400)
