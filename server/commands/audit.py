"""`dex-server audit`: whether the audit log is whole, and the log as lines for an auditor."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from sqlalchemy.orm import Session

from server.access.audit_chain import Link, end_of, entries, first_fault, start_of
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.errors import UsageError
from server.people.models import Organisation
from server.people.organisations import chosen_organisation

_NOTED = re.compile(r"(\d{1,9}):([0-9a-f]{64})")


@click.group("audit")
def audit_group() -> None:
    """Who looked and changed what: whether the log is whole, and the log itself."""


@audit_group.command("verify")
@click.option("--noted", metavar="NUMBER:DIGEST", help="An entry that was written down elsewhere.")
@data_option
@org_option
@plain_errors
def verify(noted: str | None, data: Path, org: str | None) -> None:
    """Hold every entry against the one before it. Exit code 1 names the first that is not as it was written.

    Prints the end of the log: note it down elsewhere. Who may change the database can write all of the log
    anew, and only what was noted elsewhere shows that.
    """
    link = _link(noted) if noted else None
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        fault = first_fault(session, org_id, link)
        end = end_of(session, org_id)
    if fault is not None:
        click.echo(f"Entry {fault.number} {fault.says}.", err=True)
        sys.exit(1)
    click.echo(f"{end.number}:{end.digest}" if end.number else "The log is empty.")


@audit_group.command("export")
@click.option("--after", type=click.IntRange(0), default=0, help="Only entries with a higher number.")
@data_option
@org_option
@plain_errors
def export(after: int, data: Path, org: str | None) -> None:
    """Print the entries as JSON, one a line, the oldest first (their digests: docs/operate/audit.md).

    The export stands in the log itself, as its last line.
    """
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        note(session, organisation, "audit exported", f"after {after}")
        for line in _lines(session, organisation, after):
            click.echo(line)


def _lines(session: Session, organisation: Organisation, after: int) -> Iterator[str]:
    start = start_of(session, organisation.org_id)
    yield _line({"organisation": str(organisation.org_id), "after": start.number, "digest": start.digest})
    for row in entries(session, organisation.org_id, after):
        names = ("number", "day", "who", "action", "about", "reason", "digest")
        yield _line({name: getattr(row, name) for name in names})


def _line(content: dict[str, Any]) -> str:
    return msgspec.json.encode(content).decode()


def _link(noted: str) -> Link:
    found = _NOTED.fullmatch(noted)
    if found is None:
        raise UsageError("An entry is noted as its number, a colon and the 64 signs of its digest.")
    return Link(int(found[1]), found[2])
