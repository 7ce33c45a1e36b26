"""`dex-server support`: whether people are asked before IT looks at their laptop."""

from pathlib import Path

import click

from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.people.organisations import chosen_organisation
from server.rights.looks import Consent, consent_of, set_consent


@click.group("support")
def support_group() -> None:
    """Looks of IT at one laptop."""


@support_group.command("consent")
@click.argument("consent", type=click.Choice([consent.value for consent in Consent]), required=False)
@data_option
@org_option
@plain_errors
def consent_command(consent: str | None, data: Path, org: str | None) -> None:
    """Say whether people are asked before (ask) or told (inform); without an argument, print which holds.

    Where a works council has a say in it, its agreement comes first. Looks that go on are not changed.
    """
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        before = consent_of(session, organisation.org_id)
        if consent is not None and consent != before:
            set_consent(session, organisation.org_id, Consent(consent))
            note(session, organisation, "support consent changed", f"{before} to {consent}")
        held = consent_of(session, organisation.org_id)
    click.echo(held.value)
