"""Forms of delegations: the organiser's, and the contact person's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, EmailField, IntegerField, SelectField, StringField, TelField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from expo.kit.forms import Form, MomentField
from expo.kit.language import _l
from expo.registration.actions_delegations import DelegationEntry
from expo.registration.forms import KindForm
from expo.registration.forms_fields import ChecksField
from expo.registration.models import BadgeKind

CONSENTED = _l("Everybody on it has been told what is done with their data, and agrees")


class DelegationForm(Form):
    """A delegation."""

    name = StringField(_l("Name of the delegation"), validators=[DataRequired(), Length(max=120)])
    badge_kinds = ChecksField(_l("Kinds of badges"), choices=BadgeKind.choices(), coerce=BadgeKind, validators=[DataRequired()])
    places = IntegerField(_l("Places"), validators=[InputRequired(), NumberRange(1, 100_000)])
    region_id = SelectField(_l("City or region"), coerce=int, validators=[DataRequired()])
    contact_name = StringField(_l("Contact person"), validators=[DataRequired(), Length(max=80)])
    contact_phone = TelField(_l("Mobile phone"), validators=[DataRequired(), Length(max=20)])
    contact_email = EmailField(_l("E-mail"), validators=[Optional(), Length(max=254)])
    open_until = MomentField(_l("The list may be changed until"), validators=[Optional()])

    def __init__(self, *args: Any, regions: Sequence[tuple[int, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region_id.choices = list(regions)

    def described(self) -> DelegationEntry:
        """What was entered."""
        return DelegationEntry(
            name=self.name.data or "", badge_kinds=list(self.badge_kinds.data or []), places=self.places.data or 0,
            region_id=self.region_id.data, contact_name=self.contact_name.data or "",
            contact_phone=self.contact_phone.data or "", contact_email=self.contact_email.data, open_until=self.open_until.data)


class MemberForm(KindForm):
    """One member of a delegation."""

    phone = TelField(_l("Mobile phone"), validators=[Optional(), Length(max=20)])
    consent = BooleanField(_l("The person has been told what is done with their data, and agrees"), validators=[DataRequired()])


class SheetForm(Form):
    """A sheet with many members."""

    file = FileField(_l("List as XLSX or CSV"))
    consent = BooleanField(CONSENTED, validators=[DataRequired()])


class ConfirmListForm(Form):
    """Take a checked sheet over."""
