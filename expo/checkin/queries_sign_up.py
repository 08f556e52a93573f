"""Places at check-in points: which there are, who has one, how many are left."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from expo.checkin.models import Gate, SignUp
from expo.kit.db import db, not_found
from expo.programme.models import Session, Slot


@dataclass
class Offer:
    """A check-in point for which one signs up."""

    gate: Gate
    session: Session | None
    slot: Slot | None
    taken: int
    is_mine: bool

    @property
    def left(self) -> int | None:
        """Free places; ``None`` when there is no limit."""
        return None if self.gate.places is None else max(0, self.gate.places - self.taken)


def get_open_gate(gate_id: int, edition_id: int) -> Gate:
    """The gate, locked, if one signs up for it."""
    found = db.session.scalar(
        sa.select(Gate).where(Gate.id == gate_id, Gate.edition_id == edition_id, Gate.needs_sign_up).with_for_update()
    )
    if found is None:
        raise not_found()
    return found


def find_sign_up(gate_id: int, registration_id: int) -> SignUp | None:
    """Somebody's place."""
    return db.session.scalar(sa.select(SignUp).where(SignUp.gate_id == gate_id, SignUp.registration_id == registration_id))


def list_sign_ups_of(registration_id: int) -> list[SignUp]:
    """All places that somebody has."""
    return list(db.session.scalars(sa.select(SignUp).where(SignUp.registration_id == registration_id)))


def count_sign_ups(gate_id: int) -> int:
    """How many places are taken."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(SignUp).where(SignUp.gate_id == gate_id)) or 0


def list_offers(edition_id: int, registration_id: int) -> list[Offer]:
    """All for which one may sign up, in the order of time."""
    taken = sa.select(sa.func.count()).where(SignUp.gate_id == Gate.id).scalar_subquery()
    mine = sa.exists().where(SignUp.gate_id == Gate.id, SignUp.registration_id == registration_id)
    rows = db.session.execute(
        sa.select(Gate, Session, Slot, taken, mine)
        .outerjoin(Session, Session.id == Gate.session_id).outerjoin(Slot, Slot.id == Session.slot_id)
        .where(Gate.edition_id == edition_id, Gate.needs_sign_up).options(joinedload(Gate.venue))
        .order_by(Slot.starts_at, Gate.name)
    )
    return [Offer(*row) for row in rows]
