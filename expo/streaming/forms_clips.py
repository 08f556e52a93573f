"""The form that moves a cut."""

from __future__ import annotations

from wtforms import FloatField
from wtforms.validators import InputRequired, NumberRange

from expo.kit.forms import Form
from expo.kit.language import _l


class MoveForm(Form):
    start = FloatField(_l("Beginning, seconds later"), [InputRequired(), NumberRange(-600, 600)], default=0.0,
                         description=_l("Negative: earlier. It begins at the next keyframe."))
    end = FloatField(_l("End, seconds later"), [InputRequired(), NumberRange(-600, 600)], default=0.0)
