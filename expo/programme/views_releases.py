"""Releases: what would change, publishing, and what changed from one to the next."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.language import _
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme import actions, queries
from expo.programme.forms import ReleaseForm
from expo.programme.rules_conflicts import blocking
from expo.programme.rules_content import Content, moment_of
from expo.programme.rules_difference import difference
from expo.programme.views import bp, is_open, load_seen, tabs_of


@bp.route("/work/<slug>/programme/releases", methods=["GET", "POST"])
@access(P.PROGRAMME_READ)
def list_releases(slug: str) -> str | Response | tuple[str, int]:
    """All releases; for those who may publish, what the next one would change."""
    edition = get_edition(slug)
    form = ReleaseForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            release = actions.publish_release(edition.id, form.name.data or "", form.notes.data or "", by=current_actor())
            flash(_("Release %(number)s is public.", number=release.number), "success")
            return redirect(url_for(".show_release", slug=slug, number=release.number))
    may_release = is_open(edition) and current_actor().may(
        P.PROGRAMME_RELEASE, region_path=actions.root_path(), edition_id=edition.id)
    return render_template(
        "programme/releases.html", edition=edition, form=form, releases=queries.list_releases(edition.id),
        may_release=may_release, coming=_coming(edition) if may_release else None, tabs=tabs_of(edition, "releases"),
    ), form.status


def _coming(edition: Edition) -> dict[str, object]:
    """What the next release would change, and what stands in its way."""
    before = queries.find_content_before(edition.id)
    plan, conflicts = load_seen(edition)
    content = actions.draft_content(edition.id, plan, before[1] if before else None)
    return {
        **_changes(before[1] if before else None, content), "sessions": len(content["sessions"]),
        "blocking": blocking(conflicts), "conflicts": conflicts, "waiting": len(plan.unplaced),
        "is_first": before is None,
    }


@bp.get("/work/<slug>/programme/releases/<int:number>")
@access(P.PROGRAMME_READ)
def show_release(slug: str, number: int) -> str:
    """One release and what it changed."""
    edition = get_edition(slug)
    release = queries.get_release(edition.id, number)
    before = queries.find_content_before(edition.id, number)
    return render_template(
        "programme/release.html", edition=edition, release=release, tabs=tabs_of(edition, "releases"),
        before=before[0] if before else None, sessions=len(release.content["sessions"]),
        **_changes(before[1] if before else None, release.content),
    )


def _changes(before: Content | None, after: Content) -> dict[str, Any]:
    """The difference, and its changes as rows of a table."""
    found = difference(before, after)
    halls = {hall["id"]: hall["name"] for content in (before, after) if content for hall in content["halls"]}
    rows = [{"session": change.session, "kinds": change.kinds, "before": _place(change.before, halls),
             "after": _place(change.after, halls)} for change in found.changes]
    return {"difference": found, "rows": rows}


def _place(session: dict[str, Any] | None, halls: dict[int, str]) -> dict[str, Any] | None:
    if session is None:
        return None
    return {"starts_at": moment_of(session["starts_at"]), "hall": halls.get(session["hall"], "—"),
            "projects": len(session["items"])}
