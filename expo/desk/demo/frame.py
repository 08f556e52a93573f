"""Places and the three editions: last year's in follow-up, this year's on its second day, next year's call open."""

from __future__ import annotations

from datetime import date, timedelta

from expo.desk.demo.making import DAY, Demo
from expo.desk.demo.words import TRADES
from expo.editions.models import (
    Edition,
    EditionStatus,
    Industry,
    Stage,
    StageKind,
    Target,
    TargetFigure,
)
from expo.editions.words import ProjectKind
from expo.places.models import Hall, RegionKind, Venue, VenueKind
from expo.places.queries import list_below

#: Shares of the cities in projects: 成都 14.5 %, 绵阳 about 11 %, 德阳 6 %, 内江 2.8 % as reported, the rest spread.
CITY_WEIGHTS = {"成都市": 14.5, "绵阳市": 11.0, "德阳市": 6.0, "内江市": 2.8, "宜宾市": 5.2, "南充市": 4.6, "泸州市": 4.4,
                "达州市": 4.2, "乐山市": 4.2, "自贡市": 4.0, "攀枝花市": 4.0, "眉山市": 4.0, "遂宁市": 3.8, "广安市": 3.5,
                "资阳市": 3.4, "广元市": 3.4, "雅安市": 3.2, "巴中市": 3.0, "凉山彝族自治州": 4.0, "阿坝藏族羌族自治州": 3.4,
                "甘孜藏族自治州": 3.4}
KIND_WEIGHTS = {ProjectKind.ACHIEVEMENT: 50.0, ProjectKind.TECHNOLOGY: 34.0, ProjectKind.CHALLENGE: 13.4,
                ProjectKind.FINANCE_PRODUCT: 1.1, ProjectKind.RESEARCH_PROJECT: 1.5}
HALLS = (("天府厅", 1800), ("锦城厅", 600), ("浣花厅", 400), ("岷江厅", 300), ("沱江厅", 300), ("嘉陵厅", 260), ("青城厅", 240),
         ("峨眉厅", 240), ("剑门厅", 200), ("贡嘎厅", 200), ("九寨厅", 160), ("三星堆厅", 160))
HALLS_EN = ("Tianfu", "Jincheng", "Huanhua", "Minjiang", "Tuojiang", "Jialing", "Qingcheng", "Emei", "Jianmen", "Gongga",
            "Jiuzhai", "Sanxingdui")
#: Halls from this size on have an interpreting booth.
BOOTH_SEATS = 400
THEMES = ("天府科技云 智创新天地", "智汇天府 服务致远", "云上相连 共创未来")


def make_frame(demo: Demo) -> None:
    """Regions are there already; venues, halls, editions and their frames are made here."""
    regions = list_below("/")
    demo.kept["province"] = next(r for r in regions if r.kind is RegionKind.PROVINCE)
    cities = [r for r in regions if r.kind is RegionKind.CITY]
    demo.kept["cities"] = cities
    demo.kept["counties"] = {
        c.id: [r for r in regions if r.parent_id == c.id and r.kind is RegionKind.COUNTY] for c in cities
    }
    demo.kept["city_weights"] = {c.id: CITY_WEIGHTS.get(c.name, 3.0) for c in cities}
    _venues(demo)
    year = demo.today.year
    demo.kept["editions"] = {
        "last": _edition(demo, year - 1, demo.today - 365 * DAY, EditionStatus.CLOSED),
        "this": _edition(demo, year, demo.today, EditionStatus.RUNNING),
        "next": _edition(demo, year + 1, demo.today + 365 * DAY, EditionStatus.PREPARING),
    }


def _venues(demo: Demo) -> None:
    chengdu = next(c for c in demo.kept["cities"] if c.name == "成都市")
    home = next((r for r in demo.kept["counties"][chengdu.id] if r.name == "双流区"), chengdu)
    [main] = demo.put(Venue, [{"kind": VenueKind.MAIN, "name": "天府国际会议中心", "region_id": home.id, "region_path": home.path,
                               "name_en": "Tianfu International Conference Center", "address": "成都市天府新区"}])
    demo.kept["halls"] = demo.put(Hall, [
        {"venue_id": main, "name": name, "name_en": f"{HALLS_EN[i]} Hall", "capacity": seats, "position": i,
         "has_streaming": True, "has_interpreting": seats >= BOOTH_SEATS} for i, (name, seats) in enumerate(HALLS)
    ])
    places = [*demo.kept["cities"], *(c for counties in demo.kept["counties"].values() for c in counties)]
    branches = demo.put(Venue, [
        {"kind": VenueKind.BRANCH, "name": f"{r.name}分会场", "region_id": r.id, "region_path": r.path} for r in places
    ])
    demo.put(Hall, [{"venue_id": v, "name": "会议室", "capacity": 80} for v in branches])
    demo.kept["main_venue"], demo.kept["home"] = main, home
    demo.kept["branches"] = dict(zip((r.id for r in places), branches, strict=True))


def _edition(demo: Demo, year: int, second_day: date, status: EditionStatus) -> int:
    first, last = second_day - DAY, second_day + DAY
    number = year - (demo.today.year - 3)
    [edition] = demo.put(Edition, [{
        "slug": str(year), "number": number, "name": f"第{'零一二三四五六'[number]}届天府科创会", "status": status,
        "name_en": f"Tianfu Science and Technology Expo {year}", "theme": THEMES[number % 3],
        "theme_en": "Science and technology at your service", "starts_on": first, "ends_on": last,
        "venue_id": demo.kept["main_venue"], "closed_at": demo.at(last + 2 * DAY, 18) if status is EditionStatus.CLOSED else None,
    }])
    demo.kept[f"days/{edition}"] = [first, second_day, last]
    spans = {StageKind.NOMINATION: (-370 if year > demo.today.year else -200, -120), StageKind.ENDORSEMENT: (-130, -100),
             StageKind.REVIEW: (-100, -70), StageKind.NOTICE: (-60, -46), StageKind.MATERIAL: (-45, -7),
             StageKind.REGISTRATION: (-30, 2), StageKind.EXPO: (-1, 2), StageKind.FOLLOWUP: (4, 365)}
    demo.put(Stage, [
        {"edition_id": edition, "kind": kind, "opens_at": demo.at(second_day + timedelta(days=start), 0),
         "closes_at": demo.at(second_day + timedelta(days=end), 0)} for kind, (start, end) in spans.items()
    ])
    demo.kept[f"industries/{edition}"] = demo.put(Industry, [
        {"edition_id": edition, "code": t.code, "name": t.name, "name_en": t.name_en, "gbt_codes": list(t.gbt),
         "position": i} for i, t in enumerate(TRADES)
    ])
    demo.put(Target, [{"edition_id": edition, "figure": figure, "value": value} for figure, value in (
        (TargetFigure.COLLECTED, 8000), (TargetFigure.SELECTED, 2350), (TargetFigure.SESSIONS, 101),
        (TargetFigure.REGISTRATIONS, 10000), (TargetFigure.MEETINGS, 1500), (TargetFigure.SIGNINGS, 820))])
    return edition
