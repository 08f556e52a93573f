"""Pages of the kit itself: jobs and their results, public files, the components, health."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.kit import files, jobs, outbox
from expo.kit.access import MANAGE
from expo.kit.db import db, find_record, get_record, not_found
from expo.kit.language import _
from expo.kit.pages import context
from expo.kit.samples import SampleForm, sample_listing
from expo.kit.text import mask_address
from expo.kit.web import access, current_actor, public, redirect_back, signed_in

bp = Blueprint("kit", __name__)


def _get_own_job(job_id: int) -> jobs.Job:
    found = jobs.find_job(job_id)
    actor = current_actor()
    if found is None or (found.person_id != actor.person_id and not actor.may(MANAGE)):
        raise not_found()
    return found


@bp.get("/work/jobs/")
@signed_in
def list_jobs() -> str:
    """What one has started, so that long work is found again."""
    return render_template("kit/jobs.html", jobs=jobs.list_jobs(current_actor().person_id or 0))


@bp.get("/work/jobs/<int:job_id>")
@signed_in
def show_job(job_id: int) -> str:
    """One job: how far it is, or what came of it. htmx asks this address every second."""
    return render_template("kit/job.html", job=_get_own_job(job_id))


@bp.post("/work/jobs/<int:job_id>/stop")
@signed_in
def stop_job(job_id: int) -> Response:
    jobs.stop_job(job_id, by=current_actor())
    flash(_("The job was stopped. What it had stored so far stays."), "success")
    return redirect_back(url_for("kit.list_jobs"))


@bp.post("/work/jobs/<int:job_id>/again")
@signed_in
def run_job_again(job_id: int) -> Response:
    _get_own_job(job_id)
    jobs.run_again(job_id, by=current_actor())
    flash(_("The job runs again."), "success")
    return redirect_back(url_for("kit.show_job", job_id=job_id))


@bp.get("/work/site")
@access(MANAGE)
def show_site() -> str:
    """What went wrong behind the pages: failed jobs and messages that could not be sent."""
    return render_template("kit/site.html", failed_jobs=jobs.list_failed(), failed_messages=outbox.list_failed(),
                           waiting=outbox.count_waiting(), mask=mask_address)


@bp.post("/work/site/messages/<int:message_id>/again")
@access(MANAGE)
def send_message_again(message_id: int) -> Response:
    outbox.send_again(message_id, by=current_actor())
    flash(_("The message is tried again."), "success")
    return redirect_back(url_for("kit.show_site"))


@bp.get("/work/jobs/<int:job_id>/result")
@signed_in
def download_result(job_id: int) -> Response:
    """The file that a job made."""
    file_id = _get_own_job(job_id).result.get("file_id")
    return files.send_stored(get_record(files.StoredFile, file_id), as_attachment=True)


@bp.get("/files/<int:file_id>/<digest>/<name>")
@public
def show_file(file_id: int, digest: str, name: str) -> Response:
    """A public file. The digest in the address changes with the content, so browsers may keep it for ever."""
    file = find_record(files.StoredFile, file_id)
    if file is None or not file.is_public or file.sha256[:12] != digest:
        raise not_found()
    response = files.send_stored(file, size=request.args.get("size"))
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@bp.get("/work/showcase")
@public
def showcase() -> str:
    """Every component on one page."""
    return render_template("kit/showcase.html", form=SampleForm(), listing=sample_listing())


@bp.get("/healthz")
@public
def healthz() -> Response:
    """For the edge and for monitors: the app answers and reaches its database."""
    db.session.connection()
    return jsonify(status="ok")


def _active_jobs() -> int:
    actor = current_actor()
    return 0 if actor.person_id is None else jobs.count_active(actor.person_id)


context["active_jobs"] = _active_jobs
