"""Projects with their pictures, and the programme of this year and last year."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from expo.desk.demo.crowd import person
from expo.desk.demo.frame import BOOTH_SEATS, HALLS
from expo.desk.demo.making import DAY, Demo
from expo.desk.demo.planning import zone_of
from expo.desk.demo.words import TRADES
from expo.kit.access import SYSTEM
from expo.kit.covers import draw_cover
from expo.kit.files import keep_file, store_picture
from expo.kit.text import bigrams, shortened
from expo.people.models import Person
from expo.programme.actions import publish_release
from expo.programme.models import (
    EditionHall,
    Equipment,
    Session,
    SessionHost,
    SessionItem,
    SessionKind,
    SessionLanguage,
    SessionStatus,
    Slot,
)
from expo.projects.models import FileRole, Project, ProjectFile, ProjectStatus
from expo.projects.rules import completeness

COVERS_EACH = 5
SLOTS = ((10, 0), (13, 30), (15, 30))
#: How many sessions of each kind; 101 in all.
SESSIONS = ((SessionKind.OPENING, 1), (SessionKind.PROVINCE, 15), (SessionKind.CITY, 63), (SessionKind.OVERSEAS, 4),
            (SessionKind.INTERREGIONAL, 3), (SessionKind.COORDINATION, 4), (SessionKind.SALON, 3), (SessionKind.SIGNING, 2),
            (SessionKind.ROADSHOW, 2), (SessionKind.CHALLENGE, 1), (SessionKind.AWARDS, 1), (SessionKind.CLOSING, 1),
            (SessionKind.TRAINING, 1))
WITHOUT_PROJECTS = {SessionKind.SALON, SessionKind.SIGNING, SessionKind.AWARDS, SessionKind.CLOSING, SessionKind.TRAINING}
MOST_PROJECTS = 30
#: This year's agreements in batches of ten.
SIGNING_BATCHES = 31
#: The first halls have a large stage and a link to branch venues.
BIG_HALLS = 3


def make_shows(demo: Demo) -> None:
    """Projects of two editions and the programme of each."""
    _covers(demo)
    for which in ("last", "this"):
        _projects(demo, which)
        _programme(demo, which)


def _covers(demo: Demo) -> None:
    """A few drawn pictures per industry: enough variety, quickly made."""
    demo.kept["covers"] = {
        trade.name: [
            keep_file(store_picture(draw_cover(f"{trade.code}-{i}"), f"{trade.code}-{i}.webp"), is_public=True, by=SYSTEM).id
            for i in range(COVERS_EACH)
        ] for trade in TRADES
    }
    demo.kept["plain_covers"] = demo.kept["covers"][TRADES[0].name]


def _projects(demo: Demo, which: str) -> None:
    edition = demo.kept["editions"][which]
    chosen = demo.kept[f"selected/{which}"]
    second_day = demo.kept[f"days/{edition}"][1]
    year = second_day.year
    exhibitors = demo.put(Person, [person(demo) for _ in chosen])
    states = _states(which, len(chosen))
    rows = []
    for number, (candidate, exhibitor, status) in enumerate(zip(chosen, exhibitors, states, strict=True), 1):
        ticket = candidate["ticket"]
        handed_in = demo.at(second_day - timedelta(days=demo.rng.randint(10, 40)), 15)
        accepted = status in {ProjectStatus.ACCEPTED, ProjectStatus.PUBLISHED}
        covers = demo.kept["covers"].get(ticket["industry"], demo.kept["plain_covers"])
        rows.append({
            "number": f"{year}-{number:05d}", "edition_id": edition, "ticket_id": ticket["id"],
            "candidate_id": candidate["id"], "status": status, "side": ticket["side"], "kind": ticket["kind"],
            "title": ticket["title"], "summary": shortened(ticket["description"].partition("。")[0], 119) + "。",
            "description": ticket["description"], "fields": ticket["fields"], "industry_id": candidate["industry_id"],
            "region_id": ticket["region_id"], "region_path": ticket["region_path"], "city_id": ticket["city_id"],
            "zone": "科技成果展区", "organisation_id": ticket.get("organisation_id"), "owner_name": ticket["owner_name"],
            "exhibitor_id": exhibitor, "contact_name": ticket.get("contact_name") or "",
            "contact_phone": ticket.get("contact_phone") or "", "cover_id": covers[number % len(covers)],
            "invited_at": demo.at(second_day - 45 * DAY, 11),
            "handed_in_at": handed_in if status not in {ProjectStatus.INVITED, ProjectStatus.CONFIRMED} else None,
            "accepted_by_id": demo.kept["accounts"]["organiser"] if accepted else None,
            "accepted_at": handed_in + 2 * DAY if accepted else None,
            "published_at": handed_in + 3 * DAY if status is ProjectStatus.PUBLISHED else None,
            "withdrawn_reason": "项目单位因排期冲突退出" if status is ProjectStatus.WITHDRAWN else "", "remarks": "",
            "synthetic": ticket["synthetic"], "search_text": bigrams(f"{ticket['title']} {ticket['owner_name']}"),
        })
    own = demo.kept["exhibitor_organisation"]
    for row in [r for r in rows if r["organisation_id"] == own["id"]] or rows[200:203]:
        row.update(exhibitor_id=demo.kept["accounts"]["exhibitor"], organisation_id=own["id"], owner_name=own["name"])
    if which == "this":
        _send_back(demo, next(r for r in rows if r["status"] is ProjectStatus.CONFIRMED))
    for row in rows:
        row["completeness"] = completeness(Project(**row), {FileRole.PICTURE} if row["cover_id"] else set())
    ids = demo.put(Project, rows)
    demo.kept[f"projects/{which}"] = [{"id": i, **row} for i, row in zip(ids, rows, strict=True)]
    demo.put(ProjectFile, [{"project_id": i, "file_id": row["cover_id"], "role": FileRole.PICTURE, "caption": "示意图"}
                           for i, row in zip(ids, rows, strict=True) if row["cover_id"]])


def _send_back(demo: Demo, row: dict[str, Any]) -> None:
    """To the exhibitor of the demonstration, with remarks: material to fill in, upload and hand in, after the deadline too."""
    own = demo.kept["exhibitor_organisation"]
    row.update(exhibitor_id=demo.kept["accounts"]["exhibitor"], organisation_id=own["id"], owner_name=own["name"],
               summary="", cover_id=None, remarks="请补充一句话摘要和至少一张图片，并核对项目要素。",
               search_text=bigrams(f"{row['title']} {own['name']}"))


def _states(which: str, number: int) -> list[ProjectStatus]:
    """This year a few are still on their way; last year all but a few withdrawn ones were published."""
    tail = ([ProjectStatus.WITHDRAWN] * 6 if which == "last" else
            [ProjectStatus.ACCEPTED] * 24 + [ProjectStatus.HANDED_IN] * 16 + [ProjectStatus.CONFIRMED] * 9
            + [ProjectStatus.INVITED] * 6 + [ProjectStatus.WITHDRAWN] * 5)
    return [ProjectStatus.PUBLISHED] * (number - len(tail)) + tail


def _programme(demo: Demo, which: str) -> None:
    edition = demo.kept["editions"][which]
    days = demo.kept[f"days/{edition}"]
    demo.put(EditionHall, [
        {"edition_id": edition, "hall_id": h, "position": i, "changeover_minutes": 15, "zone": zone_of(i),
         "equipment": [Equipment.STAGE.value, Equipment.VIDEO.value] if i < BIG_HALLS else []}
        for i, h in enumerate(demo.kept["halls"])
    ])
    slots = demo.put(Slot, [
        {"edition_id": edition, "starts_at": demo.at(day, h, m), "ends_at": demo.at(day, h, m) + timedelta(minutes=90)}
        for day in days for h, m in SLOTS
    ])
    rows = _sessions(demo, edition)
    places = [(hall, slot) for slot in slots for hall in range(len(HALLS))]
    places.remove((0, slots[0]))
    places.remove((0, slots[-1]))
    # Interpreted sessions choose first: few halls have a booth.
    for row in sorted(rows, key=lambda r: r["language"] is not SessionLanguage.BOTH):
        if row["kind"] is SessionKind.OPENING:
            hall, slot = 0, slots[0]
            row.update(pinned_hall_id=demo.kept["halls"][0], pinned_slot_id=slot)
        elif row["kind"] is SessionKind.CLOSING:
            hall, slot = 0, slots[-1]
            row.update(pinned_hall_id=demo.kept["halls"][0], pinned_slot_id=slot)
        elif row["language"] is SessionLanguage.BOTH:
            hall, slot = places.pop(next(i for i, p in enumerate(places) if HALLS[p[0]][1] >= BOOTH_SEATS))
        else:
            hall, slot = places.pop(0)
        if hall:  # Nobody can moderate in twelve halls at once.
            row["moderator_id"] = None
        row.update(hall_id=demo.kept["halls"][hall], slot_id=slot, expected_audience=min(HALLS[hall][1], row["expected_audience"]))
    ids = demo.put(Session, rows)
    day_of = dict(zip(slots, (day for day in days for _ in SLOTS), strict=True))
    demo.kept[f"sessions/{which}"] = [{"id": i, "day": day_of[row["slot_id"]], **row} for i, row in zip(ids, rows, strict=True)]
    _hosts(demo, which)
    _running_orders(demo, which)
    publish_release(edition, "正式版", "经各市州确认的节目单。", by=SYSTEM, at=demo.at(days[0] - 7 * DAY, 17))


def _sessions(demo: Demo, edition: int) -> list[dict[str, Any]]:
    """One row per session, big ones first within a day."""
    industries = demo.kept[f"industries/{edition}"]
    province = demo.kept["province"]
    cities = {c.id: c for c in demo.kept["cities"]}
    of_city = [c for c, n in demo.shares(demo.kept["city_weights"], 63).items() for _ in range(n)]
    rows: list[dict[str, Any]] = []
    for kind, count in SESSIONS:
        for i in range(count):
            region, industry = province, None
            title, title_en = (text.format(n=i + 1) for text in _TITLES.get(kind, ("", "")))
            if kind is SessionKind.PROVINCE:
                place = i % len(TRADES)
                industry, title = industries[place], f"{TRADES[place].name}重大专场" + ("（二）" if i >= len(TRADES) else "")
                title_en = f"Major projects: {TRADES[place].name_en}" + (" (2)" if i >= len(TRADES) else "")
            elif kind is SessionKind.CITY:
                region = cities[of_city[i]]
                nth = of_city[:i].count(of_city[i]) + 1
                title = f"{region.name}专场" + (f"（{nth}）" if of_city.count(of_city[i]) > 1 else "")
                title_en = f"{region.name_en} session" + (f" ({nth})" if of_city.count(of_city[i]) > 1 else "")
            rows.append({
                "edition_id": edition, "code": f"S{len(rows) + 1:03d}", "kind": kind, "title": title,
                "title_en": title_en, "industry_id": industry,
                "region_id": region.id, "region_path": region.path, "minutes": 90,
                "expected_audience": 1500 if kind is SessionKind.OPENING else demo.rng.choice((120, 160, 200, 260)),
                "language": SessionLanguage.BOTH if kind is SessionKind.OVERSEAS else SessionLanguage.CHINESE,
                "is_streamed": True, "status": SessionStatus.PUBLISHED, "moderator_id": demo.kept["accounts"]["stage"],
            })
            if kind is SessionKind.SIGNING and edition == demo.kept["editions"]["this"]:
                rows[-1].update(lead_minutes=10, batches=SIGNING_BATCHES, batch_minutes=2)
    opening, closing = rows[0], next(r for r in rows if r["kind"] is SessionKind.CLOSING)
    rest = [r for r in rows if r is not opening and r is not closing]
    demo.rng.shuffle(rest)
    return [opening, *rest, closing]


_TITLES = {
    SessionKind.OPENING: ("开幕式暨重大项目发布", "Opening ceremony and major releases"),
    SessionKind.OVERSEAS: ("海外重大项目专场（{n}）", "Major projects from overseas ({n})"),
    SessionKind.INTERREGIONAL: ("京川渝科技交流会（{n}）", "Beijing–Sichuan–Chongqing exchange ({n})"),
    SessionKind.COORDINATION: ("流域协同创新专场（{n}）", "Innovation along the river basins ({n})"),
    SessionKind.SALON: ("科创沙龙（{n}）", "Innovation salon ({n})"),
    SessionKind.SIGNING: ("集中签约仪式（{n}）", "Signing ceremony ({n})"),
    SessionKind.ROADSHOW: ("科创项目路演（{n}）", "Roadshow of innovations ({n})"),
    SessionKind.CHALLENGE: ("揭榜挂帅对接会", "Challenges seek solvers"),
    SessionKind.AWARDS: ("颁奖典礼", "Award ceremony"),
    SessionKind.CLOSING: ("总结会", "Closing conference"),
    SessionKind.TRAINING: ("科服保姆培训会", "Training for caretakers"),
}


def _hosts(demo: Demo, which: str) -> None:
    rows = []
    for session in demo.kept[f"sessions/{which}"]:
        local = demo.kept["organisations_of"].get(session["region_id"])
        pool = local or demo.kept["organisations"]
        rows += [{"session_id": session["id"], "organisation_id": o["id"], "position": i}
                 for i, o in enumerate(demo.rng.sample(pool, 2))]
    demo.put(SessionHost, rows)


def _running_orders(demo: Demo, which: str) -> None:
    """The opening's thirty highlights; then each published project once, in its city's sessions or those of its industry."""
    waiting = [p for p in demo.kept[f"projects/{which}"] if p["status"] is ProjectStatus.PUBLISHED]
    orders: dict[int, list[dict[str, Any]]] = {s["id"]: [] for s in demo.kept[f"sessions/{which}"]}
    sessions = [s for s in demo.kept[f"sessions/{which}"] if s["kind"] not in WITHOUT_PROJECTS]
    opening = next(s for s in sessions if s["kind"] is SessionKind.OPENING)
    orders[opening["id"]] = waiting[:30]
    rank = {SessionKind.CITY: 0, SessionKind.PROVINCE: 1}
    for session in sorted((s for s in sessions if s is not opening), key=lambda s: rank.get(s["kind"], 2)):
        most = 23 if session["kind"] is SessionKind.CITY else MOST_PROJECTS
        fits = [p for p in waiting if _fits(session, p)][:most]
        orders[session["id"]] = fits
        taken = {p["id"] for p in fits}
        waiting = [p for p in waiting if p["id"] not in taken]
    rows = [
        {"session_id": s, "project_id": p["id"], "position": i, "minutes": 90 // max(len(projects), 22),
         "presenter_id": p["exhibitor_id"], "presenter_name": ""}
        for s, projects in orders.items() for i, p in enumerate(projects)
    ]
    presenting: set[int | None] = set()
    for row in rows:
        # Whoever shows several projects presents the first; colleagues present the others.
        if row["presenter_id"] in presenting:
            row.update(presenter_id=None, presenter_name=demo.name())
        presenting.add(row["presenter_id"])
    demo.put(SessionItem, rows)
    presenters: dict[int, list[int]] = {}
    for row in rows:
        if row["presenter_id"]:
            presenters.setdefault(row["session_id"], []).append(row["presenter_id"])
    demo.kept[f"presenters/{which}"] = presenters
    demo.kept[f"unscheduled/{which}"] = len(waiting)


def _fits(session: dict[str, Any], project: dict[str, Any]) -> bool:
    if session["kind"] is SessionKind.CITY:
        return bool(project["city_id"] == session["region_id"])
    if session["kind"] is SessionKind.PROVINCE:
        return bool(project["industry_id"] == session["industry_id"])
    if session["kind"] is SessionKind.CHALLENGE:
        return bool(project["side"] == "demand")
    return True
