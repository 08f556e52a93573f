"""The form of a simulcast's target."""

from __future__ import annotations

from typing import Any

from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from expo.kit.forms import Form
from expo.kit.language import _l


class TargetForm(Form):
    """The key is entered and never shown again."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=80)])
    server = StringField(_l("Server"), [DataRequired(), Length(max=300)],
                         description=_l("As the other site shows it, without the key: rtmp://… or rtmps://…"))
    key = PasswordField(_l("Stream key"), [Length(max=500)], render_kw={"autocomplete": "off"})

    def __init__(self, *args: Any, has_key: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key.description = _l("Empty: the one that is kept stays.") if has_key else _l("Kept sealed and never shown again.")
        if not has_key:
            self.key.validators = (InputRequired(), *self.key.validators)
            self.key.flags.required = True
