"""The articles of an agreement in the words of its paper: always Chinese, whatever language the site is read in.

Pure: terms in, (heading, paragraphs) out. The wording follows the model contracts of the ministry of science where
they have a sentence for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from expo.kit.text import amount_in_capitals, numeric_date
from expo.signings.clauses import (
    CONTRACTS,
    Clause,
    applies,
    clause_of,
    clauses_of,
    parse_instalments,
    words_of,
)
from expo.signings.models import AgreementKind

Article = tuple[str, list[str]]
_DIGITS = "零一二三四五六七八九"
_NOUNS = {AgreementKind.INTENT: "意向书", AgreementKind.REGIONAL: "协议"}


def noun_of(kind: AgreementKind) -> str:
    """What the paper calls itself: 本合同, 本意向书, 本协议."""
    return _NOUNS.get(kind, "合同")


def title_of(kind: AgreementKind, terms: Mapping[str, Any]) -> str:
    """The title above the paper."""
    right = words_of(clause_of(kind, "right_kind"), terms.get("right_kind")) if kind in _WITH_RIGHT else ""
    bracket = f"（{right}）" if right else ""
    mode = {"commissioned": "（委托）", "joint": "（合作）"}.get(str(terms.get("mode")), "")
    return {
        AgreementKind.INTENT: "合作意向书", AgreementKind.DEVELOPMENT: f"技术开发{mode}合同",
        AgreementKind.TRANSFER: f"技术转让{bracket}合同", AgreementKind.LICENCE: f"技术许可{bracket}合同",
        AgreementKind.CONSULTING: "技术咨询合同", AgreementKind.SERVICE: "技术服务合同",
        AgreementKind.REGIONAL: "区域科技合作协议",
    }[kind]


_WITH_RIGHT = frozenset({AgreementKind.TRANSFER, AgreementKind.LICENCE})


def preamble(kind: AgreementKind, edition: str, project_title: str) -> str:
    """The sentence before the first article."""
    if kind is AgreementKind.REGIONAL:
        return f"各方本着优势互补、互利共赢、共同发展的原则，在{edition}期间经友好协商，就开展区域科技合作达成本协议。"
    if kind is AgreementKind.INTENT:
        return f"各方在{edition}期间经友好协商，就“{project_title}”项目达成合作意向，签订本意向书。"
    return (f"依据《中华人民共和国民法典》及有关法律法规的规定，各方就“{project_title}”项目，在真实、充分地表达各自意愿的"
            "基础上，经平等协商，签订本合同，由各方共同恪守。")


def numeral(number: int) -> str:
    """1 → 一, 12 → 十二, 20 → 二十: up to 99, as articles are counted."""
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else _DIGITS[tens] + "十"
    return ten + (_DIGITS[ones] if ones else "")


def money(fen: int) -> str:
    """An amount in figures and in capitals."""
    return f"人民币{fen / 100:,.2f}元（大写：人民币{amount_in_capitals(fen)}）"


def wan(fen: int) -> str:
    """An amount in 万元, for tables."""
    whole, rest = divmod(fen, 1_000_000)
    return f"{whole:,}{f'.{rest:06d}'.rstrip('0') if rest else ''}万元"


def day(value: str) -> str:
    """A stored date in 年月日."""
    return numeric_date(date.fromisoformat(value))


def articles(kind: AgreementKind, terms: Mapping[str, Any], amount_fen: int,
             contacts: Sequence[tuple[str, str]]) -> list[Article]:
    """All articles in order; ``contacts`` are (甲方, 王芳 138…) of the parties."""
    return list(_articles(kind, terms, amount_fen, contacts))


def _articles(kind: AgreementKind, terms: Mapping[str, Any], amount_fen: int,
              contacts: Sequence[tuple[str, str]]) -> Iterator[Article]:
    for clause in clauses_of(kind):
        if clause.name == "confidentiality":
            if kind not in CONTRACTS and amount_fen:
                yield "意向金额", [f"本{noun_of(kind)}的意向金额为{money(amount_fen)}，最终金额以各方另行签订的正式合同为准。"]
            yield "联系人", _contacts(noun_of(kind), contacts)
        if not clause.heading or not applies(clause, terms) or terms.get(clause.name) in (None, ""):
            continue
        write = _WRITERS.get(clause.name, _plain)
        yield clause.heading, write(clause, terms, kind, amount_fen)
    yield f"{noun_of(kind)}的生效", _closing(kind, terms, len(contacts))


def _contacts(noun: str, contacts: Sequence[tuple[str, str]]) -> list[str]:
    return [*(f"{mark}联系人：{contact}" for mark, contact in contacts), f"各方指定上述联系人负责本{noun}履行过程中的联络；一方变更联系人的，应当及时以书面形式通知其他各方。"]


def _plain(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    return paragraphs(str(terms[clause.name]))


def paragraphs(text: str) -> list[str]:
    """The lines of a typed text, without empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _full_stop(text: str) -> str:
    text = text.strip().rstrip("。；;.")
    return f"{text}。"


def _form(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    note = terms.get("form_note")
    return [f"各方拟采取的合作方式为：{words_of(clause, terms['form'])}。" + (_full_stop(note) if note else "")]


def _next_step(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    until = [f"上述工作应于{day(terms['next_on'])}前完成。"] if terms.get("next_on") else []
    return [*paragraphs(terms["next_step"]), *until]


def _until(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    return [f"本合同约定的工作应于{day(terms['until'])}前完成。"]


def _months(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    noun = noun_of(kind)
    return [f"本{noun}自各方签字或盖章之日起生效，有效期{terms['months']}个月；期满需要延续的，由各方另行书面约定。"]


def _binding(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    noun = noun_of(kind)
    return [{
        "none": f"本{noun}仅表达各方的合作意愿，不构成要约或者承诺，对各方不具有法律约束力；各方的权利义务以另行签订的正式合同为准。",
        "secrecy": f"除“保密”“争议的解决”和“有效期”各条对各方具有法律约束力外，本{noun}其余条款仅表达各方的合作意愿，"
                   "不具有法律约束力；各方的权利义务以另行签订的正式合同为准。",
        "all": f"本{noun}各条款对各方均具有法律约束力。",
    }[terms["binding"]]]


def _right(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    number = f"，专利号、申请号或登记号为：{terms['right_number']}" if terms.get("right_number") else ""
    return [f"本合同的标的权利为{words_of(clause, terms['right_kind'])}{number}。"]


def _exclusivity(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    meaning = {
        "exclusive": "在约定的许可期限和范围内，仅由被许可人实施标的技术，许可人自己也不得实施，并不得再许可第三人实施。",
        "sole": "在约定的许可期限和范围内，由被许可人实施标的技术，许可人自己可以实施，但不得再许可第三人实施。",
        "plain": "在约定的许可期限和范围内，由被许可人实施标的技术，许可人自己可以实施，也可以许可第三人实施。",
    }[terms["exclusivity"]]
    onward = "被许可人可以许可第三人实施标的技术。" if terms.get("sublicence") else "未经许可人书面同意，被许可人不得许可第三人实施标的技术。"
    return [f"本合同的许可方式为{words_of(clause, terms['exclusivity'])}：{meaning}", onward]


def _period(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    end = f"至{day(terms['period_until'])}止" if terms.get("period_until") else ""
    return [f"许可期限自{day(terms['period_from'])}起{end}。"]


def _payment(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    manner = terms["payment"]
    lines = [f"本合同的价款或者报酬总额为{money(amount_fen)}。"] if amount_fen else []
    lines.append(f"支付方式：{words_of(clause, manner)}。")
    if manner == "lump":
        lines.append(_full_stop(f"支付时间：{terms.get('pay_when', '')}"))
    elif manner == "instalments":
        parts = parse_instalments(terms.get("instalments", ""))
        lines += [f"第{numeral(n)}期：{money(part.amount_fen)}，{_full_stop(part.due)}" for n, part in enumerate(parts, 1)]
    else:
        if manner == "entrance" and terms.get("entrance_fee"):
            lines.append(f"入门费：{money(terms['entrance_fee'])}。")
        lines.append(f"提成：以{terms.get('royalty_base', '')}为基数，提成比例为{terms.get('royalty_rate', '')}%。")
        lines.append(_full_stop(f"结算：{terms.get('royalty_period', '')}"))
        lines.append(_full_stop(f"查阅会计账目的办法：{terms.get('accounts', '')}"))
    return lines


def _pricing(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    lines = [f"本项科技成果通过{words_of(clause, terms['pricing'])}方式确定价格。"]
    if terms.get("notice_from") and terms.get("notice_until"):
        lines.append(f"成果持有单位已于{day(terms['notice_from'])}至{day(terms['notice_until'])}在本单位公示科技成果名称和拟交易价格。")
    return lines


def _dispute(clause: Clause, terms: Mapping[str, Any], kind: AgreementKind, amount_fen: int) -> list[str]:
    body = terms.get("dispute_body", "")
    manner = f"提请{body}仲裁" if terms["dispute"] == "arbitration" else f"依法向{body}起诉"
    return [f"各方因履行本{noun_of(kind)}发生的争议，应当协商解决；协商不成的，{manner}。"]


def _closing(kind: AgreementKind, terms: Mapping[str, Any], parties: int) -> list[str]:
    noun = noun_of(kind)
    effect = (f"本{noun}经各方法定代表人或者授权代表签字并加盖公章后生效；对本{noun}的变更应当经各方协商一致，"
              "并以书面形式确定。")
    copies = terms.get("copies", 0)
    if not 0 < copies < 100:
        return [effect]
    each = f"，各方各执{numeral(copies // parties)}份" if parties and copies % parties == 0 else ""
    return [effect, f"本{noun}一式{numeral(copies)}份{each}，具有同等效力。"]


_WRITERS: dict[str, Callable[[Clause, Mapping[str, Any], AgreementKind, int], list[str]]] = {
    "form": _form, "next_step": _next_step, "until": _until, "months": _months, "binding": _binding,
    "right_kind": _right, "exclusivity": _exclusivity, "period_from": _period, "payment": _payment,
    "pricing": _pricing, "dispute": _dispute,
}
