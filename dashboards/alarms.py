"""Alarms: what got worse, since when and on how many laptops, and whether somebody looks into it."""

from datetime import date

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dashboards.formats import number, size_class
from dashboards.names import SIGNALS
from dashboards.words import gettext, ngettext
from server.access.current import granted
from server.access.permissions import ANSWER_ALARMS, SEE_EQUIPMENT
from server.errors import NotFound
from server.people.models import Organisation
from server.people.organisations import local_day
from server.privacy.alarms import About, Alarms, alarms_for, look_into

bp = Blueprint("alarms", __name__)


@bp.get("/alarms")
def alarms() -> ResponseReturnValue:
    grant = granted()
    with current_app.extensions["store"].reading() as session:
        found = alarms_for(session, grant)
    return render_template(
        "alarms.html",
        found=found,
        sentence=_sentence(found),
        about_words=_about_words,
        signal_names=SIGNALS,
        answers=grant.role in ANSWER_ALARMS,
        equipment=grant.role in SEE_EQUIPMENT,
    )


@bp.post("/alarms/<day>/<signal>")
def answer(day: str, signal: str) -> ResponseReturnValue:
    """Somebody looks into it: said once, for everybody who opens the page."""
    grant, now = granted(), current_app.extensions["clock"]()
    try:
        looked_at = date.fromisoformat(day)
    except ValueError:
        raise NotFound("There is no such alarm.") from None
    with current_app.extensions["store"].transaction() as session:
        organisation = session.get_one(Organisation, grant.org_id)
        look_into(session, grant, looked_at, signal, local_day(organisation, now))
    return redirect(url_for("alarms.alarms", lang=request.args.get("lang")))


def _sentence(found: Alarms) -> str:
    if found.looked_until is None:
        return gettext("No day has been looked at yet.")
    if not found.open:
        return gettext("Nothing is worse than usual.")
    count = len(found.open)
    return ngettext(
        "%(n)s thing is worse than usual.", "%(n)s things are worse than usual.", count, n=number(count)
    )


def _about_words(about: About) -> str:
    """A part of an alarm. Groups are not named: a small unit's bad day is nobody else's business."""
    laptops = size_class(about.laptops)
    if not about.item:
        return gettext("On %(laptops)s laptops of one group or of the whole company.", laptops=laptops)
    if about.version:
        return gettext(
            "%(item)s, version %(version)s, on %(laptops)s laptops.",
            item=about.item,
            version=about.version,
            laptops=laptops,
        )
    return gettext("%(item)s, on %(laptops)s laptops.", item=about.item, laptops=laptops)
