"""Bringing the data to where this version of the site can work with it: one command before every start."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask_migrate import upgrade

#: What rooms do after the migration, wired in ``expo/reactions.py``. Each is told whether the demonstration is
#: wanted, leaves alone what is there, and returns lines for the person who starts the site.
steps: list[Callable[[bool], list[str]]] = []


@click.command("prepare")
@click.option("--empty", is_flag=True, help="For real use: no demonstration, even if there is no data yet.")
def prepare(empty: bool) -> None:
    """Migrate the database and lay in what a new one needs; scripts/serve calls this."""
    upgrade()
    for step in steps:
        for line in step(not empty):
            click.echo(line)
