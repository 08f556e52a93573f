"""The report of one stream on paper and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.language import _, said
from expo.kit.pdf import render_template_pdf
from expo.streaming.rules_report import Figures, Report, Share, drawn_curve, place_of, top_of

Table = tuple[str, Sequence[str], list[list[Any]]]


def figures_of(figures: Figures) -> list[tuple[str, Any, str]]:
    """(label, value, unit) of each figure, in the order of the page."""
    return [
        (_("Different viewers"), figures.viewers, ""), (_("Most at once"), figures.peak, ""),
        (_("Watched on average"), figures.average_min, _("min")), (_("Watched in all"), figures.hours, _("h")),
        (_("Interests"), figures.interests, ""), (_("Questions"), figures.questions, ""),
        (_("Answered"), figures.answered, ""), (_("Chat messages"), figures.messages, ""), (_("Applause"), figures.applause, ""),
    ]


def label_of(share: Share) -> str:
    """Where somebody comes from."""
    return share.city or (_("Without an account") if share.is_anonymous else _("City not known"))


def curve_of(report: Report) -> dict[str, Any]:
    """What ``ui/curve.html`` draws: the line, its scale, and a mark where each project began."""
    points = drawn_curve(report.points)
    clocks = [_local(points[place].minute).strftime("%H:%M") for place in (0, len(points) // 2, -1)] if points else []
    return {"values": [point.viewers for point in points], "top": top_of(point.viewers for point in points), "times": clocks,
            "marks": [place_of(stage.since, report.points) for stage in report.stages]}


def make_report(edition: Any, title: str, starts_at: datetime, report: Report) -> bytes:
    """The whole report as a PDF."""
    return render_template_pdf(
        "pdf/stream_report.html", edition=said(edition, "name"), title=title, starts_at=_local(starts_at), made_at=_local(clock.now()),
        figures=figures_of(report.figures), curve=curve_of(report),
        shares=[(label_of(share), share.viewers, round(share.seconds / 60)) for share in report.shares],
        venues=[(venue.name, round(venue.seconds / 60), venue.checked_in) for venue in report.venues],
        stages=[(_local(s.since), _local(s.until), s.number, s.title, s.viewers, s.interests) for s in report.stages],
        polls=report.polls,
    )


def tables_of(title: str, report: Report) -> Iterator[Table]:
    """The same as the sheets of a workbook, with every minute."""
    yield title, [_("Figure"), _("Value"), _("Unit")], [list(row) for row in figures_of(report.figures)]
    yield (_("Viewers over time"), [_("Minute"), _("Viewers"), _("Branch venues among them")],
           [[p.minute, p.viewers, p.venues] for p in report.points])
    yield (_("By city"), [_("City"), _("Viewers"), _("Minutes watched")],
           [[label_of(s), s.viewers, round(s.seconds / 60, 1)] for s in report.shares])
    yield (_("Branch venues"), [_("Branch venue"), _("Minutes watched"), _("Checked in that day")],
           [[v.name, round(v.seconds / 60, 1), v.checked_in] for v in report.venues])
    yield (_("Projects"), [_("Number"), _("Project"), _("On stage from"), _("On stage until"), _("Viewers on average"), _("Interests")],
           [[s.number, s.title, s.since, s.until, s.viewers, s.interests] for s in report.stages])
    yield (_("Polls"), [_("Question"), _("Choice"), _("Votes")],
           [[question, choice, votes] for question, choices in report.polls for choice, votes in choices])


def _local(moment: datetime) -> datetime:
    return moment.astimezone(current_config().timezone)
