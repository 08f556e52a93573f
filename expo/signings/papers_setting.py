"""Setting an agreement: what all papers of a shape share is laid out once, and stamped with each one's words.

The articles run between them, set by kit.pdf_flow. A paper with more than two parties or with writing that is not
plain is laid out by itself, from the same template.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from expo.kit.language import speaking
from expo.kit.pdf import data_uri, render_template_pdf, template_html
from expo.kit.pdf_flow import Block, Column, Flowed, flowed, is_plain
from expo.kit.pdf_slots import Passage, StampTemplate, stamp_templates
from expo.kit.pdf_stamp import Heading, Placed, Press, Sheet
from expo.kit.qr import qr_png
from expo.signings.papers_articles import numeral

_TEMPLATE = "pdf/agreement_paper.html"
_PARTY = ("name", "credit_code", "legal_representative", "address", "contact", "signer")
# A text of more lines than this in a place of its own is rare enough to be laid out.
_MOST_LINES = 4
_BLANK = "　"

Article = tuple[str, Sequence[str]]


def agreement_pdf(content: Mapping[str, Any]) -> bytes:
    """The paper of a content; the same content gives the same bytes."""
    words, articles = _words_of(content), _articles_of(content)
    return _stamped(content, words, articles) or _laid_out(content, words, articles)


def _words_of(content: Mapping[str, Any]) -> dict[str, str]:
    """The texts that have a place of their own, by the name of the place."""
    words = {name: str(content[name]) for name in
             ("serial", "subject", "project_title", "project_number", "edition", "amount", "place", "dated")}
    words["number"] = f"编号：{content['serial']}（第 {content['version']} 版）"
    words["address"] = content["check"].removesuffix(f"?v={content['version']}")
    words["pages"] = ""
    for number, party in enumerate(content["parties"]):
        words |= {f"party{number}.{name}": party[name] for name in _PARTY} | {f"party{number}.seal": party["name"]}
    for number, witness in enumerate(content["witnesses"]):
        words |= {f"witness{number}.{name}": witness[name] for name in ("name", "signer")}
    return words


def _articles_of(content: Mapping[str, Any]) -> list[Article]:
    return [(f"第{numeral(number)}条{_BLANK}{heading}", lines)
            for number, (heading, lines) in enumerate(content["articles"], 1)]


def _laid_out(content: Mapping[str, Any], words: Mapping[str, str], articles: Sequence[Article]) -> bytes:
    with speaking("zh_Hans"):
        return render_template_pdf(_TEMPLATE, paper=content, words=words, articles=articles, lines=None,
                                   qr=data_uri(qr_png(content["check"], scale=1)))


def _stamped(content: Mapping[str, Any], words: Mapping[str, str], articles: Sequence[Article]) -> bytes | None:
    """The paper out of its mould; nothing when it does not fit into one."""
    texts = [content["preamble"], *words.values(), *(text for heading, lines in content["articles"] for text in (heading, *lines))]
    if len(content["parties"]) > 2 or not is_plain("".join(texts)):
        return None
    lines = {name: int(bool(text)) for name, text in words.items()} | {"pages": 1}
    while max(lines.values()) <= _MOST_LINES:
        mould = _mould_of(_shape_of(content), tuple(lines.items()))
        pdf, cut = mould.printed(content, words, articles)
        if not cut:
            return pdf
        # The place grows for those whose words need another line.
        lines |= {name: lines[name] + 1 for name in cut}
    return None


def _shape_of(content: Mapping[str, Any]) -> str:
    """What decides about the layout besides the number of lines, as a text."""
    return json.dumps({
        "kind": content["kind"], "title": content["title"], "noun": content["noun"], "draft": bool(content.get("draft")),
        "parties": [{"mark": party["mark"], "capacity": party["capacity"]} for party in content["parties"]],
        "witnesses": [{} for _one in content["witnesses"]],
    })


@lru_cache(maxsize=64)
def _mould_of(shape: str, lines: tuple[tuple[str, int], ...]) -> Mould:
    blank = {name: "\n".join([_BLANK] * count) for name, count in lines}
    with speaking("zh_Hans"):
        html = template_html(_TEMPLATE, paper=json.loads(shape), words=blank, lines=dict(lines))
    first, other, last = stamp_templates(html)
    samples = {one.name: one for page in (first, last) for one in page.passages}
    return Mould(first, other, last, samples)


@dataclass(frozen=True)
class Mould:
    """The first page with parties and data, the other pages' head and foot, and the places for the signatures."""

    first: StampTemplate
    other: StampTemplate
    signatures: StampTemplate
    samples: Mapping[str, Passage]

    def printed(self, content: Mapping[str, Any], words: Mapping[str, str], articles: Sequence[Article]
                ) -> tuple[bytes, set[str]]:
        """The PDF, or the names of the places in which words do not fit."""
        blocks = [Block(self.samples["preamble"], content["preamble"])]
        for heading, lines in articles:
            blocks.append(Block(self.samples["heading"], heading, stays=True))
            blocks += [Block(self.samples["paragraph"], line) for line in lines]
        end, whole = self.samples["end"], self.samples["signatures"]
        column = Column(self.samples["preamble"].y, self.first.top, self.first.bottom)
        done = flowed(blocks, column, end, end.y - (whole.y - whole.height))
        sheets = self._sheets(done, {**words, "code": content["check"]})
        press = Press(sheets)
        overflows: list[list[Any]] = []
        drawn = [press.drawn(sheet, overflows) for sheet in sheets]
        if cut := {one.slot for some in overflows for one in some}:
            return b"", cut
        outline = [Heading(content["title"], 0, self.first.top)]
        outline += [Heading(block.text, page, y) for block, (page, y) in zip(blocks, done.begins, strict=True) if block.stays]
        return press.bound(drawn, title=f"{content['title']} {content['serial']}", outline=outline), set()

    def _sheets(self, done: Flowed, words: Mapping[str, str]) -> list[Sheet]:
        sheets = []
        for number, lines in enumerate(done.pages, 1):
            copy = {**words, "pages": f"第 {number} 页 共 {len(done.pages)} 页"}
            placed = [Placed(self.first if number == 1 else self.other, copy)]
            if number == len(done.pages):
                placed.append(Placed(self.signatures, words, y=done.end - self.samples["end"].y))
            sheets.append(Sheet(self.first.width, self.first.height, placed, lines=lines))
        return sheets
