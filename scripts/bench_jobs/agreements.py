"""Agreements as separate files, set, stored and fingerprinted; beside a program that only writes their words and code."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from expo.editions.models import Edition
from expo.kit.config import load_config
from expo.kit.files import Received, storage
from expo.kit.linebreak import wrapped
from expo.kit.pdf_fonts import embedded, faces
from expo.kit.qr import qr_modules
from expo.projects.models import Project
from expo.signings import clauses, papers
from expo.signings.models import AgreementKind, PartyRole, Signing, SigningParty, SigningStatus
from scripts.measuring import Context, Result, median

AGREEMENTS, PROCESSES = 820, 2
TITLES = ("高原水电机组振动监测与故障预警系统", "钒钛磁铁矿清洁提取关键技术", "川芎规范化种植与质量追溯", "航空紧固件成套技术", "低温储能材料中试")
NAMES = ("四川九洲空管科技有限责任公司", "攀枝花学院", "中国科学院成都有机化学研究所", "汉源县昊业科技有限公司", "中铁二院工程集团有限责任公司")
SENTENCE = "甲方负责提供中试场地、原始数据与工况资料，乙方负责技术方案设计、样机研制与现场调试，双方每季度召开一次例会确认进展。"


def run(context: Context) -> list[Result]:
    count, home = context.scaled(AGREEMENTS), context.folder / "home"
    folder = context.folder / "floor"
    folder.mkdir()
    _start(str(home))
    with _app.app_context():
        contents = [papers.content_of(_signing(number), 1) for number in range(count)]
    spawning = get_context("spawn")
    # All workers are there before the clock starts.
    with ProcessPoolExecutor(PROCESSES, spawning, _start, (str(home), spawning.Barrier(PROCESSES))) as workers:
        list(workers.map(_memory, range(PROCESSES)))
        made: list[tuple[Received, float]] = []
        # Other papers in each run: the storage recognises those that it has.
        runs = iter(range(0, 3 * count, count))
        ours = context.times(lambda: made.extend(workers.map(_issue, _next(runs, count), chunksize=8)), 3)
        memory = max(workers.map(_memory, range(8 * PROCESSES)))
        floor = context.times(lambda: list(workers.map(partial(_floor, folder=folder), contents, chunksize=8)), 3)
    one, alone = context.times(lambda: _issue(0), 10), context.times(lambda: _issue(0, unusual="x\u0304"), 5)
    pages, size = sum(_pages(paper) for paper, _ in made[:count]) / count, sum(paper.size for paper, _ in made[:count]) / count
    return [
        Result("agreements", f"{count:,} files, {PROCESSES} processes, unsealed", context.size, context.database,
               count / median(ours), count / median(floor), "papers/s", rss_mb=memory,
               note=f"{pages:.1f} pages, {size / 1000:.0f} kB each"),
        Result("agreements", "one of them, processor time", context.size, context.database,
               sum(seconds for _, seconds in made) / len(made), None, "s"),
        Result("agreements", "one, its kind laid out before", context.size, context.database, median(one), None, "s"),
        Result("agreements", "one with letters that only WeasyPrint joins", context.size, context.database, median(alone), None, "s"),
    ]


def _next(runs: Iterator[int], count: int) -> range:
    first = next(runs)
    return range(first, first + count)


_app: Any = None


def _start(home: str, all_there: Barrier | None = None) -> None:
    global _app
    from expo import create_app

    config = load_config({"EXPO_HOME": home, "EXPO_PUBLIC_URL": "https://expo.example.cn", "EXPO_SECRET_KEY": "b" * 40})
    _app = create_app(config)
    for number in range(len(AgreementKind)):
        _issue(number)
    if all_there:
        all_there.wait()


def _issue(number: int, unusual: str = "") -> tuple[Received, float]:
    """Set one paper and store it; the seconds of processor that it takes."""
    begin = time.process_time()
    with _app.test_request_context():
        received = papers.issue(_signing(number, unusual)).received
    return received, time.process_time() - begin


def _pages(received: Received) -> int:
    with _app.app_context(), storage().open(received.key) as content, pikepdf.open(content) as document:
        return len(document.pages)


def _memory(_number: int) -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _signing(number: int, unusual: str = "") -> Signing:
    """A complete agreement in memory, of each kind in turn."""
    kind = list(AgreementKind)[number % len(AgreementKind)]
    by_type = {"text": "按双方书面约定执行", "long_text": SENTENCE * 2 + unusual, "date": "2027-06-30", "money": "20", "yes_no": "", "whole": "6",
               "decimal": "3.5"}
    texts = {c.name: c.choices[0].value if c.choices else by_type[c.type.value] for c in clauses.clauses_of(kind)}
    texts |= {"period_from": "2026-12-01", "notice_from": "2026-10-01", "notice_until": "2026-10-20", "instalments": "120 终验合格后支付"}
    terms, errors = clauses.parse_terms(kind, texts)
    assert not errors, errors
    title = f"{TITLES[number % 5]}（第{number}号）"
    signing = Signing(serial=f"QY-2026-{number:04d}-7F3K", kind=kind, status=SigningStatus.DRAFTED, title=title, terms=terms,
                      amount_fen=120_000_000)
    signing.edition = Edition(name="第六届天府科技云服务大会", slug="2026")
    signing.project = None if kind is AgreementKind.REGIONAL else Project(number=f"2026-{number:05d}", title=title)
    signing.versions = []
    signing.parties = [
        SigningParty(position=place, role=PartyRole.PARTY, name=NAMES[(number + place) % 5], credit_code="91510700MA6200000X",
                     address="四川省绵阳市科创园区九洲大道259号", legal_representative="刘强", signer="陈晓", contact="王芳 0816-2390000")
        for place in (1, 2)
    ]
    return signing


LINES, SIZE, LEFT, TOP, STEP = 42, 10.5, 62.0, 770.0, 16.0


def _floor(content: dict[str, Any], folder: Path) -> None:
    """The same words in one size, forty-two lines a page, the code below; nothing else."""
    face = faces(bold=False)[0]
    texts = [content["title"], content["subject"], content["preamble"],
             *(" ".join(party.values()) for party in content["parties"]),
             *(line for heading, body in content["articles"] for line in (heading, *body))]
    room = 470 * 1000 / SIZE
    lines = [line for text in texts for line in wrapped(text, lambda s: sum(face.width(c) for c in s), room)]
    with pikepdf.new() as document:
        font, glyphs = embedded(document, face, set("".join(lines)), "EXPOAB")
        side, bits = qr_modules(content["check"])
        code = f"q 51 0 0 51 62 30 cm BI /W {side} /H {side} /IM true /BPC 1 /D [1 0] /F /AHx ID {bits.hex()}> EI Q"
        for first in range(0, len(lines), LINES):
            shown = "".join(f"1 0 0 1 {LEFT} {TOP - STEP * place:.1f} Tm <{''.join(f'{glyphs[c]:04x}' for c in line if c in glyphs)}> Tj "
                            for place, line in enumerate(lines[first : first + LINES]))
            stream = document.make_stream(f"BT /F {SIZE} Tf {shown} ET {code}".encode())
            page = Dictionary(Type=Name.Page, MediaBox=Array([0, 0, 595, 842]), Contents=stream,
                              Resources=Dictionary(Font=Dictionary(F=font)))
            document.pages.append(pikepdf.Page(document.make_indirect(page)))
        out = io.BytesIO()
        document.save(out, deterministic_id=True)
    with (folder / f"{content['serial']}.pdf").open("wb") as file:
        file.write(out.getvalue())
        file.flush()
        os.fsync(file.fileno())
    hashlib.sha256(out.getvalue()).hexdigest()
