"""The form of an organisation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import SelectField, StringField, URLField
from wtforms.validators import URL, DataRequired, Length, Optional, Regexp

from expo.kit.forms import Form
from expo.kit.language import _l
from expo.people.models import OrganisationKind


class OrganisationForm(Form):
    name = StringField(_l("Name"), [DataRequired(), Length(max=120)], description=_l("In full, as on the licence."))
    name_en = StringField(_l("Name in English"), [Length(max=200)])
    kind = SelectField(_l("Kind"), choices=OrganisationKind.choices())
    credit_code = StringField(_l("Unified social credit code"), [Length(max=30)],
                              description=_l("18 characters, from the licence or certificate."))
    region_id = SelectField(_l("Region"), coerce=int)
    address = StringField(_l("Address"), [Length(max=200)])
    legal_representative = StringField(_l("Legal representative"), [Length(max=80)])
    website = URLField(_l("Website"), [
        Optional(), URL(), Length(max=200), Regexp(r"(?i)https?://", message=_l("The address begins with https:// or http://.")),
    ])

    def __init__(self, *args: Any, regions: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region_id.choices = list(regions)

    def given(self) -> dict[str, Any]:
        """The values as the action takes them."""
        return {k: ("" if v is None and k != "credit_code" else v) for k, v in self.values.items()}
