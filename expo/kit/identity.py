"""Numbers and addresses that identify people and organisations: checked, and brought to one written form."""

import re
import unicodedata

import phonenumbers

from expo.kit.language import _l
from expo.kit.refusals import Refused

# GB 32100-2015: digits and capital letters without I, O, S, V, Z; a character's value is its place here.
CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_CREDIT_CODE = re.compile(rf"[{CREDIT_CODE_ALPHABET}]{{2}}[0-9]{{6}}[{CREDIT_CODE_ALPHABET}]{{10}}")

# GB 11714-1997, the organisation code inside the credit code (characters 9 to 17), same values for letters A…Z.
_ORGANISATION_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]"
)
_UNSEEN = re.compile("[\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")


def _tidy(value: str) -> str:
    """Full-width characters made narrow; spaces and invisible characters, which come with pasting, taken out."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", value))


def credit_code_check_character(first_seventeen: str) -> str:
    """The 18th character of a unified social credit code, from the 17 before it (GB 32100-2015, 5.2)."""
    total = sum(
        CREDIT_CODE_ALPHABET.index(character) * weight
        for character, weight in zip(first_seventeen, _CREDIT_CODE_WEIGHTS, strict=True)
    )
    return CREDIT_CODE_ALPHABET[-total % 31]


def make_credit_code(region_code: str, number: int, *, department: str = "9", kind: str = "1") -> str:
    """A well-formed credit code for demonstration rows: `region_code` has six digits, `number` up to eight."""
    organisation = f"{number:08d}"
    weighted = sum(
        int(digit) * weight for digit, weight in zip(organisation, _ORGANISATION_CODE_WEIGHTS, strict=True)
    )
    body = f"{department}{kind}{region_code}{organisation}{'0123456789X'[-weighted % 11]}"
    return body + credit_code_check_character(body)


def normal_credit_code(value: str, *, field: str | None = "credit_code") -> str:
    """The code in capitals without spaces; refused when its form or its check character is wrong."""
    code = _tidy(value).replace("-", "").upper()
    if len(code) != 18:
        raise Refused(
            _l("A unified social credit code has 18 characters; this one has %(count)s.", count=len(code)),
            field=field,
        )
    if not _CREDIT_CODE.fullmatch(code):
        raise Refused(
            _l(
                "This is not a unified social credit code: it may only contain digits and capital letters "
                "other than I, O, S, V and Z, and characters 3 to 8 are digits."
            ),
            field=field,
        )
    if credit_code_check_character(code[:17]) != code[17]:
        raise Refused(
            _l(
                "The check character of this unified social credit code does not fit. Please compare it with the licence."
            ),
            field=field,
        )
    return code


def normal_phone(value: str, *, region: str = "CN", mobile: bool = True, field: str | None = "phone") -> str:
    """The number as E.164 (`+8613812345678`); one without a country code is taken as Chinese.

    With `mobile` a landline of mainland China is refused, since no text message reaches it.
    """
    try:
        # "00" is how many people dial abroad from China; only the plus sign is understood by itself.
        number = phonenumbers.parse(re.sub(r"^00(?=[1-9])", "+", _tidy(value)), region)
    except phonenumbers.NumberParseException:
        raise Refused(
            _l("This is not a phone number. Example: 138 0000 0000 or +852 5123 4567."), field=field
        ) from None
    if not phonenumbers.is_valid_number(number):
        raise Refused(
            _l(
                "There is no such phone number. Please check its digits; numbers from abroad begin with + and the country code."
            ),
            field=field,
        )
    kind = phonenumbers.number_type(number)
    if mobile and kind not in (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    ):
        raise Refused(
            _l("This is not a mobile number. Please give one that receives text messages."), field=field
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_for_reading(e164: str) -> str:
    """`138 1234 5678` for a Chinese number, `+852 5123 4567` for others; unknown forms as they are."""
    try:
        number = phonenumbers.parse(e164, "CN")
    except phonenumbers.NumberParseException:
        return e164
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        number, form.NATIONAL if number.country_code == 86 else form.INTERNATIONAL
    )


def normal_email(value: str, *, field: str | None = "email") -> str:
    """The address in small letters: two accounts must not differ by capitals only."""
    address = _tidy(value).lower()
    local, _at, _domain = address.rpartition("@")
    if len(address) > 254 or len(local) > 64 or not _EMAIL.fullmatch(address):
        raise Refused(_l("This is not an e-mail address. Example: name@example.cn."), field=field)
    return address
