"""Forms of venues, halls and zones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.places.models import VenueKind


class _InRegion(Form):
    def __init__(self, *args: Any, regions: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self["region_id" if "region_id" in self else "parent_id"].choices = list(regions)


class VenueForm(_InRegion):
    name = StringField(_l("Name"), [DataRequired(), Length(max=120)])
    name_en = StringField(_l("Name in English"), [Length(max=160)])
    kind = SelectField(_l("Kind"), choices=VenueKind.choices())
    region_id = SelectField(_l("Region"), coerce=int)
    address = StringField(_l("Address"), [Length(max=200)], description=_l("As a taxi driver needs it."))

    def given(self) -> dict[str, Any]:
        """The values as the action takes them."""
        values = {name: "" if value is None else value for name, value in self.values.items()}
        return {**values, "kind": VenueKind(values["kind"])}


class HallForm(Form):
    name = StringField(_l("Name"), [DataRequired(), Length(max=80)])
    name_en = StringField(_l("Name in English"), [Length(max=120)])
    capacity = IntegerField(_l("Seats"), [InputRequired(), NumberRange(1, 100_000)])
    position = IntegerField(_l("Place in the list"), [InputRequired(), NumberRange(0, 9999)], default=0)
    has_streaming = BooleanField(_l("Can be streamed live"))
    has_interpreting = BooleanField(_l("Has interpreters' booths"))

    def given(self) -> dict[str, Any]:
        """The values as the action takes them."""
        return {name: "" if value is None else value for name, value in self.values.items()}


class ZoneForm(_InRegion):
    name = StringField(_l("Name"), [DataRequired(), Length(max=60)], description=_l("Such as 成都高新区."))
    name_en = StringField(_l("Name in English"), [Length(max=80)])
    parent_id = SelectField(_l("Lies in"), coerce=int)


class RegionForm(Form):
    name = StringField(_l("Name"), [DataRequired(), Length(max=60)])
    name_en = StringField(_l("Name in English"), [Length(max=80)])
