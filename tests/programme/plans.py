"""Plans for tests of pure rules, and a small stored programme for the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from expo.kit.access import SYSTEM, Actor
from expo.people.permissions import Role
from expo.programme import actions, actions_moves, actions_places, actions_sessions
from expo.programme.models import (
    Release,
    Session,
    SessionItem,
    SessionKind,
    SessionLanguage,
    SessionStatus,
    Slot,
)
from expo.programme.queries_sessions import get_for_update
from expo.programme.rules_plan import Plan, PlanHall, PlanItem, PlanSession, PlanSlot
from expo.projects.models import Project, ProjectStatus
from tests.makers import (
    Places,
    make_actor,
    make_edition,
    make_hall,
    make_project,
    make_session,
    make_slot,
    make_venue,
    stored,
)

MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def a_hall(number: int = 1, seats: int = 200) -> PlanHall:
    return PlanHall(number, f"第{number}厅", f"Hall {number}", "会展中心", "Expo Centre", "天府大道1号", seats)


def a_slot(number: int = 1, *, after_hours: float = 0, minutes: int = 90) -> PlanSlot:
    starts = MORNING + timedelta(hours=after_hours)
    return PlanSlot(number, starts, starts + timedelta(minutes=minutes))


def an_item(project: int = 1, minutes: int = 4, presenter: int | None = None, **values: Any) -> PlanItem:
    values.setdefault("is_shown", True)
    return PlanItem(project_id=project, number=f"2026-{project:05d}", title=f"项目{project}", title_en="", owner="甲公司",
                    minutes=minutes, presenter_id=presenter, presenter=f"张三{presenter}" if presenter else "", **values)


def a_session(number: int = 1, hall: int | None = None, slot: int | None = None, **values: Any) -> PlanSession:
    given: dict[str, Any] = {
        "code": f"S{number:03d}", "kind": SessionKind.CITY, "title": f"专场{number}", "title_en": f"Session {number}",
        "summary": "", "industry_id": None, "region_id": 1, "region_path": "/510000/510100/", "minutes": 90,
        "expected_audience": 100, "language": SessionLanguage.CHINESE, "is_streamed": False, "moderator_id": None,
        "moderator": "", "status": SessionStatus.DRAFT,
    }
    return PlanSession(id=number, hall_id=hall, slot_id=slot, **(given | values))


def a_plan(*sessions: PlanSession, halls: int = 2, slots: int = 3) -> Plan:
    return Plan(tuple(a_hall(n) for n in range(1, halls + 1)),
                tuple(a_slot(n, after_hours=2 * (n - 1)) for n in range(1, slots + 1)), tuple(sessions))


class Programme:
    """An edition with two halls and two slots on its first day, and organisers of the province and of two cities."""

    def __init__(self) -> None:
        self.places = Places()
        self.edition = make_edition()
        venue = make_venue(self.places.province)
        self.halls = [make_hall(venue, "第一厅", 300), make_hall(venue, "第二厅", 100)]
        self.slots: list[Slot] = [make_slot(self.edition, 10), make_slot(self.edition, 14)]
        actions_places.set_halls(self.edition.id, [hall.id for hall in self.halls], by=SYSTEM)
        self.province: Actor = make_actor(Role.ORGANISER, self.places.province)
        self.chengdu: Actor = make_actor(Role.ORGANISER, self.places.chengdu)
        self.mianyang: Actor = make_actor(Role.ORGANISER, self.places.mianyang)
        self.base = f"/work/{self.edition.slug}/programme"

    def session(self, title: str = "成都专场", *, region: Any = None, **values: Any) -> Session:
        return make_session(self.edition, region or self.places.chengdu, title, **values)

    def project(self, title: str = "", **values: Any) -> Project:
        return make_project(self.edition, self.places.qingyang, self.places.chengdu, title,
                            status=ProjectStatus.PUBLISHED, **values)

    def show(self, session: Session, *projects: Project, minutes: int = 4, presenter: int | None = None) -> None:
        for place, project in enumerate(projects):
            stored(SessionItem(session_id=session.id, project_id=project.id, position=place, minutes=minutes,
                               presenter_id=presenter))

    def place(self, session: Session, hall: int = 0, slot: int = 0, *, by: Actor | None = None) -> Session:
        actions_moves.place_session(session.id, self.halls[hall].id, self.slots[slot].id, by=by or self.province)
        return get_for_update(session.id)

    def release(self, name: str = "第一版") -> Release:
        return actions.publish_release(self.edition.id, name, by=self.province)

    def cancel(self, session: Session) -> Session:
        return actions_sessions.cancel_session(session.id, "主办方申请取消", by=self.province)
