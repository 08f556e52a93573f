"""What exhibitors and organisers type about projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField, MultipleFileField
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import Field
from wtforms.validators import InputRequired, Length, Optional

from expo.editions.words import ProjectKind
from expo.kit.files import DOCUMENT, PICTURE, VIDEO
from expo.kit.forms import Form
from expo.kit.language import _l
from expo.pool.fields import LONGEST_LONG_TEXT, LONGEST_TEXT, FieldType, KindField, fields_of, typed
from expo.projects.models import Project

#: (value, label) with an empty first choice.
NOTHING = ("", "—")


def to_number(value: Any) -> int | None:
    """A chosen number, or none; what is no number is refused by the field itself."""
    return int(value) if value not in (None, "", "None") else None


class BasicsForm(Form):
    title = StringField(_l("Title"), [InputRequired(), Length(max=200)])
    title_en = StringField(_l("Title in English"), [Optional(), Length(max=300)])
    summary = TextAreaField(_l("Summary"), [Optional(), Length(max=500)],
                            description=_l("Two or three sentences that make somebody want to read on."))
    summary_en = TextAreaField(_l("Summary in English"), [Optional(), Length(max=1000)])
    industry_id = SelectField(_l("Industry"), coerce=to_number)
    for_overseas = BooleanField(_l("It is shown to people from abroad as well"))

    def __init__(self, industries: Sequence[tuple[Any, Any]], **values: Any) -> None:
        super().__init__(**values)
        self.industry_id.choices = [NOTHING, *industries]


class DescriptionForm(Form):
    description = TextAreaField(_l("Description"), [Optional(), Length(max=20_000)], description=_l(
        "What it is, what is new about it, what it has achieved, whom it is for. Blank lines make paragraphs."))


class ContactForm(Form):
    owner_name = StringField(_l("Owner of the project"), [Optional(), Length(max=120)], description=_l("Stands on the public page."))
    contact_name = StringField(_l("Contact person"), [Optional(), Length(max=80)])
    contact_phone = StringField(_l("Phone"), [Optional(), Length(max=40)])
    contact_email = StringField(_l("E-mail"), [Optional(), Length(max=254)])


class PicturesForm(Form):
    pictures = MultipleFileField(_l("Pictures"), description=_l("JPEG, PNG or WebP, up to 20 MB each."),
                                 render_kw=PICTURE.attributes)


class DocumentForm(Form):
    document = FileField(_l("Document"), description=_l("One PDF, up to 30 MB. Visitors can download it."),
                         render_kw=DOCUMENT.attributes)


class VideoForm(Form):
    video = FileField(_l("Video"), description=_l("One MP4 or WebM, up to 512 MB."), render_kw=VIDEO.attributes)


class CaptionForm(Form):
    caption = StringField(_l("Caption"), [Optional(), Length(max=200)])


class HandInForm(Form):
    may_publish = BooleanField(_l(
        "I may publish this material, it holds no secrets, and I agree that it stands on this site for good."))


class AcceptForm(Form):
    confidentiality = BooleanField(_l("I have checked that it holds no state, work or business secrets."))
    novelty = BooleanField(_l("The owner knows: what is published before the application is filed is no longer new for a patent."))
    export = BooleanField(_l(
        "For people from abroad: I have checked that the technology is on no list of prohibited or restricted exports, "
        "and that its owner has the permits it needs."))


class RemarksForm(Form):
    remarks = TextAreaField(_l("What is to be changed"), [Optional(), Length(max=5000)])


class ReasonForm(Form):
    reason = StringField(_l("Reason"), [Optional(), Length(max=300)])


class ZoneForm(Form):
    zone = StringField(_l("Exhibition zone"), [Optional(), Length(max=60)])


class ContactChangeForm(Form):
    name = StringField(_l("Contact person"), [InputRequired(), Length(max=80)])
    phone = StringField(_l("Phone"), [Optional(), Length(max=40)])
    email = StringField(_l("E-mail"), [Optional(), Length(max=254)])


class DirectForm(Form):
    title = StringField(_l("Title"), [InputRequired(), Length(min=4, max=200)])
    kind = SelectField(_l("Kind"), choices=ProjectKind.choices())
    region_id = SelectField(_l("Region"), coerce=to_number, validators=[InputRequired()])
    industry_id = SelectField(_l("Industry"), coerce=to_number)
    owner_name = StringField(_l("Owner of the project"), [InputRequired(), Length(max=120)])
    contact_name = StringField(_l("Contact person"), [InputRequired(), Length(max=80)])
    contact_phone = StringField(_l("Phone"), [Optional(), Length(max=40)])
    contact_email = StringField(_l("E-mail"), [Optional(), Length(max=254)])
    reason = StringField(_l("Why without a ticket"), [InputRequired(), Length(min=2, max=200)],
                         description=_l("Projects come from the pool; the exception is recorded with its reason."))

    def __init__(self, regions: Sequence[tuple[int, Any]] | dict[str, Any], industries: Sequence[tuple[Any, Any]],
                 **values: Any) -> None:
        super().__init__(**values)
        self.region_id.choices = regions
        self.industry_id.choices = [NOTHING, *industries]


def make_facts_form(project: Project) -> Form:
    """A form of the project's kind, filled with its values as they are typed."""
    own = fields_of(project.kind)
    form_class = type("FactsForm", (Form,), {field.name: _control(field) for field in own})
    values = {field.name: typed(field, project.fields.get(field.name)) for field in own}
    form: Form = form_class(data={
        field.name: values[field.name] == "1" if field.type is FieldType.YES_NO else values[field.name] for field in own
    })
    return form


def facts_as_texts(project: Project, form: Form) -> dict[str, str | None]:
    """What was typed into a facts form, as the pool's reader of fields takes it."""
    texts: dict[str, str | None] = {}
    for field in fields_of(project.kind):
        data = form[field.name].data
        texts[field.name] = ("1" if data else "") if field.type is FieldType.YES_NO else (str(data) if data else "")
    return texts


def _control(field: KindField) -> Field:
    # What the values mean is judged by the pool's table of fields; here only lengths.
    match field.type:
        case FieldType.LONG_TEXT:
            return TextAreaField(field.label, [Optional(), Length(max=LONGEST_LONG_TEXT)])
        case FieldType.CHOICE:
            return RadioField(field.label, [Optional()], choices=[(c.value, c.label) for c in field.choices],
                              validate_choice=False)
        case FieldType.YES_NO:
            return BooleanField(field.label)
        case FieldType.DATE:
            return StringField(field.label, [Optional(), Length(max=20)], render_kw={"type": "date"})
        case _:
            return StringField(field.label, [Optional(), Length(max=LONGEST_TEXT)])
