import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.kit import identity
from expo.kit.refusals import Refused

pytestmark = pytest.mark.usefixtures("in_english")

# Published codes of well-known companies.
REAL_CODES = ["91110000802100433B", "91440300708461136T", "9144030071526726XG"]


@pytest.mark.parametrize("code", REAL_CODES)
def test_real_credit_codes_are_accepted(code: str) -> None:
    assert identity.normal_credit_code(code) == code


def test_credit_codes_are_tidied_before_they_are_judged() -> None:
    assert identity.normal_credit_code(" 9111 0000-8021 0043 3b ") == "91110000802100433B"
    assert identity.normal_credit_code("９１１１００００８０２１００４３３Ｂ\u200b") == "91110000802100433B"


@given(st.sampled_from(REAL_CODES), st.integers(0, 17), st.sampled_from(identity.CREDIT_CODE_ALPHABET))
def test_one_wrong_character_is_always_noticed(code: str, place: int, character: str) -> None:
    wrong = code[:place] + character + code[place + 1 :]
    if wrong == code:
        return
    with pytest.raises(Refused) as refusal:
        identity.normal_credit_code(wrong)
    assert refusal.value.field == "credit_code"


@given(st.integers(0, 10**8 - 1), st.sampled_from(["510100", "510703", "513337"]))
def test_made_codes_are_well_formed(number: int, region: str) -> None:
    code = identity.make_credit_code(region, number)
    assert identity.normal_credit_code(code) == code
    assert code[2:8] == region


@pytest.mark.parametrize(
    ("code", "said"),
    [("9111", "has 4"), ("91110000802100433A", "check character"), ("O1110000802100433B", "other than I, O")],
)
def test_a_wrong_code_is_refused_with_its_reason(code: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        identity.normal_credit_code(code)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("13812345678", "+8613812345678"),
        ("138 1234 5678", "+8613812345678"),
        ("１３８-1234-5678", "+8613812345678"),
        ("+86 138 1234 5678", "+8613812345678"),
        ("008613812345678", "+8613812345678"),
        ("19900001234", "+8619900001234"),
        ("+852 5123 4567", "+85251234567"),
        ("+65 9123 4567", "+6591234567"),
    ],
)
def test_mobile_numbers_get_one_form(written: str, normal: str) -> None:
    assert identity.normal_phone(written) == normal


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("123", "no such"),
        ("call me", "not a phone"),
        ("", "not a phone"),
        ("028-85551234", "not a mobile"),
        ("1381234567", "no such"),
    ],
)
def test_other_numbers_are_refused_with_their_reason(written: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refusal:
        identity.normal_phone(written)
    assert refusal.value.field == "phone"


def test_a_landline_will_do_where_no_message_is_sent() -> None:
    assert identity.normal_phone("028-85551234", mobile=False) == "+862885551234"


def test_numbers_are_shown_as_people_write_them() -> None:
    assert identity.phone_for_reading("+8613812345678") == "138 1234 5678"
    assert identity.phone_for_reading("+85251234567") == "+852 5123 4567"
    assert identity.phone_for_reading("?") == "?"


def test_addresses_get_one_form() -> None:
    assert identity.normal_email(" Zhang.San＠Example.CN ") == "zhang.san@example.cn"
    assert identity.normal_email("a+b@mail.sichuan.gov.cn") == "a+b@mail.sichuan.gov.cn"
    assert identity.normal_email("李@邮件.中国".replace("李", "li")) == "li@邮件.中国"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "a",
        "a@b",
        "@b.cn",
        "a@.cn",
        "a..b@c.cn",
        ".a@c.cn",
        "a@c.cn\nBcc: x@y.cn@",
        "a b@c..cn",
        "a@b_.c1n",
        "x" * 65 + "@c.cn",
    ],
)
def test_other_addresses_are_refused(written: str) -> None:
    with pytest.raises(Refused, match="not an e-mail"):
        identity.normal_email(written)
