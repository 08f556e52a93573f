"""Forms of the shortlist."""

from __future__ import annotations

from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from expo.kit.forms import Form, MomentField
from expo.kit.language import _l
from expo.shortlist.models import Decision


class BulkForm(Form):
    """The second step of a bulk action: which records, as they were listed in the summary."""

    id_list = HiddenField()
    confirmed = HiddenField()

    @property
    def ids(self) -> list[int]:
        """The listed records."""
        return [int(word) for word in (self.id_list.data or "").split(",") if word.isdecimal() and len(word) < 10]


class NominateForm(BulkForm):
    note = TextAreaField(_l("Why these? (goes with each nomination)"), [Length(max=2000)])


class ReviewForm(BulkForm):
    panel_id = SelectField(_l("Panel"), [DataRequired(_l("Choose a panel."))], coerce=int)


class DecideForm(BulkForm):
    decision = RadioField(_l("What is decided"), [InputRequired()], choices=Decision.choices())
    reason = TextAreaField(_l("Reason"), [Length(max=2000)],
                           description=_l("Required to decline or return; nominator and owner will read it."))
    seen = HiddenField()


class SendBackForm(Form):
    reason = TextAreaField(_l("What is missing?"), [DataRequired(), Length(max=2000)])


class AgainForm(Form):
    industry_id = SelectField(_l("Industry"), coerce=int)
    note = TextAreaField(_l("What has been completed?"), [DataRequired(), Length(max=2000)])

    def __init__(self, *args: Any, industries: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.industry_id.choices = [(0, _l("As the ticket says")), *industries]


class ProposeForm(Form):
    reserve_percent = IntegerField(_l("Reserve, in percent of each quota"), [InputRequired(), NumberRange(0, 100)],
                                   default=20)
    minimum = IntegerField(_l("Lowest score that may get in (0–100)"), [Optional(), NumberRange(0, 100)])


class NoticeForm(Form):
    title = StringField(_l("Title"), [DataRequired(), Length(max=120)])
    text = TextAreaField(_l("Text above the list"), [Length(max=5000)])
    opens_at = MomentField(_l("Opens"), [DataRequired()])
    closes_at = MomentField(_l("Closes"), [DataRequired()])


class ExtendForm(Form):
    closes_at = MomentField(_l("Closes"), [DataRequired()])


class ObjectionForm(Form):
    name = StringField(_l("Your name"), [DataRequired(), Length(max=80)])
    contact = StringField(_l("E-mail or phone number"), [DataRequired(), Length(max=254)],
                          description=_l("Only for the answer to you; it is not published."))
    text = TextAreaField(_l("What do you object to, and why?"), [DataRequired(), Length(min=10, max=5000)])
    consent = BooleanField(
        _l("I agree that my name, contact and text are processed to examine this objection and to answer me."),
        [DataRequired(_l("Without your consent we may not process the objection."))],
    )


class AnswerForm(Form):
    is_upheld = RadioField(_l("Result"), [InputRequired()], choices=[
        ("no", _l("Not upheld: the candidate stays on the list")),
        ("yes", _l("Upheld: the candidate is to be declined (a second person releases this)")),
    ])
    answer = TextAreaField(_l("Answer"), [DataRequired(), Length(max=5000)])
