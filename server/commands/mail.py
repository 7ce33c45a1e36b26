"""`dex-server mail`: whether the mail server takes what we hand in."""

from contextlib import closing
from pathlib import Path
from uuid import uuid4

import click

from server.clock import utc_now
from server.commands.context import data_option, plain_errors
from server.config import Settings
from server.errors import UsageError
from server.outbox.mail import Letter, address_of, mail_door
from server.outbox.trouble import NotSent


@click.group("mail")
def mail_group() -> None:
    """Mail by the organisation's own mail server."""


@mail_group.command("test")
@click.argument("address")
@data_option
@plain_errors
def test_mail(address: str, data: Path) -> None:
    """Hand in one mail to ADDRESS at once, and say what the mail server made of it."""
    settings = Settings.load(data)
    letter = Letter(
        message_id=uuid4(),
        to=address_of(address),
        subject="A test of Employee DEX",
        text=f"If you can read this, the collector at {settings.public_url} can send mail.\n",
    )
    with closing(mail_door(settings.smtp_url, settings.mail_from)) as door:
        try:
            door.send(letter, utc_now())
        except NotSent as error:
            raise UsageError(f"The mail was not taken: {error}.") from error
    click.echo("The mail server took it.", err=True)
