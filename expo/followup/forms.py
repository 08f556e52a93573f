"""What is entered in a case."""

from __future__ import annotations

from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from expo.followup.models import CaseOutcome
from expo.kit.forms import Form
from expo.kit.language import _l


class RespondForm(Form):
    happened_on = DateField(_l("Day"), [InputRequired()])
    note = TextAreaField(_l("What the owner was told"), [InputRequired(), Length(max=2000)])


class ProgressForm(Form):
    happened_on = DateField(_l("Day"), [InputRequired()])
    note = TextAreaField(_l("What happened"), [InputRequired(), Length(max=2000)])
    next_step = StringField(_l("Next step"), [Optional(), Length(max=200)])
    next_due_on = DateField(_l("Until"), [Optional()])


class SettleForm(Form):
    outcome = SelectField(_l("Outcome"), choices=CaseOutcome.choices(), coerce=CaseOutcome)
    note = TextAreaField(_l("Note or reason"), [Optional(), Length(max=2000)])


class AssignForm(Form):
    owner_id = SelectField(_l("Owner"), coerce=int)


class ReopenForm(Form):
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=200)])
