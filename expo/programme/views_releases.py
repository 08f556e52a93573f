"""Releases: what would change, publishing, and what changed from one to the next."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit.config import current_config
from expo.kit.files import file_url
from expo.kit.language import _
from expo.kit.listing import Listing
from expo.kit.text import mask_address, normal
from expo.kit.web import access, current_actor
from expo.people.permissions import P
from expo.programme import actions, actions_what_if, queries, queries_concerned
from expo.programme.actions_telling import Letter, concerned_by, letter_of
from expo.programme.forms import ReleaseForm
from expo.programme.models import Release
from expo.programme.queries_concerned import Concerned
from expo.programme.rules_conflicts import blocking
from expo.programme.rules_content import Content, moment_of
from expo.programme.rules_difference import difference
from expo.programme.views import bp, holds_grid, is_open, load_seen, tabs_of

#: More messages than this nobody reads; the search finds the others.
_MOST_SHOWN = 100


@bp.route("/work/<slug>/programme/releases", methods=["GET", "POST"])
@access(P.PROGRAMME_READ)
def list_releases(slug: str) -> str | Response | tuple[str, int]:
    """All releases; for those who may publish, what the next one would change."""
    edition = get_edition(slug)
    form = ReleaseForm()
    if form.validate_on_submit():
        with form.catching_refusals():
            release = actions.publish_release(edition.id, form.name.data or "", form.notes.data or "",
                                              tell=form.tell.data, by=current_actor())
            flash(_("Release %(number)s is public.", number=release.number), "success")
            return redirect(url_for(".show_release", slug=slug, number=release.number))
    may_release = is_open(edition) and _may_release(edition)
    return render_template(
        "programme/releases.html", edition=edition, form=form, releases=queries.list_releases(edition.id),
        widget=url_for(".show_widget", slug=slug, _external=False), public_url=current_config().public_url,
        may_release=may_release, coming=_coming(edition) if may_release else None, tabs=tabs_of(edition, "releases"),
    ), form.status


def _may_release(edition: Edition) -> bool:
    return current_actor().may(P.PROGRAMME_RELEASE, region_path=actions.root_path(), edition_id=edition.id)


def _coming(edition: Edition) -> dict[str, object]:
    """What the next release would change, and what stands in its way."""
    before = queries.find_content_before(edition.id)
    plan, conflicts = load_seen(edition)
    content = actions.draft_content(edition.id, plan, before[1] if before else None)
    return {
        **_changes(before[1] if before else None, content), "sessions": len(content["sessions"]),
        "blocking": blocking(conflicts), "conflicts": conflicts, "waiting": len(plan.unplaced),
        "is_first": before is None, "concerned": len(concerned_by(before[1] if before else None, content)),
    }


@bp.get("/work/<slug>/programme/releases/next/messages")
@access(P.PROGRAMME_RELEASE)
def preview_messages(slug: str) -> str:
    """Whom the next release would be told to, and in which words."""
    edition = get_edition(slug)
    before = queries.find_content_before(edition.id)
    content = actions.draft_content(edition.id, load_seen(edition)[0], before[1] if before else None)
    people = concerned_by(before[1] if before else None, content)
    number = (before[0] if before else 0) + 1
    return _messages(edition, None, number, people, letter_of(edition, number, before[1] if before else None, content))


@bp.get("/work/<slug>/programme/releases/<int:number>/messages")
@access(P.PROGRAMME_RELEASE)
def show_messages(slug: str, number: int) -> str:
    """Whom a release concerned, and who of them has been told."""
    edition = get_edition(slug)
    release = queries.get_release(edition.id, number)
    before = queries.find_content_before(edition.id, number)
    people = concerned_by(before[1] if before else None, release.content)
    return _messages(edition, release, number, people,
                     letter_of(edition, number, before[1] if before else None, release.content))


def _messages(edition: Edition, release: Release | None, number: int, people: list[Concerned], letter: Letter) -> str:
    """The first hundred or those who fit the words searched for: each with what they are told."""
    listing = Listing.from_request()
    words = normal(listing.q)
    found = [one for one in people if words in normal(one.name)]
    listing.total = len(found)
    told = queries_concerned.list_told(release.id) if release else set()
    return render_template(
        "programme/messages.html", edition=edition, release=release, number=number, listing=listing, people=len(people),
        rows=[(one, mask_address(one.email or one.phone), letter.text(one).splitlines(), one.key in told)
              for one in found[:_MOST_SHOWN]],
        told=sum(one.key in told for one in people), tabs=tabs_of(edition, "releases"),
        is_latest=release is not None and not queries.has_later_release(edition.id, number),
    )


@bp.post("/work/<slug>/programme/releases/<int:number>/messages")
@access(P.PROGRAMME_RELEASE)
def tell_people(slug: str, number: int) -> Response:
    """Write to those who have not been told yet."""
    actions.tell_afterwards(get_edition(slug).id, number, by=current_actor())
    flash(_("The messages are being written. Each person gets one."), "success")
    return redirect(url_for(".show_messages", slug=slug, number=number))


@bp.post("/work/<slug>/programme/releases/<int:number>/restore")
@access(P.PROGRAMME_EDIT)
def restore_release(slug: str, number: int) -> Response:
    """Go back to a release: first as a plan kept aside."""
    kept = actions_what_if.keep_release(get_edition(slug).id, number, by=current_actor())
    flash(_("Look at what would move, then take the plan over and publish it as a new release."), "success")
    return redirect(url_for(".show_plan", slug=slug, what_if_id=kept.id))


@bp.get("/work/<slug>/programme/releases/compare")
@access(P.PROGRAMME_READ)
def compare_releases(slug: str) -> str:
    """What changed between any two releases."""
    edition = get_edition(slug)
    releases = queries.list_releases(edition.id)
    numbers = [release.number for release in releases]
    earlier, later = _asked("from", numbers, 1), _asked("to", numbers, 0)
    contents = [queries.get_release(edition.id, number).content if number else None for number in (earlier, later)]
    return render_template(
        "programme/compare.html", edition=edition, releases=releases, earlier=earlier, later=later,
        tabs=tabs_of(edition, "releases"), **(_changes(contents[0], contents[1]) if contents[1] else {"difference": None}),
    )


def _asked(name: str, numbers: list[int], place: int) -> int | None:
    """The release in the address, else the one at this place of the list, the latest first."""
    asked = request.args.get(name, type=int)
    if asked in numbers:
        return asked
    return numbers[place] if place < len(numbers) else None


@bp.get("/work/<slug>/programme/releases/<int:number>")
@access(P.PROGRAMME_READ)
def show_release(slug: str, number: int) -> str:
    """One release and what it changed."""
    edition = get_edition(slug)
    release = queries.get_release(edition.id, number)
    before = queries.find_content_before(edition.id, number)
    paper = queries.find_paper_of(release.id)
    return render_template(
        "programme/release.html", paper=file_url(paper) if paper else None, may_release=_may_release(edition), may_restore=holds_grid(edition),
        is_latest=not queries.has_later_release(edition.id, number), edition=edition, release=release, tabs=tabs_of(edition, "releases"),
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
