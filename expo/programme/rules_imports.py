"""Sheets of sessions and of absences, row by row: what would be stored, and what is wrong with which row. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from expo.kit.language import _l, speaking
from expo.kit.refusals import Refused
from expo.kit.sheets import Column, Row, RowError, Sheet, guess_mapping
from expo.kit.sheets import Mapping as ColumnMapping
from expo.kit.text import normal
from expo.kit.words import Labelled
from expo.people.models import Person
from expo.places.rules import RegionTree
from expo.programme.models import SessionKind, SessionLanguage
from expo.programme.rules import LONGEST_SESSION
from expo.programme.rules_absences import Part, require_within, span_of, the_one

MOST_ROWS = 2000
_BETWEEN = re.compile(r"[\n、;；,，]+")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_TIME = re.compile(r"(\d{1,2})[:：](\d{2})(?::\d{2})?$")
_YES = {"是", "有", "yes", "y", "true", "1", "√"}
_NO = {"否", "无", "no", "n", "false", "0", ""}

SESSION_COLUMNS = (
    Column("code", _l("Session code"), ("编号", "专场编号", "code")),
    Column("title", _l("Title (Chinese)"), ("名称", "专场名称", "标题", "title"), required=True),
    Column("title_en", _l("Title (English)"), ("英文名称", "英文标题")),
    Column("kind", _l("Kind"), ("类型", "专场类型", "类别")),
    Column("region", _l("Whose session"), ("地区", "所属地区", "市州", "归属"), required=True),
    Column("industry", _l("Industry"), ("行业", "领域")),
    Column("minutes", _l("Length"), ("时长", "分钟", "时长（分钟）")),
    Column("expected_audience", _l("Expected audience"), ("预计人数", "预计观众", "人数")),
    Column("language", _l("Language"), ("语言",)),
    Column("is_streamed", _l("To be streamed"), ("直播", "是否直播")),
    Column("moderator", _l("Chair"), ("主持人",)),
    Column("hosts", _l("Host organisations"), ("主办单位", "主办方")),
    Column("summary", _l("What it is about"), ("简介", "说明")),
    Column("days", _l("Allowed days"), ("可选日期",)),
    Column("hall", _l("Hall"), ("会议厅", "会场")),
    Column("starts", _l("Beginning"), ("开始", "开始时间")),
)
ABSENCE_COLUMNS = (
    Column("person", _l("Name or phone number"), ("姓名", "人员", "手机号", "name"), required=True),
    Column("day", _l("Day"), ("日期", "date"), required=True),
    Column("part", _l("Part of the day"), ("时段", "上午/下午")),
    Column("starts", _l("From (time)"), ("开始", "起", "开始时间")),
    Column("ends", _l("To (time)"), ("结束", "止", "结束时间")),
    Column("reason", _l("Reason"), ("原因", "事由", "备注")),
)
K = TypeVar("K", bound=Labelled)


@dataclass(frozen=True)
class Entry:
    """A row that can be stored: its number, its values, and what is shown of it."""

    row: int
    values: dict[str, Any]
    label: str
    #: The session of this code, if there is one already, and the fields that would change.
    known: int | None = None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """What a sheet would do."""

    entries: tuple[Entry, ...]
    errors: tuple[RowError, ...]
    #: Rows with an error, as they were, with all reasons: to be mended and sent again.
    failed: tuple[tuple[list[str], str], ...]
    header: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def new(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.known is None]

    @property
    def changed(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.known is not None and entry.changes]

    @property
    def same(self) -> int:
        return sum(entry.known is not None and not entry.changes for entry in self.entries)


class Wrong(Exception):
    """A cell that cannot be taken."""

    def __init__(self, column: str, value: str, message: Any) -> None:
        super().__init__(message)
        self.column, self.value, self.message = column, value, message


def check(sheet: Sheet, columns: tuple[Column, ...], read: Callable[[dict[str, str], int], tuple[Entry, list[Wrong]]]) -> Checked:
    """Read all rows; each says everything that is wrong with it."""
    mapping = guess_mapping(sheet.header, columns)
    mapping.require()
    entries: list[Entry] = []
    errors: list[RowError] = []
    failed: list[tuple[list[str], str]] = []
    for count, row in enumerate(sheet.rows(), 1):
        if count > MOST_ROWS:
            raise Refused(_l("The file has more than %(most)s rows.", most=MOST_ROWS), "file")
        entry, wrong = read(mapping.values(row.cells), row.number)
        if wrong:
            errors += [_error(row, mapping, one) for one in wrong]
            failed.append((row.cells, "；".join(str(one.message) for one in wrong)))
        else:
            entries.append(entry)
    return Checked(tuple(entries), tuple(errors), tuple(failed), tuple(sheet.header), tuple(mapping.unused))


def _error(row: Row, mapping: ColumnMapping, wrong: Wrong) -> RowError:
    return RowError(row.number, mapping.header_of(wrong.column) if wrong.column else "", wrong.value, wrong.message)


@dataclass
class Reading:
    """One row being read: values and mistakes are gathered, so that all of them are said at once."""

    cells: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)

    def take(self, name: str, read: Callable[[str], Any], target: str = "") -> None:
        """Read one cell; an empty one says nothing."""
        text = self.cells.get(name, "")
        if not text:
            return
        try:
            self.values[target or name] = read(text)
        except Refused as refusal:
            self.wrong.append(Wrong(name, text, refusal.message))

    def need(self, name: str, message: Any) -> None:
        if not self.cells.get(name):
            self.wrong.append(Wrong(name, "", message))


def read_word(words: type[K], text: str) -> K:
    """A value by its label in either language or by its name."""
    wanted = _bare(text)
    for one in words:
        if wanted in {_bare(name) for name in (one.value, *_spoken(one))}:
            return one
    raise Refused(_l("“%(text)s” is not one of: %(known)s.", text=text, known="、".join(str(one.label) for one in words)))


def _bare(text: str) -> str:
    """Without brackets and blanks: 市（州）专场 is written as 市州专场 as well."""
    return re.sub(r"[\W_]+", "", normal(text))


def _spoken(one: Labelled) -> Iterable[str]:
    for language in ("zh_Hans", "en"):
        with speaking(language):
            yield str(one.label)


def read_number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = text.removesuffix(".0").replace(",", "")
        if not digits.isdigit() or not least <= int(digits) <= most:
            raise Refused(_l("“%(text)s” is no whole number between %(least)s and %(most)s.", text=text, least=least, most=most))
        return int(digits)

    return read


def read_text(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > most:
            raise Refused(_l("The text has %(length)s characters; at most %(most)s fit.", length=len(text), most=most))
        return text

    return read


def read_yes(text: str) -> bool:
    wanted = normal(text)
    if wanted in _YES or wanted in _NO:
        return wanted in _YES
    raise Refused(_l("Write 是 or 否."))


def read_day(text: str) -> date:
    match = _DATE.match(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise Refused(_l("“%(text)s” is no day. Write it like 2026-11-20.", text=text))


def read_time(text: str) -> time:
    match = _TIME.search(text.strip())
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise Refused(_l("“%(text)s” is no time of day. Write it like 09:30.", text=text))
    return time(int(match[1]), int(match[2]))


@dataclass
class SessionSheet:
    """What names in a sheet of sessions may mean, and the sessions that are there."""

    zone: ZoneInfo
    first: date
    last: date
    tree: RegionTree
    industries: Mapping[str, int]
    hosts: Mapping[str, int]
    moderators: Mapping[str, list[Person]]
    halls: Mapping[str, int]
    slots: Mapping[datetime, int]
    #: Code → (number, its present values, its place).
    sessions: Mapping[str, tuple[int, dict[str, Any], tuple[int, int] | None]]
    #: Place → code of the session that has it.
    taken: dict[tuple[int, int], str]
    _codes: set[str] = field(default_factory=set)

    def read(self, cells: dict[str, str], number: int) -> tuple[Entry, list[Wrong]]:
        row = Reading(cells)
        row.need("title", _l("A session needs a title."))
        row.need("region", _l("Say whose session it is."))
        row.take("code", read_text(20))
        row.take("title", read_text(120))
        row.take("title_en", read_text(200))
        row.take("summary", read_text(2000))
        row.take("kind", lambda text: read_word(SessionKind, text))
        row.take("language", lambda text: read_word(SessionLanguage, text))
        row.take("region", self._region, "region_id")
        row.take("industry", self._industry, "industry_id")
        row.take("minutes", read_number(5, LONGEST_SESSION))
        row.take("expected_audience", read_number(0, 100_000))
        row.take("is_streamed", read_yes)
        row.take("moderator", self._moderator, "moderator_id")
        row.take("hosts", self._hosts)
        row.take("days", self._days, "allowed_days")
        self._place(row)
        return self._entry(row, number), row.wrong

    def _entry(self, row: Reading, number: int) -> Entry:
        code = row.values.get("code", "")
        if code and code in self._codes:
            row.wrong.append(Wrong("code", code, _l("The code %(code)s stands in the file twice.", code=code)))
        self._codes.add(code)
        known = self.sessions.get(code)
        if known is None and "kind" not in row.values:
            row.values["kind"] = SessionKind.CITY
        place = row.values.pop("place", None)
        changes: tuple[str, ...] = ()
        if known is not None:
            _number, present, where = known
            changes = tuple(name for name, value in row.values.items() if name in present and present[name] != value)
            if place and where and place != where:
                row.wrong.append(Wrong("hall", "", _l("%(code)s has another place already. Move it on the board.", code=code)))
            elif place and place != where:
                changes = (*changes, "place")
            else:
                place = None
        self._claim(row, code, place)
        return Entry(number, row.values | {"place": place}, str(row.values.get("title", "")), known[0] if known else None, changes)

    def _claim(self, row: Reading, code: str, place: tuple[int, int] | None) -> None:
        if place is None:
            return
        other = self.taken.get(place)
        if other is not None and other != code:
            row.wrong.append(Wrong("hall", row.cells.get("hall", ""), _l("This hall and time belong to %(code)s already.", code=other)))
        else:
            self.taken[place] = code or "—"

    def _region(self, text: str) -> int:
        region = self.tree.find(text)
        if region is None:
            raise Refused(_l("No region, or more than one, is called “%(text)s”.", text=text))
        return region.id

    def _industry(self, text: str) -> int:
        return _known(self.industries, text, _l("The edition has no industry “%(text)s”.", text=text))

    def _moderator(self, text: str) -> int:
        found = self.moderators.get(text, [])
        if len(found) != 1:
            raise Refused(_l("Nobody who may chair, or more than one, is called “%(text)s”.", text=text))
        return found[0].id

    def _hosts(self, text: str) -> list[int]:
        return [_known(self.hosts, name, _l("No organisation is called “%(name)s”. Write its name as in the list of organisations.",
                                            name=name)) for name in host_names(text)]

    def _days(self, text: str) -> list[str]:
        days = [read_day(piece.strip()) for piece in _BETWEEN.split(text) if piece.strip()]
        for day in days:
            if not self.first <= day <= self.last:
                raise Refused(_l("%(day)s is no day of the edition.", day=day.isoformat()))
        return sorted({day.isoformat() for day in days})

    def _place(self, row: Reading) -> None:
        """Hall and beginning, both or neither; a day and a time on the grid."""
        row.take("hall", lambda text: _known(self.halls, text, _l("The edition does not use a hall “%(text)s”.", text=text)))
        row.take("starts", self._slot)
        hall, slot = row.values.pop("hall", None), row.values.pop("starts", None)
        if bool(row.cells.get("hall")) != bool(row.cells.get("starts")):
            row.wrong.append(Wrong("hall", row.cells.get("hall", ""), _l("Give both hall and beginning, or neither.")))
        elif hall and slot:
            row.values["place"] = (hall, slot)

    def _slot(self, text: str) -> int:
        starts = datetime.combine(read_day(text), read_time(text), self.zone)
        if starts not in self.slots:
            raise Refused(_l("No time slot begins at %(text)s.", text=text))
        return self.slots[starts]


def host_names(text: str) -> list[str]:
    """Names in one cell, as people separate them."""
    return [name.strip() for name in _BETWEEN.split(text) if name.strip()]


def _known(numbers: Mapping[str, int], text: str, message: Any) -> int:
    found = numbers.get(normal(text))
    if found is None:
        raise Refused(message)
    return found


@dataclass
class AbsenceSheet:
    """What names in a sheet of absences may mean."""

    zone: ZoneInfo
    first: date
    last: date
    people: Mapping[str, list[Person]]
    needed: set[int]

    def read(self, cells: dict[str, str], number: int) -> tuple[Entry, list[Wrong]]:
        row = Reading(cells)
        row.need("person", _l("Say who is away."))
        row.need("day", _l("Say on which day."))
        row.take("person", lambda text: the_one(text, self.people.get(text, ()), self.needed))
        row.take("day", read_day)
        row.take("part", lambda text: read_word(Part, text))
        row.take("starts", read_time)
        row.take("ends", read_time)
        row.take("reason", read_text(120))
        values = row.values
        if not row.wrong:
            part = values.get("part") or (Part.TIMES if {"starts", "ends"} & set(values) else Part.DAY)
            try:
                span = span_of(values["day"], part, values.get("starts"), values.get("ends"), self.zone)
                require_within(*span, self.first, self.last, self.zone)
                values |= {"starts_at": span[0], "ends_at": span[1]}
            except Refused as refusal:
                row.wrong.append(Wrong(refusal.field or "", "", refusal.message))
        person = values.get("person")
        return Entry(number, values, person.name if person else ""), row.wrong
