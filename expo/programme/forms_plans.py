"""Asking the solver for a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.programme.forms_needs import Choices
from expo.programme.rules_solving import LONGEST_SECONDS, Request, Scope, What


class SolveForm(Form):
    """What is to be planned, and how long the solver may take."""

    name = StringField(_l("Name of the plan"), [DataRequired(), Length(max=80)])
    what = SelectField(_l("What to do"), choices=What.choices(), default=What.BOTH.value)
    scope = SelectField(_l("Which part"), choices=Scope.choices(), default=Scope.ALL.value)
    days = Choices(_l("Days"))
    halls = Choices(_l("Halls"), coerce=int)
    sessions = SelectMultipleField(_l("Sessions"), coerce=int)
    with_waiting = BooleanField(_l("Also sessions without a place"), default=True)
    seconds = IntegerField(_l("Time at most"), [InputRequired(), NumberRange(1, LONGEST_SECONDS)], default=60)
    seed = IntegerField(_l("Seed"), [Optional(), NumberRange(0, 1_000_000)], default=0,
                        description=_l("The same seed gives the same plan; another one may give another plan of the same cost."))

    def __init__(self, *args: Any, days: Sequence[tuple[str, Any]], halls: Sequence[tuple[int, Any]],
                 sessions: Sequence[tuple[int, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days.choices, self.halls.choices, self.sessions.choices = list(days), list(halls), list(sessions)

    @property
    def request(self) -> Request:
        return Request(
            What(self.what.data), Scope(self.scope.data), tuple(self.days.data or ()), tuple(self.halls.data or ()),
            tuple(self.sessions.data or ()), bool(self.with_waiting.data), self.seconds.data or 60, self.seed.data or 0)


class ReplanForm(Form):
    """What has happened; the plan is made again with as little change as can be."""

    name = StringField(_l("Name of the plan"), [DataRequired(), Length(max=80)])
    halls = Choices(_l("Halls that are lost"), coerce=int)
    slots = Choices(_l("… at these times"), coerce=int)
    person = StringField(_l("Who is away"), [Length(max=80)])
    away_slots = Choices(_l("… at these times"), coerce=int)
    session_id = SelectField(_l("Session that takes longer"), coerce=int)
    minutes = IntegerField(_l("New length"), [Optional(), NumberRange(5, 720)])

    def __init__(self, *args: Any, halls: Sequence[tuple[int, Any]], slots: Sequence[tuple[int, Any]],
                 sessions: Sequence[tuple[int, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.halls.choices = list(halls)
        self.slots.choices = self.away_slots.choices = list(slots)
        self.session_id.choices = [(0, _l("None")), *sessions]


class CopyForm(Form):
    """Keep the working draft as it is."""

    name = StringField(_l("Name of the plan"), [DataRequired(), Length(max=80)])
