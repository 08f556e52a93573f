"""Messages are sent after the commit, retried until they arrive, and never lost."""

from __future__ import annotations

import smtplib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from expo.kit import clock, outbox
from expo.kit.config import Smtp
from expo.kit.db import db
from expo.kit.outbox import MessageStatus, OutboxMessage, send_mail, send_sms
from expo.kit.unit import action


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is given, as far as SMTP goes."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.mails: list[str] = []
        super().__init__(("127.0.0.1", 0), _Talk)


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            word = line.split(b" ")[0].strip().upper()
            if word == b"DATA":
                self.wfile.write(b"354 go\r\n")
                lines = []
                for part in self.rfile:
                    if part == b".\r\n":
                        break
                    lines.append(part)
                self.server.mails.append(b"".join(lines).decode())  # type: ignore[attr-defined]
                self.wfile.write(b"250 kept\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    server = Mailbox()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    before = app.extensions["expo_config"]
    port = server.server_address[1]
    app.extensions["expo_config"] = replace(before, smtp=Smtp(host="127.0.0.1", port=port, sender="expo@example.cn"))
    yield server
    app.extensions["expo_config"] = before
    server.shutdown()


@action
def write(fail: bool = False) -> None:
    send_mail("a@example.cn", "邀请函", "您好，请确认参展。")
    if fail:
        raise RuntimeError


def all_messages() -> list[OutboxMessage]:
    return list(db.session.scalars(sa.select(OutboxMessage)))


def test_a_mail_leaves_after_the_commit_and_arrives(mailbox: Mailbox) -> None:
    write()
    [message] = all_messages()
    outbox.deliver(message.id)
    assert len(mailbox.mails) == 1
    assert "To: a@example.cn" in mailbox.mails[0]
    outbox.deliver(message.id)
    assert len(mailbox.mails) == 1


def test_a_failed_action_sends_nothing(mailbox: Mailbox) -> None:
    with pytest.raises(RuntimeError):
        write(fail=True)
    assert all_messages() == []


def test_a_mail_that_does_not_get_through_waits_and_is_tried_again(app: Flask, mailbox: Mailbox,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    write()
    [message] = all_messages()
    with monkeypatch.context() as patched:
        patched.setattr(smtplib, "SMTP", _unreachable)
        outbox.deliver(message.id)
    [message] = all_messages()
    assert (message.status, message.attempts) == (MessageStatus.WAITING, 1)
    assert outbox.list_due() == []
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert outbox.list_due() == [message.id]
        outbox.deliver(message.id)
    assert len(mailbox.mails) == 1


def test_a_message_is_given_up_only_after_all_tries_and_says_why(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app.extensions["expo_config"], before = replace(app.extensions["expo_config"], smtp=Smtp(host="127.0.0.1")), \
        app.extensions["expo_config"]
    monkeypatch.setattr(smtplib, "SMTP", _unreachable)
    write()
    moment = clock.now()
    for _ in range(len(outbox.RETRIES) + 1):
        moment += timedelta(days=2)
        with clock.frozen(moment):
            outbox.deliver(all_messages()[0].id)
        db.session.expire_all()
    app.extensions["expo_config"] = before
    [message] = all_messages()
    assert message.status is MessageStatus.FAILED
    assert "unreachable" in message.error


def _unreachable(*_arguments: object, **_options: object) -> None:
    raise OSError("mail server unreachable")


def test_without_a_mail_server_mail_is_written_to_a_folder(app: Flask) -> None:
    write()
    [message] = all_messages()
    outbox.deliver(message.id)
    files = list((app.extensions["expo_config"].home / "mail").glob("*.eml"))
    assert files
    [message] = all_messages()
    assert message.status is MessageStatus.SENT


def test_a_text_message_is_shown_where_the_site_was_started(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    @action
    def text() -> None:
        send_sms("+8613800000000", "验证码 123456")

    text()
    outbox.deliver(all_messages()[0].id)
    assert "SMS to +8613800000000: 验证码 123456" in capsys.readouterr().out


def test_what_no_mail_can_carry_is_given_up_in_the_end(app: Flask) -> None:
    """A line break in an address must neither reach a mail's head nor be tried for ever."""

    @action(history=False)
    def write() -> None:
        send_mail("a@example.cn\r\nBcc: all@example.cn", "x", "y")

    write()
    number = db.session.scalars(sa.select(OutboxMessage.id)).one()
    outbox.deliver(number)
    db.session.remove()
    message = db.session.scalars(sa.select(OutboxMessage)).one()
    assert message.status is MessageStatus.WAITING
    assert message.error
    assert message.due_at < clock.now() + timedelta(days=1)
