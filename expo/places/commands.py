"""``flask places load``."""

from __future__ import annotations

import click
from flask import Blueprint

from expo.kit.access import SYSTEM
from expo.places.actions import load_regions, read_regions

bp = Blueprint("places_commands", __name__, cli_group="places")


@bp.cli.command("load")
def load() -> None:
    """Lay in the regions of Sichuan, or bring their names up to date."""
    new, changed = load_regions(read_regions(), by=SYSTEM)
    click.echo(f"{new} new, {changed} changed.")
