"""Forms of seat plans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.registration.actions_seats import BlockEntry, PlanEntry
from expo.registration.models import BadgeKind

_GAP = re.compile(r"(\d{1,3})\s*[-–:：排]\s*(\d{1,3})")


class PlanForm(Form):
    """A hall's seats."""

    hall_id = SelectField(_l("Hall"), coerce=int, validators=[DataRequired()])
    name = StringField(_l("Name of the plan"), validators=[DataRequired(), Length(max=30)])
    row_count = IntegerField(_l("Rows"), validators=[InputRequired(), NumberRange(1, 100)])
    row_length = IntegerField(_l("Seats in a row"), validators=[InputRequired(), NumberRange(1, 100)])
    aisles = StringField(_l("Aisles behind these seat numbers"), validators=[Optional(), Length(max=60)])
    gaps = TextAreaField(_l("Places without a seat, as row-seat"), validators=[Optional(), Length(max=2000)])

    def __init__(self, *args: Any, halls: Sequence[tuple[int, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hall_id.choices = list(halls)

    def drawn(self) -> PlanEntry:
        """What was entered."""
        return PlanEntry(
            hall_id=self.hall_id.data, name=self.name.data or "", row_count=self.row_count.data or 1,
            row_length=self.row_length.data or 1, gaps=[(int(r), int(n)) for r, n in _GAP.findall(self.gaps.data or "")][:500],
            aisles=[int(n) for n in re.findall(r"\d{1,3}", self.aisles.data or "")][:20])


class BlockForm(Form):
    """A block of seats."""

    name = StringField(_l("Name of the block"), validators=[DataRequired(), Length(max=60)])
    first_row = IntegerField(_l("From row"), validators=[InputRequired(), NumberRange(1, 100)])
    last_row = IntegerField(_l("To row"), validators=[InputRequired(), NumberRange(1, 100)])
    first_seat = IntegerField(_l("From seat"), validators=[InputRequired(), NumberRange(1, 100)])
    last_seat = IntegerField(_l("To seat"), validators=[InputRequired(), NumberRange(1, 100)])
    region_id = SelectField(_l("For a region"), coerce=int)
    organisation_name = StringField(_l("For an organisation"), validators=[Optional(), Length(max=120)])
    badge_kind = SelectField(_l("For a kind of badge"), validators=[Optional()])

    def __init__(self, *args: Any, regions: Sequence[tuple[int, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region_id.choices = [(0, _l("Any")), *regions]
        self.badge_kind.choices = [("", _l("Any")), *BadgeKind.choices()]

    def described(self) -> BlockEntry:
        """What was entered."""
        return BlockEntry(
            name=self.name.data or "", first_row=self.first_row.data or 1, last_row=self.last_row.data or 1,
            first_seat=self.first_seat.data or 1, last_seat=self.last_seat.data or 1, region_id=self.region_id.data or None,
            organisation_name=self.organisation_name.data or "",
            badge_kind=BadgeKind(self.badge_kind.data) if self.badge_kind.data else None)


class SeatForm(Form):
    """Put somebody on a seat."""

    registration_id = IntegerField(_l("No. of the registration"), validators=[InputRequired(), NumberRange(1, 2**31 - 1)])
    row_number = IntegerField(_l("Seat row"), validators=[InputRequired(), NumberRange(1, 100)])
    seat_number = IntegerField(_l("Seat number"), validators=[InputRequired(), NumberRange(1, 100)])
