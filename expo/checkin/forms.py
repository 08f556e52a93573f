"""Forms of gates and of check-ins that are entered later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from expo.checkin.actions_devices import DeviceEntry
from expo.checkin.actions_gates import GateEntry
from expo.checkin.models import Again, GateKind
from expo.checkin.models_devices import DeviceRight
from expo.kit.config import current_config
from expo.kit.forms import Form
from expo.kit.language import _l
from expo.registration.models import BadgeKind


def _aware(value: datetime | None) -> datetime | None:
    """What was entered is meant in the event's zone."""
    return value.replace(tzinfo=current_config().timezone) if value else None


def _words(text: str | None) -> list[str]:
    """Names that somebody has written one after the other."""
    found = [one.strip() for one in re.split(r"[,，、;；\n]", text or "")]
    return [one for one in dict.fromkeys(found) if one]


class GateForm(Form):
    """A check-in point and its rules."""

    kind = SelectField(_l("What for"), coerce=GateKind)
    name = StringField(_l("Name"), validators=[DataRequired(), Length(max=80)], render_kw={"maxlength": 80})
    venue_id = SelectField(_l("Venue"), coerce=int, validators=[DataRequired()])
    session_id = SelectField(_l("Session"), coerce=int)
    badge_kinds = SelectMultipleField(_l("Kinds of badges admitted"), widget=ListWidget(prefix_label=False),
                                      option_widget=CheckboxInput())
    zones = StringField(_l("Zones"), validators=[Length(max=400)], render_kw={"maxlength": 400})
    days = SelectMultipleField(_l("Days"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    opens_at = DateTimeLocalField(_l("Opens"), validators=[Optional()], format="%Y-%m-%dT%H:%M")
    closes_at = DateTimeLocalField(_l("Closes"), validators=[Optional()], format="%Y-%m-%dT%H:%M")
    day_from = TimeField(_l("Each day from"), validators=[Optional()])
    day_until = TimeField(_l("Each day until"), validators=[Optional()])
    capacity = IntegerField(_l("At most inside at once"), validators=[Optional(), NumberRange(1, 1_000_000)])
    again = RadioField(_l("Whoever comes again"), coerce=Again)
    needs_live = BooleanField(_l("Demand the moving code on the phone"))
    needs_sign_up = BooleanField(_l("Only for people who have signed up"))
    places = IntegerField(_l("Places for signing up"), validators=[Optional(), NumberRange(1, 1_000_000)])

    def __init__(self, *args: Any, venues: Sequence[tuple[int, Any]] = (), sessions: Sequence[tuple[int, Any]] = (),
                 days: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices, self.again.choices = GateKind.choices(), Again.choices()
        self.days.choices = [(day, day) for day in days]
        if isinstance(self.zones.data, list):
            self.zones.data = "、".join(self.zones.data)
        if self.again.data is None:
            self.again.data = Again.AFTER_EXIT
        self.venue_id.choices = list(venues)
        self.session_id.choices = [(0, _l("No session: the whole venue")), *sessions]
        self.badge_kinds.choices = BadgeKind.choices()

    def entry(self) -> GateEntry:
        """What was entered."""
        return GateEntry(
            name=self.name.data or "", venue_id=self.venue_id.data, session_id=self.session_id.data or None,
            badge_kinds=self.badge_kinds.data or [], opens_at=_aware(self.opens_at.data),
            closes_at=_aware(self.closes_at.data), kind=self.kind.data, days=self.days.data or [],
            zones=_words(self.zones.data), day_from=self.day_from.data, day_until=self.day_until.data,
            capacity=self.capacity.data, again=self.again.data, needs_live=self.needs_live.data,
            needs_sign_up=self.needs_sign_up.data, places=self.places.data,
        )


class DeviceForm(Form):
    """A device: where it stands and what it may do."""

    name = StringField(_l("Name"), validators=[DataRequired(), Length(max=60)], render_kw={"maxlength": 60})
    gate_id = SelectField(_l("Gate"), coerce=int, validators=[DataRequired()])
    more_gate_ids = SelectMultipleField(_l("Scans at these, too"), coerce=int, widget=ListWidget(prefix_label=False),
                                        option_widget=CheckboxInput())
    rights = SelectMultipleField(_l("Rights besides scanning"), widget=ListWidget(prefix_label=False),
                                 option_widget=CheckboxInput())

    def __init__(self, *args: Any, gates: Sequence[tuple[int, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate_id.choices = list(gates)
        self.more_gate_ids.choices = list(gates)
        self.rights.choices = DeviceRight.choices()

    def entry(self) -> DeviceEntry:
        """What was entered."""
        return DeviceEntry(self.name.data or "", self.gate_id.data, self.more_gate_ids.data or [], self.rights.data or [])


class UndoForm(Form):
    """Why a scan is taken back."""

    note = StringField(_l("Reason"), validators=[DataRequired(), Length(max=200)], render_kw={"maxlength": 200})


class LateForm(Form):
    """补签."""

    gate_id = SelectField(_l("Gate"), coerce=int, validators=[DataRequired()])
    at = DateTimeLocalField(_l("Came in at"), validators=[DataRequired()], format="%Y-%m-%dT%H:%M")
    note = StringField(_l("Reason"), validators=[DataRequired(), Length(max=200)], render_kw={"maxlength": 200})

    def __init__(self, *args: Any, gates: Sequence[tuple[int, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate_id.choices = list(gates)

    @property
    def moment(self) -> datetime:
        """The entered moment in the event's zone."""
        found = _aware(self.at.data)
        assert found is not None
        return found
