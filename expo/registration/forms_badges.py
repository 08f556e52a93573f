"""Forms of the badge designer, of desks and of printing."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from expo.kit.files import PICTURE
from expo.kit.forms import Form
from expo.kit.language import _l
from expo.registration.actions_badges import DesignEntry
from expo.registration.models import BadgeKind
from expo.registration.models_badges import BadgePaperSize, BadgeSides, BadgeSize, PrintOrder
from expo.registration.rules_designs import LONGEST


class KindsField(SelectMultipleField):
    """Kinds of badges to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NewDesignForm(Form):
    name = StringField(_l("Name"), validators=[DataRequired(), Length(max=60)], render_kw={"maxlength": 60})
    size = SelectField(_l("Size"), coerce=BadgeSize)
    sides = SelectField(_l("Sides"), coerce=BadgeSides)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.size.choices = [(one.value, one.label) for one in BadgeSize]
        self.sides.choices = [(one.value, one.label) for one in BadgeSides]


class DesignForm(Form):
    name = StringField(_l("Name"), validators=[DataRequired(), Length(max=60)], render_kw={"maxlength": 60})
    kinds = KindsField(_l("For these kinds of badges (none: all that have no design of their own)"))
    in_use = BooleanField(_l("In use: badges are printed with it from now on"))
    front = TextAreaField(_l("Front (HTML)"), validators=[DataRequired(), Length(max=LONGEST)],
                          render_kw={"spellcheck": "false", "rows": 16})
    back = TextAreaField(_l("Back (HTML)"), validators=[Optional(), Length(max=LONGEST)],
                         render_kw={"spellcheck": "false", "rows": 10})
    css = TextAreaField(_l("Style (CSS)"), validators=[DataRequired(), Length(max=LONGEST)],
                        render_kw={"spellcheck": "false", "rows": 22})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds.choices = [(kind.value, kind.label) for kind in BadgeKind]

    def entry(self, colours: dict[str, str]) -> DesignEntry:
        """What was written; ``colours`` come from the row of colour boxes."""
        return DesignEntry(self.name.data or "", self.kinds.data or [], self.front.data or "", self.back.data or "",
                           self.css.data or "", colours, bool(self.in_use.data))


class PictureForm(Form):
    picture_name = StringField(_l("Name in the HTML"), validators=[DataRequired(), Length(max=20)],
                               render_kw={"maxlength": 20, "placeholder": "logo"})
    picture = FileField(_l("Picture"), render_kw=PICTURE.attributes)


class DeskForm(Form):
    name = StringField(_l("Name"), validators=[DataRequired(), Length(max=40)], render_kw={"maxlength": 40})
    kinds = KindsField(_l("Kinds of badges (none: all)"))
    first_letter = StringField(_l("Names from letter"), default="A", validators=[DataRequired(), Length(max=1)],
                               filters=[lambda text: (text or "").strip().upper()], render_kw={"maxlength": 1})
    last_letter = StringField(_l("to letter"), default="Z", validators=[DataRequired(), Length(max=1)],
                              filters=[lambda text: (text or "").strip().upper()], render_kw={"maxlength": 1})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds.choices = [(kind.value, kind.label) for kind in BadgeKind]


class PrintForm(Form):
    order = RadioField(_l("Order of the badges"), coerce=PrintOrder, default=PrintOrder.ORGANISATION)
    paper = RadioField(_l("Paper"), coerce=BadgePaperSize, default=BadgePaperSize.SINGLE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order.choices = [(one.value, one.label) for one in PrintOrder]
        self.paper.choices = [(one.value, one.label) for one in BadgePaperSize]
