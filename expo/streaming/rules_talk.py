"""What happens to a message before anybody reads it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from expo.kit.language import _l
from expo.kit.lifecycle import Lifecycle
from expo.kit.refusals import Refused
from expo.streaming.models_talk import Caught, MessageKind, PollStatus, TalkMode, TalkStatus

LONGEST = 300
#: The same words of the same person within this time are a repetition.
REPEATED_WITHIN = timedelta(minutes=10)
LIFECYCLE = Lifecycle({
    TalkStatus.HELD: {TalkStatus.SHOWN, TalkStatus.DECLINED},
    TalkStatus.SHOWN: {TalkStatus.DECLINED, TalkStatus.HELD},
    TalkStatus.DECLINED: {TalkStatus.SHOWN, TalkStatus.HELD},
})
POLLS = Lifecycle({
    PollStatus.DRAFT: {PollStatus.OPEN},
    PollStatus.OPEN: {PollStatus.CLOSED},
    PollStatus.CLOSED: {PollStatus.OPEN},
})
_LINK = re.compile(r"(https?:|www\.|[\w-]+\.(com|cn|net|org|top|xyz|cc|io|vip|shop|info)\b|[\w.]+@[\w.]+)", re.IGNORECASE)
#: What people put between the characters of a word that is held.
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Manners:
    """A room's settings, as a message meets them."""

    mode: TalkMode = TalkMode.HOLD
    takes_questions: bool = True
    slow_s: int = 5


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the same person wrote last in the same room."""

    text: str
    at: datetime


def plain(text: str) -> str:
    """One form for all that looks the same: width, case, blanks and signs in between are gone."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()


def tidy(text: str) -> str:
    """A message as it is kept: one line, without control characters; refused when nothing is left or it is too long."""
    # Looking at each character of a book would take its time.
    if len(text) > 10 * LONGEST:
        raise Refused(_l("A message has up to %(n)s characters.", n=LONGEST), "text")
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", text))
    shown = " ".join(shown.split())
    if not shown:
        raise Refused(_l("Write something first."), "text")
    if len(shown) > LONGEST:
        raise Refused(_l("A message has up to %(n)s characters.", n=LONGEST), "text")
    return shown


def require_turn(manners: Manners, kind: MessageKind, is_muted: bool, earlier: Earlier | None, now: datetime) -> None:
    """Whether this person may write now."""
    if manners.mode is TalkMode.CLOSED:
        raise Refused(_l("The conversation about this session is closed."))
    if kind is MessageKind.QUESTION and not manners.takes_questions:
        raise Refused(_l("No questions are taken in this session."))
    if is_muted:
        raise Refused(_l("A moderator has muted you here."))
    if earlier is not None and now - earlier.at < timedelta(seconds=manners.slow_s):
        raise Refused(_l("Please wait %(n)s seconds between two messages.", n=manners.slow_s))


def caught_by(text: str, words: Iterable[str], recent: Iterable[Earlier], now: datetime) -> Caught:
    """What a filter finds, the weightiest first."""
    said = plain(text)
    if any(word and plain(word) in said for word in words):
        return Caught.WORD
    if _LINK.search(unicodedata.normalize("NFKC", text)):
        return Caught.LINK
    if any(plain(one.text) == said and now - one.at < REPEATED_WITHIN for one in recent):
        return Caught.REPEATED
    return Caught.NOTHING


def first_status(mode: TalkMode, caught: Caught, *, is_official: bool) -> TalkStatus:
    """In a room that is held nothing is shown before its release, except what the expo's own people say."""
    if is_official:
        return TalkStatus.SHOWN
    return TalkStatus.SHOWN if mode is TalkMode.OPEN and caught is Caught.NOTHING else TalkStatus.HELD


def require_choices(question: str, choices: Iterable[str]) -> list[str]:
    """Two to eight different choices."""
    found = list(dict.fromkeys(" ".join(choice.split())[:80] for choice in choices if choice.strip()))
    if not question.strip():
        raise Refused(_l("Write the question."), "question")
    if not 2 <= len(found) <= 8:
        raise Refused(_l("A poll has two to eight different choices, one on each line."), "choices")
    return found
