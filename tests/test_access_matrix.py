"""Every route × everybody who has no business there: no word of a record leaks, nothing is changed, nothing crashes.

New routes are walked by themselves. A route that is open on purpose stands in a table below with its reason; an
entry that nothing needs any more fails the test.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from wtforms.fields.core import UnboundField

from expo.kit import clock
from expo.kit.access import ANONYMOUS, Actor
from expo.kit.db import db
from expo.kit.forms import Form
from expo.kit.web import PUBLIC, SIGNED_IN
from tests.access_world import IN_EDITION, MARKS, World
from tests.conftest import Browser

#: (who, endpoint) whose answer may hold a mark, and why.
OPEN_TO_READ: dict[tuple[str, str], str] = {}

_DESK = "a desk serves whoever stands before it, from whatever city; each print and reissue is written down"
#: Endpoint where a stranger's form may store something, and why.
OPEN_TO_WRITE: dict[str, str] = {
    "people.account": "one's own name and language",
    "people.new_address": "a code is sent to the address that one wants to prove",
    "programme.renew_address": "the address of one's own agenda", "programme.star": "one's own agenda",
    "streaming.applaud": "anybody who has signed in and may watch applauds",
    "people.join": "a request, which a manager or an organiser confirms",
    "registration.print_badge": _DESK, "registration.reissue": _DESK,
    "registration.print_badges": "a job of one's own, whose rows are those of one's own regions",
    "signings.print_all": "a job of one's own, whose rows are those of one's own regions",
}

#: Technical tables: what merely asking or failing leaves behind.
TECHNICAL = {"request_once", "sign_in_session", "unknown_sign_in", "one_time_code", "page_version", "history_head"}

#: Words in addresses that choose a form or a step instead of naming a record.
WORDS: dict[str, list[str]] = {
    "kind": ["csv", "xlsx"], "suffix": ["csv", "xlsx"], "form": ["csv", "xlsx", "svg"], "purpose": ["sms"],
    "step": ["collected", "selected", "signed", "settled"], "batch": ["1"], "language": ["zh"], "filename": ["main.js"],
}
#: Where one name means different things.
_BY_ENDPOINT: dict[str, dict[str, Any]] = {
    "checkin_api.group_people": {"key": "o1"}, "checkin.screen": {"signed": "WzEsMV0.wrong"},
    "streaming.show_stage_screen": {"signed": "1.wrong"}, "programme.show_agenda_calendar": {"key": "nobodys-key"},
    "programme.start_door_signs": {"day": "2026-11-20"}, "programme.show_paper": {},
    "pool.show_number": {"number": "T-SECRET"}, "programme.show_release": {"number": 1},
    "programme.show_messages": {"number": 1}, "programme.tell_people": {"number": 1},
    "programme.restore_release": {"number": 1},
    "signings.show_version": {"number": 1},
}
#: Addresses that are themselves the right to read: nobody guesses them, so the strangers come with a wrong one.
_SECRET_ADDRESSES = ("/my/<token>", "/delegation/<token>", "/work/exhibitor/claim/<token>", "/first-administrator/<token>")


@pytest.fixture
def world(app: Flask) -> World:
    return World()


def _rules(app: Flask, method: str) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()) and rule.endpoint != "static"]
    return sorted(found, key=lambda rule: rule.rule)


def _addresses(app: Flask, rule: Rule, world: World, **changes: Any) -> Iterator[str]:
    """The rule's addresses for the world's records, one for each word where it offers a choice."""
    room = rule.endpoint.partition(".")[0]
    known = world.arguments | world.of_room.get(room, {}) | _BY_ENDPOINT.get(rule.endpoint, {}) | changes
    if rule.rule.startswith(_SECRET_ADDRESSES):
        known["token"] = "WzEsIjVmMWI5YzUyYzM3ZDZhMGEiXQ.wrong.wrong"
    names = sorted(rule.arguments)
    choices = [list(getattr(rule._converters[name], "items", ())) or ([known[name]] if name in known else WORDS[name])
               for name in names]
    adapter = app.url_map.bind("localhost")
    for values in itertools.product(*choices):
        yield adapter.build(rule.endpoint, dict(zip(names, values, strict=True)), method=next(iter(rule.methods or ())))


def _fresh() -> None:
    """Requests share the test's application context: nothing of the one before may help the next."""
    db.session.remove()
    for name in list(g):
        g.pop(name)


def _ask(client: Browser, address: str, data: dict[str, Any] | None = None) -> tuple[int, str]:
    """Status and all text of the answer; a crash is a 500."""
    _fresh()
    try:
        answer = client.get(address) if data is None else client.post(address, data=data)
    except Exception as crash:
        return 500, f"{type(crash).__name__}: {crash}"[:300]
    return answer.status_code, _text(answer)


def _text(answer: TestResponse) -> str:
    if answer.data[:2] != b"PK":
        return answer.get_data(as_text=True) if not answer.data.startswith((b"%PDF", b"\x89PNG")) else ""
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())


def _browser(app: Flask, actor: Actor | None) -> Browser:
    app.test_client_class = Browser
    client = app.test_client()
    assert isinstance(client, Browser)
    return client.sign_in(actor) if actor else client


def _is_closed(app: Flask, rule: Rule, actor: Actor | None) -> bool:
    """Whether the gatekeeper refuses already, because ``actor`` holds the declared permission nowhere."""
    declared = getattr(app.view_functions[rule.endpoint], "expo_access", None)
    return declared not in {PUBLIC, SIGNED_IN} and not (actor or ANONYMOUS).may(str(declared))


def _walk(app: Flask, world: World, actor: Actor | None, marks: tuple[str, ...], *, whole: bool = False,
          **changes: Any) -> dict[str, str]:
    """What goes wrong when ``actor`` opens everything: endpoint → what it showed.

    Unless the ``whole`` is asked for, addresses that the gatekeeper closes are left out to save time.
    """
    client, found = _browser(app, actor), {}
    for rule in _rules(app, "GET"):
        if (changes and not changes.keys() & rule.arguments) or (not whole and _is_closed(app, rule, actor)):
            continue
        for address in _addresses(app, rule, world, **changes):
            status, text = _ask(client, address)
            leaks = [mark for mark in marks if mark in text]
            if status >= 500 or leaks:
                found[rule.endpoint] = f"{address} → {status} {leaks or text}"
    return found


def test_no_stranger_reads_a_word_of_a_citys_records(app: Flask, world: World) -> None:
    used, wrong = set(), []
    for who, actor in {"anonymous": None, **world.strangers}.items():
        for endpoint, shown in _walk(app, world, actor, MARKS, whole=who == "visitor").items():
            if (who, endpoint) in OPEN_TO_READ and "→ 500" not in shown:
                used.add((who, endpoint))
            else:
                wrong.append(f"{who}: {endpoint}: {shown}")
    assert not wrong, "\n".join(wrong)
    assert used == OPEN_TO_READ.keys()


def test_a_right_for_one_edition_opens_no_other(app: Flask, world: World) -> None:
    found = _walk(app, world, world.last_years, (IN_EDITION,))
    # A ticket's timeline crosses all editions on purpose, for those who serve its region.
    assert found.keys() == {"desk.timeline"}, found


def test_a_record_is_not_found_under_another_editions_address(app: Flask, world: World) -> None:
    assert _walk(app, world, world.organiser, (IN_EDITION,), slug=world.other_edition.slug) == {}


def test_those_who_may_do_read_the_records(app: Flask, world: World) -> None:
    """Proves that the walk can find something: the marks are there for the right readers."""
    shown = set(_walk(app, world, world.province, MARKS)) | set(_walk(app, world, world.owner, MARKS))
    assert len(shown) > 50, shown


def _entries(world: World) -> dict[str, Any]:
    """Something valid for every field of every form, by the field's name."""
    values: dict[str, Any] = {}
    for kind in _kinds_of_forms(Form):
        for name, field in vars(kind).items():
            if isinstance(field, UnboundField):
                values.setdefault(name, _entry(field))
    now = clock.now()
    values |= {key: str(world.arguments[key]) for key in world.arguments if key.endswith("_id")}
    values |= {
        "ids": [str(world.ticket.id)], "id_list": str(world.arguments["candidate_id"]), "confirmed": "1", "all": "1",
        "phone": "13811112222", "contact_phone": "13811112222", "email": "a@example.cn", "contact_email": "a@example.cn",
        "address": "a@example.cn", "owner_id": str(world.province.person_id), "caretaker_id": str(world.province.person_id),
        "person_ids": [str(world.province.person_id)], "opens_at": f"{now:%Y-%m-%dT%H:%M}", "decision": "selected",
        "closes_at": f"{now + timedelta(days=3):%Y-%m-%dT%H:%M}", "starts_on": f"{now:%Y-%m-%d}",
        "ends_on": f"{now + timedelta(days=1):%Y-%m-%d}", "badge_kind": "visitor", "role": "caretaker", "level": "must",
        "place": f"{world.arguments['hall_id']}-{world.arguments['slot_id']}", "order": str(world.project.id),
        "project_number": world.project.number, "website": "", "number": "2030", "slug": "2030", "edition_id": "0",
        "halls": [str(world.arguments["hall_id"])], "gate": str(world.arguments["gate_id"]), "is_manager": "yes",
        "signing_id": [str(world.arguments["signing_id"])], "client_id": "c-from-outside", "minutes": "30",
        "text": "对该项目有异议，理由如下，请核实。", "credit_code": "", "code": world.arguments["code"], "until": "",
    }
    return values


def _kinds_of_forms(base: type[Form]) -> Iterator[type[Form]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds_of_forms(kind)


def _entry(field: UnboundField) -> Any:
    match field.field_class.__name__:
        case "BooleanField":
            return "y"
        case "IntegerField" | "WanField":
            return "10"
        case "DateField":
            return f"{clock.now():%Y-%m-%d}"
        case "MomentField" | "DateTimeLocalField":
            return f"{clock.now():%Y-%m-%dT%H:%M}"
        case "SelectField" | "RadioField" | "SelectMultipleField":
            choices = [one[0] for one in field.kwargs.get("choices") or [] if one[0]]
            return str(choices[0]) if choices else ""
        case "FileField" | "MultipleFileField" | "HiddenField":
            return ""
    return "说明"


def _state() -> dict[str, str]:
    """A digest of every table that is not technical."""
    with db.engine.connect() as connection:
        return {
            table.name: hashlib.sha256(repr(sorted(map(repr, connection.execute(sa.select(table))))).encode()).hexdigest()
            for table in db.metadata.sorted_tables if table.name not in TECHNICAL
        }


class _Writes:
    """Whether anything was written since the last question; spares comparing all tables after each refusal."""

    def __init__(self) -> None:
        self.seen = False
        sa.event.listen(db.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.seen = self.seen or statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "WITH"))

    def stop(self) -> None:
        sa.event.remove(db.engine, "before_cursor_execute", self._note)


def _send_all(app: Flask, world: World, actor: Actor | None, *, whole: bool = False) -> dict[str, str]:
    """What every form does when ``actor`` sends it: endpoint → the tables that changed, or the crash."""
    client, found, entries = _browser(app, actor), {}, _entries(world)
    before, writes = _state(), _Writes()
    try:
        for rule in _rules(app, "POST"):
            if not whole and _is_closed(app, rule, actor):
                continue
            for address in _addresses(app, rule, world):
                writes.seen = False
                status, text = _ask(client, address, entries)
                after = _state() if writes.seen else before
                changed = sorted(name for name in after if after[name] != before[name])
                before = after
                if changed or status >= 500:
                    found[rule.endpoint] = f"{address} → {status} {changed or text}"
                if actor and rule.endpoint in {"people.sign_out", "people.end_other_sessions"}:
                    client.sign_in(actor)
    finally:
        writes.stop()
    return found


@pytest.mark.parametrize("who", ["anonymous", "visitor", "organiser of another city", "external caretaker",
                                 "caretaker of another city", "gate staff elsewhere"])
def test_no_stranger_changes_anything(app: Flask, world: World, who: str) -> None:
    found = _send_all(app, world, world.strangers.get(who), whole=who in {"anonymous", "visitor"})
    wrong = {endpoint: shown for endpoint, shown in found.items() if "→ 500" in shown or endpoint not in OPEN_TO_WRITE}
    assert not wrong, "\n".join(f"{endpoint}: {shown}" for endpoint, shown in wrong.items())


def test_those_who_may_do_change_the_records(app: Flask, world: World) -> None:
    """Proves that the walk could change something: the forms are filled well enough for the right people."""
    found = _send_all(app, world, world.province)
    assert not [shown for shown in found.values() if "→ 500" in shown], found
    assert len(found) > 40, sorted(found)


_ASKED = ("all", "batch", "caretaker", "case", "city", "columns", "county", "day", "due", "edition", "gate", "hall", "hour",
          "id", "industry", "kind", "meeting", "number", "permission", "person", "project", "q", "region", "registration",
          "role", "session", "since", "size", "slug", "sort", "stage", "state", "status", "step", "suffix", "until", "view")


@pytest.mark.parametrize("odd", ["99999999999999999999", "2026-13-45%27%22%3Cscript%3E"])
def test_no_odd_query_breaks_a_page(app: Flask, world: World, odd: str) -> None:
    """Unknown, impossible and hostile words in an address: the page as if they were not there, or a sentence."""
    query = "&".join(f"{name}={odd}" for name in _ASKED) + f"&cursor={odd}AAAA&_scheme=javascript&_external=1&_anchor=x"
    client, broken = _browser(app, world.province), {}
    for rule in _rules(app, "GET"):
        if not _is_closed(app, rule, world.province):
            address = next(_addresses(app, rule, world))
            for asked in (query, query.replace("&cursor=", "&c=")):
                status, text = _ask(client, f"{address}?{asked}")
                if status >= 500 or 'href="javascript:' in text or "<script>" in text.replace("<script>&", ""):
                    broken[rule.endpoint] = f"{address} → {status} {text[:200] if status >= 500 else 'injected'}"
    assert broken == {}
