"""Forms made of the fields that an organiser has built."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from expo.kit.entries import LARGEST
from expo.kit.files import SCAN, Received, receive
from expo.kit.forms import Form
from expo.kit.language import _l
from expo.registration.models import Registration
from expo.registration.models_forms import FieldType, RegistrationField
from expo.registration.rules_fields import (
    ALWAYS_REQUIRED,
    LONGEST_LONG,
    LONGEST_TEXT,
    is_answerable,
    is_asked,
    is_frozen,
    is_required,
    labelled_choices,
    own_fields,
)

F = TypeVar("F", bound=Form)
PREFIX = "own_"
_TEXTS: dict[FieldType, Any] = {
    FieldType.TEXT: StringField, FieldType.LONG: TextAreaField, FieldType.EMAIL: EmailField, FieldType.PHONE: TelField,
    FieldType.LINK: URLField,
}


class ChecksField(SelectMultipleField):
    """Several of several, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def with_fields(base: type[F], fields: Iterable[RegistrationField]) -> type[F]:
    """``base`` with the organiser's own fields, each named ``own_<key>``.

    Whether one is required depends on what else was answered; ``check_own`` asks that when the form is sent.
    """
    made = {f"{PREFIX}{one.key}": _field(one) for one in own_fields(list(fields)) if is_answerable(one)}
    return type(base.__name__, (base,), {**made, "__module__": base.__module__})


def _field(one: RegistrationField) -> Any:
    named: dict[str, Any] = {"label": one.said, "description": one.said_help}
    if one.kind in _TEXTS:
        limit = LONGEST_LONG if one.kind is FieldType.LONG else LONGEST_TEXT
        return _TEXTS[one.kind](validators=[Optional(), Length(max=limit)], render_kw={"maxlength": limit}, **named)
    if one.kind is FieldType.NUMBER:
        return IntegerField(validators=[Optional(), NumberRange(min=-LARGEST, max=LARGEST)], **named)
    if one.kind is FieldType.DATE:
        return DateField(validators=[Optional()], **named)
    if one.kind is FieldType.CHOICE:
        return SelectField(choices=[("", _l("Please choose")), *labelled_choices(one)], validators=[Optional()], **named)
    if one.kind is FieldType.CHOICES:
        return ChecksField(choices=labelled_choices(one), validators=[Optional()], **named)
    if one.kind is FieldType.CHECK:
        return BooleanField(**named)
    return FileField(validators=[Optional()], render_kw=SCAN.attributes, **named)


def fit_built_in(form: Form, fields: Sequence[RegistrationField], today: date, *, keep: Registration | None = None,
                 optional: Collection[str] = ()) -> None:
    """Let the six fields be required, left out or, once given, fixed as the organiser has said."""
    standing = {one.key: one for one in fields if one.kind is FieldType.BUILT_IN}
    for name in ("name", "phone", "email", "organisation_name", "job_title", "region_id"):
        field = form._fields.get(name)
        if field is None:
            continue
        one = standing.get(name)
        if (one is None and name not in ALWAYS_REQUIRED) or (one and keep is not None and is_frozen(one, today)):
            del form._fields[name]
            setattr(form, name, None)
            continue
        required = one is None or is_required(one, today)
        if name == "region_id" or name in optional:
            continue
        others = [v for v in field.validators if not isinstance(v, (DataRequired, InputRequired, Optional))]
        field.validators = [DataRequired() if required else Optional(), *others]
        field.flags.required = required


def fill_own(form: Form, answers: Mapping[str, Any], fields: Sequence[RegistrationField], today: date, *,
             values: bool = True) -> None:
    """Show the answers given before (``values``); what is frozen and answered is not asked again."""
    for one in own_fields(fields):
        field = form._fields.get(PREFIX + one.key)
        if field is None:
            continue
        value = answers.get(one.key)
        if value is not None and is_frozen(one, today):
            del form._fields[PREFIX + one.key]
        elif values and value is not None and one.kind is not FieldType.FILE:
            field.data = date.fromisoformat(value) if one.kind is FieldType.DATE else value


def answers_of(form: Form, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What was entered into the organiser's own fields; of fields that the form did not show, what was there before."""
    entered = {
        name.removeprefix(PREFIX): field.data for name, field in form._fields.items()
        if name.startswith(PREFIX) and field.type != "FileField"
    }
    return {**(before or {}), **entered}


def check_own(form: Form, fields: Sequence[RegistrationField], today: date, before: Mapping[str, Any] | None = None) -> bool:
    """Whether every field that is asked and required was answered; the others are told so."""
    answers = answers_of(form, before)
    fits = True
    for one in fields:
        field = form._fields.get(PREFIX + one.key)
        if field is None or not is_required(one, today) or not is_asked(one, answers, [f for f in fields if is_answerable(f)]):
            continue
        missing = not field.data and not (one.kind is FieldType.FILE and (before or {}).get(one.key))
        if missing:
            field.errors = [*field.errors, _l("This field must be filled in.")]
            fits = False
    return fits


def files_of(form: Form) -> dict[str, Received]:
    """The files that came with the form, judged and stored; a refusal names its field."""
    return {
        name.removeprefix(PREFIX): receive(field.data, SCAN, field=name)
        for name, field in form._fields.items() if name.startswith(PREFIX) and field.type == "FileField" and field.data
    }
