"""All that is kept about one registration's person, as they may read it and take it away (PIPL 45).

Rooms above add what they know: ``parts.append(function)`` with a function from a registration to a :class:`DataPart`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from expo.kit.history import list_history
from expo.kit.language import _, _l
from expo.registration import queries
from expo.registration.models import Registration
from expo.registration.queries_consents import list_consents
from expo.registration.queries_kinds import list_all_fields
from expo.registration.rules_fields import is_answerable, said_answer


@dataclass(frozen=True)
class DataPart:
    """Rows about one subject: columns as (name in the file, word for reading)."""

    name: str
    title: Any
    columns: Sequence[tuple[str, Any]]
    rows: Sequence[Sequence[Any]]

    def plain(self) -> list[dict[str, Any]]:
        """The rows as JSON has them."""
        return [{name: _plain(value) for (name, _label), value in zip(self.columns, row, strict=True)} for row in self.rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


#: What rooms above know about somebody.
parts: list[Callable[[Registration], DataPart]] = []


def list_data(registration: Registration) -> list[DataPart]:
    """Everything, subject by subject."""
    return [_fields(registration), _consents(registration), _badges(registration), _companions(registration),
            _looks(registration), *(part(registration) for part in parts)]


def _fields(one: Registration) -> DataPart:
    rows: list[list[Any]] = [
        ["name", _("Full name"), one.name], ["phone", _("Mobile phone"), one.phone], ["email", _("E-mail"), one.email or ""],
        ["organisation", _("Organisation"), one.organisation_name], ["position", _("Position"), one.job_title],
        ["region", _("City or region"), one.region.label if one.region else ""], ["zone", _("Exhibition zone"), one.zone],
        ["seat", _("Seat"), one.seat], ["kind", _("Kind of badge"), str(one.badge_kind.label)],
        ["status", _("Status"), str(one.status.label)], ["edition", _("Edition"), one.edition.name],
        ["registered_at", _("Registered at"), one.created_at], ["birth_year", _("Year of birth"), one.birth_year or ""],
    ]
    rows.extend([field.key, field.said, said_answer(field, one.answers[field.key])]
                for field in list_all_fields(one.edition_id)[one.badge_kind]
                if is_answerable(field) and field.key in one.answers)
    return DataPart("registration", _l("Registration"), [("field", _l("Field")), ("label", _l("Name of the field")),
                                                         ("value", _l("Content"))], rows)


def _consents(one: Registration) -> DataPart:
    return DataPart("consents", _l("Consents"),
                    [("purpose", _l("Purpose")), ("version", _l("Version")), ("given_at", _l("Given")),
                     ("withdrawn_at", _l("Withdrawn"))],
                    [[str(c.purpose.label), c.version, c.given_at, c.withdrawn_at or ""] for c in list_consents(one)])


def _badges(one: Registration) -> DataPart:
    return DataPart("badges", _l("Badges"),
                    [("issued_at", _l("Issued at")), ("status", _l("Status")), ("ended_at", _l("Ended")),
                     ("prints", _l("Prints"))],
                    [[b.issued_at, str(b.status.label), b.ended_at or "", b.prints] for b in one.badges])


def _companions(one: Registration) -> DataPart:
    return DataPart("companions", _l("Come along with you"),
                    [("name", _l("Full name")), ("birth_year", _l("Year of birth")), ("status", _l("Status"))],
                    [[c.name, c.birth_year or "", str(c.status.label)] for c in queries.list_companions(one.id)])


def _looks(one: Registration) -> DataPart:
    """Who had the contact data or a document shown to them in clear."""
    rows = [[row.at, row.actor] for row in list_history("registration", one.id) if row.action.endswith(":unmasked")]
    return DataPart("looks", _l("Who looked at your contact data in clear"), [("at", _l("Time")), ("who", _l("Who"))], rows)
