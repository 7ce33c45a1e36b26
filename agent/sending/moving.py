"""The collector moves to another address, and laptops follow without being touched.

Its policy, which came over the old address and stays within the agreement, names the new one. A laptop goes
there once that one knows its token and has the same organisation. Until it has taken a batch, the old one is
asked where the new one fails.
"""

from dataclasses import replace

from agent.config import Config, check_address
from agent.errors import AgentError
from agent.language.words import said
from agent.sending.transport import Transport
from agent.store.identity import Identity, load_identity


def follow(config: Config, configured: str, identity: Identity, address: str) -> str:
    """Go to this address, if the collector is there. A sentence where it is not, else nothing.

    `configured` is what the file or the environment names; `config` has the address that holds.
    """
    try:
        there = replace(config, server=check_address(address, config.plain_http))
        why = _why_another(Transport(there), identity)
    except AgentError as error:
        why = str(error)
    if why:
        return said(f"The collector asks this laptop to move to {address}, where it was not found: {why}")
    _change(config, server=there.server, before=config.server, instead_of=configured)
    return ""


def stay(config: Config, identity: Identity) -> None:
    """The old collector does not say any more that it moves."""
    _change(config, server=identity.before, before="")


def arrive(config: Config) -> None:
    """The new one has taken a batch."""
    _change(config, before="")


def _why_another(transport: Transport, identity: Identity) -> str:
    """Why whoever answers there is not this laptop's collector; empty if it is."""
    answer = transport.get_policy(identity.token, "")
    if answer.status != 200 or "agreement" not in answer.document:
        return answer.sentence
    organisation = str(answer.document.get("organisation", ""))
    if organisation != identity.organisation:
        return said("the collector there is another organisation's.")
    return ""


def _change(config: Config, **values: str) -> None:
    """What somebody else has written meanwhile stays."""
    newest = load_identity(config.identity_path)
    if newest is not None:
        replace(newest, **values).save(config.identity_path)
