"""Documents beside a session's picture: released ones only, and for those only who may watch."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import memo
from expo.kit.access import SYSTEM
from expo.kit.db import db
from expo.kit.files import StoredFile, keep_file, store_bytes
from expo.kit.refusals import NotFound, Refused
from expo.kit.unit import action
from expo.people.permissions import Role
from expo.projects.models import FileRole, Project, ProjectFile, ProjectStatus
from expo.streaming import actions_documents as actions
from expo.streaming.models import Audience, Broadcast
from expo.streaming.models_documents import SessionDocument
from tests.conftest import Browser
from tests.makers import make_actor, stored
from tests.programme.plans import Programme


def a_paper() -> bytes:
    """An empty page."""
    paper, content = pikepdf.new(), io.BytesIO()
    paper.add_blank_page()
    paper.save(content, deterministic_id=True)
    return content.getvalue()


PDF = a_paper()


class Stage:
    """A released session with a project, its broadcast, and stage managers of its city and of another one."""

    def __init__(self) -> None:
        self.programme = Programme()
        session = self.programme.session("人工智能专场")
        self.project = self.programme.project("脑机接口")
        self.programme.show(session, self.project)
        self.programme.place(session)
        self.programme.release()
        self.session_id = session.id
        found = db.session.scalar(sa.select(Broadcast.id).where(Broadcast.session_id == session.id))
        self.id = found or stored(Broadcast(session_id=session.id)).id
        self.manager = make_actor(Role.STAGE_MANAGER, self.programme.places.chengdu)
        self.stranger = make_actor(Role.STAGE_MANAGER, self.programme.places.mianyang)
        self.base = f"/work/{self.programme.edition.slug}/streaming/broadcasts/{self.id}/documents"

    def upload(self, client: Browser, title: str = "会议手册", content: bytes = PDF) -> Any:
        return client.post(f"{self.base}/upload", data={"title": title, "file": (io.BytesIO(content), "手册.pdf")}, follow_redirects=True)

    def one(self) -> SessionDocument:
        db.session.remove()
        return db.session.scalars(sa.select(SessionDocument)).one()

    def page(self, client: Browser) -> str:
        memo.forget_pages()
        return client.get(f"/sessions/{self.session_id}").text


@pytest.fixture
def stage(app: Flask) -> Stage:
    return Stage()


def test_a_document_is_seen_once_it_is_released_and_no_longer_when_taken_back(stage: Stage, client: Browser) -> None:
    visitor = client.application.test_client()
    client.sign_in(stage.manager)
    stage.upload(client)
    address = f"/sessions/{stage.session_id}/documents/{stage.one().id}"
    assert "会议手册" not in stage.page(visitor)  # type: ignore[arg-type]  # also a browser
    assert visitor.get(address).status_code == 404
    assert client.get(address).data == PDF  # Who directs may look at it before.
    client.post(f"{stage.base}/{stage.one().id}/release")
    assert "会议手册" in stage.page(visitor)  # type: ignore[arg-type]
    answer = visitor.get(address)
    assert answer.data == PDF
    assert "attachment" in answer.headers["Content-Disposition"]
    client.post(f"{stage.base}/{stage.one().id}/retract")
    assert visitor.get(address).status_code == 404
    assert "会议手册" not in stage.page(visitor)  # type: ignore[arg-type]


def test_of_an_invited_audiences_session_documents_are_theirs_alone(stage: Stage, client: Browser) -> None:
    document = actions.add_document(stage.id, "内部资料", store_bytes(PDF, "a.pdf", "application/pdf"), by=stage.manager)
    actions.release_document(stage.id, document.id, True, by=stage.manager)
    with db.engine.begin() as connection:
        connection.execute(sa.update(Broadcast).where(Broadcast.id == stage.id).values(audience=Audience.INVITED))
    db.session.remove()
    assert "内部资料" not in stage.page(client)
    assert client.get(f"/sessions/{stage.session_id}/documents/{document.id}").status_code == 404
    client.sign_in(stage.manager)
    assert "内部资料" in stage.page(client)


def test_only_stage_managers_of_the_region_lay_documents_out(stage: Stage, client: Browser) -> None:
    client.sign_in(stage.stranger)
    assert client.post(f"{stage.base}/upload", data={"file": (io.BytesIO(PDF), "a.pdf")}).status_code == 404
    client.sign_in(make_actor(Role.MODERATOR, stage.programme.places.chengdu))
    assert client.post(f"{stage.base}/upload", data={"file": (io.BytesIO(PDF), "a.pdf")}).status_code == 403
    document = actions.add_document(stage.id, "资料", store_bytes(PDF, "a.pdf", "application/pdf"), by=stage.manager)
    for deed in (lambda: actions.release_document(stage.id, document.id, True, by=stage.stranger),
                 lambda: actions.remove_document(stage.id, document.id, by=stage.stranger)):
        with pytest.raises(NotFound):
            deed()


def test_what_is_no_pdf_is_refused_in_words_and_a_removed_document_leaves_no_file(stage: Stage, client: Browser) -> None:
    client.sign_in(stage.manager)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SessionDocument)) == 0
    stage.upload(client, content=b"MZ not a paper at all" * 10)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SessionDocument)) == 0
    stage.upload(client, title="")
    assert stage.one().title == "手册.pdf"  # Without a title it is called after its file.
    file_id = stage.one().file_id
    client.post(f"{stage.base}/{stage.one().id}/remove")
    assert db.session.get(StoredFile, file_id) is None


def test_there_are_up_to_twenty_documents(stage: Stage) -> None:
    for number in range(actions.MOST):
        actions.add_document(stage.id, f"资料{number}", store_bytes(PDF + str(number).encode(), "a.pdf", "application/pdf"), by=stage.manager)
    with pytest.raises(Refused):
        actions.add_document(stage.id, "多了", store_bytes(PDF, "a.pdf", "application/pdf"), by=stage.manager)


@pytest.mark.parametrize("status", [ProjectStatus.PUBLISHED, ProjectStatus.ACCEPTED])
def test_projects_documents_stand_there_while_their_material_is_published(stage: Stage, client: Browser, status: ProjectStatus) -> None:
    @action
    def keep() -> int:
        return keep_file(store_bytes(PDF, "成果.pdf", "application/pdf"), is_public=True, by=SYSTEM).id

    stored(ProjectFile(project_id=stage.project.id, file_id=keep(), role=FileRole.DOCUMENT))
    with db.engine.begin() as connection:
        connection.execute(sa.update(Project).values(status=status))
    db.session.remove()
    assert ("document-list" in stage.page(client)) == (status is ProjectStatus.PUBLISHED)
