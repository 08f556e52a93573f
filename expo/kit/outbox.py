"""Mail and text messages: rows written with the action, delivered after its commit, retried until they arrive.

Nothing is sent before the commit, nothing is lost by a crash: the sweep finds what still waits.
"""

from __future__ import annotations

import logging
import smtplib
from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any, Protocol

import click
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.access import MANAGE, Actor
from expo.kit.config import Config, current_config
from expo.kit.db import Json, Model, db, find_record, get_record
from expo.kit.language import _l
from expo.kit.unit import action, after_commit, record
from expo.kit.words import Labelled

log = logging.getLogger("expo.outbox")
#: Waiting times after each failed try; after the last one a message is given up and shown to administrators.
RETRIES = [timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440)]


LEASE = timedelta(minutes=5)
#: How long messages are kept that are no longer on their way: names, numbers and private links stand in them.
KEPT = timedelta(days=90)


class Channel(Labelled):
    MAIL = "mail", _l("E-mail")
    SMS = "sms", _l("Text message")


class MessageStatus(Labelled):
    WAITING = "waiting", _l("Waiting")
    SENT = "sent", _l("Sent")
    FAILED = "failed", _l("Failed")


class OutboxMessage(Model):
    """One message to one address."""

    __tablename__ = "outbox_message"
    __history__ = False
    __table_args__ = (
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        sa.Index("ix_outbox_message_due", "status", "due_at"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    channel: Mapped[Channel]
    address: Mapped[str] = mapped_column(sa.String(254), info={"personal": True})
    subject: Mapped[str] = mapped_column(sa.String(200), default="")
    body: Mapped[str] = mapped_column(sa.Text)
    attachments: Mapped[list[Any]] = mapped_column(Json, default=list)
    message_id: Mapped[str] = mapped_column(sa.String(200), default="")
    status: Mapped[MessageStatus] = mapped_column(default=MessageStatus.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]


class SmsProvider(Protocol):
    """What a provider of text messages must do: deliver, or raise."""

    @abstractmethod
    def send(self, phone: str, text: str) -> None: ...


class ConsoleSms:
    """Shows text messages where the site was started: for trying things out."""

    def send(self, phone: str, text: str) -> None:
        # Not through logging: the worker shows errors only, and a code that nobody can read lets nobody in.
        click.echo(f"SMS to {phone}: {text}")


SMS_PROVIDERS: dict[str, Callable[[Config], SmsProvider]] = {"console": lambda _config: ConsoleSms()}
#: Set by ``expo.worker``: hands a message's number to the queue.
enqueue: list[Callable[[int], None]] = []


def send_mail(address: str, subject: Any, body: Any, attachments: list[dict[str, str]] | None = None) -> None:
    """Put a mail into the outbox of the running action; attachments are ``{name, type, text}``."""
    host = current_config().smtp.sender.rpartition("@")[2] or "localhost"
    _put(OutboxMessage(channel=Channel.MAIL, address=address, subject=" ".join(str(subject).split())[:200],
                       body=str(body), attachments=attachments or [], message_id=make_msgid(domain=host)))


def send_sms(phone: str, text: Any) -> None:
    """Put a text message into the outbox of the running action."""
    _put(OutboxMessage(channel=Channel.SMS, address=phone, body=str(text)))


def _put(message: OutboxMessage) -> None:
    db.session.add(message)
    db.session.flush()
    number = message.id
    after_commit(lambda: hand_over(number))


def hand_over(message_id: int) -> None:
    """Hand a stored message to the queue; a lost hand-over is found by the sweep."""
    for enqueue_message in enqueue:
        enqueue_message(message_id)


def deliver(message_id: int) -> None:
    """Try to send one waiting message; a failure is kept with the time of the next try.

    The message is leased first and sent outside of any transaction, so that a slow mail server holds up nobody.
    A worker that dies while sending leaves the lease to run out: a message may arrive twice, never not at all.
    """
    message = _lease(message_id)
    if message is None:
        return
    try:
        _send(message)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        # ValueError: an address or a text that no mail can carry. It must not be tried for ever either.
        _note_failure(message_id, str(error))
    else:
        _note_sent(message_id)


@action(history=False)
def _lease(message_id: int) -> OutboxMessage | None:
    message = find_record(OutboxMessage, message_id, for_update=True)
    if message is None or message.status is not MessageStatus.WAITING or message.due_at > clock.now():
        return None
    message.attempts += 1
    message.due_at = clock.now() + LEASE
    return message


@action(history=False)
def _note_sent(message_id: int) -> None:
    message = get_record(OutboxMessage, message_id, for_update=True)
    message.status, message.sent_at, message.error = MessageStatus.SENT, clock.now(), ""


@action(history=False)
def _note_failure(message_id: int, error: str) -> None:
    message = get_record(OutboxMessage, message_id, for_update=True)
    message.error = error[:1000]
    if message.attempts > len(RETRIES):
        message.status = MessageStatus.FAILED
        log.error("message %s given up: %s", message.id, error)
    else:
        message.due_at = clock.now() + RETRIES[message.attempts - 1]


def _send(message: OutboxMessage) -> None:
    config = current_config()
    if message.channel is Channel.SMS:
        SMS_PROVIDERS[config.sms_provider](config).send(message.address, message.body)
        return
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = config.smtp.sender, message.address, message.subject
    mail["Message-ID"] = message.message_id
    mail.set_content(message.body)
    for attachment in message.attachments:
        kind, _, subtype = attachment["type"].partition("/")
        mail.add_attachment(attachment["text"].encode(), maintype=kind, subtype=subtype,
                            filename=attachment["name"])
    if not config.smtp.host:
        folder = config.home / "mail"
        folder.mkdir(exist_ok=True)
        (folder / f"{message.id}.eml").write_bytes(mail.as_bytes())
        return
    opened = smtplib.SMTP_SSL if config.smtp.tls == "tls" else smtplib.SMTP
    with opened(config.smtp.host, config.smtp.port, timeout=20) as server:
        if config.smtp.tls == "starttls":
            server.starttls()
        if config.smtp.user:
            server.login(config.smtp.user, config.smtp.password)
        server.send_message(mail)


def list_due(limit: int = 500) -> list[int]:
    """Messages whose time has come."""
    return list(db.session.scalars(
        sa.select(OutboxMessage.id)
        .where(OutboxMessage.status == MessageStatus.WAITING, OutboxMessage.due_at <= clock.now())
        .order_by(OutboxMessage.due_at).limit(limit)
    ))


def list_failed(limit: int = 100) -> list[OutboxMessage]:
    """Messages that were given up, newest first."""
    return list(db.session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.status == MessageStatus.FAILED)
        .order_by(OutboxMessage.id.desc()).limit(limit)
    ))


def count_waiting() -> int:
    """Messages still on their way."""
    return db.session.scalar(
        sa.select(sa.func.count()).select_from(OutboxMessage).where(OutboxMessage.status == MessageStatus.WAITING)
    ) or 0


@action(history=False)
def forget_old() -> None:
    """Once a day: what has arrived, or was given up, is nobody's business after a while. What still waits stays."""
    settled = sa.func.coalesce(OutboxMessage.sent_at, OutboxMessage.due_at)
    db.session.execute(sa.delete(OutboxMessage).where(
        OutboxMessage.status != MessageStatus.WAITING, settled < clock.now() - KEPT))


@action
def send_again(message_id: int, *, by: Actor) -> None:
    """Try a message that was given up from the start; one that is on its way already is left alone."""
    by.require(MANAGE)
    message = get_record(OutboxMessage, message_id, for_update=True)
    if message.status is not MessageStatus.FAILED:
        return
    message.status, message.attempts, message.due_at = MessageStatus.WAITING, 0, clock.now()
    record("sent_again", "outbox_message", message.id)
    after_commit(lambda: hand_over(message_id))
