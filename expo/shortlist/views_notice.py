"""The public notice: its workbench side, and the pages that everybody may read and object on."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition, StageKind
from expo.editions.queries import find_stage, get_edition
from expo.editions.words import ProjectKind
from expo.kit import clock
from expo.kit.access import topmost
from expo.kit.db import not_found
from expo.kit.language import _, _l
from expo.kit.limits import limiter
from expo.kit.listing import Filter, Listing
from expo.kit.web import access, current_actor, public
from expo.people.permissions import P
from expo.shortlist import actions_notice, queries_list, queries_notice
from expo.shortlist.forms import AnswerForm, ExtendForm, NoticeForm, ObjectionForm
from expo.shortlist.models import Notice
from expo.shortlist.views import bp, checked, scope_of


@bp.get("/work/<slug>/shortlist/notices/")
@access(P.SHORTLIST_READ)
def list_notices(slug: str) -> str:
    edition, _paths = scope_of(slug)
    notices = queries_notice.list_notices(edition.id)
    return render_template(
        "shortlist/notices.html", edition=edition, notices=notices, waiting=queries_notice.count_unnoticed(edition.id),
        objections=queries_notice.count_objections([notice.id for notice in notices]),
        may_manage=current_actor().may(P.SHORTLIST_NOTICE, edition_id=edition.id),
    )


@bp.route("/work/<slug>/shortlist/notices/new", methods=["GET", "POST"])
@access(P.SHORTLIST_NOTICE)
def new_notice(slug: str) -> str | Response | tuple[str, int]:
    edition, _paths = scope_of(slug, P.SHORTLIST_NOTICE)
    stage = find_stage(edition.id, StageKind.NOTICE)
    form = NoticeForm(data={
        "title": _("Public notice of the projects selected for %(name)s", name=edition.name),
        "opens_at": clock.now(), "closes_at": stage.closes_at if stage else None,
    })
    if form.validate_on_submit():
        assert form.opens_at.data is not None
        assert form.closes_at.data is not None
        with form.catching_refusals():
            notice = actions_notice.publish_notice(
                edition.id, title=form.title.data or "", text=form.text.data or "", opens_at=form.opens_at.data,
                closes_at=form.closes_at.data, by=current_actor(),
            )
            flash(_("The notice is published."), "success")
            return redirect(url_for(".show_notice", slug=slug, notice_id=notice.id))
    return render_template("shortlist/notice_form.html", edition=edition, form=form,
                           waiting=queries_notice.count_unnoticed(edition.id)), form.status


@bp.get("/work/<slug>/shortlist/notices/<int:notice_id>")
@access(P.SHORTLIST_READ)
def show_notice(slug: str, notice_id: int) -> str:
    edition, paths = scope_of(slug)
    may_manage = current_actor().may(P.SHORTLIST_NOTICE, edition_id=edition.id)
    notice = queries_notice.get_notice(notice_id, edition.id)
    objections = [o for o in queries_notice.list_objections(notice_id)
                  if any(o.candidate.region_path.startswith(path) for path in topmost(paths))]
    return render_template(
        "shortlist/notice.html", edition=edition, notice=notice, objections=objections, may_manage=may_manage,
        total=queries_notice.count_noticed(notice_id), pending=queries_notice.count_pending_on(notice_id),
        answer_form=AnswerForm(), extend_form=ExtendForm(closes_at=notice.closes_at),
        unanswered=queries_notice.count_objections([notice_id]).get(notice_id, (0, 0))[1], shown=None,
    )


@bp.post("/work/<slug>/shortlist/notices/<int:notice_id>/objections/<int:objection_id>")
@access(P.SHORTLIST_NOTICE)
def answer_objection(slug: str, notice_id: int, objection_id: int) -> Response:
    edition, _paths = scope_of(slug, P.SHORTLIST_NOTICE)
    queries_notice.get_notice(notice_id, edition.id)
    form = AnswerForm()
    if form.validate_on_submit():
        actions_notice.answer_objection(notice_id, objection_id, form.answer.data or "", form.is_upheld.data == "yes",
                                        by=current_actor())
        flash(_("Answered."), "success")
    else:
        flash(_("Choose a result and write an answer."), "danger")
    return redirect(url_for(".show_notice", slug=slug, notice_id=notice_id))


@bp.post("/work/<slug>/shortlist/notices/<int:notice_id>/objections/<int:objection_id>/contact")
@access(P.PEOPLE_UNMASK)
def show_objector(slug: str, notice_id: int, objection_id: int) -> Response:
    checked()
    edition, _paths = scope_of(slug, P.SHORTLIST_NOTICE)
    queries_notice.get_notice(notice_id, edition.id)
    name, contact = actions_notice.show_objector(notice_id, objection_id, by=current_actor())
    flash(_("Objection by %(name)s, %(contact)s (this look was noted).", name=name, contact=contact), "info")
    return redirect(url_for(".show_notice", slug=slug, notice_id=notice_id))


@bp.post("/work/<slug>/shortlist/notices/<int:notice_id>/extend")
@access(P.SHORTLIST_NOTICE)
def extend_notice(slug: str, notice_id: int) -> Response:
    edition, _paths = scope_of(slug, P.SHORTLIST_NOTICE)
    queries_notice.get_notice(notice_id, edition.id)
    form = ExtendForm()
    if form.validate_on_submit() and form.closes_at.data is not None:
        actions_notice.extend_notice(notice_id, form.closes_at.data, by=current_actor())
        flash(_("The notice has a new closing."), "success")
    else:
        flash(_("Give date and time of the closing."), "danger")
    return redirect(url_for(".show_notice", slug=slug, notice_id=notice_id))


@bp.post("/work/<slug>/shortlist/notices/<int:notice_id>/finalise")
@access(P.SHORTLIST_NOTICE)
def finalise_notice(slug: str, notice_id: int) -> Response:
    checked()
    edition, _paths = scope_of(slug, P.SHORTLIST_NOTICE)
    queries_notice.get_notice(notice_id, edition.id)
    number = actions_notice.finalise_notice(notice_id, by=current_actor())
    flash(_("The list is final: %(n)s candidates become projects.", n=number), "success")
    return redirect(url_for(".show_notice", slug=slug, notice_id=notice_id))


@bp.get("/expo/<slug>/notice")
@public
def public_notice(slug: str) -> str:
    edition = get_edition(slug)
    notices = queries_notice.list_public_notices(edition.id, clock.now())
    asked = request.args.get("notice", type=int)
    notice = next((n for n in notices if asked in {None, n.id}), None)
    if asked is not None and notice is None:
        raise not_found()
    listing = Listing.from_request(filters=[
        Filter("city", _l("City"), [(str(r.id), r.name) for r in queries_list.list_cities_within(["/"])]),
        Filter("kind", _l("Kind"), ProjectKind.choices()),
    ], size=50)
    if notice is not None:
        listing.show(
            queries_notice.page_noticed(notice.id, listing.q, listing.chosen, listing.cursor, listing.size),
            queries_notice.count_noticed(notice.id, listing.q, listing.chosen),
        )
    return render_template("shortlist/public_notice.html", edition=edition, notices=notices, notice=notice,
                           listing=listing, is_open=notice is not None and _is_open(notice))


@bp.route("/expo/<slug>/notice/<int:notice_id>/objection/<int:candidate_id>", methods=["GET", "POST"])
@limiter.limit("6/hour", methods=["POST"])
@public
def object_to(slug: str, notice_id: int, candidate_id: int) -> Any:
    edition, notice = _public(slug, notice_id)
    candidate = queries_notice.get_noticed(candidate_id, notice_id)
    form = ObjectionForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_notice.object_to(notice_id, candidate_id, name=form.name.data or "",
                                     contact=form.contact.data or "", text=form.text.data or "", by=current_actor())
            flash(_("Your objection has arrived and will be examined and answered before the list is final."), "success")
            return redirect(url_for(".public_notice", slug=slug, notice=notice_id))
    return render_template("shortlist/objection.html", edition=edition, notice=notice, candidate=candidate, form=form,
                           is_open=_is_open(notice)), form.status


def _public(slug: str, notice_id: int) -> tuple[Edition, Notice]:
    edition = get_edition(slug)
    notice = queries_notice.get_notice(notice_id, edition.id)
    if notice.opens_at > clock.now():
        raise not_found()
    return edition, notice


def _is_open(notice: Notice) -> bool:
    return notice.finalised_at is None and notice.opens_at <= clock.now() < notice.closes_at
