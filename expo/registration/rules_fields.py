"""The fields of a form: when they are asked, required and frozen, and which answers they take. Pure functions.

Answers are kept as JSON by the field's key: text, a number, ``True``, a day as ``2026-11-21``, the value of a choice
or a list of them, or the number of a stored file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from expo.kit.entries import LARGEST
from expo.kit.identity import normal_email, normal_phone
from expo.kit.language import _l, current_language
from expo.kit.refusals import Refused
from expo.registration.models import BadgeKind
from expo.registration.models_forms import FieldType, RegistrationField

#: The six that every form has, in their order.
BUILT_IN = ("name", "phone", "email", "organisation_name", "job_title", "region_id")
#: Without these there is no registration, whatever the organiser builds.
ALWAYS_REQUIRED = frozenset({"name", "phone"})
LONGEST_TEXT, LONGEST_LONG, MOST_CHOICES = 200, 2000, 60
KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
_LINK = re.compile(r"https?://[^\s/?#]+\.[^\s/?#]+[^\s]*", re.IGNORECASE)


def built_in(kind: BadgeKind, key: str, *, required: bool, position: int) -> RegistrationField:
    return RegistrationField(badge_kind=kind, key=key, kind=FieldType.BUILT_IN, label="", label_en="", help="", help_en="",
                             choices=[], is_required=required, condition_key="", condition_values=[],
                             is_private=key in {"phone", "email"}, in_list=False, position=position)


def default_fields(kind: BadgeKind) -> list[RegistrationField]:
    """The form of a kind until the organiser builds another: six fields, and the press shows what it is."""
    required = {"name", "phone", "organisation_name", "region_id"}
    fields = [built_in(kind, key, required=key in required, position=n) for n, key in enumerate(BUILT_IN)]
    if kind is BadgeKind.MEDIA:
        fields.append(RegistrationField(
            badge_kind=kind, key="proof", kind=FieldType.FILE, label="记者证或采访介绍信",
            label_en="Press card or letter of assignment", help="照片、扫描件或 PDF，仅审核人员可见，展会结束后按期删除。",
            help_en="A picture, a scan or a PDF. Only those who check it see it; it is deleted in due time after the expo.",
            choices=[], is_required=True, condition_key="", condition_values=[], is_private=True, in_list=False,
            position=len(BUILT_IN),
        ))
    return fields


def own_fields(fields: Sequence[RegistrationField]) -> list[RegistrationField]:
    """Those beside the six."""
    return [field for field in fields if field.kind is not FieldType.BUILT_IN]


def is_answerable(field: RegistrationField) -> bool:
    """Whether the field holds an answer at all."""
    return field.kind not in {FieldType.BUILT_IN, FieldType.HEADING}


def is_asked(field: RegistrationField, answers: Mapping[str, Any], fields: Sequence[RegistrationField]) -> bool:
    """Whether the field's condition holds. A condition on something that is not asked does not hold, either."""
    if not field.condition_key:
        return True
    upper = next((one for one in fields if one.key == field.condition_key), None)
    if upper is None or upper is field or not is_asked(upper, answers, [one for one in fields if one is not field]):
        return False
    given = answers.get(field.condition_key)
    values = {str(one) for one in given} if isinstance(given, list) else {"y" if given is True else str(given or "")}
    return bool(values & set(field.condition_values))


def is_required(field: RegistrationField, today: date) -> bool:
    """Whether an answer must be there now."""
    if field.key in ALWAYS_REQUIRED and field.kind is FieldType.BUILT_IN:
        return True
    return field.is_required and (field.required_from is None or field.required_from <= today)


def is_frozen(field: RegistrationField, today: date) -> bool:
    """Whether an answer, once given, stays as it is."""
    return field.frozen_from is not None and field.frozen_from <= today


def require_built_in(fields: Sequence[RegistrationField], values: Mapping[str, Any], today: date, *,
                     before: Mapping[str, Any] | None = None) -> None:
    """The six fields: those that must be there are, and what is frozen stays."""
    for field in fields:
        if field.kind is not FieldType.BUILT_IN or field.key not in values:
            continue
        value = values[field.key]
        # "Outside the province" is an answer, too.
        if field.key != "region_id" and not value and is_required(field, today):
            raise Refused(_l("This field must be filled in."), field.key)
        if before is not None and before.get(field.key) and is_frozen(field, today) and before[field.key] != value:
            raise Refused(_frozen(field), field.key)


def clean_answers(fields: Sequence[RegistrationField], given: Mapping[str, Any], today: date, *,
                  before: Mapping[str, Any] | None = None, complete: bool = True, frozen: bool = True
                  ) -> dict[str, Any]:
    """The answers as they are kept. What is not asked is left out; a frozen answer must be the one it was.

    ``complete=False`` lets required ones be missing: at a desk with people waiting, and in lists of others.
    ``frozen=False`` lets an organiser correct what is fixed for everybody else.
    """
    asked = [field for field in fields if is_answerable(field)]
    plain = {field.key: clean_answer(field, given.get(field.key)) for field in asked}
    kept: dict[str, Any] = {}
    for field in asked:
        value, old = plain[field.key], (before or {}).get(field.key)
        if not is_asked(field, plain, asked):
            continue
        if frozen and old is not None and is_frozen(field, today) and value != old:
            raise Refused(_frozen(field), field.key)
        if value is None:
            if complete and is_required(field, today):
                raise Refused(_l("This field must be filled in."), field.key)
            continue
        kept[field.key] = value
    # Answers to fields that were taken off the form stay with the registration.
    known = {field.key for field in asked}
    return {key: value for key, value in (before or {}).items() if key not in known} | kept


def _frozen(field: RegistrationField) -> Any:
    return _l("This can no longer be changed since %(day)s. Ask the organiser.", day=f"{field.frozen_from}")


def clean_answer(field: RegistrationField, raw: Any) -> Any:
    """One answer as it is kept, ``None`` for none; refused when the field does not take it."""
    if isinstance(raw, str):
        raw = raw.strip()
    if raw in (None, "", False, []):
        return None
    return _CLEANERS[field.kind](field, raw)


def _text(field: RegistrationField, raw: Any) -> str:
    limit = LONGEST_LONG if field.kind is FieldType.LONG else LONGEST_TEXT
    if len(str(raw)) > limit:
        raise Refused(_l("This is longer than %(n)s characters. Please shorten it.", n=limit), field.key)
    return str(raw)


def _number(field: RegistrationField, raw: Any) -> int:
    try:
        value = int(str(raw).replace(",", "").replace("，", ""))
    except ValueError:
        value = LARGEST + 1
    if abs(value) > LARGEST:
        raise Refused(_l("Write a whole number."), field.key)
    return value


def _day(field: RegistrationField, raw: Any) -> str:
    try:
        return (raw if isinstance(raw, date) else date.fromisoformat(str(raw).replace("/", "-")[:10])).isoformat()
    except ValueError:
        raise Refused(_l("Write a day such as 2026-11-21."), field.key) from None


def _choice(field: RegistrationField, raw: Any) -> str:
    found = choice_value(field, str(raw))
    if found is None:
        raise Refused(_l("Choose one of the values offered: %(values)s", values="、".join(labels_of(field))), field.key)
    return found


def _choices(field: RegistrationField, raw: Any) -> list[str]:
    parts = [str(one) for one in raw] if isinstance(raw, list) else re.split(r"[;；、]", str(raw))
    chosen = {_choice(field, part.strip()) for part in parts if part.strip()}
    return [value for value, *_labels in field.choices if value in chosen]


def _check(field: RegistrationField, raw: Any) -> bool | None:
    if raw is True or str(raw).casefold() in {"y", "yes", "1", "true", "on", "是", "有", "√"}:
        return True
    if str(raw).casefold() in {"n", "no", "0", "false", "否", "无", "×"}:
        return None
    raise Refused(_l("Write yes or no."), field.key)


def _link(field: RegistrationField, raw: Any) -> str:
    if len(str(raw)) > LONGEST_TEXT or not _LINK.fullmatch(str(raw)):
        raise Refused(_l("This is not a web address. Example: https://www.example.cn"), field.key)
    return str(raw)


def _file(field: RegistrationField, raw: Any) -> int:
    if not isinstance(raw, int):
        raise Refused(_l("Choose a file."), field.key)
    return raw


_CLEANERS: dict[FieldType, Any] = {
    FieldType.TEXT: _text, FieldType.LONG: _text, FieldType.NUMBER: _number, FieldType.DATE: _day,
    FieldType.CHOICE: _choice, FieldType.CHOICES: _choices, FieldType.CHECK: _check, FieldType.LINK: _link,
    FieldType.EMAIL: lambda field, raw: normal_email(str(raw), field=field.key),
    FieldType.PHONE: lambda field, raw: normal_phone(str(raw), mobile=False, field=field.key),
    FieldType.FILE: _file,
}


def choice_value(field: RegistrationField, text: str) -> str | None:
    """The stored value of a choice that is given by its value or by one of its labels."""
    wanted = text.strip().casefold()
    return next((str(choice[0]) for choice in field.choices if wanted in {str(part).casefold() for part in choice}), None)


def labels_of(field: RegistrationField) -> list[str]:
    """The choices in the reader's language."""
    return [label for _value, label in labelled_choices(field)]


def labelled_choices(field: RegistrationField) -> list[tuple[str, str]]:
    """Pairs for a form's select field, in the reader's language."""
    english = current_language() == "en"
    return [(str(value), str(label_en or label) if english else str(label)) for value, label, label_en in field.choices]


def read_choices(text: str, before: Sequence[Sequence[str]] = ()) -> list[list[str]]:
    """Choices typed one a line, Chinese and English parted by a bar. Those that were there before keep their value."""
    values = {str(label): str(value) for value, label, _en in before}
    taken = [int(value) for value in values.values() if value.isdigit()]
    following = max(taken, default=0)
    found: list[list[str]] = []
    for line in text.splitlines():
        label, _bar, english = (part.strip()[:120] for part in line.replace("｜", "|").partition("|"))
        if not label or label in {one[1] for one in found}:
            continue
        if label in values:
            found.append([values[label], label, english])
        else:
            following += 1
            found.append([str(following), label, english])
    if len(found) > MOST_CHOICES:
        raise Refused(_l("At most %(n)s choices. A text field is easier to fill in then.", n=MOST_CHOICES), "choices")
    return found


def said_answer(field: RegistrationField, value: Any) -> str:
    """An answer as people read it in lists and papers; of a file only that there is one."""
    if value in (None, "", []):
        return ""
    if field.kind is FieldType.CHECK:
        return "✓"
    if field.kind in {FieldType.CHOICE, FieldType.CHOICES}:
        labels = dict(labelled_choices(field))
        return "、".join(labels.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value]))
    return "✓" if field.kind is FieldType.FILE else str(value)


def said_answers(fields: Sequence[RegistrationField], answers: Mapping[str, Any], *, private: bool = True
                 ) -> list[tuple[str, str]]:
    """What was answered, as pairs for reading; without ``private`` the private ones are only said to be there."""
    return [
        (field.said, said_answer(field, answers[field.key]) if private or not field.is_private else "•••")
        for field in fields if is_answerable(field) and answers.get(field.key) not in (None, "", [])
    ]


def require_condition(field_key: str, condition_key: str, fields: Sequence[RegistrationField]) -> None:
    """A condition asks for a choice further up on the same form, and not in a circle."""
    seen, key = {field_key}, condition_key
    while key:
        upper = next((one for one in fields if one.key == key), None)
        if upper is None or upper.kind not in {FieldType.CHOICE, FieldType.CHOICES, FieldType.CHECK}:
            raise Refused(_l("A condition needs a field with choices, or a yes-or-no field, of the same form."), "condition_key")
        if key in seen:
            raise Refused(_l("These fields would wait for each other. Choose another condition."), "condition_key")
        seen.add(key)
        key = upper.condition_key


def read_condition(upper: RegistrationField, values: Sequence[str]) -> list[str]:
    """The values of the upper field on which another one is asked; given by value or by label."""
    if upper.kind is FieldType.CHECK:
        return ["y"]
    found = [value for text in values if text.strip() and (value := choice_value(upper, text))]
    if not found:
        raise Refused(_l("Name at least one answer of “%(field)s”: %(values)s", field=upper.said,
                         values="、".join(labels_of(upper))), "condition_values")
    return list(dict.fromkeys(found))


def require_days(required_from: date | None, frozen_from: date | None) -> None:
    """What is fixed before it must be there could never be given."""
    if required_from is not None and frozen_from is not None and frozen_from <= required_from:
        raise Refused(_l("The field would be fixed before it must be filled in. Choose a later day."), "frozen_from")
