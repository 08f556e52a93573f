"""Forms of gates and of check-ins that are entered later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wtforms import DateTimeLocalField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from expo.checkin.actions_gates import GateEntry
from expo.kit.config import current_config
from expo.kit.forms import Form
from expo.kit.language import _l
from expo.registration.models import BadgeKind


def _aware(value: datetime | None) -> datetime | None:
    """What was entered is meant in the event's zone."""
    return value.replace(tzinfo=current_config().timezone) if value else None


class GateForm(Form):
    """A gate."""

    name = StringField(_l("Name"), validators=[DataRequired(), Length(max=80)], render_kw={"maxlength": 80})
    venue_id = SelectField(_l("Venue"), coerce=int, validators=[DataRequired()])
    session_id = SelectField(_l("Session"), coerce=int)
    badge_kinds = SelectMultipleField(_l("Kinds of badges admitted"), widget=ListWidget(prefix_label=False),
                                      option_widget=CheckboxInput())
    opens_at = DateTimeLocalField(_l("Opens"), validators=[Optional()], format="%Y-%m-%dT%H:%M")
    closes_at = DateTimeLocalField(_l("Closes"), validators=[Optional()], format="%Y-%m-%dT%H:%M")

    def __init__(self, *args: Any, venues: Sequence[tuple[int, Any]] = (), sessions: Sequence[tuple[int, Any]] = (),
                 **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.venue_id.choices = list(venues)
        self.session_id.choices = [(0, _l("No session: the whole venue")), *sessions]
        self.badge_kinds.choices = BadgeKind.choices()

    def entry(self) -> GateEntry:
        """What was entered."""
        return GateEntry(
            name=self.name.data or "", venue_id=self.venue_id.data, session_id=self.session_id.data or None,
            badge_kinds=self.badge_kinds.data or [], opens_at=_aware(self.opens_at.data),
            closes_at=_aware(self.closes_at.data),
        )


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
