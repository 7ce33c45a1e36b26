"""Mail by the organisation's own mail server."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from server.errors import UsageError
from server.outbox.deadline import deadline
from server.outbox.trouble import NotSent, Trouble

ANSWER_SECONDS = 20.0
"""So long the mail server may take for each answer."""
MESSAGE_SECONDS = 60.0
"""So long one message may take, connecting included."""
PORTS = {"smtp": 587, "smtps": 465}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_REFUSED = 500  # codes from here on are final, those below are for now


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `starttls` begins in the clear and must then be secured; `smtps` never is."""

    host: str
    port: int
    smtps: bool = False
    starttls: bool = True
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """From `smtp[s]://user:password@host:port?starttls=required|never`. UsageError says what is wrong."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise UsageError("DEX_SMTP_URL is not an address.") from None
        wanted = parse_qs(parts.query)
        starttls = wanted.pop("starttls", ["required"])[-1]
        if parts.scheme not in PORTS or not parts.hostname:
            raise UsageError("DEX_SMTP_URL must be smtp://HOST or smtps://HOST.")
        if wanted or starttls not in ("required", "never"):
            raise UsageError("Behind the ? of DEX_SMTP_URL stands starttls=required or starttls=never.")
        server = cls(
            host=parts.hostname,
            port=port or PORTS[parts.scheme],
            smtps=parts.scheme == "smtps",
            starttls=parts.scheme == "smtp" and starttls == "required",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )
        if server.user and not (server.smtps or server.starttls or server.host in LOOPBACK):
            raise UsageError("DEX_SMTP_URL would send a password in the clear; leave starttls=never out.")
        return server


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, not yet in the shape that is sent. The id makes a repeat recognisable as one."""

    message_id: UUID
    to: str
    subject: str
    text: str
    html: str = ""

    def made(self, sender: str, now: datetime) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = self.to
        mail["Subject"] = self.subject
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{self.message_id}@{_domain(sender)}>"
        mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answers, please
        mail["List-Unsubscribe"] = f"<mailto:{address_of(sender)}?subject=unsubscribe>"
        mail.set_content(self.text)
        if self.html:
            mail.add_alternative(self.html, subtype="html")
        return mail


class _Conversation(smtplib.SMTP):
    """With a mail server, over a line that is open already."""

    def __init__(self, line: socket.socket, server: MailServer, name: str) -> None:
        self._line = line
        super().__init__(server.host, server.port, local_hostname=name, timeout=ANSWER_SECONDS)

    def _get_socket(self, _host: str, _port: int, _timeout: float) -> socket.socket:
        return self._line


class MailDoor:
    """Letters to one mail server, over one connection as long as that holds."""

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._smtp: smtplib.SMTP | None = None
        self._line: socket.socket | None = None
        """The connection itself, for its end: known before the server greets or speaks of TLS."""

    def send(self, letter: Letter, now: datetime) -> None:
        """Returns once the mail server has taken it. Raises NotSent."""
        try:
            with deadline(MESSAGE_SECONDS, lambda: self._line):
                if self._smtp is None:
                    with _door_troubles():
                        self._connect()
                with _letter_troubles():
                    self._connected().send_message(letter.made(self._sender, now))
        except TimeoutError:
            self._drop()
            raise NotSent(Trouble.TOO_SLOW, door_shut=True) from None
        except NotSent:
            self._drop()
            raise

    def close(self) -> None:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException), deadline(ANSWER_SECONDS, lambda: self._line):
                self._smtp.quit()
        self._drop()

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            raise NotSent(Trouble.BROKEN_OFF, door_shut=True)
        return self._smtp

    def _connect(self) -> None:
        server, name = self._server, _domain(self._sender)
        trust = ssl.create_default_context()
        line = socket.create_connection((server.host, server.port), ANSWER_SECONDS)
        self._line = line.dup()  # TLS takes the first one over
        if server.smtps:
            line = trust.wrap_socket(line, server_hostname=server.host)
        self._smtp = _Conversation(line, server, name)
        if server.starttls:
            self._smtp.starttls(context=trust)
        if server.user:
            self._sign_in(self._smtp)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.login(self._server.user, self._server.password)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError):
            raise NotSent(Trouble.SIGN_IN, door_shut=True) from None

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        if self._line is not None:
            self._line.close()
        self._smtp = self._line = None


def mail_door(smtp_url: str, sender: str) -> MailDoor:
    """The door that these settings describe. UsageError for what they lack."""
    if not smtp_url or not sender:
        raise UsageError("Mail needs DEX_SMTP_URL and DEX_MAIL_FROM.")
    address_of(sender)
    return MailDoor(MailServer.parse(smtp_url), sender)


@contextmanager
def _door_troubles() -> Iterator[None]:
    """What goes wrong before there is talk of a letter."""
    try:
        yield
    except (smtplib.SMTPNotSupportedError, ssl.SSLError):
        raise NotSent(Trouble.TLS, door_shut=True) from None
    except smtplib.SMTPServerDisconnected as error:
        raise NotSent(_end_of(error), door_shut=True) from None
    except smtplib.SMTPResponseException:  # a host that greets with “not now”, or does not know STARTTLS
        raise NotSent(Trouble.NOT_NOW, door_shut=True) from None
    except TimeoutError:
        raise
    except OSError:
        raise NotSent(Trouble.UNREACHABLE, door_shut=True) from None


@contextmanager
def _letter_troubles() -> Iterator[None]:
    """What the mail server says of a letter: the number decides, and no word of it is kept."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        _refuse(max(code for code, _ in error.recipients.values()))
    except smtplib.SMTPResponseException as error:
        _refuse(error.smtp_code)
    except smtplib.SMTPServerDisconnected as error:
        raise NotSent(_end_of(error)) from None
    except (smtplib.SMTPNotSupportedError, ValueError):  # what this server, or none, can write
        raise NotSent(Trouble.REFUSED, final=True) from None
    except TimeoutError:
        raise
    except OSError:
        raise NotSent(Trouble.BROKEN_OFF) from None


def _end_of(error: smtplib.SMTPServerDisconnected) -> Trouble:
    """smtplib says of an answer that did not come in time, too, that the connection ended."""
    return Trouble.TOO_SLOW if isinstance(error.__context__, TimeoutError) else Trouble.BROKEN_OFF


def _refuse(code: int) -> None:
    final = code >= _REFUSED
    raise NotSent(Trouble.REFUSED if final else Trouble.NOT_NOW, final=final) from None


def address_of(text: str) -> str:
    """The address in `Name <name@host>`, or alone. UsageError if there is none that every server takes."""
    *_, last = text.split("<")
    spec = last.strip().removesuffix(">")
    try:
        address = Address(addr_spec=spec)
    except (HeaderParseError, ValueError, IndexError):
        raise UsageError(f"“{text}” is not an address of mail.") from None
    if not address.domain or not address.username or not spec.isascii():
        raise UsageError(f"“{text}” is not an address of mail.")
    return spec


def _domain(sender: str) -> str:
    return address_of(sender).rpartition("@")[2]
