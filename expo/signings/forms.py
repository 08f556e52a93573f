"""What people type about signings."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import DateInput

from expo.kit.files import SCAN
from expo.kit.forms import Form
from expo.kit.language import _l
from expo.pool.fields import BadValue, FieldType, KindField, parse, typed
from expo.signings.clauses import Clause, clauses_of, parse_terms
from expo.signings.models import AgreementKind, PartyRole

_AMOUNT = KindField("amount", "", FieldType.MONEY)


class WanField(StringField):
    """An amount of money: 12, 1.2万元, 3亿 or 500元 as people write it; its data is in fen."""

    data: Any

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else typed(_AMOUNT, self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if valuelist:
            try:
                self.data = parse(_AMOUNT, str(valuelist[0]))
            except BadValue as error:
                raise ValueError(str(error.message)) from None


class RecordForm(Form):
    """What is agreed about."""

    kind = SelectField(_l("Kind of agreement"), choices=AgreementKind.choices(), coerce=AgreementKind)
    title = StringField(_l("Title"), [InputRequired(_l("Give the agreement a title.")), Length(max=200)])
    project_number = StringField(_l("Project number"), [Length(max=20)],
                                 description=_l("Such as 2026-00042; only regional cooperation stands without a project."))
    amount_fen = WanField(_l("Amount"), description=_l("A number counts 10,000 yuan; 3亿 and 500元 are understood. 0 if none is agreed."))


class OpenForm(RecordForm):
    """A new signing; the title is the project's if none is given."""

    title = StringField(_l("Title"), [Optional(), Length(max=200)], description=_l("The project's title if left empty"))
    region_id = SelectField(_l("Region"), coerce=lambda value: int(value) if value else None,
                            description=_l("Which region's agreement it is"))


class AddPartyForm(Form):
    """A party that is not in the directory."""

    role = RadioField(_l("Takes part as"), choices=PartyRole.choices(), coerce=PartyRole, default=PartyRole.PARTY)
    name = StringField(_l("Name of the party"), [InputRequired(_l("Enter a name.")), Length(max=120)])


class PartyForm(Form):
    """The data of a party as they are printed."""

    name = StringField(_l("Name of the party"), [Length(max=120)])
    credit_code = StringField(_l("Unified social credit code"), [Length(max=30)])
    abroad = BooleanField(_l("Registered abroad: its number there, without check digit"))
    address = StringField(_l("Address"), [Length(max=200)])
    legal_representative = StringField(_l("Legal representative"), [Length(max=80)])
    signer = StringField(_l("Who signs"), [Length(max=80)])
    contact = StringField(_l("Contact: name and phone number"), [Length(max=120)])


class SignedForm(Form):
    signed_on = DateField(_l("Signed on"), [InputRequired(_l("Enter the day on which it was signed."))])


class ScanForm(Form):
    scan = FileField(_l("Scan of the signed paper"), description=_l("PDF, JPG or PNG, at most 30 MB"), render_kw=SCAN.attributes)


class RegisterForm(Form):
    registered_number = StringField(_l("Registration number"), [InputRequired(), Length(max=60)])
    technology_fen = WanField(_l("Amount of technology"), [InputRequired()],
                              description=_l("The part of the deal that is for technology, not for goods"))


class ReasonForm(Form):
    reason = StringField(_l("Reason"), [InputRequired(_l("Say why: the reason stays with the record.")), Length(max=300)])


class PlaceForm(Form):
    session_id = SelectField(_l("Session"), coerce=lambda value: int(value) if value else None)
    batch = IntegerField(_l("Batch"), [Optional(), NumberRange(1, 200)])
    stage_order = IntegerField(_l("Place on the stage"), [Optional(), NumberRange(1, 60)])


class CompareForm(Form):
    file = FileField(_l("PDF file of the agreement"), render_kw=SCAN.attributes)


class ClausesForm(Form):
    """Base of the forms of clauses, one for each kind of agreement."""

    kind_of_clauses: AgreementKind

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for clause in clauses_of(self.kind_of_clauses):
            if clause.required:
                self[clause.name].label.text = f"{clause.label} *"

    def texts(self) -> dict[str, str]:
        """What was typed, by clause."""
        return {c.name: ("1" if data else "") if isinstance(data := self[c.name].data, bool) else data or ""
                for c in clauses_of(self.kind_of_clauses)}

    def validate(self, extra_validators: Any = None) -> bool:
        """The table of clauses judges each text; its sentences stand next to their fields."""
        good = bool(super().validate(extra_validators))
        errors = parse_terms(self.kind_of_clauses, self.texts())[1]
        for name, why in errors.items():
            self[name].errors = [*self[name].errors, str(why)]
        return good and not errors


@cache
def clauses_form(kind: AgreementKind) -> type[ClausesForm]:
    """The form of a kind's clauses."""
    fields: dict[str, Any] = {clause.name: _entry(clause) for clause in clauses_of(kind)}
    return type(f"{kind.name.title()}ClausesForm", (ClausesForm,), {"kind_of_clauses": kind, **fields})


def _entry(clause: Clause) -> Any:
    """The control of a clause; what it needs to be complete is asked for only when the text is frozen."""
    if clause.type is FieldType.CHOICE:
        return SelectField(clause.label, choices=[("", "—"), *((c.value, c.label) for c in clause.choices)],
                           validate_choice=False, description=clause.help)
    if clause.type is FieldType.YES_NO:
        return BooleanField(clause.label, description=clause.help)
    if clause.type is FieldType.LONG_TEXT:
        return TextAreaField(clause.label, [Length(max=20_000)], description=clause.help)
    if clause.type is FieldType.DATE:
        return StringField(clause.label, [Length(max=20)], widget=DateInput(), description=clause.help)
    return StringField(clause.label, [Length(max=500)], description=clause.help)
