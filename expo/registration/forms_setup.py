"""Forms with which an organiser sets registration up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from expo.kit.forms import Form, MomentField
from expo.kit.language import _l
from expo.registration.actions_kinds import FieldEntry
from expo.registration.models import BadgeKind
from expo.registration.models_forms import FieldType, KeptThing
from expo.registration.rules_kinds import KindPolicy, tidy_names

OWN_TYPES = [kind for kind in FieldType if kind is not FieldType.BUILT_IN]


class PolicyForm(Form):
    """How a kind is handed out."""

    is_public = BooleanField(_l("Open on the public form"))
    needs_approval = BooleanField(_l("An organiser checks each registration before the badge is issued"))
    has_waiting_list = BooleanField(_l("Who finds no place may wait for one"))
    companions = IntegerField(_l("People whom a holder may bring along"), validators=[InputRequired(), NumberRange(0, 20)])
    zones = TextAreaField(_l("Zones that every badge of this kind opens"), validators=[Optional(), Length(max=1300)])
    zone_choices = TextAreaField(_l("Zones of which one is chosen when registering"), validators=[Optional(), Length(max=1300)])

    def policy(self, kind: BadgeKind) -> KindPolicy:
        """What was entered."""
        return KindPolicy(kind, self.is_public.data, self.needs_approval.data, self.has_waiting_list.data,
                          self.companions.data or 0, tidy_names(self.zones.data or ""), tidy_names(self.zone_choices.data or ""))


class FieldForm(Form):
    """One of the organiser's own fields."""

    kind = SelectField(_l("Type"), choices=[(kind.value, kind.label) for kind in OWN_TYPES], validators=[DataRequired()])
    label = StringField(_l("Name of the field"), validators=[DataRequired(), Length(max=80)])
    label_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=120)])
    help = StringField(_l("Explanation"), validators=[Optional(), Length(max=300)])
    help_en = StringField(_l("Explanation in English"), validators=[Optional(), Length(max=400)])
    choices = TextAreaField(_l("Choices, one a line; English behind a bar"), validators=[Optional(), Length(max=8000)])
    is_required = BooleanField(_l("Must be answered"))
    required_from = DateField(_l("Only from this day on"), validators=[Optional()])
    frozen_from = DateField(_l("Can no longer be changed from this day on"), validators=[Optional()])
    condition_key = SelectField(_l("Ask only if this field"), validators=[Optional()])
    condition_values = StringField(_l("was answered with"), validators=[Optional(), Length(max=400)])
    is_private = BooleanField(_l("Masked: shown only to who asks for it, and the look is noted"))
    in_list = BooleanField(_l("Show in the list of registrations"))

    def __init__(self, *args: Any, conditions: Sequence[tuple[str, str]] = (), is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.condition_key.choices = [("", _l("Always ask")), *conditions]
        if not is_new:
            del self._fields["kind"]

    def described(self, kind: FieldType | None = None) -> FieldEntry:
        """What was entered."""
        return FieldEntry(
            kind=kind or FieldType(self.kind.data), label=self.label.data or "", label_en=self.label_en.data or "",
            help=self.help.data or "", help_en=self.help_en.data or "", choices=self.choices.data or "",
            is_required=self.is_required.data, required_from=self.required_from.data, frozen_from=self.frozen_from.data,
            condition_key=self.condition_key.data or "",
            condition_values=(self.condition_values.data or "").replace("；", ";").replace("、", ";").split(";"),
            is_private=self.is_private.data, in_list=self.in_list.data,
        )


class BuiltInForm(Form):
    """What can be said about one of the six fields."""

    is_required = BooleanField(_l("Must be answered"))
    required_from = DateField(_l("Only from this day on"), validators=[Optional()])
    frozen_from = DateField(_l("Can no longer be changed from this day on"), validators=[Optional()])

    def described(self) -> FieldEntry:
        """What was entered."""
        return FieldEntry(FieldType.BUILT_IN, is_required=self.is_required.data, required_from=self.required_from.data,
                          frozen_from=self.frozen_from.data)


class CopyForm(Form):
    """Take over another form's own fields."""

    source = SelectField(_l("Take the fields of"), coerce=BadgeKind, validators=[DataRequired()])


class QuotaForm(Form):
    """How many may come."""

    badge_kind = SelectField(_l("Kind of badge"), validators=[Optional()])
    zone = StringField(_l("Exhibition zone"), validators=[Optional(), Length(max=40)])
    organisation_name = StringField(_l("Organisation"), validators=[Optional(), Length(max=120)])
    places = IntegerField(_l("Places"), validators=[InputRequired(), NumberRange(0, 10_000_000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.badge_kind.choices = [("", _l("All kinds")), *BadgeKind.choices()]

    @property
    def kind(self) -> BadgeKind | None:
        return BadgeKind(self.badge_kind.data) if self.badge_kind.data else None


class WordingForm(Form):
    """A new version of a text to consent to."""

    text = TextAreaField(_l("Text"), validators=[DataRequired(), Length(max=4000)])
    text_en = TextAreaField(_l("Text in English"), validators=[Optional(), Length(max=6000)])


class RetentionForm(Form):
    """After how many days what is forgotten."""

    proofs = IntegerField(KeptThing.PROOFS.label, validators=[InputRequired(), NumberRange(1, 3650)])
    answers = IntegerField(KeptThing.ANSWERS.label, validators=[InputRequired(), NumberRange(1, 3650)])
    contacts = IntegerField(KeptThing.CONTACTS.label, validators=[InputRequired(), NumberRange(1, 3650)])
    names = IntegerField(KeptThing.NAMES.label, validators=[InputRequired(), NumberRange(1, 3650)])

    @property
    def days(self) -> dict[KeptThing, int]:
        return {thing: int(self[thing.value].data) for thing in KeptThing}


class InvitationForm(Form):
    """One code, or many."""

    badge_kind = SelectField(_l("Kind of badge"), coerce=BadgeKind, choices=BadgeKind.choices(), validators=[DataRequired()])
    count = IntegerField(_l("How many codes"), validators=[InputRequired(), NumberRange(1, 500)])
    most_uses = IntegerField(_l("Uses of each"), validators=[InputRequired(), NumberRange(1, 100_000)])
    expires_at = MomentField(_l("Good until"), validators=[Optional()])
    note = StringField(_l("Made out to"), validators=[Optional(), Length(max=120)])
    is_approved = BooleanField(_l("Who comes by it is approved at once and finds a place beyond the quotas"))
