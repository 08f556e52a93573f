"""Built forms: conditions, days, types; what an organiser may build, and who may not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from expo.kit import clock
from expo.kit.access import ANONYMOUS
from expo.kit.db import db
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import Role
from expo.registration import actions, actions_kinds, queries_kinds
from expo.registration.actions_kinds import FieldEntry
from expo.registration.models import BadgeKind, Registration
from expo.registration.models_forms import FieldType, RegistrationField
from expo.registration.rules_fields import clean_answer, clean_answers, default_fields, read_choices
from tests.makers import make_actor
from tests.registration.conftest import CONSENT, entry, form_data, registered

TODAY = date(2026, 11, 21)
V = BadgeKind.VISITOR


def field(key: str, kind: FieldType = FieldType.TEXT, **values: Any) -> RegistrationField:
    given = {"badge_kind": V, "label": key, "label_en": "", "help": "", "help_en": "", "choices": [], "is_required": False,
             "condition_key": "", "condition_values": [], "is_private": False, "in_list": False, "position": 0} | values
    return RegistrationField(key=key, kind=kind, **given)


CHOICE = field("c", FieldType.CHOICE, choices=[["1", "省内媒体", "Provincial"], ["2", "中央媒体", "National"]])


@pytest.mark.parametrize(("kind", "given", "kept"), [
    (FieldType.TEXT, " 你好 ", "你好"), (FieldType.NUMBER, "1,200", 1200), (FieldType.DATE, "2026/11/21", "2026-11-21"),
    (FieldType.CHECK, "是", True), (FieldType.CHECK, "否", None), (FieldType.EMAIL, "A@B.cn", "a@b.cn"),
    (FieldType.PHONE, "138 1234 5678", "+8613812345678"), (FieldType.LINK, "https://a.example.cn/x", "https://a.example.cn/x"),
    (FieldType.TEXT, "", None),
])
def test_an_answer_is_kept_in_one_form(kind, given, kept):
    assert clean_answer(field("a", kind), given) == kept


@pytest.mark.parametrize(("kind", "given"), [
    (FieldType.NUMBER, "viele"), (FieldType.NUMBER, "9" * 30), (FieldType.DATE, "gestern"), (FieldType.CHECK, "vielleicht"),
    (FieldType.EMAIL, "nobody"), (FieldType.LINK, "javascript:alert(1)"), (FieldType.TEXT, "长" * 201), (FieldType.FILE, "7"),
])
def test_an_answer_that_does_not_fit_is_refused_at_its_field(kind, given):
    with pytest.raises(Refused) as refused:
        clean_answer(field("a", kind), given)
    assert refused.value.field == "a"


def test_a_choice_is_taken_by_value_or_by_either_label():
    assert {clean_answer(CHOICE, text) for text in ("1", "省内媒体", "provincial")} == {"1"}
    with pytest.raises(Refused):
        clean_answer(CHOICE, "3")


def test_what_is_not_asked_is_neither_required_nor_kept():
    fields = [CHOICE, field("d", is_required=True, condition_key="c", condition_values=["2"])]
    assert clean_answers(fields, {"c": "1", "d": "x"}, TODAY) == {"c": "1"}
    with pytest.raises(Refused):
        clean_answers(fields, {"c": "2"}, TODAY)


def test_a_condition_upon_something_that_is_not_asked_does_not_hold():
    fields = [CHOICE, field("d", FieldType.CHECK, condition_key="c", condition_values=["2"]),
              field("e", is_required=True, condition_key="d", condition_values=["y"])]
    assert clean_answers(fields, {"c": "1", "d": True, "e": "x"}, TODAY) == {"c": "1"}


@pytest.mark.parametrize(("today", "fits"), [(TODAY - timedelta(days=1), True), (TODAY, False)])
def test_a_field_is_required_from_its_day_on(today, fits):
    fields = [field("a", is_required=True, required_from=TODAY)]
    if fits:
        assert clean_answers(fields, {}, today) == {}
    else:
        with pytest.raises(Refused):
            clean_answers(fields, {}, today)


def test_a_frozen_answer_stays_but_a_missing_one_may_still_be_given():
    fields = [field("a", frozen_from=TODAY)]
    assert clean_answers(fields, {"a": "neu"}, TODAY, before={}) == {"a": "neu"}
    with pytest.raises(Refused):
        clean_answers(fields, {"a": "neu"}, TODAY, before={"a": "alt"})
    assert clean_answers(fields, {"a": "neu"}, TODAY, before={"a": "alt"}, frozen=False) == {"a": "neu"}


def test_answers_to_fields_that_were_taken_off_stay():
    assert clean_answers([field("a")], {"a": "1"}, TODAY, before={"old": "x"}) == {"old": "x", "a": "1"}


def test_a_choice_keeps_its_value_when_the_list_is_written_anew():
    before = read_choices("甲\n乙 | B")
    assert read_choices("丙\n乙 | B2\n甲", before) == [["3", "丙", ""], ["2", "乙", "B2"], ["1", "甲", ""]]


def test_the_six_fields_are_asked_by_default_and_the_press_shows_a_proof():
    assert [one.key for one in default_fields(V)] == ["name", "phone", "email", "organisation_name", "job_title", "region_id"]
    assert default_fields(BadgeKind.MEDIA)[-1].key == "proof"


def _add(edition, organiser, **values: Any) -> int:
    given = {"kind": FieldType.TEXT, "label": "关注领域"} | values
    return actions_kinds.add_field(edition.id, V, FieldEntry(**given), by=organiser)


def test_the_first_field_makes_the_default_form_the_editions_own(edition, organiser):
    _add(edition, organiser)
    assert len(queries_kinds.list_fields(edition.id, V)) == 7
    assert queries_kinds.list_fields(edition.id, BadgeKind.EXPERT)[0].id is None


def test_an_answer_goes_from_the_form_to_the_list_and_the_export(client, edition, organiser):
    number = _add(edition, organiser, kind=FieldType.CHOICE, label="关注领域", choices="新材料\n生物医药", in_list=True)
    key = db.session.get(RegistrationField, number).key
    answer = client.post("/expo/2026/register", data=form_data(**{f"own_{key}": "2"}))
    assert answer.status_code == 303
    assert db.session.query(Registration).one().answers == {key: "2"}
    assert "生物医药" in client.get(answer.location).text
    client.sign_in(organiser)
    assert "生物医药" in client.get("/work/2026/registration/?kind=visitor").text
    assert "生物医药" in client.get("/work/2026/registration/export.csv").get_data(as_text=True)


def test_a_missing_required_answer_is_said_next_to_it(client, edition, organiser):
    number = _add(edition, organiser, is_required=True)
    key = db.session.get(RegistrationField, number).key
    answer = client.post("/expo/2026/register", data=form_data())
    assert answer.status_code == 422
    assert f'id="own_{key}-error"' in answer.text
    assert db.session.query(Registration).count() == 0


def test_private_answers_are_masked_until_asked_for(client, edition, organiser):
    number = _add(edition, organiser, label="身份证号", is_private=True)
    key = db.session.get(RegistrationField, number).key
    found = actions.register(edition.id, entry(answers={key: "510104200001010011"}), V, CONSENT, by=ANONYMOUS).registration
    client.sign_in(organiser)
    address = f"/work/2026/registration/{found.id}"
    assert "510104200001010011" not in client.get(address).text
    assert "510104200001010011" not in client.get("/work/2026/registration/export.csv").get_data(as_text=True)
    assert "510104200001010011" in client.post(f"{address}/contact").text


def test_nobody_points_at_a_file_by_its_number(edition):
    with pytest.raises(Refused):
        actions.register(edition.id, entry(answers={"proof": 1}), BadgeKind.MEDIA, CONSENT, by=ANONYMOUS)


def test_a_proof_is_opened_by_who_checks_it_and_the_look_is_noted(client, edition, places, organiser):
    found = registered(edition, kind=BadgeKind.MEDIA)
    address = f"/work/2026/registration/{found.id}/proof/proof"
    assert client.sign_in(make_actor(Role.AUDITOR, places.province)).get(address).status_code == 403
    client.sign_in(organiser)
    assert client.get(address).data.startswith(b"%PDF")
    assert "查看了证明材料" in client.get(f"/work/2026/registration/{found.id}").text


def test_a_field_that_others_wait_for_stays(edition, organiser):
    upper = _add(edition, organiser, kind=FieldType.CHECK, label="洽谈")
    key = db.session.get(RegistrationField, upper).key
    lower = _add(edition, organiser, label="内容", condition_key=key)
    with pytest.raises(Refused):
        actions_kinds.remove_field(edition.id, upper, by=organiser)
    actions_kinds.remove_field(edition.id, lower, by=organiser)
    actions_kinds.remove_field(edition.id, upper, by=organiser)
    assert len(queries_kinds.list_fields(edition.id, V)) == 6


def test_fields_cannot_wait_for_each_other(edition, organiser):
    ids = [_add(edition, organiser, kind=FieldType.CHECK, label=label) for label in ("一", "二")]
    first, second = (db.session.get(RegistrationField, number).key for number in ids)
    actions_kinds.change_field(edition.id, ids[1], FieldEntry(FieldType.CHECK, "二", condition_key=first), by=organiser)
    with pytest.raises(Refused):
        actions_kinds.change_field(edition.id, ids[0], FieldEntry(FieldType.CHECK, "一", condition_key=second), by=organiser)


def test_a_city_builds_no_forms_and_sets_no_quotas(edition, places):
    city = make_actor(Role.ORGANISER, places.chengdu)
    with pytest.raises(Forbidden):
        _add(edition, city)


@pytest.mark.parametrize("page", ["", "/kinds/visitor", "/kinds/visitor/fields/new", "/quotas", "/consents", "/consents/sms",
                                  "/retention"])
def test_the_pages_of_the_setup_open_to_the_province_alone(client, edition, places, organiser, page):
    address = f"/work/2026/registration/setup{page}"
    assert client.sign_in(organiser).get(address).status_code == 200
    assert client.sign_in(make_actor(Role.ORGANISER, places.chengdu)).get(address).status_code == 403
    assert client.sign_in(make_actor(Role.GATE_STAFF, places.province)).get(address).status_code == 403


def test_a_form_is_built_on_its_page(client, edition, organiser):
    client.sign_in(organiser)
    base = "/work/2026/registration/setup/kinds/visitor"
    sent = {"kind": "choice", "label": "渠道", "choices": "网站\n朋友 | Friends", "is_required": "y"}
    assert client.post(f"{base}/fields/new", data=sent).status_code == 303
    assert client.post(f"{base}/fields/new", data=sent | {"choices": "一个"}).status_code == 422
    fields = queries_kinds.list_fields(edition.id, V)
    order = [str(one.id) for one in reversed(fields)]
    client.post(f"{base}/order", data={"order": order})
    db.session.expire_all()
    assert [str(one.id) for one in queries_kinds.list_fields(edition.id, V)] == order
    assert "Friends" in client.get("/expo/2026/register?lang=en").text
    made = next(one for one in queries_kinds.list_fields(edition.id, V) if one.label == "渠道")
    changed = client.post(f"/work/2026/registration/setup/fields/{made.id}", data=sent | {"label": "来源", "frozen_from": "2026-11-01"})
    assert changed.status_code == 303
    client.post("/work/2026/registration/setup/kinds/expert/copy", data={"source": "visitor"})
    assert [one.label for one in queries_kinds.list_fields(edition.id, BadgeKind.EXPERT) if one.label] == ["来源"]


def test_what_is_frozen_is_off_the_holders_form_and_on_the_organisers(client, edition, organiser):
    number = _add(edition, organiser, label="航班", frozen_from=clock.now().date() - timedelta(days=1))
    key = db.session.get(RegistrationField, number).key
    found = actions.register(edition.id, entry(answers={key: "CA4101"}), V, CONSENT, by=ANONYMOUS).registration
    assert f'name="own_{key}"' not in client.get(f"/my/{found.token}/change").text
    data = {"name": "王敏", "organisation_name": "九洲", "region_id": "0", f"own_{key}": "XX"}
    client.post(f"/my/{found.token}/change", data=data)
    db.session.expire_all()
    assert db.session.get(Registration, found.id).answers == {key: "CA4101"}
    client.sign_in(organiser)
    client.post(f"/work/2026/registration/{found.id}/change", data=data)
    db.session.expire_all()
    assert db.session.get(Registration, found.id).answers == {key: "XX"}
