"""What the demonstration's audience says and asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from expo.desk.demo.making import Demo
from expo.kit.text import mask_name
from expo.programme.rules_content import ShownSession
from expo.streaming.models_talk import (
    Caught,
    MessageKind,
    Poll,
    PollStatus,
    PollVote,
    TalkMessage,
    TalkRoom,
    TalkStatus,
)

SAID = ("讲得很清楚，点赞！", "这个方向正是我们需要的", "第一次来科创会，收获很大", "希望会后能拿到资料", "应用案例很有说服力", "从绵阳赶来线上听课", "成果转化就该这样对接",
        "已经提交对接意向了", "期待现场交流", "请问有回放吗？想转给同事看", "技术路线很新", "支持科技成果本地转化")
ASKED = (
    ("目前处于中试还是量产阶段？", "已完成中试，预计明年上半年小批量试产。"), ("合作方式是技术转让还是作价入股？", "两种方式都可以谈，欢迎会后对接。"),
    ("相关专利是否已经授权？", ""), ("对合作企业的规模有要求吗？", "没有硬性要求，看重应用场景。"), ("能否提供第三方检测报告？", ""),
)
WAITING = (("请问设备的能耗大概是多少？", Caught.NOTHING), ("我们在宜宾，可以上门考察吗？", Caught.NOTHING), ("加微信领取内部资料", Caught.WORD),
           ("资料见 www.example.com", Caught.LINK), ("技术参数能公开吗？", Caught.NOTHING))
CHOICES = ("技术转让", "联合研发", "作价入股", "先了解再说")


def talk_about(demo: Demo, session: ShownSession) -> None:
    """A conversation that is over: messages around the first projects, questions with answers, a poll, applause."""
    begins = [item.starts_at for item in session.items[:5]] or [session.starts_at]
    said = [_said(demo, session, text, begins[place % len(begins)] + timedelta(seconds=demo.rng.randint(1, 9))) for place, text in enumerate(SAID)]
    for place, (text, answer) in enumerate(ASKED):
        at = session.starts_at + timedelta(minutes=6 + 12 * place)
        said.append(_said(demo, session, text, at, MessageKind.QUESTION) | {
            "answer": answer, "answered_at": at + timedelta(minutes=3) if answer else None})
    demo.put(TalkMessage, sorted(said, key=lambda row: row["at"]))
    _room(demo, session, applause=demo.rng.randint(300, 900))
    (poll,) = demo.put(Poll, [{"session_id": session.id, "question": "您更倾向哪种合作方式？", "choices": list(CHOICES), "status": PollStatus.CLOSED,
                               "made_at": session.starts_at}])
    voters = demo.rng.sample([row["person_id"] for _number, _badge, row in demo.kept["attendees"]], 60)
    demo.put_plain(PollVote, [{"poll_id": poll, "person_id": person, "choice": demo.rng.choices(range(4), (4, 6, 2, 3))[0]} for person in voters])


def ask_and_hold(demo: Demo, session: ShownSession) -> None:
    """The conversation of what is on now: some of it is shown, some waits for the moderator."""
    moment = demo.now - timedelta(minutes=14)
    rows = []
    for text in SAID[:5]:
        moment += timedelta(seconds=90)
        rows.append(_said(demo, session, text, moment))
    rows.append(_said(demo, session, ASKED[0][0], moment + timedelta(seconds=20), MessageKind.QUESTION))
    for text, caught in WAITING:
        moment += timedelta(seconds=60)
        kind = MessageKind.QUESTION if text.endswith("？") else MessageKind.CHAT
        rows.append(_said(demo, session, text, moment, kind) | {"status": TalkStatus.HELD, "caught": caught, "decided_by_id": None, "decided_at": None})
    demo.put(TalkMessage, rows)
    _room(demo, session, applause=128)


def _room(demo: Demo, session: ShownSession, applause: int) -> None:
    demo.put_plain(TalkRoom, [{"session_id": session.id, "edition_id": demo.kept["editions"]["this"], "region_path": session.region_path,
                               "applause": applause}])


def _said(demo: Demo, session: ShownSession, text: str, at: datetime, kind: MessageKind = MessageKind.CHAT) -> dict[str, Any]:
    row = demo.rng.choice(demo.kept["attendees"])[2]
    return {"client_id": f"{demo.rng.getrandbits(96):024x}", "session_id": session.id, "person_id": row["person_id"],
            "author": mask_name(row["name"]), "kind": kind, "text": text, "status": TalkStatus.SHOWN, "at": at, "caught": Caught.NOTHING,
            "decided_by_id": demo.kept["accounts"]["moderator"], "decided_at": at + timedelta(seconds=8)}
