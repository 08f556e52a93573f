"""What each kind of project tells beyond its title and text: one table, used by forms, pages and the import.

Values are kept as JSON: texts as they are, whole numbers, money in fen, dates as ``2026-11-21``, choices by their value.
``required`` means: before it is shown to the public. The pool takes a ticket without; service fills it in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from expo.editions.words import ProjectKind
from expo.kit.language import _, _l
from expo.kit.text import normal

LONGEST_TEXT = 500
LONGEST_LONG_TEXT = 20_000
_MOST_WAN = Decimal(100_000_000)
_YES = {"1", "true", "yes", "y", "是", "有", "面议", "对", "√"}
_NO = {"", "0", "false", "no", "n", "否", "无", "非面议"}
_UNIT_FACTORS = (("亿元", 10_000), ("亿", 10_000), ("万元", 1), ("万", 1))
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?")


class FieldType(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"


@dataclass(frozen=True)
class Choice:
    """A value to choose; ``words`` are other ways to write it in a file."""

    value: str
    label: Any
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class KindField:
    """One of a kind's own fields."""

    name: str
    label: Any
    type: FieldType = FieldType.TEXT
    choices: tuple[Choice, ...] = ()
    unit: Any = ""
    required: bool = False
    aliases: tuple[str, ...] = ()


_MATURITY = (
    Choice("laboratory", _l("In the laboratory"), ("实验室", "实验室阶段", "研发", "小试")),
    Choice("pilot", _l("Pilot scale"), ("中试", "中试阶段")),
    Choice("small_series", _l("Small series"), ("小批量", "小批量生产", "试生产")),
    Choice("production", _l("In production"), ("产业化", "批量生产", "量产", "已产业化")),
)
_MODES = (
    Choice("transfer", _l("Transfer"), ("转让", "技术转让")),
    Choice("licence", _l("Licence"), ("许可", "技术许可", "授权")),
    Choice("equity", _l("Contribution as equity"), ("作价", "作价入股", "作价投资", "入股")),
    Choice("cooperation", _l("Cooperation"), ("合作", "合作开发", "技术合作")),
)
_PRODUCTS = (
    Choice("loan", _l("Loan"), ("贷款", "信贷", "信用贷")),
    Choice("fund", _l("Fund"), ("基金", "股权投资")),
    Choice("insurance", _l("Insurance"), ("保险",)),
)
_WAN = _l("10,000 yuan")

FIELDS: dict[ProjectKind, tuple[KindField, ...]] = {
    ProjectKind.ACHIEVEMENT: (
        KindField("maturity", _l("Maturity"), FieldType.CHOICE, _MATURITY, required=True, aliases=("成熟度", "阶段")),
        KindField("ip_number", _l("Number of the right"), aliases=("知识产权号", "专利号", "公开号", "申请号")),
        KindField("ip_owner", _l("Owner of the right"), aliases=("知识产权人", "权利人", "专利所有人")),
        KindField("mode", _l("Way of cooperation"), FieldType.CHOICE, _MODES, required=True,
                  aliases=("合作方式", "转化方式", "交易方式")),
        KindField("price", _l("Price"), FieldType.MONEY, unit=_WAN, aliases=("价格", "报价", "转让价格")),
        KindField("price_open", _l("Price to be agreed"), FieldType.YES_NO, aliases=("面议", "是否面议")),
    ),
    ProjectKind.TECHNOLOGY: (
        KindField("application_case", _l("Application case"), FieldType.LONG_TEXT, required=True, aliases=("应用案例", "案例")),
        KindField("promotion_area", _l("Area of promotion"), aliases=("推广区域", "推广领域", "推广地区")),
    ),
    ProjectKind.RESEARCH_PROJECT: (
        KindField("funding", _l("Funding"), FieldType.MONEY, unit=_WAN, required=True, aliases=("经费", "资助金额", "项目经费")),
        KindField("period_from", _l("From"), FieldType.DATE, aliases=("开始日期", "起始时间", "立项时间")),
        KindField("period_until", _l("Until"), FieldType.DATE, aliases=("结束日期", "终止时间", "结题时间")),
    ),
    ProjectKind.FINANCE_PRODUCT: (
        KindField("product", _l("Form of the product"), FieldType.CHOICE, _PRODUCTS, required=True, aliases=("产品类型", "金融产品类型")),
        KindField("quota", _l("Credit line"), FieldType.MONEY, unit=_WAN, aliases=("额度", "授信额度")),
        KindField("term", _l("Term"), FieldType.WHOLE, unit=_l("months"), aliases=("期限", "贷款期限")),
        KindField("rate", _l("Rate"), FieldType.DECIMAL, unit="%", aliases=("利率", "费率", "年利率")),
        KindField("target", _l("For whom"), required=True, aliases=("服务对象", "适用对象", "面向对象")),
    ),
    ProjectKind.CHALLENGE: (
        KindField("problem", _l("Problem"), FieldType.LONG_TEXT, required=True, aliases=("难题", "技术难题", "问题描述")),
        KindField("indicator", _l("Target indicator"), FieldType.LONG_TEXT, required=True,
                  aliases=("目标指标", "技术指标", "考核指标", "预期目标")),
        KindField("budget", _l("Budget"), FieldType.MONEY, unit=_WAN, aliases=("预算", "榜单金额", "投入资金", "拟投入")),
        KindField("deadline", _l("Deadline"), FieldType.DATE, aliases=("截止日期", "截止时间", "完成期限")),
    ),
}


class BadValue(ValueError):
    """Why a text is no value of a field, in a sentence for the one who typed it."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


def fields_of(kind: ProjectKind) -> tuple[KindField, ...]:
    """The kind's own fields in the order of forms and pages."""
    return FIELDS[kind]


def all_fields() -> dict[str, KindField]:
    """Every kind's fields by name; names are unique over all kinds (tested)."""
    return {field.name: field for fields in FIELDS.values() for field in fields}


def parse(field: KindField, text: str | None) -> Any:
    """The value that a text stands for, ``None`` for an empty one; raises :class:`BadValue`."""
    text = (text or "").strip()
    if not text:
        return None
    return _PARSERS[field.type](field, text)


def parse_fields(kind: ProjectKind, texts: Mapping[str, str | None]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(values, errors) by field name; texts of other kinds' fields are left out, empty ones as well."""
    values: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for field in FIELDS[kind]:
        try:
            value = parse(field, texts.get(field.name))
        except BadValue as error:
            errors[field.name] = error.message
        else:
            if value is not None and value is not False:
                values[field.name] = value
    if not errors and values.get("period_from", "") > values.get("period_until", "9999"):
        errors["period_until"] = _l("The end lies before the beginning.")
    return values, errors


def typed(field: KindField, value: Any) -> str:
    """The text that :func:`parse` turns into ``value`` again: what a form shows."""
    if value is None:
        return ""
    if field.type is FieldType.MONEY:
        return _plain(Decimal(value) / 1_000_000)
    return "1" if value is True else "" if value is False else str(value)


def shown(field: KindField, value: Any) -> str:
    """The value as a page shows it, with its unit."""
    if value is None or value == "":
        return ""
    if field.type is FieldType.CHOICE:
        return str(next((c.label for c in field.choices if c.value == value), value))
    if field.type is FieldType.YES_NO:
        return _("yes") if value else _("no")
    if field.type is FieldType.MONEY:
        return f"{_plain(Decimal(value) / 1_000_000, ',')} {field.unit}"
    return f"{value}{' ' if field.unit and field.unit != '%' else ''}{field.unit}"


def shown_fields(kind: ProjectKind, values: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """Labels and texts of all fields of a kind, empty ones included."""
    return [(field.label, shown(field, values.get(field.name))) for field in FIELDS[kind]]


def missing_fields(kind: ProjectKind, values: Mapping[str, Any]) -> list[KindField]:
    """What must be filled in before the public sees it."""
    return [field for field in FIELDS[kind] if field.required and not values.get(field.name)]


def _text(field: KindField, text: str) -> str:
    limit = LONGEST_LONG_TEXT if field.type is FieldType.LONG_TEXT else LONGEST_TEXT
    if len(text) > limit:
        raise BadValue(_l("At most %(limit)s characters; these are %(count)s.", limit=limit, count=len(text)))
    return text


def _decimal(field: KindField, text: str) -> str:
    number = _number(text.rstrip("%％ "))
    if not 0 <= number <= 1_000_000:
        raise BadValue(_l("“%(text)s” is out of range.", text=text[:40]))
    return _plain(number)


def _whole(field: KindField, text: str) -> int:
    bare = re.sub(r"\s*(个月|月)$", "", text)
    number = _number(bare)
    if number != int(number) or not 0 <= number <= 1_000_000:
        raise BadValue(_l("“%(text)s” is no whole number.", text=text[:40]))
    return int(number)


def _money(field: KindField, text: str) -> int:
    """Fen; a bare number counts 10,000 yuan, 亿元 and 元 are understood."""
    bare = normal(text).replace("约", "").replace("¥", "").replace("人民币", "").strip()
    factor = Decimal(1)
    for word, times in _UNIT_FACTORS:
        if bare.endswith(word):
            bare, factor = bare.removesuffix(word), Decimal(times)
            break
    else:
        if bare.endswith("元"):
            bare, factor = bare.removesuffix("元"), Decimal(1) / 10_000
    wan = _number(bare.strip()) * factor
    if not 0 <= wan <= _MOST_WAN:
        raise BadValue(_l("“%(text)s” is no possible amount.", text=text[:40]))
    return int((wan * 1_000_000).to_integral_value())


def _number(text: str) -> Decimal:
    try:
        number = Decimal(normal(text).replace(",", "").replace(" ", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > Decimal(10) ** 15:
        raise BadValue(_l("“%(text)s” is no number.", text=text[:40]))
    return number


def _date(field: KindField, text: str) -> str:
    found = _DATE.fullmatch(normal(text))
    try:
        if not found:
            raise ValueError(text)
        return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        raise BadValue(_l("“%(text)s” is no date such as 2026-11-21.", text=text[:40])) from None


def _choice(field: KindField, text: str) -> str:
    wanted = normal(text)
    for choice in field.choices:
        if wanted == choice.value or wanted in choice.words or wanted == normal(str(choice.label)):
            return choice.value
    raise BadValue(_l("“%(text)s” is not one of: %(choices)s.", text=text[:40],
                      choices=_(", ").join(str(choice.label) for choice in field.choices)))


def _yes_no(field: KindField, text: str) -> bool:
    wanted = normal(text)
    if wanted in _YES:
        return True
    if wanted in _NO:
        return False
    raise BadValue(_l("“%(text)s” is neither yes nor no.", text=text[:40]))


def _plain(number: Decimal, thousands: str = "") -> str:
    text = f"{number:{thousands}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_PARSERS: dict[FieldType, Any] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _text,
    FieldType.WHOLE: _whole,
    FieldType.DECIMAL: _decimal,
    FieldType.MONEY: _money,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.YES_NO: _yes_no,
}
