"""Ceremonies: batches and their order on the stage, the batch list on paper, a batch signed at once."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from expo.editions.queries import get_edition
from expo.kit.db import not_found
from expo.kit.language import _n
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme.models import Session
from expo.signings import actions, actions_ceremony, papers, rules
from expo.signings import queries_ceremony as queries
from expo.signings.forms import SignedForm
from expo.signings.models import SigningStatus
from expo.signings.views import BASE, bp

CEREMONY = f"{BASE}/ceremony"


@bp.get(CEREMONY)
@access(P.SIGNINGS_READ)
def show_ceremony(slug: str) -> str:
    """One batch of a session: the one asked for, else the next that waits for its signatures."""
    edition, actor = get_edition(slug), current_actor()
    paths = actor.region_paths(P.SIGNINGS_READ, edition.id)
    sessions, counts = queries.list_sessions(edition.id), queries.count_by_session(edition.id, paths)
    asked = request.args.get("session", type=int)
    chosen = next((s for s in sessions if s.id == asked), None)
    if asked and chosen is None:
        raise not_found()
    chosen = chosen or next((s for s in sessions if counts.get(s.id)), sessions[0] if sessions else None)
    batches = queries.list_batches(chosen.id, paths) if chosen else []
    asked_batch = request.args.get("batch", type=int)
    batch = next((b for b in batches if b.number == asked_batch), None) or next((b for b in batches if b.waiting), None)
    batch = batch or (batches[0] if batches else None)
    return render_template(
        "signings/ceremony.html", edition=edition, chosen=chosen, counts=counts,
        sessions=[s for s in sessions if counts.get(s.id) or s is chosen or s.kind.value == "signing"],
        batches=batches, batch=batch, rows=queries.list_placed(chosen.id, paths, batch.number) if chosen and batch else [],
        drafts=len(queries.list_drafts(chosen.id, actor.region_paths(P.SIGNINGS_MANAGE, edition.id))) if chosen else 0,
        unplaced=queries.count_unplaced(edition.id, actor.region_paths(P.SIGNINGS_MANAGE, edition.id)),
        manages=actor.may(P.SIGNINGS_MANAGE, edition_id=edition.id), parties_of=rules.parties_of,
        size=rules.BATCH_SIZE, clashes=queries.list_clashes(edition.id, paths, chosen.id, batch.number) if chosen and batch else [])


def _session(slug: str, session_id: int) -> tuple[int, Session]:
    edition = get_edition(slug)
    session = queries.find_session(edition.id, session_id)
    if session is None:
        raise not_found()
    return edition.id, session


@bp.get(f"{CEREMONY}/<int:session_id>/batch-<int:batch>.pdf")
@access(P.SIGNINGS_READ)
def print_batch(slug: str, session_id: int, batch: int) -> BaseResponse:
    """One batch as a PDF."""
    edition_id, session = _session(slug, session_id)
    placed = queries.list_placed(session.id, current_actor().region_paths(P.SIGNINGS_READ, edition_id), batch)
    if not placed:
        raise not_found()
    response = Response(papers.batch_list_pdf(session, placed), mimetype=papers.PDF)
    response.headers["Content-Disposition"] = f"inline; filename={slug}-{session.code}-batch-{batch}.pdf"
    return response


@bp.post(f"{CEREMONY}/<int:session_id>/print")
@access(P.SIGNINGS_READ)
def print_all(slug: str, session_id: int) -> BaseResponse:
    """All batches, made by a worker: hundreds of agreements take some seconds."""
    edition_id, session = _session(slug, session_id)
    job = actions_ceremony.start_printing(edition_id, session.id, by=current_actor())
    return redirect(url_for("kit.show_job", job_id=job.id), 303)


@bp.post(f"{CEREMONY}/<int:session_id>/freeze-drafts")
@access(P.SIGNINGS_MANAGE)
def freeze_drafts(slug: str, session_id: int) -> BaseResponse:
    """The papers of all complete drafts, issued by a worker."""
    edition_id, session = _session(slug, session_id)
    job = actions_ceremony.start_freezing(edition_id, session.id, by=current_actor())
    return redirect(url_for("kit.show_job", job_id=job.id), 303)


@bp.post(f"{CEREMONY}/<int:session_id>/place-all")
@access(P.SIGNINGS_MANAGE)
def place_all(slug: str, session_id: int) -> BaseResponse:
    """Batches of ten for everything that is frozen and has no place."""
    edition_id, session = _session(slug, session_id)
    count = actions_ceremony.place_all(edition_id, session.id, by=current_actor())
    flash(_n("%(num)s agreement has its place on the stage now.", "%(num)s agreements have their places on the stage now.",
             count), "success")
    return redirect(url_for("signings.show_ceremony", slug=slug, session=session_id), 303)


@bp.route(f"{CEREMONY}/<int:session_id>/batch-<int:batch>/signed", methods=["GET", "POST"])
@access(P.SIGNINGS_MANAGE)
def sign_batch(slug: str, session_id: int, batch: int) -> Any:
    """Which agreements will be noted as signed, then all of them at once."""
    edition_id, session = _session(slug, session_id)
    paths = current_actor().region_paths(P.SIGNINGS_MANAGE, edition_id)
    placed = queries.list_placed(session.id, paths, batch)
    if not placed:
        raise not_found()
    waiting = [s for s in placed if s.status is SigningStatus.FROZEN]
    form = SignedForm(signed_on=actions.today())
    if form.validate_on_submit():
        with form.catching_refusals():
            ids = request.form.getlist("signing_id", type=int)
            count = actions_ceremony.sign_batch(edition_id, session.id, batch, ids, form.signed_on.data, by=current_actor())
            flash(_n("%(num)s signature is noted.", "%(num)s signatures are noted.", count), "success")
            return redirect(url_for("signings.show_ceremony", slug=slug, session=session_id), 303)
    return render_template("signings/sign_batch.html", edition=get_edition(slug), session=session, batch=batch,
                           waiting=waiting, form=form, parties_of=rules.parties_of), form.status
