"""No form takes a text that is longer than the column it is written to: PostgreSQL would refuse it, SQLite would not."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from wtforms.fields.core import UnboundField
from wtforms.validators import Length

from expo.kit.db import db
from expo.kit.forms import Form

_TEXTS = {"StringField", "TextAreaField", "EmailField", "TelField", "URLField"}
#: (form, field) whose text is turned into something else before it is stored, and into what.
READ_AS = {
    ("TicketForm", "deadline"): "a date", ("TicketForm", "period_from"): "a date", ("TicketForm", "period_until"): "a date",
    ("RegisterForm", "website"): "nothing: a trap for robots", ("PartyForm", "credit_code"): "18 characters, by its rule",
    ("OrganisationForm", "credit_code"): "18 characters, by its rule", ("EntryForm", "phone"): "a number in E.164",
    ("KindForm", "phone"): "a number in E.164", ("RegisterForm", "phone"): "a number in E.164",
    ("WalkInForm", "phone"): "a number in E.164",
}
#: Forms whose record cannot be told by the names of their fields alone: several tables of the room have such a column.
RECORDS = {
    "ZoneForm": "region", "RegionForm": "region", "VenueForm": "venue", "HallForm": "hall", "IndustryForm": "industry",
    "EditionForm": "edition", "NewEditionForm": "edition", "CopyForm": "edition", "OrganisationForm": "organisation",
    "TicketForm": "ticket", "SessionForm": "session", "ReleaseForm": "release", "PartyForm": "signing_party",
    "GateForm": "gate", "NoticeForm": "notice", "ObjectionForm": "objection",
}


def _forms(base: type[Form] = Form) -> Iterator[type[Form]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _forms(kind)


def _texts() -> Iterator[tuple[type[Form], str, int | None]]:
    for form in _forms():
        if not form.__module__.startswith("expo.") or form.__module__.startswith("expo.kit"):
            continue
        for name, field in inspect.getmembers(form, lambda member: isinstance(member, UnboundField)):
            if field.field_class.__name__ in _TEXTS and (form.__name__, name) not in READ_AS:
                yield form, name, _limit(field)


def _limit(field: UnboundField) -> int | None:
    given = [*field.kwargs.get("validators", ()), *(one for a in field.args if isinstance(a, (list, tuple)) for one in a)]
    limits = [one.max for one in given if isinstance(one, Length) and one.max > 0]
    return min(limits, default=None)


def _longest(form: type[Form], name: str) -> int | None:
    """The length of the column that a field of this name is written to; the longest one where the room has several."""
    room = form.__module__.split(".")[1]
    tables: list[Any] = [
        mapper.local_table for mapper in db.Model.registry.mappers if mapper.class_.__module__.split(".")[1] == room
    ]
    if form.__name__ in RECORDS:
        tables = [table for table in tables if table.name == RECORDS[form.__name__]]
    lengths = [table.c[name].type.length for table in tables
               if name in table.c and isinstance(table.c[name].type, sa.String) and table.c[name].type.length]
    return max(lengths, default=None)


def test_every_text_of_a_form_has_a_limit(app: Flask) -> None:
    assert [f"{form.__name__}.{name}" for form, name, limit in _texts() if limit is None] == []


def test_no_limit_is_beyond_the_column(app: Flask) -> None:
    checked = [(form, name, limit, longest) for form, name, limit in _texts()
               if limit is not None and (longest := _longest(form, name)) is not None]
    assert len(checked) > 60
    assert [f"{form.__name__}.{name}: {limit} > {longest}" for form, name, limit, longest in checked
            if limit > longest] == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01"])
def test_days_that_nobody_means_are_refused(app: Flask, day: str) -> None:
    from expo.editions.forms import CopyForm

    with app.test_request_context("/", method="POST", data={"name": "x", "slug": "x", "number": "1", "starts_on": day}):
        form = CopyForm()
        assert not form.validate_on_submit()
        assert form.starts_on.errors
        assert form.starts_on._value() == day
