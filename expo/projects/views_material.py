"""Files of a project's material: uploading, ordering, showing them to those who work on it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.kit.db import not_found
from expo.kit.files import DOCUMENT, PICTURE, VIDEO, receive, send_stored
from expo.kit.language import _
from expo.kit.refusals import Refused
from expo.kit.web import current_actor, signed_in
from expo.projects import actions_material as actions
from expo.projects import queries, rules
from expo.projects.forms import CaptionForm, DocumentForm, PicturesForm, VideoForm
from expo.projects.models import FileRole, Project
from expo.projects.views import bp, material_of
from expo.projects.views_exhibitor import get_own, section_page

_BASE = "/work/exhibitor/projects/<number>"


@bp.get(f"{_BASE}/files")
@signed_in
def edit_files(number: str) -> str:
    """Pictures, document and video."""
    return _page(get_own(number), PicturesForm(), DocumentForm(), VideoForm())[0]


def _page(project: Project, pictures: PicturesForm, document: DocumentForm, video: VideoForm) -> tuple[str, int]:
    status = max(pictures.status, document.status, video.status)
    return render_template(
        "projects/files.html", **section_page(project, "files"), material=material_of(project), pictures_form=pictures,
        document_form=document, video_form=video, most=rules.MOST_PICTURES,
    ), status


@bp.post(f"{_BASE}/upload/pictures")
@signed_in
def upload_pictures(number: str) -> Response | tuple[str, int]:
    project, form = get_own(number), PicturesForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            rules.require_side(project, current_actor())
            given = [one for one in request.files.getlist("pictures") if one.filename]
            rules.require_room_for_pictures(0, len(given))
            if not given:
                raise Refused(_("Choose a file first."), "pictures")
            received = [receive(one, PICTURE, field="pictures") for one in given]
            actions.add_pictures(project.id, received, by=current_actor())
            return _done(number, _("Pictures saved."))
    return _page(get_own(number), form, DocumentForm(formdata=None), VideoForm(formdata=None))


@bp.post(f"{_BASE}/upload/document")
@signed_in
def upload_document(number: str) -> Response | tuple[str, int]:
    project, form = get_own(number), DocumentForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            rules.require_side(project, current_actor())
            received = receive(form.document.data, DOCUMENT, field="document")
            actions.put_file(project.id, received, FileRole.DOCUMENT, by=current_actor())
            return _done(number, _("Document saved."))
    return _page(get_own(number), PicturesForm(formdata=None), form, VideoForm(formdata=None))


@bp.post(f"{_BASE}/upload/video")
@signed_in
def upload_video(number: str) -> Response | tuple[str, int]:
    project, form = get_own(number), VideoForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            rules.require_side(project, current_actor())
            received = receive(form.video.data, VIDEO, field="video")
            actions.put_file(project.id, received, FileRole.VIDEO, by=current_actor())
            return _done(number, _("Video saved."))
    return _page(get_own(number), PicturesForm(formdata=None), DocumentForm(formdata=None), form)


@bp.post(f"{_BASE}/files/<int:file_id>/caption")
@signed_in
def describe_picture(number: str, file_id: int) -> Response:
    form = CaptionForm()
    if not form.validate_on_submit():
        raise Refused(_("A caption has at most 200 characters."))
    actions.describe_picture(get_own(number).id, file_id, form.caption.data or "", by=current_actor())
    return _done(number, _("Caption saved."))


@bp.post(f"{_BASE}/files/<int:file_id>/<any(earlier, later):where>")
@signed_in
def move_picture(number: str, file_id: int, where: str) -> Response:
    actions.move_picture(get_own(number).id, file_id, -1 if where == "earlier" else 1, by=current_actor())
    return _done(number, None)


@bp.post(f"{_BASE}/files/<int:file_id>/cover")
@signed_in
def choose_cover(number: str, file_id: int) -> Response:
    actions.choose_cover(get_own(number).id, file_id, by=current_actor())
    return _done(number, _("This picture is the cover now."))


@bp.post(f"{_BASE}/files/<int:file_id>/remove")
@signed_in
def remove_file(number: str, file_id: int) -> Response:
    actions.remove_file(get_own(number).id, file_id, by=current_actor())
    return _done(number, _("Removed."))


@bp.get("/work/exhibitor/material/<number>/<int:file_id>")
@signed_in
def show_material(number: str, file_id: int) -> Response:
    """A file that is not public (yet), for those who may see the project."""
    project = queries.get_project(number)
    if not rules.may_see(project, current_actor()):
        raise not_found()
    file = next((one.file for one in project.files if one.file_id == file_id), None)
    if file is None:
        raise not_found()
    return send_stored(file, size=request.args.get("size"))


def _done(number: str, sentence: str | None) -> Response:
    if sentence:
        flash(sentence, "success")
    return redirect(url_for("projects.edit_files", number=number), 303)
