"""Rules without a database: the lifecycle over all pairs, capacities, masks, the check's verdicts."""

from __future__ import annotations

from datetime import date
from itertools import islice, product
from typing import Any

import pytest

from expo.kit.files import StoredFile
from expo.kit.identity import make_credit_code
from expo.kit.refusals import Refused
from expo.signings import rules, rules_check
from expo.signings.models import AgreementKind, AgreementVersion, Signing, SigningStatus
from expo.signings.rules_check import Verdict

S = SigningStatus
ALLOWED = {
    (S.INTENT, S.DRAFTED), (S.INTENT, S.VOID), (S.DRAFTED, S.FROZEN), (S.DRAFTED, S.VOID), (S.FROZEN, S.SIGNED),
    (S.FROZEN, S.DRAFTED), (S.FROZEN, S.VOID), (S.SIGNED, S.REGISTERED), (S.SIGNED, S.VOID), (S.REGISTERED, S.VOID),
}


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_only_these_moves_are_allowed(before: S, after: S) -> None:
    signing = Signing(status=before)
    if (before, after) in ALLOWED:
        rules.LIFECYCLE.move(signing, after)
        assert signing.status is after
    else:
        with pytest.raises(Refused):
            rules.LIFECYCLE.move(signing, after)


@pytest.mark.parametrize("status", S)
def test_a_text_is_open_before_it_is_frozen_and_never_after(status: S) -> None:
    signing = Signing(status=status)
    if status in {S.INTENT, S.DRAFTED}:
        rules.require_open_text(signing)
    else:
        with pytest.raises(Refused):
            rules.require_open_text(signing)


@pytest.mark.parametrize(("kind", "terms", "wanted"), [
    (AgreementKind.TRANSFER, {}, ["让与人", "受让人", ""]), (AgreementKind.LICENCE, {}, ["许可人", "被许可人", ""]),
    (AgreementKind.DEVELOPMENT, {"mode": "commissioned"}, ["委托人", "研究开发人", ""]),
    (AgreementKind.DEVELOPMENT, {"mode": "joint"}, ["合作方", "合作方", "合作方"]), (AgreementKind.INTENT, {}, ["", "", ""]),
])
def test_parties_are_called_as_the_law_calls_them(kind: AgreementKind, terms: dict[str, Any], wanted: list[str]) -> None:
    assert [rules.capacity(kind, terms, place) for place in range(3)] == wanted


@pytest.mark.parametrize(("kind", "has_project", "good"), [
    (AgreementKind.REGIONAL, False, True), (AgreementKind.REGIONAL, True, False),
    (AgreementKind.INTENT, True, True), (AgreementKind.INTENT, False, False), (AgreementKind.LICENCE, False, False),
])
def test_only_regional_cooperation_stands_without_a_project(kind: AgreementKind, has_project: bool, good: bool) -> None:
    if good:
        rules.require_kind(kind, has_project)
    else:
        with pytest.raises(Refused):
            rules.require_kind(kind, has_project)


@pytest.mark.parametrize("day", [None, date(2026, 11, 22), date(2026, 11, 19)])
def test_a_paper_is_signed_between_its_issue_and_today(day: date | None) -> None:
    with pytest.raises(Refused):
        rules.require_signing_day(day, date(2026, 11, 20), date(2026, 11, 21))
    assert rules.require_signing_day(date(2026, 11, 20), date(2026, 11, 20), date(2026, 11, 21)) == date(2026, 11, 20)


def test_a_credit_code_must_fit_its_check_character_unless_it_is_from_abroad() -> None:
    good = make_credit_code("510700", 7)
    assert rules.party_code(f" {good.lower()} ", False) == good
    assert rules.party_code("", False) == ""
    with pytest.raises(Refused):
        rules.party_code("91510700MA62XXXX1Q", False)
    assert rules.party_code("HRB 123456 B", True) == "HRB 123456 B"
    assert rules.is_abroad("HRB 123456 B")
    assert not rules.is_abroad("")


@pytest.mark.parametrize(("contact", "shown"), [
    ("王芳 13800001234", "王* 138****1234"), ("王芳 138 0000 1234", "王* 138****1234"), ("0816-2391234", "081****1234"),
])
def test_contacts_are_masked(contact: str, shown: str) -> None:
    assert rules.masked_contact(contact) == shown


def test_places_on_the_stage_skip_those_that_are_taken() -> None:
    free = rules.free_places({(1, 1), (1, 3)})
    assert list(islice(free, 10)) == [(1, 2), *((1, n) for n in range(4, 11)), (2, 1), (2, 2)]


def signing_with(status: S, versions: int) -> Signing:
    signing = Signing(status=status)
    signing.versions = [AgreementVersion(number=n, sha256=f"{n}" * 64) for n in range(1, versions + 1)]
    signing.scan = None
    return signing


@pytest.mark.parametrize(("status", "versions", "asked", "verdict"), [
    (S.FROZEN, 1, None, Verdict.GENUINE), (S.SIGNED, 2, 2, Verdict.GENUINE), (S.REGISTERED, 2, None, Verdict.GENUINE),
    (S.SIGNED, 2, 1, Verdict.SUPERSEDED), (S.DRAFTED, 1, 1, Verdict.SUPERSEDED), (S.VOID, 2, 2, Verdict.VOID),
    (S.VOID, 2, 1, Verdict.VOID), (S.SIGNED, 1, 5, Verdict.UNKNOWN), (S.SIGNED, 1, 0, Verdict.UNKNOWN),
    (S.DRAFTED, 0, None, Verdict.UNKNOWN), (S.VOID, 0, None, Verdict.UNKNOWN),
])
def test_the_check_tells_genuine_superseded_void_and_unknown_apart(status: S, versions: int, asked: int | None,
                                                                   verdict: Verdict) -> None:
    assert rules_check.judge(signing_with(status, versions), asked).verdict is verdict


def test_a_serial_that_nobody_has_is_unknown() -> None:
    assert rules_check.judge(None, None).verdict is Verdict.UNKNOWN
    assert rules_check.compare(None, "1" * 64).verdict is Verdict.UNKNOWN


def test_a_compared_file_is_one_of_the_versions_the_scan_or_neither() -> None:
    signing = signing_with(S.SIGNED, 2)
    signing.scan = StoredFile(sha256="5" * 64)
    assert rules_check.compare(signing, "2" * 64).verdict is Verdict.GENUINE
    assert rules_check.compare(signing, "1" * 64).verdict is Verdict.SUPERSEDED
    assert rules_check.compare(signing, "5" * 64).verdict is Verdict.GENUINE
    assert rules_check.compare(signing, "9" * 64).verdict is Verdict.CHANGED
    signing.status = S.VOID
    assert rules_check.compare(signing, "2" * 64).verdict is Verdict.VOID
