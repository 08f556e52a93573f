"""The form of what a session asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import Form as PlainForm
from wtforms import FormField, IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from expo.editions.words import ProjectKind
from expo.kit.forms import Form
from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.programme.models import Equipment
from expo.programme.models_needs import SessionRole
from expo.programme.rules import LONGEST_SESSION
from expo.programme.rules_needs import Attending, Frame, Mix, Needs

#: Marks of people in the list of names: what they are there for. A question mark: wished for, not required.
WISHED = ("?", "？")


class Choices(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class OneMix(PlainForm):
    least = IntegerField(_l("at least"), [Optional(), NumberRange(0, 200)])
    most = IntegerField(_l("at most"), [Optional(), NumberRange(0, 200)])


class NeedsForm(Form):
    """Without the fields of the grid for organisers who do not hold it."""

    needs = Choices(_l("What the hall must have"))
    lead_minutes = IntegerField(_l("Welcome before the first project"), [InputRequired(), NumberRange(0, LONGEST_SESSION)], default=0)
    chairs = TextAreaField(_l("Chairs"), [Length(max=1000)])
    leaders = TextAreaField(_l("Leaders"), [Length(max=1000)])
    experts = TextAreaField(_l("Commenting experts"), [Length(max=2000)])
    branches = Choices(_l("Branch venues that follow it"), coerce=int)
    days = Choices(_l("Allowed days"))
    after = StringField(_l("Only after"), [Length(max=200)], description=_l("Codes of sessions with blanks between them."))
    most_items = IntegerField(_l("Projects at most"), [Optional(), NumberRange(1, 200)])
    batches = IntegerField(_l("Batches"), [Optional(), NumberRange(0, 200)])
    batch_minutes = IntegerField(_l("Minutes of a batch"), [Optional(), NumberRange(0, 240)])

    def __init__(self, *args: Any, days: Sequence[tuple[str, Any]], branches: Sequence[tuple[int, Any]], with_frame: bool,
                 **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs.choices = [choice for choice in Equipment.choices() if choice[0] != Equipment.STREAM.value]
        self.branches.choices = list(branches)
        self.with_frame = with_frame
        if with_frame:
            self.days.choices = list(days)
        else:
            for name in ("days", "after", "most_items", "batches", "batch_minutes", *MIX_FIELDS):
                del self[name]

    @property
    def names(self) -> dict[str, tuple[SessionRole, bool]]:
        """Name or phone number → role, and whether they are required."""
        found: dict[str, tuple[SessionRole, bool]] = {}
        for field, role in ((self.chairs, SessionRole.CHAIR), (self.leaders, SessionRole.LEADER), (self.experts, SessionRole.EXPERT)):
            for line in (field.data or "").splitlines():
                name = line.strip().rstrip("".join(WISHED)).strip()
                if name in found:
                    raise Refused(_l("“%(name)s” is named twice.", name=name), field.short_name)
                if name:
                    found[name] = (role, not line.strip().endswith(WISHED))
        return found

    def wanted(self, people: Sequence[Attending]) -> Needs:
        return Needs(tuple(Equipment(value) for value in self.needs.data or ()), tuple(people), tuple(self.branches.data or ()),
                     self.lead_minutes.data or 0)

    @property
    def frame(self) -> Frame | None:
        if not self.with_frame:
            return None
        mix = tuple(Mix(kind, self[_mix_name(kind)].least.data or 0, self[_mix_name(kind)].most.data) for kind in ProjectKind)
        return Frame(tuple(self.days.data or ()), tuple((self.after.data or "").split()), mix, self.most_items.data,
                     self.batches.data or 0, self.batch_minutes.data or 0)


def _mix_name(kind: ProjectKind) -> str:
    return f"mix_{kind.value}"


MIX_FIELDS = tuple(_mix_name(kind) for kind in ProjectKind)
for _kind in ProjectKind:
    setattr(NeedsForm, _mix_name(_kind), FormField(OneMix, label=_kind.label))
