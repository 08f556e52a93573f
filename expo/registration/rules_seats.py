"""Seats: where blocks lie, and who is put where. Pure functions over rows and numbers, both counted from 1."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.kit.text import pinyin_key
from expo.registration.models import Registration
from expo.registration.models_seats import SeatBlock, SeatPlan

Place = tuple[int, int]


@dataclass(frozen=True)
class Placed:
    """What came of seating: who sits where, and how many found no seat, by block."""

    seats: dict[int, Place]
    left: dict[str, int]


def seat_label(hall: str, place: Place) -> str:
    """As it stands on the badge: 一号厅 3排12座."""
    return f"{hall} {place[0]}排{place[1]}座"[:60]


def gaps_of(plan: SeatPlan) -> set[Place]:
    """Places without a seat."""
    return {(int(row), int(number)) for row, number in plan.gaps}


def places_of(plan: SeatPlan, block: SeatBlock | None = None) -> list[Place]:
    """The seats of a plan, or of a block in it, from the stage backwards and from the middle outwards: the best first."""
    first_row, last_row = (block.first_row, block.last_row) if block else (1, plan.row_count)
    first, last = (block.first_seat, block.last_seat) if block else (1, plan.row_length)
    middle, gaps = (first + last) / 2, gaps_of(plan)
    return [
        (row, number) for row in range(first_row, last_row + 1)
        for number in sorted(range(first, last + 1), key=lambda n: (abs(n - middle), n)) if (row, number) not in gaps
    ]


def rows_of(plan: SeatPlan, block: SeatBlock) -> list[Place]:
    """The seats of a block in the order in which a group sits down: row by row, from left to right."""
    return sorted(places_of(plan, block))


def fits(block: SeatBlock, one: Registration, region_path: str | None) -> bool:
    """Whether a block is meant for somebody; a block that says nothing is for everybody."""
    return (
        (block.badge_kind is None or one.badge_kind is block.badge_kind)
        and (not block.organisation_name or one.organisation_name == block.organisation_name)
        and (region_path is None or one.region_path.startswith(region_path))
    )


def require_block(plan: SeatPlan, block: SeatBlock, others: Iterable[SeatBlock]) -> None:
    """A block lies inside of the plan and over no other one."""
    if block.first_row > block.last_row or block.first_seat > block.last_seat:
        raise Refused(_l("The block ends before it begins."), "last_row")
    if block.last_row > plan.row_count or block.last_seat > plan.row_length:
        raise Refused(_l("The plan has %(rows)s rows of %(seats)s seats; the block lies outside of it.", rows=plan.row_count,
                         seats=plan.row_length), "last_row")
    for other in others:
        apart = (block.last_row < other.first_row or other.last_row < block.first_row
                 or block.last_seat < other.first_seat or other.last_seat < block.first_seat)
        if other is not block and not apart:
            raise Refused(_l("The block lies over “%(block)s”. A seat belongs to one block.", block=other.name), "first_row")


def require_seat(plan: SeatPlan, place: Place, taken: Collection[Place]) -> None:
    """There is such a seat, and it is free."""
    row, number = place
    if not (1 <= row <= plan.row_count and 1 <= number <= plan.row_length) or place in gaps_of(plan):
        raise Refused(_l("There is no such seat."), "row_number")
    if place in taken:
        raise Refused(_l("Somebody sits there already."), "row_number")


def seat_people(plan: SeatPlan, blocks: Sequence[tuple[SeatBlock, str | None]], people: Sequence[Registration],
                taken: Collection[Place]) -> Placed:
    """Put everybody who has no seat into the first block that is meant for them, those of one organisation side by side.

    The narrower block comes first: an organisation's before a kind's, a county's before its city's.
    """
    busy, seats, left = set(taken), dict[int, Place](), dict[str, int]()
    waiting = sorted(people, key=lambda one: (pinyin_key(one.organisation_name), one.organisation_name, pinyin_key(one.name), one.id))
    ordered = sorted(blocks, key=lambda pair: (
        not pair[0].organisation_name, pair[0].badge_kind is None, -len(pair[1] or ""), pair[0].position, pair[0].id))
    for block, path in ordered:
        free = [place for place in rows_of(plan, block) if place not in busy]
        mine = [one for one in waiting if one.id not in seats and fits(block, one, path)]
        for one, place in zip(mine, free, strict=False):
            seats[one.id] = place
            busy.add(place)
    for one in waiting:
        if one.id in seats:
            continue
        meant = next((block.name for block, path in ordered if fits(block, one, path)), "")
        left[meant] = left.get(meant, 0) + 1
    return Placed(seats, left)
