"""`dex-server agreement`: who countersigns, what is in force, the next draft, and the end."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from agent.agreed.agreement import Unreadable, canonical, ended_document
from server.agreement import keys
from server.agreement.editions import Edition, check_next, check_readable, digest
from server.agreement.queries import edition_in_force, newest_key
from server.agreement.store import end, put_in_force, register_key
from server.agreement.words import difference
from server.clock import utc_now
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.commands.noting import note
from server.errors import UsageError
from server.people.models import Organisation
from server.people.organisations import chosen_organisation, local_day
from server.policy.queries import settings_of
from server.policy.settings import draft

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("agreement")
def agreement_group() -> None:
    """What may leave laptops at most, countersigned."""


@agreement_group.command("key")
@click.argument("out", type=FILE, required=False)
@click.option("--public", type=FILE, help="Register this public key in PEM; its private half stays away.")
@data_option
@org_option
@plain_errors
def make_or_register_key(out: Path | None, public: Path | None, data: Path, org: str | None) -> None:
    """Make a key that countersigns, in the new file OUT, or register a public one. Prints its fingerprint.

    OUT belongs into the hands of the privacy officer or the works council, and nowhere else.
    """
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        known = newest_key(session, organisation.org_id)
        modulus = _modulus(out, public)
        today = local_day(organisation, utc_now())
        fingerprint = register_key(session, organisation.org_id, modulus, today)
        note(session, organisation, "agreement key registered", fingerprint)
    if known is not None:
        click.echo(
            f"Laptops that know the key {known.fingerprint} take nothing that this one signs, until they are "
            "enrolled again or told: dex-agent agreement trust FINGERPRINT. With that key at hand, better: "
            "dex-server agreement hand-over",
            err=True,
        )
    click.echo(fingerprint)


@agreement_group.command("show")
@click.option("--document", "exact", is_flag=True, help="The document alone, byte for byte.")
@data_option
@org_option
@plain_errors
def show(exact: bool, data: Path, org: str | None) -> None:
    """Print the agreement in force."""
    with opened_store(data) as store, store.reading() as session:
        edition = edition_in_force(session, chosen_organisation(session, org).org_id)
    if exact:
        click.echo(canonical(edition.document), nl=False)
        return
    click.echo(f"{_state(edition)}\nSHA-256       {edition.digest}")
    click.echo(json.dumps(edition.document, ensure_ascii=False, indent=1))


@agreement_group.command("draft")
@click.option("--out", type=FILE, help="Write the document there, byte for byte, to be signed elsewhere.")
@click.option("--document", type=FILE, help="Look at this document in place of the proposed one.")
@data_option
@org_option
@plain_errors
def show_draft(out: Path | None, document: Path | None, data: Path, org: str | None) -> None:
    """Print the next edition, and in plain language what it changes: “+” laptops may do more, “-” less."""
    with opened_store(data) as store, store.reading() as session:
        org_id = chosen_organisation(session, org).org_id
        in_force = edition_in_force(session, org_id)
        proposed = _read(document) if document else draft(settings_of(session, org_id), in_force)
    check_next(proposed, in_force)
    _print_difference(proposed, in_force)
    click.echo(f"SHA-256       {digest(proposed)}")
    if out is not None:
        _write(out, canonical(proposed))
    else:
        click.echo(json.dumps(proposed, ensure_ascii=False, indent=1))


@agreement_group.command("sign")
@click.option("--key", type=FILE, help="The countersigner's private key.")
@click.option("--signature", type=FILE, help="A signature that was made elsewhere; needs --document.")
@click.option("--document", type=FILE, help="Sign this document in place of the proposed one.")
@data_option
@org_option
@plain_errors
def sign(
    key: Path | None, signature: Path | None, document: Path | None, data: Path, org: str | None
) -> None:
    """Sign the next edition and put it in force."""
    if (key is None) == (signature is None) or (signature is not None and document is None):
        raise UsageError("Give --key, or --signature together with --document.")
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        in_force = edition_in_force(session, organisation.org_id)
        proposed = _read(document) if document else draft(settings_of(session, organisation.org_id), in_force)
        _print_difference(proposed, in_force)
        signed = _signature(session, organisation, proposed, key, signature)
        put_in_force(session, organisation.org_id, proposed, signed, local_day(organisation, utc_now()))
        note(session, organisation, "agreement signed", f"edition {proposed['number']} {digest(proposed)}")
    click.echo(f"In force: edition {proposed['number']}, SHA-256 {digest(proposed)}")


@agreement_group.command("hand-over")
@click.argument("out", type=FILE, required=False)
@click.option("--public", type=FILE, help="The next key's public half in PEM, where it was made elsewhere.")
@click.option("--key", type=FILE, required=True, help="The private key that has signed so far.")
@data_option
@org_option
@plain_errors
def hand_over(out: Path | None, public: Path | None, key: Path, data: Path, org: str | None) -> None:
    """Let another key sign from now on, one in the new file OUT or a public one. Prints its fingerprint.

    The key so far signs an edition that names it and changes nothing else, so that laptops believe the next
    one untouched.
    """
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        in_force = edition_in_force(session, organisation.org_id)
        if not in_force.agreed:
            raise UsageError("No agreement is signed, so there is nothing to hand over.")
        modulus = _modulus(out, public)
        document = {
            **in_force.document,
            "number": in_force.number + 1,
            "next_key": keys.fingerprint(modulus),
        }
        today = local_day(organisation, utc_now())
        signed = _signature(session, organisation, document, key, None)
        put_in_force(session, organisation.org_id, document, signed, today)
        fingerprint = register_key(session, organisation.org_id, modulus, today)
        note(session, organisation, "agreement handed over", fingerprint)
    click.echo(f"In force: edition {document['number']}, SHA-256 {digest(document)}", err=True)
    click.echo(fingerprint)


@agreement_group.command("end")
@click.option("--key", type=FILE, help="The countersigner's private key; laptops then take no way back.")
@data_option
@org_option
@plain_errors
def end_agreement(key: Path | None, data: Path, org: str | None) -> None:
    """End the agreement: laptops collect nothing from their next look at the policy on, within an hour."""
    with opened_store(data) as store, store.transaction() as session:
        organisation = chosen_organisation(session, org)
        number = edition_in_force(session, organisation.org_id).number + 1
        signed = (
            _signature(session, organisation, ended_document(number), key, None) if key is not None else None
        )
        end(session, organisation.org_id, local_day(organisation, utc_now()), signed)
        note(session, organisation, "agreement ended", f"edition {number}")
    click.echo("Ended. Laptops stop collecting within an hour, as soon as they reach the collector.")


def _modulus(out: Path | None, public: Path | None) -> bytes:
    """Of a new key, or of one that was made elsewhere."""
    if public is not None and out is None:
        return keys.public_modulus(public)
    if out is not None and public is None:
        return keys.modulus_of(keys.make_key(out).public_key())
    raise UsageError("Name a new file for the key, or a public key with --public.")


def _signature(
    session: Session,
    organisation: Organisation,
    document: Mapping[str, Any],
    key: Path | None,
    signature: Path | None,
) -> bytes:
    """Made with the private key, or read from a file."""
    if signature is not None:
        return keys.read(signature)
    assert key is not None
    private = keys.private_key(key)
    registered = newest_key(session, organisation.org_id)
    if registered is None:
        raise UsageError("No key may sign yet; register one: dex-server agreement key")
    if keys.modulus_of(private.public_key()) != registered.modulus:
        raise UsageError(f"{key} is another key than the registered one, {registered.fingerprint}.")
    return keys.sign(private, canonical(document))


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(keys.read(path))
        if not isinstance(found, dict):
            raise UsageError(f"{path} holds no document of an agreement.")
        check_readable(found)
    except Unreadable as error:
        raise UsageError(f"{path}: {error}") from error
    except ValueError as error:
        raise UsageError(f"{path} holds no document of an agreement.") from error
    return found


def _print_difference(proposed: Mapping[str, Any], in_force: Edition) -> None:
    lines = difference(proposed, in_force.document)
    click.echo("\n".join(map(str, lines)) or "It changes nothing.")


def _state(edition: Edition) -> str:
    if edition.ended:
        signed = "signed" if edition.signature is not None else "not signed"
        return f"Ended on {edition.since} ({signed})."
    if edition.modulus is None:
        return "Nobody has agreed; the built-in agreement holds."
    fingerprint = keys.fingerprint(edition.modulus)
    return f"Edition {edition.number}, in force since {edition.since}\nsigned by     {fingerprint}"
