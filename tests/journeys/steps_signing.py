"""The signing: opened from the meeting, its paper issued, signed, read back and checked."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from expo.kit.identity import make_credit_code
from tests.journeys.persons import Somebody, say
from tests.journeys.steps_pool import OWNER, TITLE
from tests.paper import read_codes, read_text

BUYER = "重庆两江氢能研究院"


def open_signing(city: Somebody, slug: str, number: str) -> None:
    """A letter of intent between the project's owner and the visitor's institute, as the meeting left it."""
    city.go(f"/work/{slug}/meetings/")
    city.go(city.page.locator("td a", has_text=TITLE).first.get_attribute("href") or "")
    city.press("Open the signing")
    expect(city.page.locator('[name="project_number"]')).to_have_value(number)
    expect(city.page.locator('[name="amount_fen"]')).to_have_value("300")
    city.fill(kind=say("Letter of intent"))
    city.press("Open the signing")
    have = city.page.locator("main").inner_text()
    for party in (OWNER, BUYER):
        if party not in have:
            city.press("Add party")
            city.fill(name=party)
            city.press("Add")
    edit = city.page.get_by_role("link", name=say("Complete the data"))
    for place, (party, signer) in enumerate(((OWNER, "苏锦江"), (BUYER, "童观众"))):
        city.press("Complete the data", within=city.page.locator(".panel", has_text=party).filter(has=edit).last)
        city.fill(credit_code=make_credit_code("510105", 4711 + place), address="成都市青羊区科技路 1 号",
                  legal_representative=f"代表{'甲乙'[place]}", signer=signer, contact=f"{signer} 028-8888000{place}")
        city.press("Save")
    city.press("Begin with the text")


def write_clauses(city: Somebody, day: datetime) -> None:
    city.fill(subject="阀门密封技术在加氢站的应用与批量供货。", form=say("Purchase of products or equipment"),
              division="甲方供货与指导安装，乙方提供两座加氢站试用。", next_step="签订供货合同。",
              next_on=f"{day + timedelta(days=60):%Y-%m-%d}", confidentiality="双方对技术参数保密三年。", months="12",
              binding=say("Confidentiality, disputes and term only"), dispute=say("Court"), dispute_body="成都市青羊区人民法院",
              copies="4")
    city.press("Save the clauses")
    city.press("Record and parties")


def freeze(city: Somebody) -> None:
    city.press("Freeze and issue", confirmed=True)
    city.keeps("agreement-frozen")


def read_paper(city: Somebody) -> tuple[str, bytes]:
    """The agreement's words out of its PDF, and the code on every page; returns the check page's address."""
    city.page.locator(".tabs").get_by_role("link", name=re.compile(say("Papers"))).click()
    paper = city.opens_file("PDF")
    text = re.sub(r"\s", "", read_text(paper))
    for words in (OWNER, BUYER, "叁佰万元整", "阀门密封技术在加氢站的应用与批量供货。", "双方对技术参数保密三年。"):
        assert words in text, words
    codes = read_codes(paper, last=9)
    pages = read_text(paper).count("\f")
    assert len(codes) == pages > 0
    assert len(set(codes)) == 1
    return codes[0], paper


def sign(city: Somebody, day: datetime) -> None:
    city.press("Record and parties")
    city.fill(signed_on=f"{day:%Y-%m-%d}")
    city.press("Note the signature", confirmed=True)
    city.reads("Signed")
    city.keeps("signed")


def check(anybody: Somebody, address: str, paper: bytes, folder: Path) -> None:
    """The genuine file is genuine; one with a byte more is not."""
    anybody.go(address)
    expect(anybody.page.locator(".verdict")).to_contain_text(say("This agreement is genuine"))
    for name, content, word in (("收到的协议.pdf", paper, "This agreement is genuine"),
                                ("动过的协议.pdf", paper + b"\n%", "This file is not the issued paper")):
        file = folder / name
        file.write_bytes(content)
        anybody.fill(file=file)
        anybody.press("Compare")
        expect(anybody.page.locator(".verdict")).to_contain_text(say(word))
        anybody.keeps(f"check-{file.stem}")
        anybody.go(address)
