"""What an address answers that is asked in another way than it is meant to be."""

from __future__ import annotations

import pytest

from tests.conftest import Browser


@pytest.mark.parametrize(("address", "page"), [
    ("/work/pool/imports/1/check", "/work/pool/imports/1"), ("/work/pool/imports/1/conflicts/taken", "/work/pool/imports/1/conflicts"),
    ("/work/exhibitor/projects/2026-00001/upload/pictures", "/work/exhibitor/projects/2026-00001"),
])
def test_an_address_that_only_takes_forms_leads_to_the_page_above_it(client: Browser, address: str, page: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.location) == (302, page)


def test_a_program_is_told_that_the_address_takes_no_get(client: Browser) -> None:
    answer = client.get("/work/pool/imports/1/check", headers={"Accept": "application/json"})
    assert answer.status_code == 405
    assert answer.json is not None


def test_where_there_is_no_page_above_a_sentence_says_so(client: Browser) -> None:
    answer = client.get("/sign-out")
    assert answer.status_code == 405
    assert "405" in answer.text


def test_a_form_sent_to_a_page_that_takes_none_is_not_led_away(client: Browser) -> None:
    assert client.post("/live", data={}).status_code in {400, 405}
