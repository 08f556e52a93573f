"""What an edition has set its rules to."""

from __future__ import annotations

import sqlalchemy as sa

from expo.kit.db import db
from expo.programme.models_planning import RuleSetting


def list_rule_settings(edition_id: int) -> dict[str, RuleSetting]:
    """Rule → its setting, for rules that are set otherwise than usual."""
    return {one.rule: one for one in db.session.scalars(
        sa.select(RuleSetting).where(RuleSetting.edition_id == edition_id))}
