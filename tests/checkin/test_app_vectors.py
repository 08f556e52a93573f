"""The gate's app says the same as the site: both pass the same examples. Its pure modules run under node here."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from expo.checkin.queries_keys import keys_for_devices
from expo.checkin.rules_pack import pack_id
from expo.kit import clock
from expo.kit.db import db
from expo.kit.unit import action
from expo.registration.models import Badge, BadgeStatus
from expo.registration.rules_codes import content_of
from tests.checkin.conftest import attendee, code_of
from tests.makers import make_badge

HERE = Path(__file__).parent
CODES = json.loads((HERE.parent / "registration" / "vectors.json").read_text(encoding="utf-8"))
RULES = json.loads((HERE / "rule_vectors.json").read_text(encoding="utf-8"))
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


def said(job: str, **asked: Any) -> Any:
    """What the app's modules answer."""
    done = subprocess.run(
        [str(NODE), "--experimental-default-type=module", str(HERE / "gate_vectors.mjs")],
        input=json.dumps({"job": job, **asked}), capture_output=True, text=True, check=False, timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def point(spki: str) -> str:
    """A public key as devices get it."""
    key = load_der_public_key(base64.b64decode(spki))
    raw = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_the_app_judges_every_code_as_the_site_does():
    found = said("codes", keys={CODES["key_id"]: point(CODES["public_key_spki"])}, edition=CODES["edition_id"], day=CODES["day"],
                 texts=[vector["text"] for vector in CODES["vectors"]])
    for vector, one in zip(CODES["vectors"], found, strict=True):
        assert one.get("fault", "good") == vector["verdict"], vector["name"]
        if vector["verdict"] == "good":
            assert {"kind": one["kind"], "key_id": one["keyId"], "edition_id": one["edition"],
                    "valid_until": one["validUntil"], "number": one["number"]} == vector["says"], vector["name"]


def test_the_app_judges_every_moving_code_as_the_site_does():
    live = CODES["live"]
    begin = datetime.fromisoformat(live["at"])
    asked = [{"text": one["text"], "at": (begin - timedelta(seconds=one["skew_seconds"])).isoformat()} for one in live["vectors"]]
    found = said("live", secret=live["secret"], number=live["number"], vectors=asked)
    assert dict(zip((one["name"] for one in live["vectors"]), found, strict=True)) == {
        one["name"]: one["verdict"] for one in live["vectors"]}
    assert said("parts", secret=live["secret"], number=live["number"], steps=[one["step"] for one in live["parts"]]) == [
        one["part"] for one in live["parts"]]


def test_the_app_keeps_every_rule_as_the_site_does():
    found = said("rules", vectors=RULES)
    for vector, one in zip(RULES, found, strict=True):
        assert one == {"result": vector["result"], "reason": vector["reason"]}, vector["name"]


def test_the_app_reckons_days_in_the_events_zone():
    moments = ["2026-11-20T15:59:59+00:00", "2026-11-20T16:00:00+00:00", "2026-12-31T23:30:00+00:00"]
    assert said("days", moments=moments, zone="Asia/Shanghai") == [
        {"day": "2026-11-20", "time": "23:59", "clock": "23:59:59"}, {"day": "2026-11-21", "time": "00:00", "clock": "00:00:00"},
        {"day": "2027-01-01", "time": "07:30", "clock": "07:30:00"}]


@action
def _ended(registration_id: int, status: BadgeStatus) -> None:
    for badge in db.session.query(Badge).filter_by(registration_id=registration_id):
        badge.status, badge.ended_at = status, clock.now()


def _head(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    found: dict[str, Any] = json.loads(data[12:12 + int.from_bytes(data[8:12], "little")])
    return found


def _bytes_of(address: str) -> bytes:
    return content_of(address.rpartition("/")[2])


@pytest.mark.parametrize("together", [False, True], ids=["in layers", "merged on the device"])
def test_the_app_opens_the_box_of_whoever_shows_the_badge(edition, scanner, tmp_path, together):
    rare, replaced, later = attendee(edition, "钟𬭼", organisation_name="中国科学院"), attendee(edition, "李旧"), attendee(edition)
    codes = [code_of(one) for one in (rare, replaced, later)]
    (tmp_path / "whole").write_bytes(scanner.get("pack?since=0").data)
    version = _head(tmp_path / "whole")["version"]
    _ended(replaced.id, BadgeStatus.REPLACED)
    make_badge(replaced)
    unknown = attendee(edition, "新来的")
    (tmp_path / "news").write_bytes(scanner.get(f"pack?since={version}").data)
    codes += [code_of(replaced), code_of(unknown)]

    first, old, third, new, fresh = said("pack", files=[str(tmp_path / "news"), str(tmp_path / "whole")], codes=codes,
                                         keys=keys_for_devices(), together=together)
    assert first["found"]["name"] == "钟𬭼"
    assert first["found"]["organisation"] == "中国科学院"
    assert first["found"]["registration"] == rare.id
    assert first["id"] == pack_id(_bytes_of(codes[0])).hex()
    assert old["found"] == {"revoked": "replaced"}
    assert third["found"]["registration"] == later.id
    assert new["found"]["name"] == "李旧"
    assert fresh["found"]["name"] == "新来的"


def test_the_pack_shows_no_name_and_no_code(edition, scanner):
    person = attendee(edition, "钟𬭼", organisation_name="中国科学院")
    pack = scanner.get("pack?since=0").data
    assert "钟𬭼".encode() not in pack
    assert "中国科学院".encode() not in pack
    assert _bytes_of(code_of(person))[:40] not in pack
    assert pack_id(_bytes_of(code_of(person))) in pack


def test_a_code_that_the_pack_does_not_hold_is_not_found(edition, scanner, tmp_path):
    attendee(edition)
    (tmp_path / "pack").write_bytes(scanner.get("pack?since=0").data)
    later = code_of(attendee(edition, "后来"))
    [answer] = said("pack", files=[str(tmp_path / "pack")], codes=[later], keys=keys_for_devices(), together=False)
    assert answer["found"] is None


def test_moments_are_read_whatever_their_zone():
    here = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    rules = RULES[0]["rules"] | {"opens_at": here.isoformat(), "closes_at": "2026-11-21T10:00:00+08:00"}
    scans = [RULES[0]["scan"] | {"at": at} for at in ("2026-11-21T00:59:59.999Z", "2026-11-21T09:00:00+08:00", "2026-11-21T02:00:00Z")]
    found = said("rules", vectors=[RULES[0] | {"rules": rules, "scan": scan} for scan in scans])
    assert [one["reason"] for one in found] == ["outside_time", "", "outside_time"]
