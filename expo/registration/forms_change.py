"""The form that changes a registration: that of its kind, without what is fixed by now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import request

from expo.registration.forms import ChangeForm
from expo.registration.forms_fields import check_own, fill_own, fit_built_in, with_fields
from expo.registration.models import Registration
from expo.registration.models_forms import RegistrationField
from expo.registration.rules_kinds import KindPolicy


def change_form(registration: Registration, fields: Sequence[RegistrationField], policy: KindPolicy,
                regions: Sequence[tuple[int, str]], today: date, *, by_organiser: bool = False) -> ChangeForm:
    """For the holder; the organiser may correct also what is fixed."""
    form = with_fields(ChangeForm, fields)(obj=registration, regions=_with_own(regions, registration),
                                               zones=policy.zone_choices)
    fit_built_in(form, fields, today, keep=None if by_organiser else registration)
    fill_own(form, registration.answers, fields, date.min if by_organiser else today, values=request.method == "GET")
    if request.method == "GET" and form.region_id is not None:
        form.region_id.data = registration.region_id or 0
    return form


def _with_own(regions: Sequence[tuple[int, str]], registration: Registration) -> Sequence[tuple[int, str]]:
    """The cities, and the county in which somebody else has entered this person: else saving would move them."""
    own = registration.region
    return regions if own is None or own.id in dict(regions) else [*regions, (own.id, own.label)]


def is_complete(form: ChangeForm, fields: Sequence[RegistrationField], registration: Registration, today: date) -> bool:
    """Whether everything that must be answered is; what is not is said next to it."""
    return check_own(form, fields, today, registration.answers)
