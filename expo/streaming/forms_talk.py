"""What moderators set for a room."""

from __future__ import annotations

from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.streaming.models_talk import TalkMode


class RoomForm(Form):
    mode = SelectField(_l("Messages are"), choices=TalkMode.choices())
    takes_questions = BooleanField(_l("Questions are taken"))
    slow_s = IntegerField(_l("Seconds between two messages of one person"), [InputRequired(), NumberRange(0, 600)])


class WordsForm(Form):
    words = TextAreaField(_l("Words that hold a message"), [Length(max=8000)],
                          description=_l("One on each line, for all sessions of the edition. Signs and blanks in between do not help."))


class PollForm(Form):
    question = StringField(_l("Question"), [InputRequired(), Length(max=200)])
    choices = TextAreaField(_l("Choices"), [InputRequired(), Length(max=800)], description=_l("One on each line, two to eight."))
