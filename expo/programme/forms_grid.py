"""Forms of the grid beyond halls and slots."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.programme.actions_grid import HallDetails
from expo.programme.forms_needs import Choices
from expo.programme.models import Equipment

_TIME = re.compile(r"(\d{1,2})[:：](\d{2})")


class CloseForm(Form):
    """Halls that cannot be used at some times."""

    halls = Choices(_l("Halls"), [DataRequired()], coerce=int)
    slots = Choices(_l("Times"), [DataRequired()], coerce=int)
    reason = StringField(_l("Reason"), [Length(max=120)])

    def __init__(self, *args: Any, halls: Sequence[tuple[int, Any]], slots: Sequence[tuple[int, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.halls.choices, self.slots.choices = list(halls), list(slots)


class WaysForm(Form):
    same_venue_minutes = IntegerField(_l("Within a venue"), [InputRequired(), NumberRange(0, 240)])
    other_venue_minutes = IntegerField(_l("From one venue to another"), [InputRequired(), NumberRange(0, 600)])


class WalkForm(Form):
    one_id = SelectField(_l("One hall"), coerce=int)
    other_id = SelectField(_l("The other hall"), coerce=int)
    minutes = IntegerField(_l("Minutes on foot"), [Optional(), NumberRange(0, 600)],
                           description=_l("Left empty, what is usual holds again."))

    def __init__(self, *args: Any, halls: Sequence[tuple[int, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.one_id.choices = self.other_id.choices = list(halls)


class CityZoneForm(Form):
    region_id = SelectField(_l("City"), coerce=int)
    zone = StringField(_l("Exhibition zone"), [Length(max=40)], description=_l("Left empty, the city has no zone."))

    def __init__(self, *args: Any, regions: Sequence[tuple[int, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region_id.choices = list(regions)


def read_hall_details(sent: MultiDict[str, str], hall_ids: Sequence[int]) -> dict[int, HallDetails]:
    """The rows of the table of halls: ``opens-7``, ``closes-7``, ``changeover-7``, ``zone-7``, ``equipment-7``."""
    known = {one.value: one for one in Equipment}
    return {
        number: HallDetails(
            _time(sent, f"opens-{number}"), _time(sent, f"closes-{number}"), _minutes(sent, f"changeover-{number}"),
            sent.get(f"zone-{number}", "").strip()[:40],
            tuple(known[value] for value in sent.getlist(f"equipment-{number}") if value in known),
        ) for number in hall_ids
    }


def _time(sent: Mapping[str, str], name: str) -> time | None:
    text = sent.get(name, "").strip()
    if not text:
        return None
    match = _TIME.match(text)
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise Refused(_l("“%(text)s” is no time of day. Write it like 09:30.", text=text))
    return time(int(match[1]), int(match[2]))


def _minutes(sent: Mapping[str, str], name: str) -> int:
    text = sent.get(name, "").strip() or "0"
    if not text.isdigit() or len(text) > 4:
        raise Refused(_l("“%(text)s” is no number of minutes.", text=text))
    return int(text)
