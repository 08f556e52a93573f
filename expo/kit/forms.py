"""Forms: CSRF, the reader's language, a once-token against sending twice, and refusals next to their field."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, HiddenField
from wtforms.fields import Field

from expo.kit.config import current_config
from expo.kit.form_words import FormWords
from expo.kit.language import _, current_language
from expo.kit.refusals import Forbidden, NotFound, Refused

#: Years that a form takes: reckoning with days, weeks and zones stays possible around them.
FIRST_YEAR, LAST_YEAR = 1900, 2199


def strip(value: Any) -> Any:
    """Filter: text without surrounding blanks; an empty text becomes ``None``."""
    return (value.strip() or None) if isinstance(value, str) else value


class Form(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Base of all forms. ``status`` is what a view answers with: 422 as soon as something is wrong."""

    once = HiddenField()

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # flask-wtf has no types
        @property
        def locales(self) -> list[str]:
            return ["zh"] if current_language() == "zh_Hans" else ["en"]

        def get_translations(self, form: Any) -> FormWords:
            return FormWords(super().get_translations(form))

        def bind_field(self, form: Any, unbound: Any, options: dict[str, Any]) -> Any:
            # Text arrives trimmed everywhere, and an empty text is no text.
            if unbound.field_class.__name__ in {"StringField", "TextAreaField", "EmailField", "TelField", "URLField"}:
                return unbound.bind(form=form, filters=[*unbound.kwargs.get("filters", ()), strip], **options)
            return unbound.bind(form=form, **options)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusal: str | None = None
        if not self.once.data or request.method != "POST":
            self.once.data = secrets.token_urlsafe(18)

    def validate(self, extra_validators: Any = None) -> bool:
        """As ever; besides, no day lies so far off that reckoning with it would fail."""
        fits = bool(super().validate(extra_validators))
        for field in self._fields.values():
            if isinstance(field.data, date) and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
                field.errors = [*field.errors, _("Choose a year between %(first)s and %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)]
                fits = False
        return fits

    @property
    def status(self) -> int:
        """200, or 422 when the form shows errors."""
        return 422 if self.errors or self.refusal else 200

    @property
    def values(self) -> dict[str, Any]:
        """The entered values by field name, without the tokens and buttons."""
        return {
            name: field.data
            for name, field in self._fields.items()
            if name not in {"csrf_token", "once"} and field.type != "SubmitField"
        }

    @contextmanager
    def catching_refusals(self) -> Iterator[None]:
        """Turn a refusal of the action into an error of its field (or of the form), keeping what was typed."""
        try:
            yield
        except (NotFound, Forbidden):
            raise
        except Refused as refusal:
            self.once.data = secrets.token_urlsafe(18)
            field = self._fields.get(refusal.field or "")
            if isinstance(field, Field):
                field.errors = [*field.errors, str(refusal)]
            else:
                self.refusal = str(refusal)


class ActionForm(Form):
    """A button that sends a POST: nothing but its tokens."""


class MomentField(DateTimeLocalField):
    """Date and time in the event's zone; its data is an aware moment."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.astimezone(current_config().timezone).strftime("%Y-%m-%dT%H:%M") if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None:
            self.data = self.data.replace(tzinfo=current_config().timezone)
