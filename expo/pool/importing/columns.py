"""The columns that a file of tickets may have, and the words by which they are known."""

from __future__ import annotations

from functools import cache

from expo.editions.words import ProjectKind
from expo.kit.language import _l
from expo.kit.sheets import Column
from expo.kit.text import normal
from expo.pool.fields import FIELDS
from expo.pool.models import TicketStage

BASE_COLUMNS = (
    Column("number", _l("Number"), ("单号", "工单号", "工单编号", "编号", "项目编号", "成果编号", "需求编号", "id", "ticket", "no")),
    Column("title", _l("Title"), ("标题", "项目名称", "成果名称", "需求名称", "难题名称", "技术名称", "产品名称", "课题名称",
                                  "专利名称", "名称", "title", "name"), required=True),
    Column("description", _l("Description"), ("描述", "简介", "摘要", "项目简介", "成果简介", "需求描述", "需求内容", "内容",
                                              "项目内容", "详细描述", "description", "abstract", "note", "备注", "说明")),
    Column("kind", _l("Kind"), ("类别", "类型", "项目类别", "项目类型", "种类", "kind", "type", "category")),
    Column("owner_name", _l("Holder"), ("单位", "单位名称", "所属单位", "所有人", "专利权人", "申请人", "持有单位", "完成单位",
                                       "需求单位", "发榜单位", "企业名称", "机构", "assignee", "org", "organisation",
                                       "organization", "company", "owner")),
    Column("region", _l("City or region"), ("城市", "市州", "市(州)", "地区", "所在地", "所在地区", "所在城市", "所属地区", "地市",
                                            "city", "region")),
    Column("county", _l("County"), ("区县", "县区", "县(市、区)", "县市区", "所在区县", "county", "district")),
    Column("industry", _l("Industry"), ("行业", "产业", "领域", "技术领域", "所属行业", "所属产业", "产业领域", "industry",
                                        "sei_name_inferred")),
    Column("stage", _l("Stage"), ("服务阶段", "当前阶段", "办理阶段", "stage")),
    Column("contact_name", _l("Contact person"), ("联系人", "联系人姓名", "contact")),
    Column("contact_phone", _l("Phone"), ("联系电话", "电话", "手机", "手机号", "联系方式", "phone", "mobile", "tel")),
    Column("contact_email", _l("E-mail"), ("邮箱", "电子邮箱", "email", "mail")),
    Column("source", _l("Source"), ("来源", "来源平台", "数据来源", "source")),
    Column("created_on", _l("Date"), ("登记日期", "提交日期", "提交时间", "发布时间", "发布日期", "创建时间", "日期", "date")),
)

#: Words for kinds as lists of cities, platforms and newspapers write them.
KIND_WORDS: dict[ProjectKind, tuple[str, ...]] = {
    ProjectKind.ACHIEVEMENT: ("科技成果", "成果", "专利", "科技成果转化"),
    ProjectKind.TECHNOLOGY: ("高新技术", "技术", "技术成果", "先进技术"),
    ProjectKind.RESEARCH_PROJECT: ("科研项目", "科技项目", "课题", "研究项目"),
    ProjectKind.FINANCE_PRODUCT: ("科创金融产品", "金融产品", "科技金融产品", "科创金融", "金融"),
    ProjectKind.CHALLENGE: ("科技难题", "难题", "科技需求", "技术需求", "需求", "企业需求", "技术难题", "揭榜挂帅", "榜单"),
}


@cache
def import_columns() -> tuple[Column, ...]:
    """All columns: those of every ticket, then the kinds' own."""
    own = (Column(f.name, f.label, f.aliases) for fields in FIELDS.values() for f in fields)
    return (*BASE_COLUMNS, *own)


def kind_words() -> dict[str, ProjectKind]:
    """Every way to write a kind, in its plain form."""
    words = {normal(word): kind for kind, known in KIND_WORDS.items() for word in known}
    return words | {normal(str(kind.label)): kind for kind in ProjectKind} | {kind.value: kind for kind in ProjectKind}


def stage_words() -> dict[str, TicketStage]:
    """Every way to write a stage: its label, its name, its place in the order."""
    words = {normal(str(stage.label)): stage for stage in TicketStage} | {stage.value: stage for stage in TicketStage}
    return words | {str(place): stage for place, stage in enumerate(TicketStage, 1)}
