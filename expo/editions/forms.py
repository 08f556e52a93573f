"""Forms of an edition and its frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from expo.editions.actions import GridKey
from expo.editions.gbt4754 import split_codes
from expo.editions.models import Stage, StageKind
from expo.kit.forms import Form, MomentField
from expo.kit.language import _l


class _NamesForm(Form):
    name = StringField(_l("Name (Chinese)"), [DataRequired(), Length(max=80)])
    name_en = StringField(_l("Name (English)"), [Length(max=120)])


class _AddressForm(Form):
    slug = StringField(_l("Address part"), [DataRequired(), Length(max=20)],
                       description=_l("The year, such as 2026: it stands in every address of the edition."))
    number = IntegerField(_l("Which edition (1st, 2nd …)"), [InputRequired(), NumberRange(1, 9999)])


class _FrameForm(Form):
    starts_on = DateField(_l("First day"), [DataRequired()])
    ends_on = DateField(_l("Last expo day"), [DataRequired()])
    theme = StringField(_l("Theme (Chinese)"), [Length(max=120)])
    theme_en = StringField(_l("Theme (English)"), [Length(max=160)])
    venue_id = SelectField(_l("Main venue"), coerce=int)
    response_days = IntegerField(
        _l("Days until every owner has heard a first result"), [InputRequired(), NumberRange(1, 365)], default=30,
    )

    def __init__(self, *args: Any, venues: Sequence[tuple[int, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.venue_id.choices = [(0, _l("Not chosen yet")), *venues]

    def frame(self) -> dict[str, Any]:
        """The values as the action takes them: an empty text is "", no venue is none."""
        given = {name: value if value is not None else "" for name, value in self.values.items()}
        return {**given, "venue_id": given["venue_id"] or None}


class EditionForm(_NamesForm, _FrameForm):
    """An edition's own data."""


class NewEditionForm(_AddressForm, _NamesForm, _FrameForm):
    """A new edition from nothing."""


class CopyForm(_AddressForm, _NamesForm):
    """A new edition from an earlier one; what follows from it is shown before it is made."""

    starts_on = DateField(_l("First day"), [DataRequired()])


class IndustryForm(Form):
    code = StringField(_l("Code in this edition"), [DataRequired(), Length(max=20)])
    name = StringField(_l("Name (Chinese)"), [DataRequired(), Length(max=60)])
    name_en = StringField(_l("Name (English)"), [Length(max=80)])
    gbt_codes = StringField(
        _l("GB/T 4754-2017 sections or divisions"), [Length(max=200)],
        description=_l("Letters such as C or two digits such as 39, with commas between them."),
    )

    @property
    def codes(self) -> list[str]:
        """The typed codes as a list."""
        typed = self.gbt_codes.data or ""
        return split_codes(typed) if isinstance(typed, str) else list(typed)  # As stored, where nothing was sent.


def stages_form(stages: Sequence[Stage]) -> Form:
    """Opening and closing of every kind of stage; fields ``opens_<kind>`` and ``closes_<kind>``."""
    fields: dict[str, Any] = {}
    for kind in StageKind:
        fields[f"opens_{kind.value}"] = MomentField(_l("Opens"), [Optional()])
        fields[f"closes_{kind.value}"] = MomentField(_l("Closes"), [Optional()])
    known = {f"{edge}_{s.kind.value}": at for s in stages
             for edge, at in (("opens", s.opens_at), ("closes", s.closes_at))}
    form: Form = type("StagesForm", (Form,), fields)(data=known)
    return form


def grid_form(rows: Sequence[int | None], columns: Sequence[str | None], stored: Mapping[GridKey, int]) -> Form:
    """A field for each (row, column); ``cell_name`` names it."""
    fields = {
        cell_name(row, column): IntegerField(_l("Number"), [Optional(), NumberRange(0, 9_999_999)])
        for row in rows for column in columns
    }
    form: Form = type("GridForm", (Form,), fields)(data={cell_name(*key): n for key, n in stored.items()})
    return form


def grid_values(form: Form, rows: Sequence[int | None], columns: Sequence[str | None]) -> dict[GridKey, int | None]:
    """What was typed into a grid."""
    return {(row, column): form[cell_name(row, column)].data for row in rows for column in columns}


def cell_name(row: int | None, column: str | None) -> str:
    """The field of a grid's cell; nothing stands for "all"."""
    return f"n_{row or 'all'}_{column or 'all'}"
