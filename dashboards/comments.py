"""Comments of the pulse: the moderator takes out what tells who wrote, or of whom; then HR reads them."""

from itertools import groupby
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from agent.signals import LIMITS
from server.access.audit import record
from server.access.current import granted
from server.people.models import Organisation
from server.people.organisations import local_day
from server.pulse import moderation
from server.pulse.periods import period_named
from server.pulse.queries import COMMENTS_LEAST

bp = Blueprint("comments", __name__, url_prefix="/comments")

SHOWN_AT_ONCE = 20


@bp.get("/waiting")
def waiting() -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        found = moderation.waiting(session, granted().org_id)
    by_period = groupby(found[:SHOWN_AT_ONCE], key=lambda comment: comment.period)
    return render_template(
        "comments_waiting.html",
        count=len(found),
        periods=[(period_named(name), list(comments)) for name, comments in by_period],
        least=COMMENTS_LEAST,
        most_letters=LIMITS.comment_length,
    )


@bp.post("/waiting/<uuid:comment_id>")
def decide(comment_id: UUID) -> ResponseReturnValue:
    """Release what the form leaves of a comment, or withhold it."""
    grant, now = granted(), current_app.extensions["clock"]()
    left = "" if "withhold" in request.form else request.form.get("left", "")
    with current_app.extensions["store"].transaction() as session:
        done = moderation.decide(session, grant.org_id, comment_id, left)
        if done is not None:
            day = local_day(session.get_one(Organisation, grant.org_id), now)
            record(session, grant.org_id, day, grant.who, "comments moderated", done)
    return redirect(url_for("comments.waiting", lang=request.args.get("lang")))


@bp.get("")
def released() -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        found = moderation.released(session, granted().org_id)
    return render_template(
        "comments.html",
        periods=[(period_named(one.period), one.texts) for one in found],
        least=COMMENTS_LEAST,
    )
