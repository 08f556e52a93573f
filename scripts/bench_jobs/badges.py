"""Badges as one PDF: Chinese names, signed QR codes, every kind; beside a loop that only writes the same things."""

from __future__ import annotations

import io
import resource
from datetime import date

import pikepdf
from pikepdf import Array, Dictionary, Name

from expo.kit.config import load_config
from expo.kit.pdf_fonts import embedded, faces
from expo.kit.pdf_stamp import Press
from expo.kit.qr import qr_modules
from expo.kit.signing import newest_key
from expo.registration.models import BadgeKind
from expo.registration.models_badges import BadgePaperSize
from expo.registration.papers_badges import BadgePaper, Heading, badges_pdf, desk_order
from expo.registration.papers_sheets import sheets_of
from expo.registration.rules_codes import BadgeCode, address, encode
from scripts.measuring import Context, Result, median

BADGES = 10_000
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文辉玲红波"
ORGANISATIONS = ("四川九洲空管科技有限责任公司", "攀枝花学院", "中国科学院成都有机化学研究所", "汉源县昊业科技有限公司", "中铁二院工程集团有限责任公司")


def run(context: Context) -> list[Result]:
    config = load_config({"EXPO_HOME": str(context.folder / "home"), "EXPO_PUBLIC_URL": "https://expo.example.cn"})
    from expo import create_app

    with create_app(config).app_context():
        count = context.scaled(BADGES)
        people = [_person(number) for number in range(count)]
        badges_pdf(HEADING, _papers(config.home, people[:20]))  # Fonts and layouts are loaded once for a worker.
        made: list[bytes] = []
        made.append(_ours(config.home, people))  # One run, as a worker does it; the next ones find its caches filled.
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ours = context.times(lambda: made.append(_ours(config.home, people)), 3)
        with pikepdf.open(io.BytesIO(made[-1])) as paper:
            assert len(paper.pages) == count
        one = context.times(lambda: badges_pdf(HEADING, _papers(config.home, people[:1])), 20)
    floor_bytes: list[bytes] = []
    floor = context.times(lambda: floor_bytes.append(_floor(people)), 3)
    size = len(made[-1]) / count
    return [
        Result("badges", f"{count:,} in desk order", context.size, context.database, count / median(ours),
               count / median(floor), "badges/s", rss_mb=memory,
               note=f"{size / 1000:.2f} kB each, floor {len(floor_bytes[-1]) / count / 1000:.2f} kB"),
        Result("badges", "one at the desk, warm", context.size, context.database, median(one), None, "s"),
    ]


HEADING = Heading("第六届天府科技云服务大会", "2026年11月20日–11月22日", "天府国际会议中心")


def _person(number: int) -> tuple[str, str, BadgeKind, str]:
    name = SURNAMES[number % 20] + GIVEN[number // 20 % 28] + (GIVEN[number // 560 % 28] if number % 3 else "")
    return name, ORGANISATIONS[number % 5], list(BadgeKind)[number % 11], f"{number:012x}"


def _papers(home: object, people: list[tuple[str, str, BadgeKind, str]]) -> list[BadgePaper]:
    key = newest_key(home, "badge")  # type: ignore[arg-type]
    return [
        BadgePaper(kind, name, organisation, "工程师", number, address(
            "https://expo.example.cn", encode(BadgeCode(kind, key.key_id, 1, date(2027, 5, 21), number), key.sign)))
        for name, organisation, kind, number in people
    ]


def _ours(home: object, people: list[tuple[str, str, BadgeKind, str]]) -> bytes:
    """What the job does: sign, order, draw sheet by sheet, bind."""
    papers = sorted(_papers(home, people), key=desk_order)
    press = Press(sheet for sheet, _places in sheets_of(HEADING, papers, [], BadgePaperSize.SINGLE))
    return press.bound(press.drawn(sheet) for sheet, _places in sheets_of(HEADING, papers, [], BadgePaperSize.SINGLE))


def _floor(people: list[tuple[str, str, BadgeKind, str]]) -> bytes:
    """The same words and codes at fixed places in one font: no template, no fitting, no order, no signature."""
    document = pikepdf.new()
    face = faces(bold=False)[0]
    font, codes = embedded(document, face, {c for name, organisation, *_ in people for c in name + organisation}, "EXPOFLOOR")
    tree = document.Root.Pages
    tree.MediaBox, tree.Resources = Array([0, 0, 297.64, 419.53]), Dictionary(Font=Dictionary({"/F": font}))
    pages = []
    for name, organisation, _kind, number in people:
        side, bits = qr_modules("HTTPS://EXPO.EXAMPLE.CN/B/" + number.upper().rjust(122, "A"))
        words = [f"BT /F {size} Tf 60 {y} Td <{''.join(f'{codes[c]:04x}' for c in text)}> Tj ET"
                 for text, size, y in ((name, 40, 280), (organisation, 12, 220))]
        picture = f"q 100 0 0 100 98 70 cm BI /W {side} /H {side} /IM true /BPC 1 /D [1 0] /F /AHx ID {bits.hex()}> EI Q"
        content = document.make_stream("\n".join([*words, picture]).encode())
        pages.append(document.make_indirect(Dictionary(Type=Name.Page, Parent=tree, Contents=content)))
    tree.Kids, tree.Count = Array(pages), len(pages)
    stream = io.BytesIO()
    document.save(stream, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
    return stream.getvalue()
