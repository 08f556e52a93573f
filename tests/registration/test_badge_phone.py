"""The badge on the phone: scripts agree with the site, the page carries what they need, and it opens without a network."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from expo.kit import clock
from expo.registration import actions_desk
from expo.registration.queries_keys import badge_keys
from expo.registration.rules_codes import BadgeCode, read
from expo.registration.rules_live import Live, check_live, live_part
from tests.registration.conftest import registered

STATIC = Path(__file__).resolve().parents[2] / "static" / "js"
FILE = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))


def by_node(script: str) -> list[str]:
    """What a module of ours answers under node, as JSON."""
    names = {"live": STATIC / "live-code.js", "qr": STATIC / "qr-drawing.js"}
    imports = "".join(f"import * as {name} from {json.dumps(path.as_uri())};\n" for name, path in names.items())
    run = subprocess.run(["node", "--input-type=module", "-e", imports + script], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def test_the_phone_makes_the_parts_that_the_gate_expects():
    live, code = FILE["live"], FILE["vectors"][0]["text"]
    steps = [part["step"] for part in live["parts"]]
    found = by_node(f"""
      const secret = live.bytesOf({json.dumps(live["secret"])}), number = live.numberOf({json.dumps(code)}), found = [];
      for (const step of {steps}) found.push(await live.livePart(secret, number, step));
      console.log(JSON.stringify(found));""")
    assert found == [part["part"] for part in live["parts"]]


@pytest.mark.parametrize("length", [100, 122, 123, 154, 155, 178, 179, 221, 262, 263, 311])
def test_symbols_drawn_in_the_browser_are_read(length):
    text = ("HTTPS://EXPO.EXAMPLE.CN/B/" + "A7BZ3CQ5" * 50)[:length]
    rows = by_node(f"console.log(JSON.stringify(qr.modules({json.dumps(text)}).map((row) => row.map(Number).join(''))));")
    picture = Image.new("L", (len(rows) + 8, len(rows) + 8), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            picture.putpixel((x + 4, y + 4), 0 if dark == "1" else 255)
    found = zxingcpp.read_barcode(picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.NEAREST))
    assert found.text == text


def test_other_texts_are_not_drawn_at_all():
    assert by_node("console.log(JSON.stringify([qr.modules('签到'), qr.modules('a'), qr.modules('A'.repeat(312))]));") == [None] * 3


def carried(page: str) -> tuple[str, bytes]:
    code = re.search(r'data-code="([^"]+)"', page)
    secret = re.search(r'data-secret="([^"]+)"', page)
    assert code
    assert secret
    return html.unescape(code[1]), base64.b64decode(html.unescape(secret[1]))


def test_the_page_carries_a_secret_that_the_gate_knows_and_that_dies_with_the_badge(client, edition, organiser):
    from expo.registration.queries_keys import live_secret

    found = registered(edition)
    address, secret = carried(client.get(f"/my/{found.token}").text)
    code = read(address, badge_keys())
    assert isinstance(code, BadgeCode)
    assert live_secret(address.rpartition("/")[2]) == secret
    assert isinstance(check_live(live_part(secret, code.number, 60_000_000), secret, code.number,
                                 clock.now().fromtimestamp(60_000_000 * 30, clock.now().tzinfo)), Live)
    actions_desk.reissue(edition.id, found.id, "遗失", by=organiser)
    assert carried(client.get(f"/my/{found.token}").text)[1] != secret


def test_phones_learn_the_sites_time_and_get_their_worker(client):
    answer = client.get("/my/clock")
    assert answer.headers["Cache-Control"] == "no-store"
    assert abs(answer.json["now"] / 1000 - clock.now().timestamp()) < 5
    worker = client.get("/my/badge-worker.js")
    assert "javascript" in worker.mimetype
    assert worker.headers["Cache-Control"] == "no-cache"


def test_a_live_code_opens_the_same_page_as_the_printed_one(client, edition):
    found = registered(edition)
    address, secret = carried(client.get(f"/my/{found.token}").text)
    part = live_part(secret, read(address, badge_keys()).number, 60_000_000)
    path = "/B/" + address.rpartition("/")[2]
    assert client.get(path).status_code == client.get(f"{path}/{part}").status_code == 200
