"""`dex-server people history`: which source changed what of somebody, without the values."""

from pathlib import Path

import click

from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.errors import UsageError
from server.people.organisations import chosen_organisation
from server.people.queries import changes_of, person_by_employee_id


@click.command("history")
@click.argument("employee_id")
@data_option
@org_option
@plain_errors
def history(employee_id: str, data: Path, org: str | None) -> None:
    """Print day, source, field and kind of each change of somebody, with tabs between."""
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        person = person_by_employee_id(session, org_id, employee_id)
        if person is None:
            raise UsageError(f"There is nobody with the employee id “{employee_id}”.")
        for row in changes_of(session, org_id, person.person_id):
            click.echo("\t".join((row.day.isoformat(), row.source, row.field, row.kind)))
