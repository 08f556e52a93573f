"""Commands of the kit: checking the history, the catalogues, and carrying out what waits."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from expo.kit import catalogues, history, jobs, outbox
from expo.kit.preparing import prepare


def init_commands(app: Flask) -> None:
    """Add the command groups."""
    app.cli.add_command(history_group)
    app.cli.add_command(work_group)
    app.cli.add_command(language_group)
    app.cli.add_command(prepare)


history_group = AppGroup("history", help="The hash-chained log of who did what.")
work_group = AppGroup("work", help="Jobs and messages that wait.")


language_group = AppGroup("language", help="Messages and their translations.")


@history_group.command("verify")
def verify() -> None:
    """Walk every chain and name the first row that does not fit."""
    breaks = history.verify()
    for found in breaks:
        click.echo(f"{found.stream}: broken at number {found.number} (row {found.row_id}): {found.why}", err=True)
    if breaks:
        sys.exit(1)
    click.echo("Every chain holds.")


@work_group.command("now")
def work_now() -> None:
    """Carry out all waiting jobs and messages in this process, without a worker."""
    for message_id in outbox.list_due():
        outbox.deliver(message_id)
    for job_id in jobs.list_waiting():
        jobs.run_job(job_id)
    click.echo("Nothing waits any more.")


@language_group.command("check")
def check_language() -> None:
    """List messages without a Chinese text, texts that nothing uses, and texts that contradict each other."""
    report = catalogues.check(Path(__file__).resolve().parents[2])
    for message, where in report.missing.items():
        click.echo(f"missing   {where}: {message!r}")
    for message, where in report.unused.items():
        click.echo(f"unused    {where}: {message!r}")
    for message, where in report.conflicting.items():
        click.echo(f"conflict  {message!r}: {where}")
    if report.missing or report.conflicting:
        sys.exit(1)
