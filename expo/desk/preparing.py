"""Laying the demonstration into a new database, and its clock."""

from __future__ import annotations

from expo.desk.demo.loading import clock_offset, load_demo, shown_moment
from expo.editions.queries import list_editions
from expo.kit import clock
from expo.kit.access import SYSTEM
from expo.kit.config import current_config, mark_demo


def prepare_demonstration(wanted: bool) -> list[str]:
    """Load the demonstration into a database that holds no edition yet, if it is wanted."""
    return load_demonstration() if wanted and not list_editions() else []


def load_demonstration() -> list[str]:
    """Load it, mark the data folder, and set the clock of this process."""
    config = current_config()
    now = shown_moment(clock.real_now(), config.timezone)
    with clock.frozen(now):
        rows = load_demo(now, config.timezone, by=SYSTEM)
    rewind_clock()
    return [f"The demonstration is loaded: {sum(rows.values()):,} rows, {rows['ticket']:,} tickets, "
            f"{rows['project']:,} projects, {rows['session']} sessions, {rows['registration']:,} registrations."]


def rewind_clock() -> None:
    """Let the demonstration's clock show half past ten of today; it goes on from there."""
    config = current_config()
    offset = clock_offset(clock.real_now(), config.timezone)
    mark_demo(config.home, offset)
    clock.set_offset(offset)
