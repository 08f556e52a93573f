"""Lists of made-up tickets for the benchmark, and a site of its own to bring them into."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from scripts.measuring import Context

HEADER = ("单号", "标题", "简介", "单位", "城市", "行业", "联系人", "联系电话", "邮箱", "来源", "类别", "登记日期", "价格",
          "合作方式", "服务阶段")
#: Chinese descriptions have 223 characters in the median.
LENGTH = 223
_VOCABULARY = (
    "铁水 脱硫 效率 精炼 石墨 散热 薄膜 低空 物流 无人 航空 发动 燃气 轮机 测试 技术 智能 感知 决策 系统 数据 平台 "
    "锂电 电池 寿命 预估 高分 材料 射频 芯片 治疗 设备 农药 绿色 真菌 病害 防治 种养 水田 血橙 种植 抗体 疫苗 检测 "
    "碳化 耐磨 制品 海上 风电 机组 重型 冲击 转轮 养生 全降 架空 线路 状态 传感 阵列 电磁 兔肉 工艺 优化 废水 处理 "
    "膜法 催化 尾气 净化 遥感 卫星 导航 量子 通信 光纤 激光 加工 精密 模具 挤压 焊接 机器 视觉 语音 模型 算法 云端"
)
WORDS = [word for word in _VOCABULARY.split() if len(word) == 2]
CITIES = ("成都市", "绵阳市", "德阳市", "内江市", "宜宾市", "泸州市", "南充市", "达州市", "乐山市", "眉山市")
SHARES = (14, 13, 6, 3, 8, 7, 7, 6, 6, 5)


@dataclass(frozen=True)
class Organiser:
    """Who imports, and how many regions there are."""

    person_id: int
    city_person_id: int


def rows(count: int, seed: int = 7) -> Iterator[list[str]]:
    """Tickets like those of a service platform, the same for the same seed."""
    rnd = random.Random(seed)
    texts = ["".join(rnd.choices(WORDS, k=LENGTH // 2)) for _ in range(2_000)]
    for number in range(count):
        cut = rnd.randrange(LENGTH)
        text = texts[rnd.randrange(2_000)]
        yield [
            f"TF{number:09d}", "".join(rnd.choices(WORDS, k=8)), text[cut:] + text[:cut], f"演示公司{rnd.randrange(5_000)}",
            rnd.choices(CITIES, SHARES)[0], rnd.choice(("新材料", "人工智能", "装备制造", "生物医药", "现代农业", "核电产业")),
            "演示", "19900001234", "a@example.cn", rnd.choices(("天府科技云", "走访", "来信"), (90, 9, 1))[0],
            rnd.choices(("科技成果", "高新技术", "科技难题", "科创金融产品"), (40, 45, 14, 1))[0],
            f"2026-{rnd.randrange(1, 12):02d}-15", str(rnd.randrange(10, 900)), rnd.choice(("转让", "许可", "合作")),
            str(rnd.choices(range(1, 8), (40, 20, 15, 10, 8, 5, 2))[0]),
        ]


def write_csv(path: Path, count: int) -> Path:
    """A list as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows(count))
    return path


def write_xlsx(path: Path, count: int) -> Path:
    """The same list as a workbook."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER)
    for place, row in enumerate(rows(count), 1):
        sheet.write_row(place, 0, row)
    book.close()
    return path


@contextmanager
def site(context: Context, name: str) -> Iterator[tuple[Flask, Organiser]]:
    """An app with an empty database, the regions, and organisers of the province and of its capital."""
    from expo import create_app
    from expo.kit.access import SYSTEM
    from expo.kit.config import load_config
    from expo.kit.db import db
    from expo.people.permissions import Role
    from expo.places.actions import load_regions, read_regions
    from expo.places.queries import find_region_by_code
    from tests.makers import make_actor

    home = context.folder / name
    home.mkdir(exist_ok=True)
    url = context.database_url(name)
    app = create_app(
        load_config({"EXPO_HOME": str(home), "EXPO_DATABASE_URL": url, "EXPO_SECRET_KEY": "b" * 40,
                     "EXPO_PUBLIC_URL": "http://localhost"}),
        {"TESTING": True, "WTF_CSRF_ENABLED": False},
    )
    with app.app_context():
        db.create_all()
        load_regions(read_regions(), by=SYSTEM)
        province, capital = find_region_by_code("510000"), find_region_by_code("510100")
        assert province
        assert capital
        people = Organiser(make_actor(Role.ORGANISER, province).person_id or 0,
                           make_actor(Role.ORGANISER, capital).person_id or 0)
        yield app, people
        db.session.remove()
        db.engine.dispose()


def bring_in(path: Path, organiser: Organiser) -> dict[str, float]:
    """Import a list through its jobs; seconds for check, storing and making searchable."""
    import time

    from expo.kit import jobs
    from expo.kit.files import store_stream
    from expo.people.queries import load_actor
    from expo.pool import actions_imports, queries_imports
    from expo.pool.importing.opening import guessed, opened

    by = load_actor(organiser.person_id)
    kind = "text/csv" if path.suffix == ".csv" else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    with path.open("rb") as stream:
        received = store_stream(stream, path.name, kind, "sheet")
    with opened(received.key) as sheet:
        places = guessed(sheet).places
    started = actions_imports.receive_import(received, places, by=by)
    actions_imports.check_import(started.id, places, {}, by=by)
    taken: dict[str, float] = {}
    begin = time.perf_counter()
    jobs.run_job(jobs.list_waiting()[0])
    taken["check"] = time.perf_counter() - begin
    actions_imports.confirm_import(started.id, by=by)
    index_batch, first = actions_imports.index_batch, []

    def noted(import_id: int, size: int = actions_imports.INDEXED_AT_ONCE) -> int:
        first.append(time.perf_counter())
        return index_batch(import_id, size)

    actions_imports.index_batch = noted
    begin = time.perf_counter()
    try:
        jobs.run_job(jobs.list_waiting()[0])
    finally:
        actions_imports.index_batch = index_batch
    taken["store"], taken["searchable"] = first[0] - begin, time.perf_counter() - begin
    counts = queries_imports.get_import(started.id).stored
    if counts.get("wrong") or not counts.get("new"):
        raise RuntimeError(f"The list was not taken as it should: {counts}")
    return taken
