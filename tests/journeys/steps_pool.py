"""The pool: a file becomes tickets, one of them gets its caretaker and a visit, and is nominated."""

from __future__ import annotations

import codecs
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.persons import Somebody, say

TITLE = "面向氢能储运的纳米涂层阀门密封技术"
OWNER = "成都锦江阀门科技有限公司"
NUMBER = "QY-2026-0001"
EXHIBITOR = ("苏锦江", "su@example.cn")
#: As a county's office keeps it: in GBK, with its own column names, one row of which is no ticket.
ROWS = (
    ("工单号", "项目名称", "简介", "项目类别", "单位", "地区", "区县", "产业", "联系人", "邮箱"),
    (NUMBER, TITLE, "在 70 MPa 下保持零泄漏；已在加氢站试用两年，泄漏率低于 1×10⁻⁶。".replace("⁻⁶", "^-6"), "科技成果", OWNER,
     "成都市", "青羊区", "新材料", *EXHIBITOR),
    ("QY-2026-0002", "老旧小区电梯振动监测", "需要低功耗传感器", "科技难题", "青羊区住建局", "成都市", "青羊区", "装备制造", "", ""),
    ("QY-2026-0003", "无人问津的一行", "类别写错了", "不知所云", "", "成都市", "青羊区", "", "", ""),
)


def write_file(folder: Path) -> Path:
    path = folder / "青羊区工单.csv"
    text = "\r\n".join(",".join(row) for row in ROWS) + "\r\n"
    path.write_bytes(codecs.encode(text, "gbk"))
    return path


def import_tickets(county: Somebody, path: Path) -> None:
    """The columns are recognised, the dry run names the wrong row, the right ones are stored."""
    county.go("/work/pool/imports/new")
    county.fill(file=path)
    county.press("Upload")
    county.reads("Which column is which?")
    county.sees(TITLE)
    county.keeps("import-columns")
    county.press("Check all rows")
    county.press("Go on")  # Offered as soon as the work in the background is done.
    county.sees("不知所云")
    county.keeps("import-dry-run")
    failed = county.opens_file("File of the failed rows")
    assert "不知所云" in failed.decode("utf-8-sig")
    assert TITLE not in failed.decode("utf-8-sig")
    county.press("Store %(num)s new tickets", num=2)
    county.press("Go on")
    county.press("To the tickets")
    county.sees(TITLE)


def assign_caretaker(county: Somebody, caretaker: str) -> None:
    county.go("/work/pool/")
    expect(county.page.locator("tbody tr")).to_have_count(2)
    county.row(TITLE).get_by_role("checkbox").check()
    county.press("Assign a caretaker…")
    county.fill(caretaker_id=caretaker)
    county.keeps("assign-summary")
    county.press("Assign")
    expect(county.row(TITLE)).to_contain_text(caretaker)


def record_visit(caretaker: Somebody) -> None:
    """The caretaker finds the ticket on the own desk and writes down a visit."""
    caretaker.go("/work/")
    caretaker.go("/work/pool/mine")
    caretaker.page.get_by_role("link", name=TITLE).click()
    caretaker.unfold("Record a visit")
    caretaker.fill(stage=say("Matching"), note="到企业车间看了样机，愿意参展。", next_step="补交检测报告")
    caretaker.press("Record the visit")
    caretaker.reads("The visit is recorded.")
    caretaker.page.get_by_role("link", name=TITLE).click()
    caretaker.sees("到企业车间看了样机，愿意参展。", "补交检测报告")
    caretaker.keeps("visit-recorded")


def nominate(county: Somebody, slug: str) -> None:
    county.go(f"/work/{slug}/shortlist/nominate")
    county.row(TITLE).get_by_role("checkbox").check()
    county.press("Nominate …")
    county.fill(note="技术指标领先，企业有参展意愿。")
    county.press("Nominate")
    county.is_at(f"/work/{slug}/shortlist/$")
    county.sees(TITLE, say("Nominated"))
    county.keeps("nominated")
