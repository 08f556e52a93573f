"""``flask people first-administrator`` and ``flask people demo-accounts``."""

from __future__ import annotations

import click
from flask import Blueprint

from expo.kit.refusals import Refused
from expo.people import queries
from expo.people.actions_first import make_first_link

bp = Blueprint("people_commands", __name__, cli_group="people")


@bp.cli.command("first-administrator")
@click.option("--email", default="", help="The address to fill in for them.")
@click.option("--phone", default="", help="The phone number to fill in for them.")
def first_administrator(email: str, phone: str) -> None:
    """Print a one-time link, good for 24 hours, that makes its opener the first administrator."""
    try:
        link = make_first_link(email or phone)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo("Open this link within 24 hours and choose your password:")
    click.echo(link)


@bp.cli.command("demo-accounts")
def demo_accounts() -> None:
    """Print the accounts that the demonstration offers on its sign-in page."""
    for account in queries.list_demo_accounts():
        click.echo(f"{account.label}\t{account.person.name}\t{account.person.email or account.person.phone or ''}")
