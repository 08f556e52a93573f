"""The form and the list that the page of components shows: one field of each type, one list in each of its states."""

from __future__ import annotations

from wtforms import (
    BooleanField,
    DateField,
    FileField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
    widgets,
)

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.kit.listing import Filter, Listing


class SampleForm(Form):
    """One field of each type; sent to nobody."""

    kind = RadioField(
        _l("Kind of sample"), [validators.InputRequired()], default="problem",
        choices=[("result", _l("A result")), ("problem", _l("A problem")), ("finance", _l("A finance product"))],
    )
    title = StringField(_l("Title of the sample"), [validators.DataRequired(), validators.Length(max=80)],
                        description=_l("About 15 characters are found best."))
    city = SelectField(_l("City of the sample"), choices=[("", _l("Please choose")), ("mianyang", "绵阳市"), ("deyang", "德阳市")])
    budget = IntegerField(_l("Budget of the sample"))
    deadline = DateField(_l("Wanted by"))
    text = TextAreaField(_l("The problem in detail"), [validators.DataRequired(), validators.Length(max=3000)])
    modes = SelectMultipleField(
        _l("Ways of working together"),
        choices=[("develop", _l("Development")), ("transfer", _l("Transfer")), ("share", _l("As a share"))],
        option_widget=widgets.CheckboxInput(), widget=widgets.ListWidget(prefix_label=False),
    )
    picture = FileField(_l("Picture of the sample"), description=_l("JPG, PNG or WebP, at most 10 MB"),
                        render_kw={"data-limit-mb": 10})
    agree = BooleanField(_l("Nothing here is secret, and showing it harms no patent application"),
                         [validators.InputRequired()])


def sample_listing() -> Listing:
    """A list whose filters and orders work in the address, over rows that stand in the template."""
    listing = Listing.from_request(
        filters=[
            Filter("stage", _l("Stage of the sample"), [("2", "主动联系"), ("5", "匹配撮合"), ("6", "对接洽谈")],
                   counts={"2": 2204, "5": 388, "6": 128}),
            Filter("city", _l("City of the sample"), [("mianyang", "绵阳市"), ("panzhihua", "攀枝花市")]),
        ],
        sorts={"newest": _l("Last changed"), "title": _l("Title of the sample"), "number": _l("Number of the sample")},
    )
    listing.total = 128
    return listing
