"""My data: looks that others took at one's laptop, everything that is stored, and what one may ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboards.export_words import export_words
from dashboards.languages import LANGUAGES, chosen
from dashboards.look_words import LOOK_STATES
from dashboards.navigation import ROLE_NAMES
from dashboards.request_words import KINDS, REQUEST_STATES
from server.access.current import granted
from server.access.roles import Grant, Role
from server.errors import BadRequest, NotFound
from server.ingest.own_page import Laptop, laptops_of
from server.outbox.notice_texts import REQUEST_WAITS
from server.outbox.notices import Notice, tell
from server.own_data.export import Export, export
from server.own_data.export_page import as_html
from server.own_data.holdings import subject_of
from server.own_data.receipts import EXPORTED, give_receipt
from server.people.models import Organisation
from server.people.organisations import local_day
from server.rights import requests
from server.rights.looks import (
    GOING_ON,
    Consent,
    State,
    answer_look,
    consent_of,
    looker,
    looks_at,
    name_of,
    state_of,
)
from server.rights.models import RestrictionRow
from server.rights.requests import Kind, RequestState

bp = Blueprint("own_data", __name__, url_prefix="/me/data")

MYSELF = Role.EMPLOYEE.value
"""Who does things on this page, as the audit log names them: not by the person, who may be erased later."""


@bp.get("")
def data() -> ResponseReturnValue:
    grant = granted()
    with current_app.extensions["store"].reading() as session:
        today = _today(session, grant.org_id)
        known = requests.requests_of(session, grant.org_id, grant.person_id) if grant.person_id else ()
        restricted = (
            grant.person_id is not None
            and session.get(RestrictionRow, (grant.org_id, grant.person_id)) is not None
        )
        return render_template(
            "own_data.html",
            looks=_looks(session, grant, today),
            asks=consent_of(session, grant.org_id) is Consent.ASK,
            going_on=GOING_ON,
            states=LOOK_STATES,
            requests=known,
            may_ask=_may_ask(known, restricted) if grant.person_id else [],
            restricted=restricted,
            kinds=KINDS,
            request_states=REQUEST_STATES,
        )


@bp.post("/export.<ending>")
def hand_out(ending: str) -> ResponseReturnValue:
    """Everything at once, to keep: as JSON, or as a page to read."""
    if ending not in ("json", "html"):
        raise NotFound
    grant = granted()
    with current_app.extensions["store"].transaction() as session:
        today = _today(session, grant.org_id)
        found = export(session, subject_of(session, grant), today)
        receipt = give_receipt(
            session, grant.org_id, EXPORTED, today, found.counts, MYSELF, "own data", content=found.digest
        )
    content = found.as_json() if ending == "json" else _page(found)
    kind = "application/json" if ending == "json" else "text/html; charset=utf-8"
    disposition = {
        "Content-Disposition": f'attachment; filename="my-data-{today}-receipt-{receipt.number}.{ending}"'
    }
    return Response(content, content_type=kind, headers=disposition)


@bp.post("/requests")
def ask() -> ResponseReturnValue:
    grant = granted()
    if grant.person_id is None:
        raise BadRequest("This sign-in is for a laptop and names no person.")
    with current_app.extensions["store"].transaction() as session:
        kind = _kind(request.form.get("kind", ""))
        organisation = session.get_one(Organisation, grant.org_id)
        now = current_app.extensions["clock"]()
        requests.ask(session, grant.org_id, grant.person_id, kind, MYSELF, local_day(organisation, now))
        tell(session, organisation, Notice(REQUEST_WAITS, path="/requests"), now)
    return redirect(url_for("own_data.data"))


@bp.post("/requests/<uuid:request_id>/withdraw")
def withdraw(request_id: UUID) -> ResponseReturnValue:
    grant = granted()
    if grant.person_id is None:
        raise NotFound
    with current_app.extensions["store"].transaction() as session:
        today = _today(session, grant.org_id)
        requests.withdraw(session, grant.org_id, request_id, grant.person_id, MYSELF, today)
    return redirect(url_for("own_data.data"))


@bp.post("/looks/<uuid:device_id>/<uuid:look_id>")
def answer(device_id: UUID, look_id: UUID) -> ResponseReturnValue:
    """Allow a look, refuse it, or end it; on one's own laptop alone."""
    grant, now = granted(), current_app.extensions["clock"]()
    with current_app.extensions["store"].transaction() as session:
        today = _today(session, grant.org_id)
        if not any(row.look_id == look_id for row, _ in _rows(session, grant) if row.device_id == device_id):
            raise NotFound
        allow = request.form.get("answer") == "allow"
        answer_look(session, grant.org_id, device_id, look_id, allow, MYSELF, now, today)
    return redirect(url_for("own_data.data"))


def _looks(session: Session, grant: Grant, today: date) -> list[dict[str, Any]]:
    """Every look at the person's laptops on days on which these were theirs, the newest first."""
    now = current_app.extensions["clock"]()
    found = []
    for row, laptop in _rows(session, grant):
        by = looker(row.who)
        found.append(
            {
                "row": row,
                "laptop": laptop.facts.get("serial") or laptop.facts.get("model") or "",
                "role": ROLE_NAMES[Role(by.role)],
                "name": name_of(session, grant.org_id, by.account),
                "state": state_of(row, now, today),
            }
        )
    return sorted(found, key=lambda look: look["row"].asked_on, reverse=True)


def somebody_asks(session: Session, grant: Grant) -> bool:
    """Whether a look waits for this person's answer."""
    today, now = _today(session, grant.org_id), current_app.extensions["clock"]()
    return any(state_of(row, now, today) is State.ASKED for row, _ in _rows(session, grant))


def _rows(session: Session, grant: Grant) -> list[tuple[Any, Laptop]]:
    rows = []
    for laptop in laptops_of(session, grant):
        first = min(since for since, _ in laptop.spans)
        for row in looks_at(session, grant.org_id, laptop.device_id, first):
            if any(s <= row.asked_on and (u is None or row.asked_on <= u) for s, u in laptop.spans):
                rows.append((row, laptop))
    return rows


def _may_ask(known: Any, restricted: bool) -> list[Kind]:
    """What is not waiting already; a restriction can be asked for, or its end."""
    waiting = {row.kind for row in known if row.state == RequestState.WAITING}
    offered = (Kind.USE if restricted else Kind.RESTRICTION, Kind.ERASURE)
    return [kind for kind in offered if kind not in waiting]


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise BadRequest("There is no such request.") from None


def _page(found: Export) -> str:
    return as_html(found, export_words(LANGUAGES[chosen()]))


def _today(session: Session, org_id: UUID) -> date:
    return local_day(session.get_one(Organisation, org_id), current_app.extensions["clock"]())
