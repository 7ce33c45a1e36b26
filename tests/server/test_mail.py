"""Mail goes to a real mail server: by TLS that is checked, with a sign-in, and with an end to every wait."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

import pytest
from click.testing import CliRunner
from mail_server import PASSWORD, USER, MailBox, mail_server
from service_servers import Authority

from dashboards.cli import main as program
from server.cli import main
from server.errors import UsageError
from server.outbox import mail
from server.outbox.mail import Letter, MailDoor, MailServer, address_of
from server.outbox.trouble import NotSent, Trouble

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")  # it does not know of TLS from the start

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
LETTER = Letter(UUID(int=7), "it@example.org", "Woche 10 – fertig", "Über allen Gipfeln\nist Ruh’.\n")
SENDER = "Employee DEX <dex@example.org>"


def send(url: str, letter: Letter = LETTER) -> None:
    door = MailDoor(MailServer.parse(url), SENDER)
    try:
        door.send(letter, NOW)
    finally:
        door.close()


def trouble(url: str) -> NotSent:
    with pytest.raises(NotSent) as raised:
        send(url)
    return raised.value


@pytest.fixture
def box() -> Iterator[MailBox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def plain(box: MailBox) -> str:
    return f"smtp://127.0.0.1:{box.port}?starttls=never"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


def test_a_letter_arrives_as_it_was_written(box, plain):
    send(plain)
    (letter,) = box.letters
    assert letter.get_content().replace("\r\n", "\n") == LETTER.text
    assert letter["Subject"] == LETTER.subject
    assert (letter["From"], letter["To"]) == (SENDER, "it@example.org")
    assert letter["Message-ID"] == f"<{UUID(int=7)}@example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] == "<mailto:dex@example.org?subject=unsubscribe>"
    assert letter["Date"].datetime == NOW
    assert letter.get_content_type() == "text/plain"


def test_html_comes_beside_the_plain_text(box, plain):
    send(plain, Letter(UUID(int=8), "it@example.org", "s", "plain", "<p>rich</p>"))
    (letter,) = box.letters
    assert [part.get_content().strip() for part in letter.iter_parts()] == ["plain", "<p>rich</p>"]


def test_two_letters_go_over_one_connection(box, plain):
    door = MailDoor(MailServer.parse(plain), SENDER)
    door.send(LETTER, NOW)
    first = door._connected()
    door.send(LETTER, NOW)
    assert door._connected() is first
    door.close()
    assert len(box.letters) == 2


@pytest.mark.parametrize(("scheme", "at_once"), [("smtp", False), ("smtps", True)])
def test_tls_and_a_sign_in(trusted, scheme, at_once):
    with mail_server(trusted.context(), at_once=at_once, auth=True) as box:
        send(f"{scheme}://{USER}:{quote(PASSWORD, safe='')}@localhost:{box.port}")
        assert box.secured == [True]
        wrong = trouble(f"{scheme}://{USER}:wrong@localhost:{box.port}")
    assert (wrong.trouble, wrong.final, wrong.door_shut) == (Trouble.SIGN_IN, False, True)


@pytest.mark.parametrize(("scheme", "at_once"), [("smtp", False), ("smtps", True)])
def test_a_certificate_that_nobody_trusts_is_refused(authority, scheme, at_once):
    with mail_server(authority.context(), at_once=at_once) as box:
        assert trouble(f"{scheme}://localhost:{box.port}").trouble == Trouble.TLS
        assert box.letters == []


def test_a_certificate_for_another_name_is_refused(trusted):
    with mail_server(trusted.context("mail.example.org")) as box:
        assert trouble(f"smtp://localhost:{box.port}").trouble == Trouble.TLS


def test_nothing_is_sent_in_the_clear_to_a_server_without_starttls(box):
    assert trouble(f"smtp://127.0.0.1:{box.port}").trouble == Trouble.TLS
    assert box.letters == []


@pytest.mark.parametrize(
    ("answer", "word", "final"),
    [("451 later", Trouble.NOT_NOW, False), ("554 no anna@example.org here", Trouble.REFUSED, True)],
)
def test_what_is_final_and_what_is_not(box, plain, answer, word, final):
    box.answer = answer
    refused = trouble(plain)
    assert (refused.trouble, refused.final, refused.door_shut) == (word, final, False)
    assert "anna" not in str(refused)


def test_a_server_that_hangs_up_on_a_letter(box, plain):
    box.hang_up = True
    assert trouble(plain).trouble == Trouble.BROKEN_OFF


def test_a_server_that_never_answers(box, plain, monkeypatch):
    box.hang = True
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.3)
    assert trouble(plain).trouble == Trouble.TOO_SLOW


def test_a_server_that_answers_in_drips_has_an_end_too(monkeypatch):
    monkeypatch.setattr(mail, "MESSAGE_SECONDS", 0.5)
    with mail_server() as box:
        real = box.handle_DATA

        async def drip(server, session, envelope):
            await real(server, session, envelope)
            while True:
                server.transport.write(b"2")
                await asyncio.sleep(0.05)

        box.handle_DATA = drip
        assert trouble(f"smtp://127.0.0.1:{box.port}?starttls=never").trouble == Trouble.TOO_SLOW


@contextlib.contextmanager
def dripping(said: list[bytes]) -> Iterator[int]:
    """The port of a server that says this, each when it was asked, and then a byte now and then for ever."""
    stop = threading.Event()

    def drip() -> None:
        with contextlib.suppress(OSError), listening.accept()[0] as line:
            for number, words in enumerate(said):
                if number:
                    line.recv(1000)
                line.sendall(words)
            while not stop.wait(0.05):
                line.send(b"2")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=drip, daemon=True)
        server.start()
        try:
            yield listening.getsockname()[1]
        finally:
            stop.set()
            server.join(5)


HELLO = b"\x16\x03\x03\x3f\xff"
"""A record of a TLS handshake begins, of 16 kB."""
GREETED = [b"220 a\r\n", b"250-a\r\n250 STARTTLS\r\n", b"220 go\r\n"]


@pytest.mark.parametrize(
    ("scheme", "said"),
    [("smtp", [b"22"]), ("smtps", [HELLO]), ("smtp", [*GREETED, HELLO])],
    ids=["greeting", "smtps", "starttls"],
)
def test_a_greeting_or_handshake_in_drips_has_an_end_too(monkeypatch, scheme, said):
    monkeypatch.setattr(mail, "MESSAGE_SECONDS", 0.5)
    with dripping(said) as port:
        ended = threading.Event()
        found: list[NotSent] = []

        def ask() -> None:
            found.append(trouble(f"{scheme}://127.0.0.1:{port}"))
            ended.set()

        threading.Thread(target=ask, daemon=True).start()
        assert ended.wait(5), "nothing ended it"
    assert (found[0].trouble, found[0].door_shut) == (Trouble.TOO_SLOW, True)


def test_no_server_at_all():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        shut = trouble(f"smtp://127.0.0.1:{port}")
    assert (shut.trouble, shut.final, shut.door_shut) == (Trouble.UNREACHABLE, False, True)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail.example.org:port",
        "smtp://mail.example.org?starttls=maybe",
        "smtp://mail.example.org?tls=1",
        "smtp://me:secret@mail.example.org?starttls=never",
    ],
)
def test_an_address_of_a_server_that_cannot_be_is_one_sentence_without_the_password(url):
    with pytest.raises(UsageError) as raised:
        MailServer.parse(url)
    assert "secret" not in str(raised.value)
    assert "secret" not in repr(MailServer.parse("smtp://me:secret@mail.example.org"))


@pytest.mark.parametrize(
    "text", ["", "it", "it@", "@x.org", "a b@x.org", "it@x.org\nBcc: y@z", "jürgen@x.org"]
)
def test_what_is_no_address(text):
    with pytest.raises(UsageError):
        address_of(text)


def test_mail_test_says_what_the_server_made_of_it(box, plain, tmp_path):
    environment = {"DEX_SMTP_URL": plain, "DEX_MAIL_FROM": SENDER}
    asked = ["mail", "test", "it@example.org", "--data", str(tmp_path)]
    done = CliRunner(env=environment).invoke(main, asked)
    assert (done.exit_code, done.stderr) == (0, "The mail server took it.\n")
    assert box.recipients == ["it@example.org"]
    box.answer = "554 no"
    done = CliRunner(env=environment).invoke(main, asked)
    assert (done.exit_code, done.stderr) == (2, "dex-server: The mail was not taken: refused.\n")


def test_a_worker_with_settings_that_cannot_be_ends_with_one_sentence(tmp_path):
    for name, value in (("DEX_SMTP_URL", "smtp://mail.example.org"), ("DEX_WEBHOOK_NETWORKS", "here")):
        done = CliRunner(env={name: value}).invoke(program, ["worker", "--data", str(tmp_path)])
        assert (done.exit_code, done.stderr.count("\n")) == (2, 1), done.stderr
