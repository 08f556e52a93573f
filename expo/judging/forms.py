"""Forms of panels and of the scoring page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from expo.judging.actions import CriterionDraft
from expo.judging.models import Assignment, Criterion, Panel
from expo.kit.forms import Form, MomentField
from expo.kit.language import _, _l

ROWS = range(8)
_STANDARD: tuple[tuple[Any, int], ...] = (
    (_l("Novelty"), 30), (_l("Maturity"), 25), (_l("Market"), 25), (_l("Team"), 20),
)


class _PanelForm(Form):
    name = StringField(_l("Name (Chinese)"), [DataRequired(), Length(max=80)])
    name_en = StringField(_l("Name (English)"), [Length(max=120)])
    opens_at = MomentField(_l("Opens"), [DataRequired()])
    closes_at = MomentField(_l("Closes"), [DataRequired()])
    scores_each = IntegerField(_l("Reviewers for each submission"), [InputRequired(), NumberRange(1, 15)], default=3)

    @property
    def criteria(self) -> list[CriterionDraft]:
        """The rows with a name, in their order."""
        return [
            (self[f"name_{i}"].data, self[f"name_en_{i}"].data or "", self[f"weight_{i}"].data or 0,
             self[f"most_{i}"].data or 10)
            for i in ROWS if self[f"name_{i}"].data
        ]


def panel_form(panel: Panel | None = None) -> _PanelForm:
    """A panel's form with rows for its criteria; a new one starts from a usual set."""
    fields: dict[str, Any] = {}
    for i in ROWS:
        fields[f"name_{i}"] = StringField(_l("Criterion (Chinese)"), [Length(max=80)])
        fields[f"name_en_{i}"] = StringField(_l("Criterion (English)"), [Length(max=120)])
        fields[f"weight_{i}"] = IntegerField(_l("Weight"), [Optional(), NumberRange(1, 100)])
        fields[f"most_{i}"] = IntegerField(_l("Highest points"), [Optional(), NumberRange(1, 100)])
    known = _rows_of(panel.criteria) if panel else {}
    if panel is None:
        for i, (name, weight) in enumerate(_STANDARD):
            known |= {f"name_{i}": str(name), f"weight_{i}": weight, f"most_{i}": 10}
    form: _PanelForm = type("PanelForm", (_PanelForm,), fields)(obj=panel, data=known)
    return form


def _rows_of(criteria: Sequence[Criterion]) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for i, criterion in enumerate(criteria):
        rows |= {f"name_{i}": criterion.name, f"name_en_{i}": criterion.name_en, f"weight_{i}": criterion.weight,
                 f"most_{i}": criterion.max_points}
    return rows


class MembersForm(Form):
    person_ids = SelectMultipleField(
        _l("Reviewers"), [DataRequired(_l("Choose at least one reviewer."))], coerce=int,
        widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
    )


class RecuseForm(Form):
    reason = StringField(_l("Reason"), [Length(max=200)])


class _ScoringForm(Form):
    comment = TextAreaField(_l("Comment"), [Length(max=4000)])

    @property
    def points(self) -> dict[int, int | None]:
        """Typed points by criterion."""
        return {int(name.removeprefix("points_")): value for name, value in self.values.items()
                if name.startswith("points_")}


def scoring_form(assignment: Assignment, *, strict: bool = True) -> _ScoringForm:
    """A field for each criterion, filled with one's own scores; a draft (not ``strict``) may have gaps."""
    fields = {
        f"points_{c.id}": IntegerField(
            _("%(name)s (0–%(most)s)", name=c.name, most=c.max_points),
            [InputRequired() if strict else Optional(), NumberRange(0, c.max_points)],
        )
        for c in assignment.submission.panel.criteria
    }
    known: dict[str, Any] = {f"points_{s.criterion_id}": s.points for s in assignment.scores}
    form: _ScoringForm = type("ScoringForm", (_ScoringForm,), fields)(data=known | {"comment": assignment.comment})
    return form
