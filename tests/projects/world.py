"""A small expo for tests of projects and meetings: one edition, two cities, one company with its manager."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from expo.kit import clock
from expo.kit.access import Actor
from expo.kit.files import Received, store_bytes, store_picture
from expo.people.permissions import Role
from expo.projects.models import FileRole, Project, ProjectFile, ProjectStatus
from tests.makers import (
    Places,
    make_actor,
    make_edition,
    make_industry,
    make_member,
    make_organisation,
    make_project,
    stored,
)

LONG = "本项目面向工业废水中难降解有机物的深度处理，采用自主研制的催化材料，运行成本比常规工艺低三成，已在三家企业连续运行两年以上，效果稳定。"
FACTS = {"maturity": "pilot", "mode": "licence"}


def picture_bytes(colour: str = "teal", size: tuple[int, int] = (800, 500), form: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, form)
    return stream.getvalue()


class World:
    """Records that most tests need."""

    def __init__(self) -> None:
        self.places = Places()
        self.edition = make_edition("2026")
        self.industry = make_industry(self.edition, "生态环保")
        self.company = make_organisation(self.places.qingyang, "成都净源科技有限公司")
        self.exhibitor: Actor = make_member(self.company, "陈敏")
        self.province: Actor = make_actor(Role.ORGANISER, self.places.province, name="省科协")
        self.chengdu: Actor = make_actor(Role.ORGANISER, self.places.chengdu, name="成都市科协")
        self.mianyang: Actor = make_actor(Role.ORGANISER, self.places.mianyang, name="绵阳市科协")
        self.county: Actor = make_actor(Role.ORGANISER, self.places.qingyang, name="青羊区科协")

    def project(self, status: ProjectStatus = ProjectStatus.CONFIRMED, *, complete: bool = True, title: str = "",
                **values: Any) -> Project:
        """A project of the company in Chengdu, complete unless said otherwise."""
        if complete:
            values = {"summary": "让难降解废水变清。", "description": LONG, "fields": FACTS, "contact_name": "陈敏",
                      "industry_id": self.industry.id, "contact_email": "chen@example.cn", "completeness": 100} | values
        if status is ProjectStatus.WITHDRAWN:
            values.setdefault("withdrawn_reason", "退出")
        project = make_project(self.edition, self.places.qingyang, self.places.chengdu, title or "工业废水深度处理催化材料",
                               status, organisation_id=self.company.id, owner_name=self.company.name, **values)
        if complete:
            add_file(project, picture())
        return project


def picture(colour: str = "teal") -> Received:
    return store_picture(picture_bytes(colour), "图.png")


def document() -> Received:
    return store_bytes(b"%PDF-1.4 test", "说明.pdf", "application/pdf", "document")


def add_file(project: Project, received: Received, role: FileRole = FileRole.PICTURE) -> ProjectFile:
    from expo.kit.files import StoredFile

    file = stored(StoredFile(
        key=received.key, sha256=received.sha256, size=received.size, name=received.name, purpose=received.purpose,
        media_type=received.media_type, variants=dict(received.variants), width=received.width, height=received.height,
        is_public=project.status is ProjectStatus.PUBLISHED, created_at=clock.now(),
    ))
    return stored(ProjectFile(project_id=project.id, file_id=file.id, role=role, position=1))
