"""Commands of registration: ``flask badges …``."""

from __future__ import annotations

import click
from flask import Blueprint

from expo.kit.config import current_config
from expo.kit.signing import newest_key, public_keys, rotate_key
from expo.registration.queries_keys import PURPOSE

bp = Blueprint("badge_commands", __name__, cli_group="badges")


@bp.cli.command("keys")
def show_keys() -> None:
    """Say which keys badges are signed with."""
    home = current_config().home
    newest = newest_key(home, PURPOSE).key_id
    for key_id in public_keys(home, PURPOSE):
        click.echo(f"{home / 'keys' / f'{PURPOSE}-{key_id}.pem'}{'  signs now' if key_id == newest else ''}")


@bp.cli.command("rotate-key")
def new_key() -> None:
    """Make a new key that signs from now on. Badges signed before stay valid as long as their key's file is kept."""
    click.echo(f"Key {rotate_key(current_config().home, PURPOSE)} signs from now on.")
