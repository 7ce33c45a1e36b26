"""`dex-server tasks`: laptops and accounts of people who join and leave, for IT."""

from pathlib import Path

import click

from server.access.audit import ON_THE_HOST
from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.people import say
from server.devices.queries import one_device_named
from server.errors import UsageError
from server.lifecycle.task_kinds import CLOSE, COLLECT, PREPARE
from server.lifecycle.tasks import look_at_tasks, mark_done, tasks_of
from server.people.organisations import chosen_organisation, local_day
from server.people.queries import person_by_employee_id


@click.group("tasks")
def tasks_group() -> None:
    """Laptops to prepare and to get back, accounts to close, laptops that are nobody's."""


@tasks_group.command("list")
@org_option
@data_option
@plain_errors
def list_tasks(org: str | None, data: Path) -> None:
    """Print kind, day, employee id, name and laptop of each task, with tabs between. The look is in the audit
    log."""
    with opened_store(data) as store:
        with store.reading() as session:
            organisation = chosen_organisation(session, org)
            org_id, today = organisation.org_id, local_day(organisation, utc_now())
        for task in look_at_tasks(store, org_id, ON_THE_HOST, today):
            due = "-" if task.due is None else str(task.due)
            click.echo(
                "\t".join((task.kind, due, task.employee_id or "-", task.name or "-", task.laptop or "-"))
            )


@tasks_group.command("done")
@click.argument("kind", type=click.Choice([PREPARE, COLLECT, CLOSE]))
@click.argument("employee_id")
@click.argument("laptop", required=False)
@org_option
@data_option
@plain_errors
def done(kind: str, employee_id: str, laptop: str | None, org: str | None, data: Path) -> None:
    """Mark a task for EMPLOYEE_ID as done; name the LAPTOP where there are several to get back."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        org_id, today = organisation.org_id, local_day(organisation, utc_now())
        person = person_by_employee_id(session, org_id, employee_id)
        if person is None:
            raise UsageError(f"There is nobody with the employee id “{employee_id}”.")
        device = str(one_device_named(session, org_id, laptop)) if laptop else None
        found = [
            task
            for task in tasks_of(session, org_id, today)
            if task.kind == kind and task.person_id == person.person_id and device in (None, task.about)
        ]
        if len(found) > 1:
            raise UsageError(f"There are {len(found)} laptops to get back; name one.")
        if not found:
            raise UsageError(f"There is no such task for “{employee_id}”; see: dex-server tasks list")
        mark_done(session, org_id, (kind, person.person_id, found[0].about), ON_THE_HOST, today)
    say("Marked as done.")
