"""How long what is kept about people who registered, counted from the last day of the edition."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from expo.registration.models_forms import KeptThing, RetentionTime

#: What holds unless the organiser says otherwise: a proof is needed until it was checked, a contact while the expo is
#: followed up, a name as long as questions about who was there may come.
DEFAULT_DAYS = {KeptThing.PROOFS: 30, KeptThing.ANSWERS: 180, KeptThing.CONTACTS: 365, KeptThing.NAMES: 1095}


def due_things(ends_on: date, today: date, times: Mapping[KeptThing, RetentionTime]) -> list[KeptThing]:
    """What is to be forgotten by now, the narrowest first."""
    return [
        thing for thing in KeptThing
        if today > ends_on + timedelta(days=times[thing].days if thing in times else DEFAULT_DAYS[thing])
    ]
