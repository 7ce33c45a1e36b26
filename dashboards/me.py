"""My laptop: what it told about itself, to the person whose laptop it is and to nobody else."""

import functools
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from agent.advice import ADVICE
from agent.signals import COVERED, LIMITS, ROW_DAYS
from dashboards import batch_words, charts
from dashboards.batch_words import EVENT_NAMES, STATE_NAMES
from dashboards.fault_words import fault_words
from dashboards.formats import minutes, short_day
from dashboards.names import BANDS, CAUSE_HEADS, CAUSES
from dashboards.own_data import somebody_asks
from dashboards.own_days import (
    STRIP_DAYS,
    OwnDay,
    loss,
    newest_coverage,
    own_days,
    own_weeks,
    strip_values,
)
from dashboards.own_score import own_scores
from dashboards.own_services import CAUSE_NAMES, own_services
from dashboards.this_machine import agent_config, agent_program, device_of
from dashboards.words import gettext
from server.access.current import current_grant
from server.agreement.queries import edition_in_force
from server.config import Settings
from server.errors import NotFound
from server.faults.queries import own_faults
from server.ingest import own_page
from server.ingest.own_page import Laptop
from server.people.models import Organisation
from server.terms import terms_in_force
from server.web.body import is_packed

bp = Blueprint("me", __name__, url_prefix="/me")

EVENTS_SHOWN = 100
BATCHES_SHOWN = 200
LEAST_SCALE_MINUTES = 10.0


@bp.get("")
def laptop() -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        laptops = _laptops(session)
        if not laptops:
            return render_template("me_none.html")
        shown = _chosen(laptops)
        return render_template("me.html", laptops=laptops, shown=shown, **_contents(session, shown))


@bp.get("/batches/<day>/<uuid:batch_id>")
def batch(day: str, batch_id: UUID) -> ResponseReturnValue:
    """One batch in words, and exactly as it was sent."""
    row = _batch(day, batch_id)
    text = batch_words.as_sent(row["body"]) if row["body"] is not None else None
    return render_template(
        "me_batch.html",
        batch=row,
        text=text,
        envelope=batch_words.envelope_words(text) if text else [],
        summary=batch_words.summary_words(text) if text else [],
        events=batch_words.event_words(text) if text else [],
        facts=batch_words.sent_facts(text) if text else [],
    )


@bp.get("/batches/<day>/<uuid:batch_id>/body")
def batch_body(day: str, batch_id: UUID) -> ResponseReturnValue:
    """The bytes of a batch as they came over the wire, to keep."""
    row = _batch(day, batch_id)
    if row["body"] is None:
        raise NotFound("These bytes are not kept any more.")
    ending, kind = (".gz", "application/gzip") if is_packed(row["body"]) else ("", "application/json")
    disposition = {"Content-Disposition": f'attachment; filename="{row["day"]}-{batch_id}.json{ending}"'}
    return Response(row["body"], mimetype=kind, headers=disposition)


def _batch(day: str, batch_id: UUID) -> own_page.Row:
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise NotFound from None
    with current_app.extensions["store"].reading() as session:
        for laptop in _laptops(session):
            row = own_page.batch(session, laptop, wanted, batch_id)
            if row is not None:
                return row
    raise NotFound


def _laptops(session: Session) -> list[Laptop]:
    grant = current_grant()
    return own_page.laptops_of(session, grant) if grant is not None else []


def _chosen(laptops: list[Laptop]) -> Laptop:
    """The one that the address names, else the newest."""
    named = request.args.get("laptop")
    return next((one for one in laptops if str(one.device_id) == named), laptops[0])


def _contents(session: Session, laptop: Laptop) -> dict[str, Any]:
    today = _today(session, laptop.org_id)
    days = own_days(own_page.days(session, laptop, today - timedelta(days=ROW_DAYS)), today)
    first = today - timedelta(days=STRIP_DAYS)
    recent = [day for day in days if day.day >= first]
    lost = loss(recent)
    grant, terms = current_grant(), terms_in_force(session)
    agreed = edition_in_force(session, laptop.org_id).faults
    return {
        "days": recent,
        "loss": lost,
        "causes": CAUSES,
        "cause_heads": CAUSE_HEADS,
        "weeks": own_weeks(days),
        "bands": BANDS,
        "strip": _strip(recent, today) if lost is not None else None,
        "own": own_scores(session, grant, today) if grant is not None else None,
        "look_asked": somebody_asks(session, grant) if grant is not None else False,
        "coverage": _coverage(days, str(laptop.facts.get("os", ""))),
        "has_coverage": bool(newest_coverage(days)),
        "faults": [
            fault_words(fault, agreed) for fault in own_faults(session, laptop.org_id, laptop.device_id)
        ],
        "apps": own_page.apps(session, laptop, first),
        "services": own_services(own_page.services(session, laptop, first)),
        "service_causes": CAUSE_NAMES,
        "events": own_page.events(session, laptop, first, EVENTS_SHOWN),
        "event_names": EVENT_NAMES,
        "batches": own_page.batches(session, laptop, BATCHES_SHOWN),
        "facts": batch_words.facts_words(laptop.facts),
        "command_of": functools.partial(_command_of, laptop),
        "minute_days": LIMITS.minute_days,
        "raw_days": terms["batches"],
        "row_days": terms["rows"],
        "strip_days": STRIP_DAYS,
        "strip_ends": (short_day(first), short_day(today - timedelta(days=1))),
    }


def _today(session: Session, org_id: UUID) -> date:
    """Today where the organisation is."""
    organisation = session.get(Organisation, org_id)
    zone = ZoneInfo(organisation.timezone) if organisation is not None else ZoneInfo("UTC")
    now = current_app.extensions["clock"]()
    today: date = now.astimezone(zone).date()
    return today


def _strip(days: list[OwnDay], today: date) -> dict[str, str]:
    """Minutes lost per day: the shapes and the words around them."""
    values = strip_values(days, today)
    highest = max([LEAST_SCALE_MINUTES, *(value for value in values if value is not None)])
    return {
        "svg": charts.strip(
            "lost",
            gettext("Minutes lost per day"),
            gettext("The table below has the same numbers. Hatched: nothing is known about the day."),
            values,
            highest,
        ),
        "highest": minutes(highest),
        "lowest": minutes(0),
        "first": short_day(today - timedelta(days=STRIP_DAYS)),
        "last": short_day(today - timedelta(days=1)),
    }


def _coverage(days: list[OwnDay], system: str) -> list[dict[str, str]]:
    """Each source with its state; with a sentence and a command where it cannot be read."""
    states = newest_coverage(days)
    lines = []
    for name in COVERED:
        advice, state = ADVICE[name], states.get(name, "absent")
        remedy = advice.on(system)
        sentence = {"denied": remedy.denied, "absent": remedy.absent}.get(state, "")
        command = {"denied": remedy.command_if_denied, "absent": remedy.command_if_absent}.get(state, "")
        lines.append(
            {
                "name": gettext(advice.name),
                "state": state,
                "state_name": str(STATE_NAMES[state]),
                "sentence": gettext(sentence) if sentence else "",
                "command": command,
            }
        )
    return lines


def _command_of(laptop: Laptop, command: str) -> str:
    """A command of the agent; with all its paths on the machine that the embedded server runs on."""
    settings: Settings = current_app.extensions["settings"]
    if laptop.device_id != device_of(settings.data):
        return f"dex-agent {command}"
    return f"{agent_program()} --config {agent_config(settings.data)} {command}"
