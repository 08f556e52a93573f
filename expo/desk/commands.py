"""Commands: the demonstration."""

from __future__ import annotations

import click
from flask import Blueprint

from expo.desk import preparing
from expo.editions.queries import list_editions
from expo.kit.config import current_config

bp = Blueprint("demo", __name__, cli_group="demo")
bp.cli.help = "The demonstration."


@bp.cli.command("load")
def load() -> None:
    """Fill an empty database with the demonstration; its clock starts at half past ten of the second day."""
    if list_editions():
        raise click.ClickException("This database holds editions already. The demonstration needs an empty one: "
                                   "set EXPO_HOME to a new folder, or EXPO_DATABASE_URL to a new database.")
    for line in preparing.load_demonstration():
        click.echo(line)


@bp.cli.command("rewind")
def rewind() -> None:
    """Set the demonstration's clock back to half past ten of today; takes effect at the next start."""
    if not current_config().demo:
        raise click.ClickException("This is not the demonstration; its clock is left alone.")
    preparing.rewind_clock()
    click.echo("The demonstration's clock shows 10:30 at the next start.")
