"""What a project's history says, in sentences."""

from __future__ import annotations

from typing import Any

from expo.kit.language import _l
from expo.projects.models import ProjectStatus

SENTENCES: dict[str, Any] = {
    "invite_projects": _l("Invited from the final list"),
    "report_directly": _l("Reported directly"),
    "finalise_notice": _l("Invited from the final list"),
    "describe_picture": _l("Caption written"),
    "move_picture": _l("Pictures put in order"),
    "send_invitation": _l("Invitation sent"),
    "change_contact": _l("Contact changed"),
    "claim_project": _l("Claimed by its exhibitor"),
    "confirm_project": _l("Confirmed by its exhibitor"),
    "save_basics": _l("Titles and summary saved"),
    "save_description": _l("Description saved"),
    "save_facts": _l("Facts saved"),
    "save_contact": _l("Owner and contact saved"),
    "add_pictures": _l("Pictures added"),
    "put_file": _l("File uploaded"),
    "choose_cover": _l("Cover chosen"),
    "remove_file": _l("File removed"),
    "hand_in": _l("Material handed in"),
    "take_back": _l("Material taken back"),
    "accept_material": _l("Material accepted"),
    "return_material": _l("Returned with remarks"),
    "publish_project": _l("Published"),
    "publish_projects": _l("Published"),
    "take_offline": _l("Taken offline"),
    "withdraw_project": _l("Withdrawn from the expo"),
    "reinstate_project": _l("Taken in again"),
    "place_in_zone": _l("Zone changed"),
    "set_drawn_cover": _l("Cover drawn"),
    "unmask_contact": _l("Contact data looked at"),
}

#: Columns whose change is worth a line in the history.
FIELDS: dict[str, Any] = {
    "status": (_l("Status"), ProjectStatus),
    "title": _l("Title"),
    "remarks": _l("Remarks"),
    "reason": _l("Reason"),
    "withdrawn_reason": _l("Reason"),
    "direct_reason": _l("Why without a ticket"),
    "zone": _l("Exhibition zone"),
    "for_overseas": _l("It is shown to people from abroad as well"),
}
