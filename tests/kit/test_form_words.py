"""What a form says about a wrong entry."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.i18n import get_translations
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from expo.kit.form_words import _WORDS
from expo.kit.forms import Form


class Sample(Form):
    class Meta(Form.Meta):
        csrf = False

    title = StringField(validators=[DataRequired(), Length(max=5)])
    points = IntegerField(validators=[Optional(), NumberRange(1, 10)])
    least = IntegerField(validators=[Optional(), NumberRange(min=1)])
    kind = SelectField(choices=[("a", "A")], validators=[Optional()])
    day = DateField(validators=[Optional()])


@pytest.mark.parametrize(("name", "entry", "chinese", "english"), [
    ("title", "", "请填写此项。", "Please fill this in."),
    ("title", "六个字太长了", "最多 5 个字。", "At most 5 characters."),
    ("points", "11", "请填写 1 到 10 之间的数。", "Enter a number from 1 to 10."),
    ("points", "many", "请填写整数。", "Enter a whole number."),
    ("least", "0", "不能小于 1。", "Enter a number of at least 1."),
    ("kind", "z", "请从所列选项中选择。", "Choose one of the entries that are offered."),
    ("day", "20.11.2026", "请填写日期，如 2026-11-20。", "Enter a date such as 2026-11-20."),
])
@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_a_wrong_entry_is_answered_with_what_to_enter(app: Flask, name: str, entry: str, chinese: str, english: str,
                                                      language: str) -> None:
    with app.test_request_context(f"/?lang={language}", method="POST"):
        form = Sample(formdata=MultiDict({"title": "好", name: entry}))
        assert not form.validate()
        assert form[name].errors[0] == (chinese if language == "zh_Hans" else english)


def test_every_sentence_stands_for_one_that_wtforms_has() -> None:
    known: Any = get_translations(["zh"])
    assert [message for message in _WORDS if known.gettext(message) == message and known.ngettext(message, message, 1) == message] == []
