"""What a release says: built from a draft, stored as JSON, read back as values. Pure in both directions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from expo.kit.language import current_language
from expo.programme.models import SessionKind, SessionLanguage
from expo.programme.rules_plan import Plan, PlanSession

VERSION = 1
Content = dict[str, Any]
#: A named thing that sessions point to: (id, name, name in English).
Named = tuple[int, str, str]


def build_content(plan: Plan, *, industries: Iterable[Named], cities: Mapping[str, Named], zone: ZoneInfo,
                  before: Content | None = None) -> Content:
    """The content of the next release. ``cities`` maps a region path to its city.

    A session that the release before had and that is cancelled now stays in, marked as cancelled, in its old place:
    people who have noted it must find it.
    """
    sessions = [_session(plan, s, cities) for s in plan.sessions if s.is_placed and not s.is_cancelled]
    sessions += _cancelled(plan, before)
    used_halls = {s["hall"] for s in sessions}
    used_cities = {s["city"] for s in sessions}
    used_industries = {s["industry"] for s in sessions}
    halls = [{"id": h.id, "name": h.name, "name_en": h.name_en, "venue": h.venue, "venue_en": h.venue_en,
              "address": h.address, "capacity": h.capacity} for h in plan.halls if h.id in used_halls]
    known = {h["id"] for h in halls}
    halls += [h for h in (before or {}).get("halls", []) if h["id"] in used_halls - known]
    position = {h["id"]: place for place, h in enumerate(halls)}
    sessions.sort(key=lambda s: (s["starts_at"], position.get(s["hall"], 0), s["id"]))
    days = sorted({moment_of(s["starts_at"]).astimezone(zone).date().isoformat() for s in sessions})
    return {
        "version": VERSION, "zone": zone.key, "days": days, "halls": halls,
        "industries": [_named(n) for n in industries if n[0] in used_industries],
        "cities": [_named(n) for n in sorted(set(cities.values())) if n[0] in used_cities],
        "sessions": sessions,
    }


def digest_of(content: Content) -> str:
    """SHA-256 over the content in one spelling, whatever the database made of the order of keys."""
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode()).hexdigest()


def _named(named: Named) -> dict[str, Any]:
    return dict(zip(("id", "name", "name_en"), named, strict=True))


def _session(plan: Plan, s: PlanSession, cities: Mapping[str, Named]) -> dict[str, Any]:
    span = plan.span(s)
    assert span is not None
    city = cities.get(s.region_path)
    return {
        "id": s.id, "code": s.code, "kind": s.kind.value, "title": s.title, "title_en": s.title_en,
        "summary": s.summary, "industry": s.industry_id, "city": city[0] if city else None,
        "region_path": s.region_path, "hall": s.hall_id, "starts_at": _text(span[0]), "ends_at": _text(span[1]),
        "language": s.language.value, "is_streamed": s.is_streamed, "moderator": s.moderator, "cancelled": False,
        "hosts": [{"id": h.id, "name": h.name, "name_en": h.name_en} for h in s.hosts],
        "items": [{"project": i.project_id, "number": i.number, "title": i.title, "title_en": i.title_en,
                   "owner": i.owner, "minutes": i.minutes, "presenter": i.presenter, **_if("pause", i.pause_after)}
                  for i in s.items if i.is_shown],
        **_if("lead", s.lead_minutes),
    }


def _if(name: str, minutes: int) -> dict[str, int]:
    """Left out where there is none, so that releases made before these existed say the same."""
    return {name: minutes} if minutes else {}


def _cancelled(plan: Plan, before: Content | None) -> list[dict[str, Any]]:
    gone = {s.id for s in plan.sessions if s.is_cancelled}
    return [{**s, "cancelled": True} for s in (before or {}).get("sessions", []) if s["id"] in gone]


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def moment_of(text: str) -> datetime:
    """A moment as a content writes it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)


def _said(chinese: str, english: str) -> str:
    return english or chinese if current_language() == "en" else chinese


@dataclass(frozen=True, slots=True)
class ShownName:
    id: int
    name: str
    name_en: str

    @property
    def label(self) -> str:
        return _said(self.name, self.name_en)


@dataclass(frozen=True, slots=True)
class ShownHall:
    id: int
    name: str
    name_en: str
    venue: str
    venue_en: str
    address: str
    capacity: int

    @property
    def label(self) -> str:
        return _said(self.name, self.name_en)

    @property
    def venue_label(self) -> str:
        return _said(self.venue, self.venue_en)


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A project in a released running order, with the moment at which its turn comes."""

    project_id: int
    number: str
    title: str
    title_en: str
    owner: str
    minutes: int
    presenter: str
    starts_at: datetime

    @property
    def label(self) -> str:
        return _said(self.title, self.title_en)

    def is_on(self, moment: datetime) -> bool:
        """Whether it is this project's turn, if all keep to their minutes."""
        return self.starts_at <= moment < self.starts_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class ShownSession:
    """A session as it is public."""

    id: int
    code: str
    kind: SessionKind
    title: str
    title_en: str
    summary: str
    industry: ShownName | None
    city: ShownName | None
    region_path: str
    hall: ShownHall
    starts_at: datetime
    ends_at: datetime
    day: date
    language: SessionLanguage
    is_streamed: bool
    moderator: str
    is_cancelled: bool
    hosts: tuple[ShownName, ...]
    items: tuple[ShownItem, ...]

    @property
    def label(self) -> str:
        return _said(self.title, self.title_en)

    def status_at(self, moment: datetime) -> str | None:
        """ "on" while it is held, "done" afterwards, "cancelled", else none; the words of the templates."""
        if self.is_cancelled:
            return "cancelled"
        if moment >= self.ends_at:
            return "done"
        return "on" if moment >= self.starts_at else None


@dataclass(frozen=True)
class Programme:
    """A release, read: what every public page of the programme is made from."""

    release_id: int
    edition_id: int
    number: int
    name: str
    released_at: datetime
    digest: str
    days: tuple[date, ...]
    halls: tuple[ShownHall, ...]
    industries: tuple[ShownName, ...]
    cities: tuple[ShownName, ...]
    sessions: tuple[ShownSession, ...]

    @cached_property
    def by_id(self) -> dict[int, ShownSession]:
        return {session.id: session for session in self.sessions}

    @cached_property
    def by_project(self) -> dict[int, list[tuple[ShownSession, ShownItem]]]:
        """Project → the sessions that show it, in order of time; cancelled ones do not."""
        found: dict[int, list[tuple[ShownSession, ShownItem]]] = defaultdict(list)
        for session in self.sessions:
            if not session.is_cancelled:
                for item in session.items:
                    found[item.project_id].append((session, item))
        return found


@dataclass(frozen=True)
class NowAndNext:
    """What is held at a moment, and what begins next."""

    now: tuple[ShownSession, ...]
    next: tuple[ShownSession, ...]


def now_and_next(sessions: Iterable[ShownSession], at: datetime) -> NowAndNext:
    """Sessions that are held at ``at``, and all that begin together as the next ones on the same day."""
    alive = [s for s in sessions if not s.is_cancelled]
    running = tuple(s for s in alive if s.starts_at <= at < s.ends_at)
    later = [s for s in alive if s.starts_at > at]
    first = min((s.starts_at for s in later), default=None)
    soon = tuple(s for s in later if s.starts_at == first and s.starts_at - at < timedelta(hours=16))
    return NowAndNext(running, soon)


def read_content(content: Content, *, release_id: int, edition_id: int, number: int, name: str,
                 released_at: datetime, digest: str) -> Programme:
    """The content of a stored release as values."""
    zone = ZoneInfo(content["zone"])
    halls = {h["id"]: ShownHall(**{k: h[k] for k in ShownHall.__slots__}) for h in content["halls"]}
    industries = {n["id"]: ShownName(**n) for n in content["industries"]}
    cities = {n["id"]: ShownName(**n) for n in content["cities"]}
    return Programme(
        release_id=release_id, edition_id=edition_id, number=number, name=name, released_at=released_at, digest=digest,
        days=tuple(date.fromisoformat(d) for d in content["days"]), halls=tuple(halls.values()),
        industries=tuple(industries.values()), cities=tuple(cities.values()),
        sessions=tuple(_read_session(s, halls, industries, cities, zone) for s in content["sessions"]),
    )


def _read_session(s: dict[str, Any], halls: dict[int, ShownHall], industries: dict[int, ShownName],
                  cities: dict[int, ShownName], zone: ZoneInfo) -> ShownSession:
    starts_at = moment_of(s["starts_at"])
    return ShownSession(
        id=s["id"], code=s["code"], kind=SessionKind(s["kind"]), title=s["title"], title_en=s["title_en"],
        summary=s["summary"], industry=industries.get(s["industry"]), city=cities.get(s["city"]),
        region_path=s["region_path"], hall=halls[s["hall"]], starts_at=starts_at, ends_at=moment_of(s["ends_at"]),
        day=starts_at.astimezone(zone).date(), language=SessionLanguage(s["language"]), is_streamed=s["is_streamed"],
        moderator=s["moderator"], is_cancelled=s["cancelled"], hosts=tuple(ShownName(**h) for h in s["hosts"]),
        items=tuple(_read_items(s["items"], starts_at + timedelta(minutes=s.get("lead", 0)))),
    )


def _read_items(items: list[dict[str, Any]], at: datetime) -> Iterable[ShownItem]:
    for item in items:
        yield ShownItem(item["project"], item["number"], item["title"], item["title_en"], item["owner"],
                        item["minutes"], item["presenter"], at)
        at += timedelta(minutes=item["minutes"] + item.get("pause", 0))
