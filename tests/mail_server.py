"""A real mail server on this machine, which keeps what it takes and answers as a test wants."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pg_server
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "dex", "a pass/word@with:signs"


class MailBox:
    """The handler: `answer` is said to each letter; `hang` and `hang_up` are other ways to take one."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.secured: list[bool] = []
        self.answer = "250 taken"
        self.hang = False
        self.hang_up = False
        self.port = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append(letter)
        self.recipients += envelope.rcpt_tos
        self.secured.append(server.transport.get_extra_info("ssl_object") is not None)
        if self.hang:
            await asyncio.sleep(30)
        if self.hang_up:
            server.transport.abort()
        return self.answer


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@contextmanager
def mail_server(
    tls: ssl.SSLContext | None = None, at_once: bool = False, auth: bool = False
) -> Iterator[MailBox]:
    """With a context for TLS it offers STARTTLS, or speaks TLS `at_once`; with `auth` it wants a sign-in."""
    box = MailBox()
    box.port = pg_server.free_port()
    options: dict[str, Any] = {"authenticator": _authenticate, "auth_required": auth} if auth else {}
    if tls is not None and not at_once:
        options |= {"tls_context": tls, "require_starttls": True}
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        ssl_context=tls if at_once else None,
        **options,
        auth_require_tls=tls is not None and not at_once,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
