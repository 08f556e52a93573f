"""What everybody may open: the hall, and each published project under its permanent address."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request

from expo.editions.queries import get_edition
from expo.editions.words import ProjectKind, Side
from expo.kit.config import current_config
from expo.kit.covers import draw_share_card
from expo.kit.db import not_found
from expo.kit.files import storage
from expo.kit.images import read_picture
from expo.kit.language import DEFAULT, _l, current_language, said, speaking
from expo.kit.listing import Filter, Listing
from expo.kit.memo import keep_page
from expo.kit.qr import qr_png, qr_svg
from expo.kit.web import current_actor, public
from expo.pool.fields import shown_fields
from expo.projects import queries, queries_hall, rules, slots
from expo.projects.models import Project, ProjectStatus
from expo.projects.views import bp, cover_url, material_of

_PAGE_SIZE = 24


@bp.get("/expo/<slug>/hall")
@public
def show_hall(slug: str) -> str:
    """The online hall of one edition."""
    edition = get_edition(slug)
    keep_page(f"edition/{edition.id}")
    filters = [
        Filter("side", _l("Side"), Side.choices(), {}),
        Filter("kind", _l("Kind"), ProjectKind.choices(), {}),
        Filter("city", _l("City"), queries_hall.list_cities_shown(edition.id), {}),
        Filter("industry", _l("Industry"),
               [(str(one.id), said(one, "name")) for one in queries_hall.list_industries_shown(edition.id)], {}),
    ]
    listing = Listing.from_request(filters=filters, size=_PAGE_SIZE,
                                   sorts={"newest": _l("Newest first"), "number": _l("By number")})
    page = queries_hall.list_hall(edition.id, listing.q, listing.chosen, listing.sort, listing.cursor, listing.size)
    listing.show(page, total=queries_hall.count_hall(edition.id, listing.q, listing.chosen))
    _count(listing, queries_hall.count_facets(edition.id, listing.q, listing.chosen))
    return render_template("projects/hall.html", edition=edition, listing=listing, cover_url=cover_url, said=said)


def _count(listing: Listing, facets: dict[str, dict[str, int]]) -> None:
    """Put the counts on the pills; a value that finds nothing is left out unless it is chosen."""
    for one in listing.filters:
        counts = facets[one.name]
        for option in one.options:
            option.count = counts.get(option.value, 0)
        one.options = [option for option in one.options if option.count or option.active]


@bp.get("/projects/<number>")
@public
def show_project(number: str) -> str:
    """A project's page. Its address stays when the edition is long over."""
    project = _shown(number)
    keep_page(f"edition/{project.edition_id}")
    return render_project(project, is_preview=False)


def render_project(project: Project, *, is_preview: bool) -> str:
    """The page as the public sees it, or will see it."""
    related = [] if is_preview else queries_hall.list_related(project)
    return render_template(
        "projects/project.html", project=project, said=said, material=material_of(project), related=related,
        cover_url=cover_url, is_preview=is_preview, parts=[] if is_preview else slots.page_parts.of(project),
        facts=[(label, text) for label, text in shown_fields(project.kind, project.fields) if text],
        address=_address(project), share_url=f"{_address(project)}/share{'-en' if current_language() == 'en' else ''}.jpg",
    )


@bp.get("/projects/<number>/<any('share', 'share-en'):card>.jpg")
@public
def show_share_card(number: str, card: str) -> Response:
    """What chat programs show when somebody passes the page's address on, in the language of that page."""
    project = _shown(number)
    with speaking("en" if card == "share-en" else DEFAULT):
        return Response(_share_card(project), mimetype="image/jpeg", headers={"Cache-Control": "public, max-age=3600"})


def _share_card(project: Project) -> bytes:
    picture = None
    if project.cover is not None and project.files:
        with storage().open(str(project.cover.variants.get("large", project.cover.key))) as stream:
            picture = read_picture(stream)
    return draw_share_card(said(project, "title"), seed=project.number, picture=picture,
                           above=said(project.edition, "name"), below=_owner_line(project))


@bp.get("/projects/<number>/qr.<form>")
@public
def show_qr(number: str, form: str) -> Response:
    """The page's address as a QR code, to print on posters."""
    project = _shown(number)
    name = f"{project.number}-qr.{form}"
    disposition = f'attachment; filename="{name}"' if "download" in request.args else "inline"
    if form == "svg":
        return Response(qr_svg(_address(project), label=project.number), mimetype="image/svg+xml",
                        headers={"Content-Disposition": disposition})
    if form == "png":
        return Response(qr_png(_address(project), scale=12), mimetype="image/png",
                        headers={"Content-Disposition": disposition})
    raise not_found()


def _shown(number: str) -> Project:
    """The published project; before and after that it does not exist for the public."""
    project = queries.get_project(number)
    if project.status is not ProjectStatus.PUBLISHED:
        raise not_found()
    return project


def _address(project: Project) -> str:
    return f"{current_config().public_url}/projects/{project.number}"


def _owner_line(project: Project) -> str:
    parts: list[Any] = [project.owner_name, project.city.label]
    return " · ".join(str(part) for part in parts if part)


@bp.get("/projects/<number>/preview")
@public
def show_preview(number: str) -> str:
    """The page as it will be, for those who work on it; to everybody else there is none."""
    project = queries.get_project(number)
    if not rules.may_see(project, current_actor()):
        raise not_found()
    return render_project(project, is_preview=True)

