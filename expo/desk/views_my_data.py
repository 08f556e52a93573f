"""What the rooms above registration know about a badge: added to what its holder reads and takes away.

Only what hangs on the registration itself: whoever has its link need not be the person whose number stands in it, so
talks and interests are shown to the account alone.
"""

from __future__ import annotations

from expo.checkin.queries import list_scans_of
from expo.kit.language import _l
from expo.registration.models import Registration
from expo.registration.queries_data import DataPart, parts


def _scans(registration: Registration) -> DataPart:
    rows = [[scan.at, scan.gate.name, str(scan.kind.label), str(scan.result.label)] for scan in list_scans_of(registration.id)]
    return DataPart("scans", _l("Who scanned your badge"),
                    [("at", _l("Time")), ("gate", _l("Gate")), ("kind", _l("Kind")), ("result", _l("Result"))], rows)


parts.append(_scans)
