"""What WTForms says about a wrong entry, in this site's words: what to enter instead of what a field is not."""

from __future__ import annotations

from typing import Any

from expo.kit.language import _l

_CHOOSE = _l("Choose one of the entries that are offered.")
_WORDS: dict[str, Any] = {
    "This field is required.": _l("Please fill this in."),
    "Not a valid choice.": _CHOOSE,
    "Invalid Choice: could not coerce.": _CHOOSE,
    "Invalid choice(s): one or more data inputs could not be coerced.": _CHOOSE,
    "Not a valid integer value.": _l("Enter a whole number."),
    "Not a valid decimal value.": _l("Enter a number."),
    "Not a valid float value.": _l("Enter a number."),
    "Not a valid date value.": _l("Enter a date such as 2026-11-20."),
    "Not a valid datetime value.": _l("Enter a date and a time."),
    "Not a valid time value.": _l("Enter a time such as 09:30."),
    "Number must be between %(min)s and %(max)s.": _l("Enter a number from %(min)s to %(max)s."),
    "Number must be at least %(min)s.": _l("Enter a number of at least %(min)s."),
    "Number must be at most %(max)s.": _l("Enter a number of at most %(max)s."),
    "Field cannot be longer than %(max)d character.": _l("At most %(max)d characters."),
    "Field must be at least %(min)d character long.": _l("At least %(min)d characters."),
    "Field must be exactly %(max)d character long.": _l("Exactly %(max)d characters."),
    "Field must be between %(min)d and %(max)d characters long.": _l("Between %(min)d and %(max)d characters."),
    "Invalid URL.": _l("Enter a web address such as https://example.cn."),
    "Invalid input.": _l("Please check this entry."),
}


class FormWords:
    """Hands WTForms our sentence where there is one, else that of ``others``."""

    def __init__(self, others: Any) -> None:
        self.others = others

    def gettext(self, message: str) -> str:
        return str(_WORDS[message]) if message in _WORDS else str(self.others.gettext(message))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return str(_WORDS[singular]) if singular in _WORDS else str(self.others.ngettext(singular, plural, n))
