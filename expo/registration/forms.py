"""Registration forms: what visitors, organisers and the desk fill in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.people.models import ConsentPurpose
from expo.registration.actions import Entry
from expo.registration.models import BadgeKind


class EntryForm(Form):
    """The six fields that everybody has."""

    name = StringField(_l("Full name"), validators=[DataRequired(), Length(max=80)],
                       render_kw={"autocomplete": "name", "maxlength": 80})
    phone = TelField(_l("Mobile phone"), validators=[DataRequired(), Length(max=30)],
                     render_kw={"autocomplete": "tel", "inputmode": "tel"})
    email = EmailField(_l("E-mail"), validators=[Optional(), Length(max=254)], render_kw={"autocomplete": "email"})
    organisation_name = StringField(_l("Organisation"), validators=[DataRequired(), Length(max=120)],
                                    render_kw={"autocomplete": "organization", "maxlength": 120})
    job_title = StringField(_l("Position"), validators=[Optional(), Length(max=80)],
                            render_kw={"autocomplete": "organization-title", "maxlength": 80})
    region_id = SelectField(_l("City or region"), coerce=int)

    def __init__(self, *args: Any, regions: Sequence[tuple[int, Any]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region_id.choices = [*regions, (0, _l("Outside the province"))]

    def entry(self) -> Entry:
        """What was entered."""
        return Entry(
            name=self.name.data or "", phone=self.phone.data or "", email=self.email.data,
            organisation_name=self.organisation_name.data or "", job_title=self.job_title.data or "",
            region_id=self.region_id.data or None,
        )


class ChangeForm(EntryForm):
    """The same without the phone, to which the link was sent."""

    phone = None  # type: ignore[assignment]

    def entry(self) -> Entry:
        return Entry(name=self.name.data or "", phone="", email=self.email.data,
                     organisation_name=self.organisation_name.data or "", job_title=self.job_title.data or "",
                     region_id=self.region_id.data or None)


class KindForm(EntryForm):
    """A registration with its kind of badge."""

    badge_kind = RadioField(_l("Kind of badge"), coerce=BadgeKind, validators=[DataRequired()])

    def __init__(self, *args: Any, kinds: Sequence[BadgeKind] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.badge_kind.choices = [(kind.value, kind.label) for kind in kinds]


class RegisterForm(KindForm):
    """The public form, with consents, and a field that only programs fill in."""

    consent_registration = BooleanField(_l("I agree that my data is processed for the registration"))
    consent_sms = BooleanField(_l("I would like text messages about the programme (optional)"))
    consent_pictures = BooleanField(_l("I may be seen in pictures and recordings (optional)"))
    website = StringField(_l("Leave this field empty"), render_kw={"tabindex": "-1", "autocomplete": "off"})

    @property
    def consents(self) -> set[ConsentPurpose]:
        """The purposes that were ticked."""
        ticked = {
            ConsentPurpose.REGISTRATION: self.consent_registration.data, ConsentPurpose.SMS: self.consent_sms.data,
            ConsentPurpose.PICTURES: self.consent_pictures.data,
        }
        return {purpose for purpose, given in ticked.items() if given}


class WalkInForm(KindForm):
    """The desk's form: few fields, filled in while somebody waits."""

    consent_registration = BooleanField(_l("The person has read the notice on data protection and agrees"))


class AgainForm(Form):
    """Coming after all."""

    consent_registration = BooleanField(_l("I agree that my data is processed for the registration"))


class ReasonForm(Form):
    """A decision that its person is told the reason of."""

    note = TextAreaField(_l("Reason"), validators=[DataRequired(), Length(max=200)], render_kw={"maxlength": 200})
