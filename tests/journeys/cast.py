"""Who walks through the journey, and which role the administrator gives them."""

from __future__ import annotations

#: key → (name, address, role as a message of the program, region, why)
STAFF: dict[str, tuple[str, str, str, str, str]] = {
    "province": ("郑省联", "zheng@example.cn", "Organiser", "四川省", "省科协会务组"),
    "second": ("冯复核", "feng@example.cn", "Organiser", "四川省", "省科协会务组"),
    "city": ("罗蓉城", "luo@example.cn", "Organiser", "成都市", "成都市科协"),
    "county": ("蒋青羊", "jiang@example.cn", "Organiser", "青羊区", "青羊区科协"),
    "caretaker": ("何保姆", "he@example.cn", "Caretaker", "青羊区", "科服保姆聘书"),
    "reviewer": ("唐评审", "tang@example.cn", "Reviewer", "绵阳市", "专家库"),
    "gate": ("向签到", "xiang@example.cn", "Gate staff", "四川省", "志愿者名单"),
}
