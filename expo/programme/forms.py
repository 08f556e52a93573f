"""Forms of the programme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.programme.actions_sessions import Turn
from expo.programme.models import SessionKind, SessionLanguage
from expo.programme.rules import FRAME_FIELDS, LONGEST_SESSION


class SessionForm(Form):
    """A session of the draft; without the fields of the grid for organisers who do not hold it."""

    title = StringField(_l("Title (Chinese)"), [DataRequired(), Length(max=120)])
    title_en = StringField(_l("Title (English)"), [Length(max=200)])
    summary = TextAreaField(_l("What it is about"), [Length(max=2000)])
    kind = SelectField(_l("Kind"), choices=SessionKind.choices())
    code = StringField(_l("Session code"), [Length(max=20)], description=_l("Left empty, the next free one is taken."))
    region_id = SelectField(_l("Whose session"), coerce=int,
                            description=_l("The organisers of this region fill it in and put it in order."))
    minutes = IntegerField(_l("Length"), [InputRequired(), NumberRange(5, LONGEST_SESSION)], default=90)
    expected_audience = IntegerField(_l("Expected audience"), [InputRequired(), NumberRange(0, 100000)], default=0)
    industry_id = SelectField(_l("Industry"), coerce=int)
    hosts = TextAreaField(_l("Host organisations"), [Length(max=2000)],
                          description=_l("One name per line, as in the list of organisations; the first one leads."))
    language = SelectField(_l("Language"), choices=SessionLanguage.choices())
    moderator_id = SelectField(_l("Chair"), coerce=int)
    is_streamed = BooleanField(_l("To be streamed"))

    def __init__(self, *args: Any, regions: Sequence[tuple[int, Any]], industries: Sequence[tuple[int, Any]],
                 moderators: Sequence[tuple[int, Any]], with_frame: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region_id.choices = list(regions)
        self.industry_id.choices = [(0, _l("None in particular")), *industries]
        self.moderator_id.choices = [(0, _l("Nobody yet")), *moderators]
        if not with_frame:
            for name in FRAME_FIELDS:
                del self[name]

    @property
    def host_names(self) -> list[str]:
        """The names as written, each once."""
        lines = [line.strip() for line in (self.hosts.data or "").splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def facts(self, hosts: Sequence[int]) -> dict[str, Any]:
        """The values as the action takes them."""
        given = {name: "" if value is None else value for name, value in self.values.items()}
        given |= {"hosts": list(hosts), "language": SessionLanguage(given["language"])}
        given |= {name: given[name] or None for name in ("industry_id", "moderator_id")}
        if "kind" in given:
            given["kind"] = SessionKind(given["kind"])
        return given


class CancelForm(Form):
    reason = StringField(_l("Reason"), [DataRequired(), Length(max=200)])


class HallsForm(Form):
    """Which halls an edition uses."""

    halls = SelectMultipleField(_l("Halls"), coerce=int, widget=ListWidget(prefix_label=False),
                                option_widget=CheckboxInput())

    def __init__(self, *args: Any, halls: Sequence[tuple[int, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.halls.choices = list(halls)
        self._offered = [number for number, _label in halls]

    @property
    def in_order(self) -> list[int]:
        """The chosen ones, in the order in which they are offered."""
        chosen = set(self.halls.data or ())
        return [number for number in self._offered if number in chosen]


class SlotsForm(Form):
    """A pattern of time slots."""

    days = SelectMultipleField(_l("Days"), [DataRequired()], widget=ListWidget(prefix_label=False),
                               option_widget=CheckboxInput())
    times = StringField(_l("Beginnings"), [DataRequired(), Length(max=200)],
                        description=_l("Times of day with blanks between them, such as 10:00 13:30 15:30."))
    minutes = IntegerField(_l("Length of a slot"), [InputRequired(), NumberRange(10, LONGEST_SESSION)], default=90)

    def __init__(self, *args: Any, days: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days.choices = list(days)


class ReleaseForm(Form):
    name = StringField(_l("Name of the release"), [DataRequired(), Length(max=80)], description=_l("Such as “First version”."))
    notes = TextAreaField(_l("Notes"), [Length(max=2000)],
                          description=_l("Shown beside the release in the list of releases."))
    tell = BooleanField(_l("Write to those concerned"), default=True,
                        description=_l("One message each, with a calendar file."))


def read_turns(sent: MultiDict[str, str]) -> list[Turn]:
    """The running order as sent: ``order`` in its new order, and three values for each item that stays."""
    removed = set(sent.getlist("remove"))
    return [_turn(sent, number) for number in sent.getlist("order") if number not in removed]


def _turn(sent: MultiDict[str, str], number: str) -> Turn:
    try:
        presenter = sent.get(f"presenter-{number}", "")
        # A form without the mark knows nothing of pauses, pins and further presenters: they stay.
        more = f"more-{number}" in sent
        return Turn(int(number), int(sent.get(f"minutes-{number}", "").strip()), int(presenter) if presenter else None,
                    sent.get(f"name-{number}", "").strip(),
                    int(sent.get(f"pause-{number}", "").strip() or 0) if more else None,
                    tuple(int(other) for other in sent.getlist(f"others-{number}")) if more else None,
                    f"pinned-{number}" in sent if more else None)
    except ValueError as error:
        raise Refused(_l("The minutes of a project and of a pause are whole numbers, such as 4.")) from error


def read_place(text: str | None) -> tuple[int, int] | None:
    """ "12-7" → hall 12, slot 7; an empty text is no place."""
    if not text:
        return None
    hall, _dash, slot = text.partition("-")
    if not (hall.isdigit() and slot.isdigit()):
        raise Refused(_l("The request could not be read. Go back, reload the page and try again."))
    return int(hall), int(slot)
