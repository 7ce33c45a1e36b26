"""What is collected, what never is, and what nobody can find out: a page for everybody who is signed in."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from agent.signals import APPS, EVENT, FACTS, RAW_DAYS, ROW_DAYS, SERVICES, SUMMARY
from dashboards.words import lazy_gettext
from server.access.current import granted, signed_in
from server.people.models import Organisation
from server.retention import COMMENT_WEEKS, PERSON_WEEKS, RELEASE_WEEKS

bp = Blueprint("privacy", __name__)

PARTS = (
    (lazy_gettext("Once a day, about the day"), SUMMARY),
    (lazy_gettext("Per listed application and day"), APPS),
    (lazy_gettext("Per business service that the company listed, and day"), SERVICES),
    (lazy_gettext("When something happens"), EVENT),
    (lazy_gettext("About the laptop, when it is enrolled and when it changes"), FACTS),
)


@bp.get("/privacy")
@signed_in()
def privacy() -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        organisation = session.get_one(Organisation, granted().org_id)
    return render_template(
        "privacy.html",
        organisation=organisation,
        parts=PARTS,
        raw_days=RAW_DAYS,
        row_days=ROW_DAYS,
        person_weeks=PERSON_WEEKS,
        comment_weeks=COMMENT_WEEKS,
        release_weeks=RELEASE_WEEKS,
    )
