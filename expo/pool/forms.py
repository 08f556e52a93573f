"""What people type about tickets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import DateInput

from expo.editions.words import ProjectKind
from expo.kit.files import SHEET
from expo.kit.forms import Form
from expo.kit.language import _l
from expo.pool.fields import FieldType, KindField, all_fields, typed
from expo.pool.importing.columns import import_columns
from expo.pool.models import Ticket, TicketOutcome, TicketStage, VisitKind

#: Regions to choose from, under the name of their city.
Regions = dict[str, list[tuple[int, str]]]


def _entry(own: KindField) -> Any:
    """The control for one of a kind's own fields; its text is checked by ``expo.pool.fields``."""
    if own.type is FieldType.CHOICE:
        return SelectField(own.label, choices=[("", "—"), *((c.value, c.label) for c in own.choices)],
                           validate_choice=False)
    if own.type is FieldType.YES_NO:
        return BooleanField(own.label)
    if own.type is FieldType.LONG_TEXT:
        return TextAreaField(own.label, [Length(max=20_000)])
    if own.type is FieldType.DATE:
        return StringField(own.label, widget=DateInput())
    return StringField(own.label, [Length(max=500)])


class TicketForm(Form):
    """A ticket with the fields of all kinds; the page shows those of the chosen one."""

    kind = SelectField(_l("Kind"), choices=ProjectKind.choices(), coerce=ProjectKind)
    title = StringField(_l("Title"), [InputRequired(_l("Give the ticket a title.")), Length(max=200)])
    description = TextAreaField(_l("Description"), [Length(max=20_000)])
    owner_name = StringField(_l("Holder"), [Length(max=120)], description=_l("Company, university, team or person"))
    industry = StringField(_l("Industry"), [Length(max=60)])
    region_id = SelectField(_l("Region"), coerce=int)
    contact_name = StringField(_l("Contact person"), [Length(max=80)])
    contact_phone = StringField(_l("Phone"), [Length(max=40)])
    contact_email = StringField(_l("E-mail"), [Optional(), Length(max=254), Regexp(r"[^@\s]+@[^@\s]+\.[^@\s.]+$", message=_l("This is no e-mail address."))])
    source = StringField(_l("Source"), [Length(max=120)], description=_l("Who told us: a platform, a visit, a list"))
    not_duplicate = BooleanField(_l("None of these is the same thing: open a new ticket"))

    def __init__(self, regions: Regions, ticket: Ticket | None = None, **options: Any) -> None:
        stored = {name: typed(own, ticket.fields.get(name)) for name, own in all_fields().items()} if ticket else {}
        super().__init__(obj=_without_contact(ticket) if ticket else None, data=stored, **options)
        self.region_id.choices = dict(regions)

    def own_values(self) -> dict[str, str]:
        """The kinds' own fields as typed texts."""
        return {
            name: ("1" if data else "") if isinstance(data := self[name].data, bool) else data or ""
            for name in all_fields()
        }

    def ticket_values(self) -> dict[str, Any]:
        """Everything else, as the actions take it."""
        return {name: value for name, value in self.values.items() if name not in all_fields() and name != "not_duplicate"}


for _name, _own in all_fields().items():
    setattr(TicketForm, _name, _entry(_own))


class _Shown:
    """What of a ticket a form may show again: the contact is entered anew or left as it is."""

    def __init__(self, ticket: Ticket) -> None:
        for name in ("kind", "title", "description", "owner_name", "industry", "region_id", "source"):
            setattr(self, name, getattr(ticket, name))


def _without_contact(ticket: Ticket) -> _Shown:
    return _Shown(ticket)


class VisitForm(Form):
    """A visit, and what comes next."""

    stage = SelectField(_l("Stage reached"), choices=TicketStage.choices(), coerce=TicketStage)
    kind = RadioField(_l("How"), choices=VisitKind.choices(), coerce=VisitKind, default=VisitKind.PHONE)
    visited_on = DateField(_l("Day"), [InputRequired()])
    note = TextAreaField(_l("What was talked about"), [InputRequired(_l("Say what was talked about.")), Length(max=5000)])
    next_step = StringField(_l("Next step"), [Length(max=200)])
    next_due_on = DateField(_l("Due on"), [Optional()])


class PlanForm(Form):
    """The plan of service for one ticket."""

    plan = TextAreaField(_l("Plan of service"), [Length(max=10_000)],
                         description=_l("What this ticket needs, whom to bring in, in which order"))


class CloseForm(Form):
    """What came of a ticket."""

    outcome = SelectField(_l("Outcome"), [InputRequired(_l("Choose what came of it."))], choices=[("", "—"), *TicketOutcome.choices()],
                          coerce=lambda value: TicketOutcome(value) if value else None)
    outcome_note = TextAreaField(_l("In a sentence"), [Length(max=2000)])


class ReopenForm(Form):
    """Why a closed ticket goes on."""

    reason = StringField(_l("Reason"), [InputRequired(_l("Say why the ticket is opened again.")), Length(max=200)])


class AssignForm(Form):
    """Chosen tickets, who had them when this page was made, and who gets them."""

    caretaker_id = SelectField(_l("Caretaker"), coerce=int)
    expected = HiddenField()


class UploadForm(Form):
    """A file of tickets."""

    file = FileField(_l("CSV or XLSX"), render_kw=SHEET.attributes)


class MappingForm(Form):
    """Which column is which, and what holds where the file says nothing."""

    kind_default = SelectField(_l("Kind, where the file names none"), choices=[("", "—"), *ProjectKind.choices()], default="")
    region_default = SelectField(_l("Region, where the file names none"), coerce=lambda v: int(v) if v else None)
    takes_unknown_regions = BooleanField(_l("Take this region also where the file's own is not known"))
    source_default = StringField(_l("Source, where the file names none"), [Length(max=120)])
    prefix = StringField(_l("Put before every number"), [Length(max=20)],
                         description=_l("Keeps numbers of different lists apart, such as HN-"))
    sheet_name = SelectField(_l("Sheet"), validate_choice=False)

    def __init__(self, header: Sequence[str], regions: Regions, sheets: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        columns = [("", _l("— not in the file —")), *((place, name or f"#{place + 1}") for place, name in enumerate(header))]
        for column in import_columns():
            self[column.field].choices = columns
        self.region_default.choices = [
            SelectChoice("", "—"),
            *(SelectChoice(key, name, optgroup=group) for group, pairs in regions.items() for key, name in pairs),
        ]
        self.sheet_name.choices = [(name, name) for name in sheets]

    def places(self) -> dict[str, int | None]:
        """Our field → place of the column."""
        return {column.field: self[column.field].data for column in import_columns()}

    def defaults(self) -> dict[str, Any]:
        return {
            "kind": self.kind_default.data or None, "region_id": self.region_default.data,
            "takes_unknown_regions": bool(self.takes_unknown_regions.data), "source": self.source_default.data or "",
            "prefix": self.prefix.data or "",
        }


for _column in import_columns():
    setattr(MappingForm, _column.field, SelectField(_column.label, coerce=lambda v: int(v) if v not in {"", None} else None))

