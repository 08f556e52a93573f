"""The organisers' list of an edition's meetings."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.db import not_found
from expo.kit.exports import sheet_response
from expo.kit.history import list_history
from expo.kit.language import _, _l
from expo.kit.listing import Filter, Listing
from expo.kit.sheets import OutColumn
from expo.kit.timeline import timeline_of
from expo.kit.web import access, current_actor
from expo.meetings import queries, rules
from expo.meetings.actions_export import note_export
from expo.meetings.forms import ResultForm
from expo.meetings.models import InterestLevel, InterestStatus, Meeting, MeetingOutcome, MeetingStatus
from expo.meetings.views import bp
from expo.people.permissions import P

_SENTENCES: dict[str, Any] = {
    "propose_meeting": _l("Proposed"), "propose_another": _l("Another time proposed"), "accept_meeting": _l("Agreed"),
    "cancel_meeting": _l("Cancelled"), "note_result": _l("Result noted"), "withdraw_interest": _l("Interest taken back"),
    "answer_interest": _l("Interest answered"), "express_interest": _l("Interest changed"),
}
_FIELDS: dict[str, Any] = {
    "status": (_l("Status"), MeetingStatus), "outcome": (_l("Result of the meeting"), MeetingOutcome), "place": _l("Place"),
    "cancelled_reason": _l("Reason"),
}


def _listing(edition: Edition, paths: tuple[str, ...]) -> Listing:
    return Listing.from_request(
        filters=[
            Filter("status", _l("Status"), MeetingStatus.choices(), queries.count_by_status(edition.id, paths)),
            Filter("level", _l("Interest"), InterestLevel.choices()),
            Filter("outcome", _l("Result of the meeting"), MeetingOutcome.choices()),
            Filter("city", _l("City"), queries.list_cities(paths)),
        ],
        sorts={"soonest": _l("By time"), "newest": _l("Newest first")},
    )


@bp.get("/work/<slug>/meetings/")
@access(P.MEETINGS_READ)
def list_meetings(slug: str) -> str:
    """Meetings about projects of the reader's regions."""
    edition = get_edition(slug)
    paths = current_actor().region_paths(P.MEETINGS_READ, edition.id)
    listing = _listing(edition, paths)
    page = queries.list_meetings(edition.id, paths, listing.q, listing.chosen, listing.sort, listing.cursor, listing.size)
    listing.show(page, total=queries.count_meetings(edition.id, paths, listing.q, listing.chosen))
    return render_template("meetings/list.html", edition=edition, listing=listing,
                           interests=queries.count_interests(edition.id, paths), levels=InterestLevel)


@bp.get("/work/<slug>/meetings/interests")
@access(P.MEETINGS_READ)
def list_interests(slug: str) -> str:
    """What visitors want of projects of the reader's regions; who they are stays with the two sides."""
    edition = get_edition(slug)
    paths = current_actor().region_paths(P.MEETINGS_READ, edition.id)
    listing = Listing.from_request(filters=[
        Filter("level", _l("Interest"), InterestLevel.choices(), queries.count_interests(edition.id, paths)),
        Filter("status", _l("Status"), InterestStatus.choices()),
    ])
    page = queries.list_interests(edition.id, paths, listing.q, listing.chosen, listing.cursor, listing.size)
    listing.show(page, total=queries.count_wanted(edition.id, paths, listing.q, listing.chosen))
    return render_template("meetings/interests.html", edition=edition, listing=listing)


@bp.get("/work/<slug>/meetings/export.<form>")
@access(P.MEETINGS_READ)
def export_meetings(slug: str, form: str) -> Response:
    """Exactly what the list shows; who the visitors are stays with the two sides."""
    edition = get_edition(slug)
    paths = current_actor().region_paths(P.MEETINGS_READ, edition.id)
    listing = _listing(edition, paths)
    rows = [_row(meeting) for meeting in queries.iterate_meetings(edition.id, paths, listing.q, listing.chosen)]
    note_export(edition.id, len(rows), by=current_actor())
    return sheet_response(form, f"meetings-{edition.slug}", _COLUMNS, rows, title=_("Meetings"))


_COLUMNS = [OutColumn(label) for label in (
    _l("Project"), _l("Title"), _l("City"), _l("Visitor's organisation"), _l("Interest"), _l("Status"), _l("Begin"),
    _l("End"), _l("Place"), _l("Result of the meeting"), _l("Intended amount (10,000 yuan)"), _l("Note"), _l("Reason"))]


def _row(meeting: Meeting) -> list[Any]:
    organisation = meeting.interest.organisation
    return [
        meeting.project.number, meeting.project.title, meeting.project.city.name,
        organisation.name if organisation else "", str(meeting.interest.level.label), str(meeting.status.label),
        meeting.starts_at, meeting.ends_at, meeting.place or (str(_("online")) if meeting.online_url else ""),
        str(meeting.outcome.label) if meeting.outcome else "",
        meeting.amount_fen / 1_000_000 if meeting.amount_fen is not None else None, meeting.outcome_note,
        meeting.cancelled_reason,
    ]


@bp.get("/work/<slug>/meetings/<int:meeting_id>")
@access(P.MEETINGS_READ)
def show_meeting(slug: str, meeting_id: int) -> str:
    """One meeting with its history; opens beside the list."""
    meeting = queries.get_meeting(meeting_id)
    actor = current_actor()
    rules.require_in_scope(meeting.project, actor, P.MEETINGS_READ)
    if meeting.project.edition.slug != slug:
        raise not_found()
    may_manage = actor.may(P.MEETINGS_MANAGE, region_path=meeting.project.region_path, edition_id=meeting.project.edition_id)
    return render_template("meetings/record.html", meeting=meeting, slug=slug, may_manage=may_manage,
                           result_form=ResultForm(formdata=None),
                           history=timeline_of(list_history("meeting", meeting.id, 60), _SENTENCES, _FIELDS))
