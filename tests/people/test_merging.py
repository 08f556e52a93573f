"""Two records of one person are compared and made one by who manages accounts; nobody's account is merged away."""

from __future__ import annotations

from datetime import UTC, datetime

from expo.kit.db import db
from expo.people.models import Person
from expo.people.permissions import Role
from tests.makers import Places, make_actor, make_person


def test_an_administrator_compares_and_merges(client, app):
    places = Places()
    boss = make_actor(Role.ADMINISTRATOR, places.province)
    kept, dropped = make_person("王敏"), make_person("王敏敏", phone="+8613912345678")
    client.sign_in(boss)
    page = client.get(f"/work/people/{kept.id}/merge?other={dropped.id}").text
    assert "王敏敏" in page
    assert "13912345678" not in page
    client.post(f"/work/people/{kept.id}/merge", data={"other": str(dropped.id)})
    db.session.expire_all()
    assert db.session.get(Person, dropped.id).merged_into_id == kept.id


def test_an_account_is_not_merged_into_another(client, app):
    places = Places()
    client.sign_in(make_actor(Role.ADMINISTRATOR, places.province))
    kept, account = make_person("王敏"), make_person("王敏", phone_confirmed_at=datetime(2026, 1, 1, tzinfo=UTC))
    client.post(f"/work/people/{kept.id}/merge", data={"other": str(account.id)})
    db.session.expire_all()
    assert db.session.get(Person, account.id).merged_into_id is None


def test_an_organiser_merges_no_accounts(client, app):
    places = Places()
    client.sign_in(make_actor(Role.ORGANISER, places.province))
    kept, dropped = make_person("王敏"), make_person("王敏")
    assert client.get(f"/work/people/{kept.id}/merge?other={dropped.id}").status_code == 403
    assert client.post(f"/work/people/{kept.id}/merge", data={"other": str(dropped.id)}).status_code == 403
