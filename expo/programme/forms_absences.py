"""Forms of absences and of imports."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, SelectField, StringField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from expo.kit.files import SHEET
from expo.kit.forms import Form
from expo.kit.language import _l
from expo.programme.rules_absences import Part


class AbsenceForm(Form):
    person = StringField(_l("Name or phone number"), [DataRequired(), Length(max=80)])
    day = DateField(_l("Day"), [InputRequired()])
    part = SelectField(_l("Part of the day"), choices=Part.choices())
    starts = TimeField(_l("From (time)"), [Optional()])
    ends = TimeField(_l("To (time)"), [Optional()])
    reason = StringField(_l("Reason"), [Length(max=120)], description=_l("Only organisers see it."))


class SheetForm(Form):
    """A sheet to be checked."""

    file = FileField(_l("CSV or XLSX"), render_kw=SHEET.attributes)


class TakeSheetForm(Form):
    """Store the rows of a sheet that was checked; ``sealed`` names the stored file."""

    sealed = HiddenField(validators=[DataRequired()])
