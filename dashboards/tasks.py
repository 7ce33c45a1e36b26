"""Tasks for IT: laptops and accounts of people who join and leave. Each look is in the audit log."""

from contextlib import suppress
from itertools import groupby
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dashboards.words import Lazy, lazy_gettext
from server.access.audit import signed_in_as
from server.access.current import granted
from server.errors import BadRequest, UsageError
from server.lifecycle.task_kinds import ASSIGN, CLOSE, COLLECT, PREPARE
from server.lifecycle.tasks import look_at_tasks, mark_done
from server.people.models import Organisation
from server.people.organisations import local_day

bp = Blueprint("tasks", __name__, url_prefix="/tasks")

TITLES: dict[str, Lazy] = {
    PREPARE: lazy_gettext("Laptops to prepare"),
    COLLECT: lazy_gettext("Laptops to get back"),
    CLOSE: lazy_gettext("Accounts to close"),
    ASSIGN: lazy_gettext("Laptops that are nobody’s"),
}
DAYS: dict[str, Lazy] = {
    PREPARE: lazy_gettext("First day"),
    COLLECT: lazy_gettext("Last day"),
    CLOSE: lazy_gettext("Last day"),
}


@bp.get("")
def tasks() -> ResponseReturnValue:
    store, grant, now = current_app.extensions["store"], granted(), current_app.extensions["clock"]()
    with store.reading() as session:
        today = local_day(session.get_one(Organisation, grant.org_id), now)
    found = look_at_tasks(store, grant.org_id, signed_in_as(grant), today)
    kinds = [(kind, list(same)) for kind, same in groupby(found, key=lambda task: task.kind)]
    return render_template("tasks.html", count=len(found), kinds=kinds, titles=TITLES, days=DAYS, today=today)


@bp.post("")
def done() -> ResponseReturnValue:
    grant, now = granted(), current_app.extensions["clock"]()
    try:
        task = request.form["kind"], UUID(request.form["person"]), request.form["about"]
    except ValueError as error:
        raise BadRequest("This names no task.") from error
    with current_app.extensions["store"].transaction() as session:
        today = local_day(session.get_one(Organisation, grant.org_id), now)
        with suppress(UsageError):  # somebody else was faster: the list that follows shows it
            mark_done(session, grant.org_id, task, signed_in_as(grant), today)
    return redirect(url_for("tasks.tasks", lang=request.args.get("lang")))
