"""Granting a role, and asking who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.people.permissions import Role


class GrantForm(Form):
    role = SelectField(_l("Role"), [DataRequired()])
    region_id = SelectField(_l("Region"), coerce=int, description=_l("The role holds here and in all that lies below."))
    edition_id = SelectField(_l("Edition"), coerce=int)
    until = DateField(_l("Last day"), [Optional()], description=_l("Empty: until it is revoked."))
    reason = StringField(_l("Why"), [DataRequired(), Length(max=200)],
                         description=_l("Such as the appointment or the letter; auditors read it."))

    def __init__(self, *args: Any, roles: Iterable[Role], regions: Iterable[tuple[int, str]],
                 editions: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Nothing is chosen beforehand: no role, least of all a mighty one, is granted by a slip.
        self.role.choices = [("", _l("Choose …")), *((role.value, role.label) for role in roles)]
        self.region_id.choices = list(regions)
        self.edition_id.choices = [(0, _l("All editions")), *editions]

    def given(self) -> dict[str, Any]:
        """The values as the action takes them."""
        values = self.values
        return {**values, "role": Role(values["role"]), "edition_id": values["edition_id"] or None}


class PersonForm(Form):
    name = StringField(_l("Full name"), [DataRequired(), Length(max=80)])
    address = StringField(_l("E-mail or mobile number"), [DataRequired(), Length(max=254)])


class DisableForm(Form):
    reason = StringField(_l("Why"), [DataRequired(), Length(max=200)])
