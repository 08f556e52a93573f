"""What a design looks like on real and on worst-case people, as pictures that are exactly what is printed."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, ImageDraw

from expo.kit.config import current_config
from expo.kit.language import _, _l
from expo.kit.pdf import one_at_a_time
from expo.registration.models import BadgeKind
from expo.registration.models_badges import BadgeSides
from expo.registration.papers_badges import BadgePaper, Heading, badges_pdf, overflows_of
from expo.registration.papers_designs import Design, side_of
from expo.registration.rules_codes import address
from expo.registration.rules_designs import SMALLEST_CODE_MM

_CODE = "AEZAADQ" + "A7B3C5Q2" * 14 + "QA7"
#: People as hard to set as they come; no real ones.
_WORST: tuple[tuple[Any, str, str, str], ...] = (
    (_l("Rare character"), "钟𬭼", "成都市双流区科学技术协会", "副研究员"),
    (_l("Twenty characters with a dot"), "阿卜杜热依木江·买买提艾力江吐尔逊别克", "中国科学院成都有机化学研究所", "高级工程师"),
    (_l("35 Latin letters"), "Wolfeschlegelsteinhausenbergerdorffs", "International Centre for Materials Technology Promotion",
     "Deputy Director General"),
    (_l("Longest organisation"), "欧阳建华", "四川省攀枝花市仁和区钒钛新材料产业技术创新与成果转移转化服务中心（有限责任公司）技术开发分公司筹备办公室",
     "党委副书记、常务副主任兼产业技术创新部部长"),
    (_l("Hardly anything"), "李", "", ""),
)


@dataclass(frozen=True)
class Shown:
    """One badge of the preview: whose it is, its pages as addresses of pictures, and what does not fit."""

    label: str
    pages: list[str]
    cut: list[str]


def worst_case(kind: BadgeKind, answers: Sequence[str]) -> list[tuple[str, BadgePaper]]:
    """People that a design must be able to bear."""
    code = address(current_config().public_url, _CODE[:122])
    return [
        (str(label), BadgePaper(kind, name, organisation, title, "2026-123456", code, city="阿坝藏族羌族自治州",
                                zone="高端装备制造展区", seat="一号报告厅 23排108座" if name != "李" else "",
                                nth=2 if name == "欧阳建华" else 1, photo="" if name in {"李", "钟𬭼"} else "sample",
                                answers=dict.fromkeys(answers, "" if name == "李" else "较长的回答，用来检查版面")))
        for label, name, organisation, title in _WORST
    ]


def shown(heading: Heading, design: Design, samples: Sequence[tuple[str, BadgePaper]], photos: Mapping[str, bytes]
          ) -> list[Shown]:
    """The pictures of all samples, at twice a screen's resolution of the paper's own size."""
    whole = [(label, paper if paper.photo in photos else replace(paper, photo="")) for label, paper in samples]
    papers, designs = [paper for _label, paper in whole], [replace(design, kinds=frozenset())]
    pictures = page_pictures(badges_pdf(heading, papers, designs, photos))
    each = len(pictures) // len(papers)
    return [
        Shown(label, pictures[number * each:(number + 1) * each], [f"{one.slot}: {one.text}" for one in cut])
        for number, ((label, _paper), cut) in enumerate(zip(whole, overflows_of(heading, papers, designs), strict=True))
    ]


def page_pictures(pdf: bytes, scale: float = 2.0) -> list[str]:
    """A PDF's pages as addresses of PNGs."""
    import pypdfium2  # Late: the desk and the worker never need it.

    pages = []
    with one_at_a_time:  # PDFium is not made for several threads, either.
        document = pypdfium2.PdfDocument(pdf)
        try:
            for page in document:
                made = io.BytesIO()
                page.render(scale=scale).to_pil().save(made, "PNG", optimize=False, compress_level=3)
                pages.append(f"data:image/png;base64,{base64.b64encode(made.getvalue()).decode()}")
        finally:
            document.close()
    return pages


def sample_photo() -> bytes:
    """A head and shoulders in grey, for badges with a place for a photo."""
    picture = Image.new("RGB", (300, 420), "#dfe6e9")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((95, 90, 205, 230), fill="#8fa3ad")
    pen.ellipse((30, 260, 270, 560), fill="#8fa3ad")
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=80)
    return made.getvalue()


def faults_of(heading: Heading, design: Design, kind: BadgeKind) -> list[str]:
    """What a printed badge of this design would lack."""
    sides = [side_of(heading, kind, design, "front")]
    if design.sides is not BadgeSides.ONE:
        sides.append(side_of(heading, kind, design, "back"))
    slots = [slot for side in sides for slot in side.slots]
    faults = []
    codes = [slot for slot in slots if slot.is_code]
    if not codes:
        faults.append(_("There is no QR code on it: nobody gets in with it. Add an element with data-slot=\"qr\"."))
    if any(min(slot.width, slot.height) < SMALLEST_CODE_MM * 72 / 25.4 - 0.5 for slot in codes):
        faults.append(_("The QR code is smaller than %(n)s mm: cameras would have to come very near.", n=SMALLEST_CODE_MM))
    if not any(slot.name == "name" for slot in slots):
        faults.append(_("The name is not on it."))
    width, height = sides[0].width, sides[0].height
    outside = [slot.name for slot in slots if slot.x < -1 or slot.y > height + 1 or slot.x + slot.width > width + 1
               or slot.y - slot.height < -1]
    return faults + [_("The field “%(name)s” reaches over the edge of the paper.", name=name) for name in outside]
