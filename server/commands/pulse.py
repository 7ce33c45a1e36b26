"""`dex-server pulse`: labels for those who countersign them, results, and comments for the moderator."""

import json
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from agent.signals import PULSE_ITEMS
from server.commands.context import data_option, opened_store, org_option, plain_errors
from server.errors import UsageError
from server.people.models import Organisation
from server.people.organisations import chosen_organisation
from server.privacy.pulse_results import ItemResult, item_results
from server.privacy.sentiment_weekly import period_answers
from server.pulse.models import PulsePeriod
from server.pulse.queries import COMMENTS_LEAST, comments, label_rows

json_option = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group()
def pulse() -> None:
    """Labels, results and comments of the pulse."""


@pulse.command("labels")
@click.argument("period", required=False)
@json_option
@data_option
@org_option
@plain_errors
def show_labels(period: str | None, as_json: bool, data: Path, org: str | None) -> None:
    """The labels of PERIOD (default: the newest), with head count and people who can be asked."""
    with opened_store(data) as store, store.reading() as session:
        found = _period(session, chosen_organisation(session, org), period)
        rows = label_rows(session, found.org_id, found.period)
    if as_json:
        labels = [{"label": r.label, "members": r.members, "eligible": r.eligible} for r in rows]
        click.echo(json.dumps({"period": found.period, "sha256": found.labels_hash, "labels": labels}))
        return
    click.echo(
        f"{found.period}: {found.first_day} to {found.last_day}, list of labels SHA-256 {found.labels_hash}"
    )
    for row in rows:
        click.echo(f"  {row.label:<40} {row.eligible:>5} of {row.members} people can be asked")


@pulse.command("results")
@click.argument("period", required=False)
@json_option
@data_option
@org_option
@plain_errors
def show_results(period: str | None, as_json: bool, data: Path, org: str | None) -> None:
    """What may be shown of the answers in PERIOD (default: the newest that is closed)."""
    with opened_store(data) as store, store.reading() as session:
        organisation = chosen_organisation(session, org)
        found = _period(session, organisation, period, closed=True)
        results = {
            item: item_results(
                item, period_answers(session, found.org_id, found.period, item), organisation.k
            )
            for item in PULSE_ITEMS
        }
    shown = {item: rows for item, rows in results.items() if rows}
    if as_json:
        document = {item: [_as_json(row) for row in rows] for item, rows in shown.items()}
        click.echo(json.dumps({"period": found.period, "results": document}))
        return
    click.echo(f"{found.period}: {found.answered} of {found.issued} people with tokens answered")
    for item, rows in shown.items():
        click.echo(item)
        for row in rows:
            click.echo(f"  {row.group:<40} {_as_text(row)}")


@pulse.command("comments")
@click.argument("period", required=False)
@data_option
@org_option
@plain_errors
def show_comments(period: str | None, data: Path, org: str | None) -> None:
    """Comments of PERIOD (default: the newest that is closed) for the moderator, one a line, in no order.

    They may name somebody: take that out before anybody else reads them.
    """
    with opened_store(data) as store, store.reading() as session:
        found = _period(session, chosen_organisation(session, org), period, closed=True)
        said = comments(session, found.org_id, found.period)
    if not said:
        click.echo(f"{found.period} has fewer than {COMMENTS_LEAST} comments; they stay closed.", err=True)
    for comment in said:
        click.echo(comment)


def _period(
    session: Session, organisation: Organisation, named: str | None, closed: bool = False
) -> PulsePeriod:
    query = sa.select(PulsePeriod).where(PulsePeriod.org_id == organisation.org_id)
    if named is not None:
        query = query.where(PulsePeriod.period == named)
    if closed:
        query = query.where(PulsePeriod.closed)
    found = session.scalar(query.order_by(PulsePeriod.period.desc()).limit(1))
    if found is None:
        which = f"no period {named}" if named else "no period"
        raise UsageError(f"There is {which} of the pulse that {'is closed' if closed else 'has begun'}.")
    return found


def _as_text(row: ItemResult) -> str:
    if row.enps is not None:
        value = f"{row.enps.nps:+.0f} ({row.enps.low:+.0f} to {row.enps.high:+.0f})"
    else:
        value = f"{row.mean:.1f} of 100"
    counts = "" if row.histogram is None else "  " + " ".join(f"{v}:{n}" for v, n in row.histogram.items())
    return f"{value:<18} from {row.answers} answers{counts}"


def _as_json(row: ItemResult) -> dict[str, object]:
    shown: dict[str, object] = {"group": row.group, "answers": row.answers}
    if row.enps is not None:
        shown["enps"] = {"value": row.enps.nps, "low": row.enps.low, "high": row.enps.high}
    else:
        shown["mean"] = row.mean
    return shown | ({} if row.histogram is None else {"histogram": row.histogram})
