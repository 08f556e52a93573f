"""The programme on paper: one page for each day and hall, and a sign for each session's door."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from expo.editions.models import Edition
from expo.kit.config import current_config
from expo.kit.files import Received, store_bytes
from expo.kit.language import _, said
from expo.kit.pdf import render_template_pdf
from expo.kit.qr import qr_png
from expo.programme.rules_content import Programme, ShownSession

#: In so many columns the running order of a door sign still fits its page: (projects, columns).
_COLUMNS = ((12, 1), (28, 2), (10_000, 3))


def make_programme(edition: Edition, programme: Programme) -> Received:
    """All days and halls of a release as a stored PDF, in Chinese: the language of the house's papers."""
    alive = [session for session in programme.sessions if not session.is_cancelled]
    places = {hall.id: place for place, hall in enumerate(programme.halls)}
    alive.sort(key=lambda s: (s.day, places[s.hall.id], s.starts_at))
    pages = [
        {"day": day, "hall": hall.name, "venue": hall.venue, "address": hall.address,
         "sessions": [_row(session) for session in group]}
        for (day, hall), group in groupby(alive, key=lambda s: (s.day, s.hall))
    ]
    pdf = render_template_pdf("pdf/programme_pages.html", edition=edition.name, pages=pages, number=programme.number,
                              released_at=_local(programme.released_at))
    return store_bytes(pdf, f"programme-{edition.slug}-{programme.number}.pdf", "application/pdf")


def make_door_signs(edition: Edition, sessions: Iterable[ShownSession]) -> bytes:
    """A page for each session: what it is, when, and what is shown, with the way to its page."""
    public_url = current_config().public_url
    signs, pictures = [], {}
    for session in sessions:
        pictures[f"{session.id}.png"] = qr_png(f"{public_url}/sessions/{session.id}", 4, border=2)
        signs.append({**_row(session), "id": session.id, "day": session.day, "hall": session.hall.name,
                      "venue": session.hall.venue, "items": [_turn(item) for item in session.items],
                      "columns": next(columns for most, columns in _COLUMNS if len(session.items) <= most)})
    return render_template_pdf("pdf/door_signs.html", files=pictures, edition=said(edition, "name"), signs=signs)


def _row(session: ShownSession) -> dict[str, Any]:
    return {
        "starts_at": _local(session.starts_at), "ends_at": _local(session.ends_at), "title": session.title,
        "title_en": session.title_en, "kind": str(session.kind.label), "hosts": "、".join(h.name for h in session.hosts),
        "moderator": session.moderator, "projects": len(session.items), "is_streamed": session.is_streamed,
    }


def _turn(item: Any) -> dict[str, Any]:
    return {"at": _local(item.starts_at), "title": item.title, "owner": item.owner}


def _local(moment: datetime) -> datetime:
    return moment.astimezone(current_config().timezone)


def rows_for_sheet(sessions: Iterable[ShownSession]) -> Iterable[list[Any]]:
    """A row for each project in its turn; a session without projects has one row."""
    for s in sessions:
        head = [s.code, s.day, _local(s.starts_at).strftime("%H:%M"), _local(s.ends_at).strftime("%H:%M"), s.hall.label,
                s.label, str(s.kind.label), "、".join(host.label for host in s.hosts),
                s.city.label if s.city else "", s.industry.label if s.industry else "",
                _("Cancelled") if s.is_cancelled else ""]
        for place, item in enumerate(s.items, 1):
            yield [*head, place, _local(item.starts_at).strftime("%H:%M"), item.minutes, item.number, item.label, item.owner,
                   item.presenter]
        if not s.items:
            yield [*head, None, "", None, "", "", "", ""]


def sheet_columns() -> list[str]:
    """The heads of the sheet's columns."""
    return [_("Code"), _("Day"), _("Begins"), _("Ends"), _("Hall"), _("Session"), _("Kind"), _("Hosts"), _("City"),
            _("Industry"), _("State"), _("Place in the order"), _("Turn"), _("Minutes"), _("Project number"), _("Project"),
            _("Organisation"), _("Presenter")]
