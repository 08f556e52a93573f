"""What is wrong with the draft, in words."""

from __future__ import annotations

from flask import render_template

from expo.editions.queries import get_edition
from expo.kit.web import access
from expo.people.permissions import P
from expo.programme import slots
from expo.programme.rules_conflicts import blocking
from expo.programme.views import bp, load_seen, tabs_of


@bp.get("/work/<slug>/programme/conflicts")
@access(P.PROGRAMME_READ)
def list_conflicts(slug: str) -> str:
    """Everything that is wrong with the draft, and what has no place yet."""
    edition = get_edition(slug)
    plan, conflicts = load_seen(edition)
    return render_template(
        "programme/conflicts.html", edition=edition, stops=blocking(conflicts),
        warnings=[conflict for conflict in conflicts if not conflict.blocks_release], plan=plan,
        waiting=[s for s in plan.unplaced if s.is_visible], parts=slots.edition_parts.of(edition), tabs=tabs_of(edition, "conflicts", len(conflicts)),
    )
