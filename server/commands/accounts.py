"""`dex-server accounts`: who signs in by a name and a password, and who has which role."""

from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.orm import Session

from server.access.accounts import (
    MOST_REFUSED,
    account_called,
    account_name,
    accounts,
    create_account,
    disable_account,
    password_link,
    remove_account,
)
from server.access.audit import ON_THE_HOST
from server.access.grants import Holder, grant_role, granted_roles, withdraw_role
from server.access.models import AccountRow
from server.access.roles import GRANTABLE, Role
from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.config import Settings
from server.errors import UsageError
from server.people.organisations import chosen_organisation, local_day
from server.people.present import employee_ids
from server.people.queries import person_by_employee_id

role_choice = click.Choice([role.value for role in GRANTABLE])
hours_option = click.option(
    "--hours", default=24, show_default=True, type=click.IntRange(1, 24 * 14), help="How long the link works."
)
person_flag = click.option("--person", is_flag=True, help="NAME is an employee id of the directory.")


@click.group("accounts")
def accounts_group() -> None:
    """Who signs in by a name and a password, and who has which role."""


@accounts_group.command("create")
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=role_choice, help="A role it has; may be repeated.")
@click.option("--person", metavar="EMPLOYEE_ID", help="Whose account it is, if the directory has them.")
@hours_option
@org_option
@data_option
@plain_errors
def create(
    name: str, roles: tuple[str, ...], person: str | None, hours: int, org: str | None, data: Path
) -> None:
    """Make an account, and print a link that sets its password once.

    With a person behind it, it ends with that person's last day, and opens their own page.
    """
    name = account_name(name)
    if not roles and person is None:
        raise UsageError("An account needs a --role, or a --person behind it.")
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        today = local_day(organisation, utc_now())
        person_id = None if person is None else _person(session, organisation.org_id, person)
        create_account(session, organisation.org_id, name, today, person_id)
        for role in roles:
            grant_role(session, organisation.org_id, Holder(account=name), Role(role), today, ON_THE_HOST)
        token = password_link(
            session,
            account_called(session, organisation.org_id, name),
            utc_now(),
            timedelta(hours=hours),
        )
        note(session, organisation, "account created", f"account {name}")
        for role in roles:
            note(session, organisation, "role granted", f"{role} to account {name}")
    _print_link(data, name, token, hours)


@accounts_group.command("password")
@click.argument("name")
@hours_option
@org_option
@data_option
@plain_errors
def password(name: str, hours: int, org: str | None, data: Path) -> None:
    """Print a link that sets the password anew; until then the old one works."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        account = account_called(session, organisation.org_id, account_name(name))
        if account.disabled:
            raise UsageError(f"The account “{account.name}” is disabled; enable it first.")
        token = password_link(session, account, utc_now(), timedelta(hours=hours))
        note(session, organisation, "password link made", f"account {account.name}")
    _print_link(data, account.name, token, hours)


@accounts_group.command("disable")
@click.argument("name")
@org_option
@data_option
@plain_errors
def disable(name: str, org: str | None, data: Path) -> None:
    """Let nobody sign in to it any more; open sessions end at once."""
    _switch(name, org, data, disabled=True)


@accounts_group.command("enable")
@click.argument("name")
@org_option
@data_option
@plain_errors
def enable(name: str, org: str | None, data: Path) -> None:
    """Let a disabled account be used again, with the password and roles it had."""
    _switch(name, org, data, disabled=False)


@accounts_group.command("remove")
@click.argument("name")
@org_option
@data_option
@plain_errors
def remove(name: str, org: str | None, data: Path) -> None:
    """Delete it with its roles and sessions."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        account = account_called(session, organisation.org_id, account_name(name))
        remove_account(session, account)
        note(session, organisation, "account removed", f"account {account.name}")


@accounts_group.command("list")
@org_option
@data_option
@plain_errors
def list_all(org: str | None, data: Path) -> None:
    """Print who has a role: account or employee id, state, roles, with tabs between."""
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        of_account, of_person = defaultdict[str, list[str]](list), defaultdict[UUID, list[str]](list)
        for row in granted_roles(session, org_id):
            if row.account is not None:
                of_account[row.account].append(row.role)
            elif row.person_id is not None:
                of_person[row.person_id].append(row.role)
        for account in accounts(session, org_id):
            roles = ",".join(of_account[account.name]) or "-"
            click.echo("\t".join((f"account {account.name}", _state(account), roles)))
        names = employee_ids(session, org_id, of_person)
        for person_id, given in of_person.items():
            who = names.get(person_id, str(person_id))
            click.echo("\t".join((f"person {who}", "in the directory", ",".join(given))))


@accounts_group.command("grant")
@click.argument("name")
@click.argument("role", type=role_choice)
@person_flag
@org_option
@data_option
@plain_errors
def grant(name: str, role: str, person: bool, org: str | None, data: Path) -> None:
    """Give the account NAME a role, from its next request on."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        holder = _holder(session, organisation.org_id, name, person)
        today = local_day(organisation, utc_now())
        if not grant_role(session, organisation.org_id, holder, Role(role), today, ON_THE_HOST):
            raise UsageError(f"“{name}” has the role {role} already.")
        note(session, organisation, "role granted", f"{role} to {holder}")


@accounts_group.command("revoke")
@click.argument("name")
@click.argument("role", type=role_choice)
@person_flag
@org_option
@data_option
@plain_errors
def revoke(name: str, role: str, person: bool, org: str | None, data: Path) -> None:
    """Take a role from the account NAME, from its next request on."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        holder = _holder(session, organisation.org_id, name, person)
        if not withdraw_role(session, organisation.org_id, holder, Role(role)):
            raise UsageError(f"“{name}” was not given the role {role} here.")
        note(session, organisation, "role withdrawn", f"{role} from {holder}")


def _switch(name: str, org: str | None, data: Path, disabled: bool) -> None:
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        account = account_called(session, organisation.org_id, account_name(name))
        if account.disabled == disabled:
            return
        disable_account(session, account, disabled)
        done = "account disabled" if disabled else "account enabled"
        note(session, organisation, done, f"account {account.name}")


def _holder(session: Session, org_id: UUID, name: str, person: bool) -> Holder:
    if person:
        return Holder(person_id=_person(session, org_id, name))
    return Holder(account=account_called(session, org_id, account_name(name)).name)


def _person(session: Session, org_id: UUID, employee_id: str) -> UUID:
    found = person_by_employee_id(session, org_id, employee_id)
    if found is None:
        raise UsageError(f"There is nobody with the employee id “{employee_id}” in the directory.")
    return found.person_id


def _state(account: AccountRow) -> str:
    if account.disabled:
        return "disabled"
    if account.password_hash is None:
        return "no password yet"
    return "closed after wrong passwords" if account.refused >= MOST_REFUSED else "open"


def _print_link(data: Path, name: str, token: str, hours: int) -> None:
    click.echo(f"Sets the password of “{name}”; it works once, within {hours} hours:", err=True)
    click.echo(f"{Settings.load(data).public_url}/password/{token}")
