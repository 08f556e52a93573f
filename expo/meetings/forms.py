"""What the two sides of a talk type."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from wtforms import BooleanField, DateTimeLocalField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from expo.kit.config import current_config
from expo.kit.forms import Form
from expo.kit.language import _l
from expo.meetings.models import InterestLevel, MeetingOutcome
from expo.meetings.rules import Place


class InterestForm(Form):
    level = RadioField(_l("What would you like?"), choices=InterestLevel.choices(), default="would")
    message = TextAreaField(_l("Message"), [Optional(), Length(max=2000)],
                            description=_l("What you have or need, and when you are there."))
    share_contact = BooleanField(_l(
        "My name, phone and e-mail may be passed to this project's side, for this talk only. I can take this back any time."))


class AnswerForm(Form):
    answer = TextAreaField(_l("Answer"), [Optional(), Length(max=2000)])
    share_contact = BooleanField(_l("Pass my own contact to the visitor. I can take this back any time."))


class PlaceForm(Form):
    starts_at = DateTimeLocalField(_l("Begin"), [InputRequired()])
    minutes = SelectField(_l("Length"), coerce=int, default=30)
    place = StringField(_l("Place"), [Optional(), Length(max=120)], description=_l("For example: hall 2, talk area 5"))
    online_url = StringField(_l("Online meeting"), [Optional(), Length(max=300)], description=_l("Its address, beginning with https://"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.minutes.choices = [(n, _l("%(n)s minutes", n=n)) for n in (15, 30, 45, 60, 90, 120)]

    def as_place(self) -> Place:
        """When and where, in the event's zone."""
        assert self.starts_at.data is not None
        starts = self.starts_at.data.replace(tzinfo=current_config().timezone)
        return Place(starts, starts + timedelta(minutes=self.minutes.data), self.place.data or "", self.online_url.data or "")


class ResultForm(Form):
    result = RadioField(_l("What came of it?"), choices=[
        *MeetingOutcome.choices(), ("no_show", _l("It did not take place: somebody did not come")),
    ])
    amount = StringField(_l("Intended amount (10,000 yuan)"), [Optional(), Length(max=20)])
    note = TextAreaField(_l("Note"), [Optional(), Length(max=2000)])


class ReasonForm(Form):
    reason = StringField(_l("Reason"), [Optional(), Length(max=200)])
