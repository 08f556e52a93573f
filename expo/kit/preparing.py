"""Bringing the data to where this version of the site can work with it: before every start."""

from __future__ import annotations

from collections.abc import Callable

import click

#: What rooms do after the migration, wired in ``expo/reactions.py``. Each is told whether the demonstration is
#: wanted, leaves alone what is there, and returns lines for the person who starts the site.
steps: list[Callable[[bool], list[str]]] = []


def prepare_data(*, demonstration: bool) -> list[str]:
    """Migrate the database, lay in what a new one needs, and return what its operator should read."""
    from flask_migrate import upgrade  # Late: a running site needs no Alembic.

    upgrade()
    return [line for step in steps for line in step(demonstration)]


@click.command("prepare")
@click.option("--empty", is_flag=True, help="For real use: no demonstration, even if there is no data yet.")
def prepare(empty: bool) -> None:
    """Migrate the database and lay in what a new one needs; scripts/serve does this by itself."""
    for line in prepare_data(demonstration=not empty):
        click.echo(line)
