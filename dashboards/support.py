"""A look at one laptop, for IT: asked for with a reason, seen by whose laptop it is, and over after a day."""

from datetime import date
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from agent.signals import COVERED
from dashboards.batch_words import STATE_NAMES, facts_words
from dashboards.look_words import LOOK_STATES, signal_words, source_name
from dashboards.own_services import CAUSE_NAMES
from server.access.current import granted
from server.devices.queries import facts_of
from server.people.models import Organisation
from server.people.organisations import local_day
from server.rights.looks import (
    GOING_ON,
    OPEN_AT_ONCE,
    REASON_LENGTH,
    TICKET_LENGTH,
    Consent,
    ask_for_look,
    consent_of,
    end_look,
    laptop_with_serial,
    looks_by,
    open_look,
    owned_since,
    state_of,
)
from server.support.signals import LOOK_DAYS, signals_of

bp = Blueprint("support", __name__, url_prefix="/support")


@bp.get("")
def support() -> ResponseReturnValue:
    store, grant, now = current_app.extensions["store"], granted(), current_app.extensions["clock"]()
    with store.reading() as session:
        today = _today(session, grant.org_id)
        looks = [
            {
                "row": row,
                "state": state_of(row, now, today),
                "serial": (facts_of(session, grant.org_id, row.device_id) or {}).get("serial") or "",
            }
            for row in looks_by(session, grant.org_id, grant.who, today)
        ]
        asks = consent_of(session, grant.org_id) is Consent.ASK
    return render_template(
        "support.html",
        looks=looks,
        states=LOOK_STATES,
        going_on=GOING_ON,
        asks=asks,
        most=OPEN_AT_ONCE,
        reason_length=REASON_LENGTH,
        ticket_length=TICKET_LENGTH,
    )


@bp.post("")
def ask() -> ResponseReturnValue:
    store, grant, form = current_app.extensions["store"], granted(), request.form
    with store.transaction() as session:
        today = _today(session, grant.org_id)
        device_id = laptop_with_serial(session, grant.org_id, form.get("serial", ""))
        reason, ticket = form.get("reason", ""), form.get("ticket", "")
        ask_for_look(session, grant.org_id, device_id, grant.who, reason, ticket, today)
    return redirect(url_for("support.support"))


@bp.post("/<uuid:device_id>/<uuid:look_id>")
def look(device_id: UUID, look_id: UUID) -> ResponseReturnValue:
    """Each time it is shown it is written down first, in a transaction of its own."""
    store, grant, now = current_app.extensions["store"], granted(), current_app.extensions["clock"]()
    with store.transaction() as session:
        today = _today(session, grant.org_id)
        row = open_look(session, grant.org_id, device_id, look_id, grant.who, now, today)
    with store.reading() as session:
        since = owned_since(session, grant.org_id, device_id)
        found = signals_of(session, grant.org_id, device_id, since, row.opened_on or today)
    return render_template(
        "support_look.html",
        look=row,
        found=found,
        signals=signal_words(found),
        facts=facts_words(found.facts),
        coverage=[
            (source_name(name), STATE_NAMES[found.coverage[name]])
            for name in COVERED
            if name in found.coverage
        ],
        causes=CAUSE_NAMES,
        weeks=LOOK_DAYS // 7,
    )


@bp.post("/<uuid:device_id>/<uuid:look_id>/end")
def end(device_id: UUID, look_id: UUID) -> ResponseReturnValue:
    grant = granted()
    with current_app.extensions["store"].transaction() as session:
        today = _today(session, grant.org_id)
        end_look(session, grant.org_id, device_id, look_id, grant.who, today)
    return redirect(url_for("support.support"))


def _today(session: Session, org_id: UUID) -> date:
    return local_day(session.get_one(Organisation, org_id), current_app.extensions["clock"]())
