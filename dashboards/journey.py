"""Journey: what people meet when they join, move and leave, who sees to it, and how often in time."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from dashboards.names import STAGE_SAYS, stage_name
from dashboards.navigation import ROLE_NAMES
from dashboards.words import Lazy, lazy_gettext
from server.access.current import granted
from server.lifecycle.journey import JOURNEY, Touchpoint
from server.privacy.lifecycle_figures import GroupFigure, LifecycleSpan, PartFigure, lifecycle_of

bp = Blueprint("journey", __name__)

POINTS: dict[tuple[str, str], Lazy] = {
    ("day_one", "laptop"): lazy_gettext("A laptop is ready on the first working day"),
    ("day_one", "signed_in"): lazy_gettext("They have signed in by the end of that day"),
    ("day_one", "applications"): lazy_gettext("Required applications were in use within 5 working days"),
    ("productive", "within_5_days"): lazy_gettext(
        "4 hours of work without disturbance, within 5 working days"
    ),
    ("productive", "within_10_days"): lazy_gettext("The same within 10 working days"),
    ("moved", "laptop"): lazy_gettext("A laptop is ready on the first working day in the new team"),
    ("moved", "applications"): lazy_gettext("What the new team requires was in use within 5 working days"),
    ("left", "could_be_asked"): lazy_gettext("Three days before the last day they could still be asked"),
    ("left", "returned"): lazy_gettext("Every laptop is back, wiped or somebody else’s"),
    ("left", "access_closed"): lazy_gettext("Access is closed"),
    ("left", "silent"): lazy_gettext("No use in the 7 days after"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A touchpoint with its figure for the whole company; without where too few people met it."""

    says: Lazy
    owner: Lazy
    people: str | None
    part: PartFigure | None


@bp.get("/journey")
def journey() -> ResponseReturnValue:
    with current_app.extensions["store"].reading() as session:
        year = lifecycle_of(session, granted().org_id).year
    stages = [
        (stage, stage_name(stage), STAGE_SAYS[stage], list(_shown(points, year)))
        for stage, points in JOURNEY.items()
    ]
    return render_template("journey.html", year=year, stages=stages)


def _shown(points: tuple[Touchpoint, ...], year: LifecycleSpan | None) -> Iterator[Shown]:
    for point in points:
        company = _company(point.figure, year)
        part = next((one for one in company.parts if one.part == point.part), None) if company else None
        people = company.people if company else None
        yield Shown(POINTS[point.figure, point.part], ROLE_NAMES[point.owner], people, part)


def _company(figure: str, year: LifecycleSpan | None) -> GroupFigure | None:
    """The first group is the company, where there is any."""
    figures = year.figures if year else []
    return next((group for found in figures if found.figure == figure for group in found.groups), None)
