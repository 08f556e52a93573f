"""What each kind of agreement says: one table of clauses, used by the form, the checks and the paper.

After the Civil Code: 845 (general content), 846 (payment), 851 ff. development, 862 ff. transfer and licence, 878 ff.
consulting and service; the pricing of universities and institutes after the law on promoting the transformation of
achievements, article 18. Values are kept as ``expo.pool.fields`` keeps them. Pure: knows no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from expo.kit.language import _l
from expo.pool.fields import BadValue, Choice, FieldType, KindField, parse, typed
from expo.signings.models import AgreementKind

LONG, TEXT, DATE, MONEY, CHOICE, YES_NO, WHOLE, DECIMAL = (
    FieldType.LONG_TEXT, FieldType.TEXT, FieldType.DATE, FieldType.MONEY, FieldType.CHOICE, FieldType.YES_NO,
    FieldType.WHOLE, FieldType.DECIMAL,
)
_WAN = _l("10,000 yuan")
#: Days for which an institution shows name and price before it sells by agreement (国发〔2016〕16号, 1.1).
NOTICE_DAYS = 15


@dataclass(frozen=True)
class Clause(KindField):
    """One thing that an agreement says; ``heading`` is its Chinese title on paper.

    ``when`` names another clause and the values with which this one belongs to the text.
    """

    heading: str = ""
    help: Any = ""
    when: tuple[str, frozenset[str]] | None = None
    part: str = "content"


#: The parts of the form, in its order.
PARTS: dict[str, Any] = {
    "content": _l("Content"), "payment": _l("Payment"), "pricing": _l("Pricing of universities and institutes"),
    "results": _l("Results and acceptance"), "general": _l("General terms"), "paper": _l("On the paper"),
}


def _on(name: str, *values: str) -> tuple[str, frozenset[str]]:
    return name, frozenset(values)


def _subject(label: Any, heading: str) -> Clause:
    return Clause("subject", label, LONG, required=True, heading=heading)


_LUMP, _INSTALMENTS, _ROYALTY, _ENTRANCE = "lump", "instalments", "royalty", "entrance"
ROYALTIES = frozenset({_ROYALTY, _ENTRANCE})
PAYMENT = (
    Clause("payment", _l("Manner of payment"), CHOICE, (
        Choice(_LUMP, _l("Lump sum at once"), ("一次总算、一次总付",)),
        Choice(_INSTALMENTS, _l("Lump sum in instalments"), ("一次总算、分期支付",)),
        Choice(_ROYALTY, _l("Royalty"), ("提成支付",)),
        Choice(_ENTRANCE, _l("Entrance fee and royalty"), ("提成支付附加预付入门费",)),
    ), required=True, heading="价款、报酬及其支付方式", part="payment"),
    Clause("pay_when", _l("To be paid"), TEXT, required=True, help=_l("For example: within 15 days after the contract takes effect"),
           when=_on("payment", _LUMP), part="payment"),
    Clause("instalments", _l("Instalments"), LONG, required=True, when=_on("payment", _INSTALMENTS), part="payment",
           help=_l("One a line, the amount in 10,000 yuan first, then when it is due: “60 within 10 days after the "
                   "contract takes effect”. Together they must be the amount of the deal.")),
    Clause("entrance_fee", _l("Entrance fee"), MONEY, unit=_WAN, required=True, when=_on("payment", _ENTRANCE), part="payment"),
    Clause("royalty_base", _l("Base of the royalty"), TEXT, required=True, when=("payment", ROYALTIES), part="payment",
           help=_l("Sales, profit, newly added output value, or the price of each product")),
    Clause("royalty_rate", _l("Rate"), DECIMAL, unit="%", required=True, when=("payment", ROYALTIES), part="payment"),
    Clause("royalty_period", _l("When it is settled"), TEXT, required=True, when=("payment", ROYALTIES), part="payment"),
    Clause("accounts", _l("Right to see the accounts"), TEXT, required=True, when=("payment", ROYALTIES), part="payment",
           help=_l("Article 846: how the receiving side looks into the books")),
)
_PRICED_BY_AGREEMENT = "agreement"
PRICING = (
    Clause("pricing", _l("Pricing method"), CHOICE, (
        Choice(_PRICED_BY_AGREEMENT, _l("By agreement"), ("协议定价",)),
        Choice("listing", _l("Listed on a technology market"), ("在技术交易市场挂牌交易",)),
        Choice("auction", _l("Auction"), ("拍卖",)),
    ), heading="定价方式与公示", part="pricing",
        help=_l("Needed when a party is a public university or institute that transfers, licenses or contributes its own results.")),
    Clause("notice_from", _l("Shown publicly from"), DATE, required=True, when=_on("pricing", _PRICED_BY_AGREEMENT), part="pricing"),
    Clause("notice_until", _l("Shown publicly until"), DATE, required=True, when=_on("pricing", _PRICED_BY_AGREEMENT),
           part="pricing", help=_l("Name and price are shown for at least 15 days.")),
)
_CONFIDENTIALITY = Clause("confidentiality", _l("Confidentiality"), LONG, required=True, heading="保密", part="general",
                          help=_l("What is secret, who may know it, and for how long"))
_LIABILITY = Clause("liability", _l("Liability for breach"), LONG, required=True, heading="违约责任", part="general")
_ACCEPTANCE = Clause("acceptance", _l("Acceptance: standard and method"), LONG, required=True, heading="验收标准和方法",
                     part="results")
_TERMS = Clause("terms", _l("Explanation of terms"), LONG, heading="名词和术语的解释", part="general")
_OTHER = Clause("other", _l("Other agreements"), LONG, heading="其他约定", part="general")
_DISPUTE = (
    Clause("dispute", _l("Settlement of disputes"), CHOICE, (
        Choice("court", _l("Court"), ("人民法院",)),
        Choice("arbitration", _l("Arbitration"), ("仲裁",)),
    ), required=True, heading="争议的解决", part="general"),
    Clause("dispute_body", _l("Which court or arbitration commission"), TEXT, required=True, part="general"),
)
_PAPER = (
    Clause("place", _l("Place of signing"), TEXT, part="paper"),
    Clause("dated", _l("Date on the paper"), DATE, part="paper", help=_l("Left empty, it is written by hand.")),
    Clause("copies", _l("Copies"), WHOLE, required=True, part="paper", help=_l("How many originals are signed in all")),
)
_CLOSING = (_LIABILITY, *_DISPUTE, _TERMS, _OTHER, *_PAPER)

_LETTER_BINDING = Clause("binding", _l("Which clauses bind"), CHOICE, (
    Choice("none", _l("None: a declaration of intent"), ("none",)),
    Choice("secrecy", _l("Confidentiality, disputes and term only"), ("secrecy",)),
    Choice("all", _l("All clauses"), ("all",)),
), required=True, heading="法律效力", part="general")
_NEXT = (
    Clause("next_step", _l("Next step"), LONG, required=True, heading="下一步工作安排"),
    Clause("next_on", _l("To be done by"), DATE, required=True),
)
_MONTHS = Clause("months", _l("Valid for"), WHOLE, unit=_l("months"), required=True, heading="有效期", part="general")

INTENT = (
    _subject(_l("Subject of the cooperation"), "合作内容"),
    Clause("form", _l("Intended form"), CHOICE, (
        Choice("development", _l("Joint or commissioned development"), ("技术开发",)),
        Choice("transfer", _l("Transfer"), ("技术转让",)),
        Choice("licence", _l("Licence"), ("技术许可",)),
        Choice("consulting", _l("Consulting"), ("技术咨询",)),
        Choice("service", _l("Service"), ("技术服务",)),
        Choice("equity", _l("Contribution as equity"), ("作价入股",)),
        Choice("platform", _l("Joint platform or laboratory"), ("共建研发平台",)),
        Choice("purchase", _l("Purchase of products or equipment"), ("产品或设备采购",)),
        Choice("finance", _l("Investment or financing"), ("投资或融资",)),
        Choice("other", _l("Another form"), ("其他方式",)),
    ), required=True, heading="意向合作方式"),
    Clause("form_note", _l("About the form"), TEXT, help=_l("In a sentence, where the form needs it")),
    Clause("division", _l("Division of tasks"), LONG, required=True, heading="各方分工"),
    *_NEXT,
    _CONFIDENTIALITY, _MONTHS, _LETTER_BINDING, *_DISPUTE, _OTHER, *_PAPER,
)
DEVELOPMENT = (
    Clause("mode", _l("Manner"), CHOICE, (
        Choice("commissioned", _l("Commissioned development"), ("委托开发",)),
        Choice("joint", _l("Joint development"), ("合作开发",)),
    ), required=True),
    _subject(_l("Content, scope and requirements of the technology"), "标的技术的内容、范围和要求"),
    Clause("plan", _l("Plan, place and manner of the development"), LONG, required=True, heading="研究开发计划、地点和方式"),
    Clause("until", _l("Completed by"), DATE, required=True, heading="履行期限"),
    Clause("materials", _l("Materials and help of the commissioning side"), LONG, required=True,
           heading="技术资料、原始数据和协作事项", when=_on("mode", "commissioned")),
    Clause("division", _l("Investment and division of tasks"), LONG, required=True, heading="各方投资与分工",
           when=_on("mode", "joint")),
    *PAYMENT,
    Clause("equipment", _l("Equipment bought with the funds"), TEXT, heading="研究开发经费购置设备、器材的归属", part="results"),
    Clause("delivery", _l("Delivery of the results"), LONG, required=True, heading="研究开发成果的交付", part="results"),
    _ACCEPTANCE,
    Clause("ownership", _l("Ownership and sharing of results"), LONG, required=True, heading="技术成果的归属和收益的分配",
           part="results"),
    Clause("risk", _l("Who bears the risk of failure"), LONG, required=True, heading="风险责任的承担", part="results"),
    _CONFIDENTIALITY, *_CLOSING,
)
_RIGHT = (
    Clause("right_kind", _l("Kind of right"), CHOICE, (
        Choice("patent", _l("Patent"), ("专利权",)),
        Choice("application", _l("Patent application"), ("专利申请权",)),
        Choice("secret", _l("Technical secret"), ("技术秘密",)),
        Choice("software", _l("Software copyright"), ("计算机软件著作权",)),
        Choice("variety", _l("Plant variety"), ("植物新品种权",)),
        Choice("other", _l("Another right"), ("其他知识产权",)),
    ), required=True, heading="标的权利"),
    Clause("right_number", _l("Number of the right"), TEXT, required=True,
           when=_on("right_kind", "patent", "application", "software", "variety")),
)
_GUARANTEE = Clause("guarantee", _l("Guarantee of the right"), LONG, required=True, heading="权利保证", part="results",
                    help=_l("Article 870: lawful holder; complete, free of error, effective, reaches the agreed aim"))
_DOCUMENTS = Clause("documents", _l("Delivery of documents and guidance"), LONG, required=True,
                    heading="技术资料的交付与技术指导", part="results")
_IMPROVEMENTS = Clause("improvements", _l("Later improvements"), LONG, required=True, heading="后续改进成果的归属与分享", part="results")
TRANSFER = (
    *_RIGHT,
    _subject(_l("Content and requirements of the technology"), "标的技术的内容和要求"),
    Clause("present_use", _l("Present use and licences"), LONG, required=True, heading="标的权利实施和许可的现状"),
    Clause("handover", _l("Change of the register"), LONG, required=True, heading="权属变更手续"),
    *PAYMENT, *PRICING, _DOCUMENTS, _ACCEPTANCE, _GUARANTEE, _IMPROVEMENTS, _CONFIDENTIALITY, *_CLOSING,
)
LICENCE = (
    Clause("exclusivity", _l("Kind of licence"), CHOICE, (
        Choice("exclusive", _l("Exclusive: not even the licensor uses it"), ("独占实施许可",)),
        Choice("sole", _l("Sole: licensor and licensee use it"), ("排他实施许可",)),
        Choice("plain", _l("Plain: others may be licensed"), ("普通实施许可",)),
    ), required=True, heading="许可方式"),
    *_RIGHT,
    _subject(_l("Content and requirements of the technology"), "标的技术的内容和要求"),
    Clause("scope", _l("Scope: products, manner, territory"), LONG, required=True, heading="许可实施的范围、方式和地域"),
    Clause("period_from", _l("Licensed from"), DATE, required=True, heading="许可期限"),
    Clause("period_until", _l("Licensed until"), DATE, required=True),
    Clause("sublicence", _l("The licensee may license others"), YES_NO),
    *PAYMENT, *PRICING, _DOCUMENTS, _ACCEPTANCE, _GUARANTEE,
    Clause("maintenance", _l("Keeping the right in force"), LONG, required=True, heading="权利有效性的维持", part="results",
           help=_l("Who pays the yearly fees, and what happens if the right falls (article 865: a licence lives as long as the patent)")),
    _IMPROVEMENTS, _CONFIDENTIALITY, *_CLOSING,
)
CONSULTING = (
    _subject(_l("Content and requirements of the consulting"), "咨询的内容、范围和要求"),
    Clause("plan", _l("Plan, place and manner"), LONG, required=True, heading="履行计划、地点和方式"),
    Clause("until", _l("Completed by"), DATE, required=True, heading="履行期限"),
    Clause("materials", _l("Materials and help of the commissioning side"), LONG, required=True, heading="委托人的协作事项"),
    *PAYMENT, _ACCEPTANCE,
    Clause("ownership", _l("Ownership and sharing of results"), LONG, required=True, heading="新的技术成果的归属", part="results"),
    Clause("risk", _l("Decisions made upon the report"), LONG, required=True, heading="咨询报告的采用与风险承担", part="results",
           help=_l("Article 881: losses of a decision made upon a proper report are the commissioning side's, unless agreed otherwise")),
    _CONFIDENTIALITY, *_CLOSING,
)
SERVICE = (
    _subject(_l("Content and requirements of the service"), "技术服务的内容、范围和要求"),
    Clause("plan", _l("Plan, place and manner"), LONG, required=True, heading="履行计划、地点和方式"),
    Clause("until", _l("Completed by"), DATE, required=True, heading="履行期限"),
    Clause("materials", _l("Working conditions of the commissioning side"), LONG, required=True, heading="委托人提供的工作条件和协作事项"),
    *PAYMENT, _ACCEPTANCE,
    Clause("ownership", _l("Ownership and sharing of results"), LONG, required=True, heading="新的技术成果的归属", part="results"),
    Clause("warranty", _l("Warranty"), LONG, heading="质量保证期", part="results"),
    _CONFIDENTIALITY, *_CLOSING,
)
REGIONAL = (
    _subject(_l("Aim of the cooperation"), "合作宗旨"),
    Clause("fields", _l("Fields of cooperation"), LONG, required=True, heading="合作领域和内容"),
    Clause("division", _l("Division of tasks"), LONG, required=True, heading="各方分工"),
    Clause("mechanism", _l("How it is run"), LONG, required=True, heading="工作机制",
           help=_l("Meetings, liaison offices, yearly plans")),
    *_NEXT,
    Clause("funding", _l("Funding"), LONG, heading="经费安排", part="general"),
    _CONFIDENTIALITY, _MONTHS, _LETTER_BINDING, *_DISPUTE, _OTHER, *_PAPER,
)
CLAUSES: dict[AgreementKind, tuple[Clause, ...]] = {
    AgreementKind.INTENT: INTENT, AgreementKind.DEVELOPMENT: DEVELOPMENT, AgreementKind.TRANSFER: TRANSFER,
    AgreementKind.LICENCE: LICENCE, AgreementKind.CONSULTING: CONSULTING, AgreementKind.SERVICE: SERVICE,
    AgreementKind.REGIONAL: REGIONAL,
}
#: The five kinds of technology contract: they have a price and are registered with the authority.
CONTRACTS = frozenset(AgreementKind) - {AgreementKind.INTENT, AgreementKind.REGIONAL}


def clauses_of(kind: AgreementKind) -> tuple[Clause, ...]:
    """The clauses of a kind in the order of form and paper."""
    return CLAUSES[kind]


def clause_of(kind: AgreementKind, name: str) -> Clause:
    """One clause of a kind; ``KeyError`` if it has none of this name."""
    return {clause.name: clause for clause in CLAUSES[kind]}[name]


def applies(clause: Clause, values: Mapping[str, Any]) -> bool:
    """Whether a clause belongs to the text with these values."""
    return clause.when is None or values.get(clause.when[0]) in clause.when[1]


def parse_terms(kind: AgreementKind, texts: Mapping[str, str | None]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(values, errors) by clause; texts of clauses that do not apply are left out, and empty ones as well."""
    values: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for clause in CLAUSES[kind]:
        if not applies(clause, values):
            continue
        try:
            value = parse(clause, texts.get(clause.name))
            if clause.name == "instalments" and value:
                parse_instalments(value)
        except BadValue as error:
            errors[clause.name] = error.message
        else:
            if value is not None and value is not False:
                values[clause.name] = value
    errors |= {name: why for name, why in _contradictions(values).items() if name not in errors}
    return values, errors


def _contradictions(values: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    if values.get("period_from", "") > values.get("period_until", "9999"):
        errors["period_until"] = _l("The end lies before the beginning.")
    if "notice_from" in values and "notice_until" in values:
        shown = (date.fromisoformat(values["notice_until"]) - date.fromisoformat(values["notice_from"])).days
        if shown < NOTICE_DAYS:
            errors["notice_until"] = _l("Name and price must be shown for at least %(days)s days.", days=NOTICE_DAYS)
    rate = values.get("royalty_rate")
    if rate is not None and not 0 < float(rate) <= 100:
        errors["royalty_rate"] = _l("A royalty lies above 0 and is at most 100 %.")
    for name in ("copies", "months"):
        if name in values and not 1 <= values[name] <= 600:
            errors[name] = _l("Enter a number from 1 to 600.")
    return errors


@dataclass(frozen=True)
class Instalment:
    """One part of a price and when it is due."""

    amount_fen: int
    due: str


_AMOUNT = KindField("amount", "", MONEY)


def parse_instalments(text: str) -> list[Instalment]:
    """Lines such as "60 合同生效后10日内" or "60万元；验收合格后支付"; raises :class:`BadValue` naming the line."""
    found = []
    for number, line in enumerate((line.strip() for line in text.splitlines() if line.strip()), 1):
        head, due = _split(line)
        try:
            amount = parse(_AMOUNT, head)
        except BadValue:
            amount = None
        if not amount or not due:
            raise BadValue(_l("Line %(number)s: put the amount first, then when it is due: “60 after acceptance”.",
                              number=number))
        found.append(Instalment(amount, due))
    return found


def _split(line: str) -> tuple[str, str]:
    for place, character in enumerate(line):
        if character in " \t　；;，：:" or (character == "," and not line[place + 1:place + 2].isdigit()):
            return line[:place], line[place + 1:].strip(" 　；;，,：:")
    return line, ""


def missing(kind: AgreementKind, values: Mapping[str, Any]) -> list[Clause]:
    """Clauses that the text still lacks."""
    return [c for c in CLAUSES[kind] if c.required and applies(c, values) and values.get(c.name) in (None, "")]


def needs_pricing(kind: AgreementKind, values: Mapping[str, Any], public_seller: bool) -> bool:
    """Whether the method of pricing must be said: a public institution gives away a right of its own."""
    return public_seller and "pricing" in {c.name for c in CLAUSES[kind]} and not values.get("pricing")


def texts_of(kind: AgreementKind, values: Mapping[str, Any]) -> dict[str, str]:
    """What a form shows for stored values."""
    return {clause.name: typed(clause, values.get(clause.name)) for clause in CLAUSES[kind]}


def words_of(clause: Clause, value: Any) -> str:
    """A chosen value in the words of the paper."""
    return next((c.words[0] for c in clause.choices if c.value == value), "")


def in_parts(kind: AgreementKind) -> list[tuple[str, Any, list[Clause]]]:
    """(part, label, clauses) for a form, empty parts left out."""
    rows = [(part, label, [c for c in CLAUSES[kind] if c.part == part]) for part, label in PARTS.items()]
    return [row for row in rows if row[2]]

