"""`dex-server devices import`: whose laptop each serial number is."""

import sys
from pathlib import Path

import click

from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.people import count_of, file_content, report, say
from server.devices.inventory import read_inventory, save_owners
from server.people.organisations import chosen_organisation, local_day
from server.people.queries import ids_by_employee_id


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--partial", is_flag=True, help="Keep the good lines of a file with faults.")
@data_option
@org_option
@plain_errors
def import_devices(file: Path, partial: bool, data: Path, org: str | None) -> None:
    """Import FILE, a CSV with the columns serial and employee_id.

    From today on each laptop is that person's; one that is not enrolled yet, as soon as it is. A file with a
    fault changes nothing, unless --partial keeps its good lines. Exit code 1 if a line was refused.
    """
    content = file_content(file)
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        people = ids_by_employee_id(session, organisation.org_id)
        read = read_inventory(content, people)
        report("Refused", [str(fault) for fault in read.faults])
        if read.faults and not partial:
            say(f"Nothing was imported: {count_of(len(read.faults), 'fault')}.")
        else:
            owners = {serial: people[employee_id] for serial, employee_id in read.owners.items()}
            today = local_day(organisation, utc_now())
            done = save_owners(session, organisation.org_id, owners, today)
            say(
                f"{count_of(len(owners), 'laptop')} imported into “{organisation.slug}”: "
                f"{done.changed} new or with another owner, {done.enrolled} enrolled."
            )
    if read.faults:
        sys.exit(1)
