"""Registration forms: what visitors, organisers and the desk fill in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.people.models import ConsentPurpose
from expo.registration.actions import Entry
from expo.registration.forms_fields import PREFIX, answers_of, files_of
from expo.registration.models import BadgeKind, Registration


class EntryForm(Form):
    """The six fields that everybody has, and the organiser's own where ``forms_fields.with_fields`` has added some."""

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
    zone = SelectField(_l("Exhibition zone"), validators=[Optional()])

    def __init__(self, *args: Any, regions: Sequence[tuple[int, Any]] = (), zones: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region_id.choices = [*regions, (0, _l("Outside the province"))]
        if zones:
            self.zone.choices = [("", _l("Please choose")), *((zone, zone) for zone in zones)]
        else:
            del self._fields["zone"]

    def _given(self, name: str, otherwise: Any) -> Any:
        """What was entered, or what stands in place of a field that the form does not show."""
        field = self._fields.get(name)
        return otherwise if field is None else field.data

    def entry(self, before: Registration | None = None, **more: Any) -> Entry:
        """What was entered; fields that the form does not show stay as they were ``before``."""
        def kept(name: str, otherwise: Any = "") -> Any:
            return self._given(name, getattr(before, name) if before is not None else otherwise) or otherwise

        return Entry(
            name=kept("name"), phone=kept("phone"), email=kept("email", None), organisation_name=kept("organisation_name"),
            job_title=kept("job_title"), region_id=kept("region_id", None), zone=kept("zone"),
            answers=answers_of(self, before.answers if before is not None else None), files=files_of(self), **more,
        )

    @contextmanager
    def catching_refusals(self) -> Iterator[None]:
        """As ever; what an action says about one of the organiser's own fields lands next to it."""
        with super().catching_refusals():
            try:
                yield
            except Refused as refusal:
                if PREFIX + (refusal.field or "") in self._fields:
                    raise type(refusal)(refusal.message, f"{PREFIX}{refusal.field}") from refusal
                raise


class ChangeForm(EntryForm):
    """The same without the phone, to which the link was sent."""

    phone = None  # type: ignore[assignment]


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
    shares_phone = BooleanField(_l("The phone is somebody else's: I register a child or a companion on it"))
    code = StringField(_l("Invitation code"), validators=[Optional(), Length(max=32)])
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
    """The desk's form: few fields, filled in while somebody waits. Who comes for themselves has no organisation."""

    organisation_name = StringField(_l("Organisation"), validators=[Optional(), Length(max=120)],
                                    render_kw={"autocomplete": "off", "maxlength": 120})

    consent_registration = BooleanField(_l("The person has read the notice on data protection and agrees"))
    shares_phone = BooleanField(_l("Somebody else's phone (child, companion)"))


class AgainForm(Form):
    """Coming after all."""

    consent_registration = BooleanField(_l("I agree that my data is processed for the registration"))


class LinkForm(Form):
    """Somebody has lost the link to their registration."""

    address = StringField(_l("Mobile phone or e-mail"), validators=[DataRequired(), Length(max=254)],
                          render_kw={"autocomplete": "tel"})


class ReasonForm(Form):
    """A decision that its person is told the reason of."""

    note = TextAreaField(_l("Reason"), validators=[DataRequired(), Length(max=200)], render_kw={"maxlength": 200})


class CompanionForm(Form):
    """Somebody who comes along."""

    name = StringField(_l("Full name"), validators=[DataRequired(), Length(max=80)], render_kw={"maxlength": 80})
    birth_year = IntegerField(_l("Year of birth (of a child)"), validators=[Optional(), NumberRange(1900, 2199)])
    agreed = BooleanField(_l("I agree for my child, or the person has agreed, that this data is processed for the badge"))


class EraseForm(Form):
    """Forget me; said twice, because nothing brings it back."""

    sure = BooleanField(_l("Yes, erase everything about me. My badge ends, and nothing can be brought back."),
                        validators=[DataRequired()])
