"""`dex-server person`: the rights of one person over their own data."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import UUID

import click
import msgspec
from sqlalchemy.orm import Session

from server.access.audit import ON_THE_HOST
from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.errors import UsageError
from server.own_data.erase import end_restriction_of, erase_person, restrict_person
from server.own_data.export import export
from server.own_data.export_page import as_html
from server.own_data.holdings import person_subject
from server.own_data.receipts import EXPORTED, give_receipt
from server.people.organisations import chosen_organisation, local_day
from server.people.queries import person_by_employee_id
from server.rights.models import ReceiptRow

reason_option = click.option("--reason", help="Why, for the audit log; without the person's name.")
Change = Callable[[Session, UUID, UUID, date, str, str | None], ReceiptRow]


@click.group("person")
def person_group() -> None:
    """The rights of one person over their own data: export, erase, restrict."""


@person_group.command("export")
@click.argument("employee_id")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder. Default: here."
)
@reason_option
@org_option
@data_option
@plain_errors
def export_one(employee_id: str, out: Path, reason: str | None, org: str | None, data: Path) -> None:
    """Write everything that is stored about EMPLOYEE_ID into OUT, as JSON and as a page to read."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        today = local_day(organisation, utc_now())
        person_id = _person(session, organisation.org_id, employee_id)
        found = export(session, person_subject(session, organisation.org_id, person_id), today)
        for ending, content in (("json", found.as_json()), ("html", as_html(found).encode())):
            _write(out / f"export-{today}.{ending}", content)
        receipt = give_receipt(
            session,
            organisation.org_id,
            EXPORTED,
            today,
            found.counts,
            ON_THE_HOST,
            f"person {person_id}",
            reason,
            found.digest,
        )
    _print(receipt)


@person_group.command("erase")
@click.argument("employee_id")
@click.option("--yes", is_flag=True, help="It cannot be undone.")
@reason_option
@org_option
@data_option
@plain_errors
def erase_one(employee_id: str, yes: bool, reason: str | None, org: str | None, data: Path) -> None:
    """Delete everything that is stored about EMPLOYEE_ID. Released figures and anonymous answers stay.

    Take the person out of the HR system's list and its directory first: what it sends again comes in again.
    """
    if not yes:
        raise UsageError("This cannot be undone; say --yes. To look first: dex-server person export")
    _change(employee_id, erase_person, reason, org, data)


@person_group.command("restrict")
@click.argument("employee_id")
@click.option("--end", "ends", is_flag=True, help="Use the data again.")
@reason_option
@org_option
@data_option
@plain_errors
def restrict_one(employee_id: str, ends: bool, reason: str | None, org: str | None, data: Path) -> None:
    """Keep what is stored about EMPLOYEE_ID, and use it for nothing that others see."""
    _change(employee_id, end_restriction_of if ends else restrict_person, reason, org, data)


@person_group.command("receipt")
@click.argument("number", type=click.IntRange(1))
@org_option
@data_option
@plain_errors
def receipt_of(number: int, org: str | None, data: Path) -> None:
    """Print the receipt with this NUMBER again."""
    with opened_store(data) as store, store.reading() as session:
        found = session.get(ReceiptRow, (chosen_organisation(session, org).org_id, number))
    if found is None:
        raise UsageError(f"There is no receipt {number} here.")
    _print(found)


def _change(employee_id: str, change: Change, reason: str | None, org: str | None, data: Path) -> None:
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        person_id = _person(session, organisation.org_id, employee_id)
        today = local_day(organisation, utc_now())
        receipt = change(session, organisation.org_id, person_id, today, ON_THE_HOST, reason)
    _print(receipt)


def _print(receipt: ReceiptRow) -> None:
    """The receipt as JSON on standard output, and what it does not cover beside it."""
    content = {
        "number": receipt.number,
        "kind": receipt.kind,
        "day": receipt.day,
        "counts": receipt.counts,
        "content": receipt.content,
        "digest": receipt.digest,
    }
    click.echo(msgspec.json.format(msgspec.json.encode(content), indent=1))
    click.echo(
        "Released figures were made of many people and stay as they were released. Answers to the pulse "
        "carry no name, so that nobody can find them. Backups keep what was stored until they end.",
        err=True,
    )


def _person(session: Session, org_id: UUID, employee_id: str) -> UUID:
    found = person_by_employee_id(session, org_id, employee_id)
    if found is None:
        raise UsageError(f"There is nobody with the employee id “{employee_id}” in the directory.")
    return found.person_id


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
    click.echo(f"Written: {path}", err=True)
