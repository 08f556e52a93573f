"""Which edition one works in, and the pages to set editions up."""

from __future__ import annotations

from flask import Blueprint, g, request, session

from expo.editions import queries
from expo.editions.models import Edition
from expo.kit.pages import context

bp = Blueprint("editions", __name__)


def current_edition() -> Edition | None:
    """The edition in the address, else the one last worked in, else the present one; asked once per request."""
    if "edition" not in g:
        slug = (request.view_args or {}).get("slug") or session.get("edition")
        g.edition = (queries.find_edition(slug) if slug else None) or queries.find_present_edition()
        # Only at work: a visitor's page sets no cookie, so that it may be kept ready for everybody (expo.kit.memo).
        at_work = request.path.startswith("/work/")
        if at_work and g.edition is not None and (request.view_args or {}).get("slug") == g.edition.slug:
            session["edition"] = g.edition.slug
    edition: Edition | None = g.edition
    return edition


context["current_edition"] = current_edition
context["editions"] = queries.list_editions
