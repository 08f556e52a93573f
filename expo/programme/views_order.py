"""The running order of a session: which projects, in which order, how long, and who presents."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.forms import ActionForm
from expo.kit.language import _, _n
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme import actions_sessions, rules, slots
from expo.programme import queries_sessions as drafts
from expo.programme.forms import read_turns
from expo.programme.models import Session, SessionItem
from expo.programme.views import bp, is_open, scope
from expo.projects.models import ProjectStatus


@bp.route("/work/<slug>/programme/sessions/<int:session_id>/order", methods=["GET", "POST"])
@access(P.PROGRAMME_READ)
def edit_order(slug: str, session_id: int) -> str | Response | tuple[str, int]:
    """The running order, to read or to change."""
    edition = get_edition(slug)
    session = drafts.get_session(edition.id, session_id, scope(edition))
    form = ActionForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_sessions.set_running_order(session_id, read_turns(request.form), by=current_actor())
            flash(_("The running order is saved. The public programme changes with the next release."), "success")
            return redirect(url_for(".edit_order", slug=slug, session_id=session_id))
        session = drafts.get_session(edition.id, session_id, scope(edition))
    return _page(edition, session, form), form.status


def _page(edition: Edition, session: Session, form: ActionForm) -> str:
    may_edit = is_open(edition) and rules.may_edit(session, current_actor()) and rules.LIFECYCLE.moves[session.status]
    q = request.args.get("q", "").strip()[:100]
    paths = current_actor().region_paths(P.PROGRAMME_EDIT, edition.id)
    found = drafts.search_projects(edition.id, paths, q) if q and may_edit else []
    numbers = [project.id for project in found] + [item.project_id for item in session.items]
    shown = drafts.find_sessions_showing(edition.id, numbers)
    others = {number: [s for s in sessions if s.id != session.id] for number, sessions in shown.items()}
    return render_template(
        "programme/order.html", edition=edition, session=session, form=form, q=q, found=found, others=others,
        may_edit=may_edit, besides=rules.overhead_of(session), rows=_rows(session), present={item.project_id for item in session.items},
        sum=sum(item.minutes + item.pause_after for item in session.items) + rules.overhead_of(session), states=ProjectStatus, scope=scope(edition),
        parts=slots.order_parts.of(session),
    )


def _rows(session: Session) -> list[dict[str, Any]]:
    """Items in the order that is stored, or in the one just sent when it was refused."""
    members = drafts.list_members({i.project.organisation_id for i in session.items if i.project.organisation_id})
    exhibitors = drafts.list_persons({i.project.exhibitor_id for i in session.items if i.project.exhibitor_id})
    sent = request.form if request.method == "POST" else {}
    order = {number: place for place, number in enumerate(request.form.getlist("order"))}
    items = sorted(session.items, key=lambda item: order.get(str(item.id), item.position))
    return [_item_row(item, members, exhibitors, sent) for item in items]


def _item_row(item: SessionItem, members: dict[int, Any], exhibitors: dict[int, Any], sent: Any) -> dict[str, Any]:
    people = {p.id: p.name for p in members.get(item.project.organisation_id or 0, [])}
    for person in (exhibitors.get(item.project.exhibitor_id or 0), item.presenter, *(one.person for one in item.others)):
        if person is not None:
            people[person.id] = person.name
    return {
        "item": item, "people": list(people.items()), "minutes": sent.get(f"minutes-{item.id}", item.minutes),
        "presenter": sent.get(f"presenter-{item.id}", str(item.presenter_id or "")),
        "name": sent.get(f"name-{item.id}", item.presenter_name), "pause": sent.get(f"pause-{item.id}", item.pause_after or ""),
        "others": sent.getlist(f"others-{item.id}") if sent else [str(one.person_id) for one in item.others],
        "is_pinned": f"pinned-{item.id}" in sent if sent else item.is_pinned,
    }


@bp.post("/work/<slug>/programme/sessions/<int:session_id>/projects")
@access(P.PROGRAMME_EDIT)
def add_projects(slug: str, session_id: int) -> Response:
    edition = get_edition(slug)
    drafts.get_session(edition.id, session_id, scope(edition))
    ids = request.form.getlist("ids", type=int)
    added = actions_sessions.add_projects(session_id, ids, by=current_actor())
    flash(_n("%(num)s project added at the end.", "%(num)s projects added at the end.", len(added)), "success")
    return redirect(url_for(".edit_order", slug=slug, session_id=session_id, q=request.form.get("q") or None))


@bp.post("/work/<slug>/programme/sessions/<int:session_id>/spread")
@access(P.PROGRAMME_EDIT)
def spread_minutes(slug: str, session_id: int) -> Response:
    edition = get_edition(slug)
    drafts.get_session(edition.id, session_id, scope(edition))
    minutes = actions_sessions.spread_minutes(session_id, by=current_actor())
    flash(_("Each project has %(minutes)s minutes now.", minutes=minutes), "success")
    return redirect(url_for(".edit_order", slug=slug, session_id=session_id))
