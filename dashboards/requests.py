"""Requests of people about their own data, for the privacy officer to decide."""

from datetime import date
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboards.request_words import KINDS
from server.access.current import granted
from server.errors import Unprocessable, UsageError
from server.own_data.decide import carry_out
from server.people.models import Organisation
from server.people.organisations import local_day
from server.people.present import how_called
from server.rights.requests import ANSWER_LENGTH, refuse, waiting

bp = Blueprint("requests", __name__, url_prefix="/requests")


@bp.get("")
def to_decide() -> ResponseReturnValue:
    grant = granted()
    with current_app.extensions["store"].reading() as session:
        rows = waiting(session, grant.org_id)
        people = how_called(session, grant.org_id, {row.person_id for row in rows})
    return render_template(
        "requests.html",
        requests=[(row, people.get(row.person_id)) for row in rows],
        kinds=KINDS,
        answer_length=ANSWER_LENGTH,
    )


@bp.post("/<uuid:request_id>/carry-out")
def do(request_id: UUID) -> ResponseReturnValue:
    grant = granted()
    if request.form.get("sure") != "yes":
        raise Unprocessable("Say that you are sure: an erasure cannot be undone.")
    with current_app.extensions["store"].transaction() as session:
        try:
            today = _today(session, grant.org_id)
            receipt = carry_out(session, grant.org_id, request_id, grant.who, today)
        except UsageError as error:
            raise Unprocessable(str(error)) from error
    return render_template("receipt.html", receipt=receipt)


@bp.post("/<uuid:request_id>/refuse")
def say_no(request_id: UUID) -> ResponseReturnValue:
    grant = granted()
    answer = " ".join(request.form.get("answer", "").split())
    if not answer or len(answer) > ANSWER_LENGTH:
        raise Unprocessable("Whoever asked has to read why.")
    with current_app.extensions["store"].transaction() as session:
        refuse(session, grant.org_id, request_id, answer, grant.who, _today(session, grant.org_id))
    return redirect(url_for("requests.to_decide"))


def _today(session: Session, org_id: UUID) -> date:
    return local_day(session.get_one(Organisation, org_id), current_app.extensions["clock"]())
