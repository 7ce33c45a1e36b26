"""Experiments: what is tried out, what it did and how sure that is; and what moves together with
satisfaction."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from dashboards.experiment_figure import reading_figure
from dashboards.experiment_words import (
    SAYS,
    arms,
    assumptions,
    expected,
    how_sure,
    length,
    measure_name,
    verdict,
    worth,
)
from dashboards.formats import number, short_day
from dashboards.names import FACETS
from server.access.current import granted
from server.experiments.queries import newest_drivers
from server.experiments.results import all_experiments, experiment_of, minutes_of
from server.experiments.schedule import ENDED, PLANNED, RUNNING
from server.people.weeks import monday_of, sunday_of
from server.privacy.visible import sees_sentiment
from server.scoring.parameters import DRIVER_GROUPS, DRIVER_ROWS

bp = Blueprint("experiments", __name__)


@bp.get("/experiments")
def experiments() -> ResponseReturnValue:
    grant = granted()
    with current_app.extensions["store"].reading() as session:
        found = all_experiments(session, grant.org_id)
        drivers = newest_drivers(session, grant.org_id) if sees_sentiment(grant) else None
    return render_template(
        "experiments.html",
        by_state=[(state, [e for e in found if e.state == state]) for state in (RUNNING, ENDED, PLANNED)],
        anything=bool(found),
        verdict=verdict,
        measure_name=measure_name,
        length=length,
        drivers=drivers,
        facet_names=FACETS,
        least_groups=number(DRIVER_GROUPS),
        least_rows=number(DRIVER_ROWS),
    )


@bp.get("/experiments/<name>")
def one(name: str) -> ResponseReturnValue:
    grant = granted()
    with current_app.extensions["store"].reading() as session:
        found = experiment_of(session, grant.org_id, name)
    last = found.last
    return render_template(
        "experiment.html",
        found=found,
        last=last,
        verdict=verdict(found),
        minutes=minutes_of(found.measure, last) if last else None,
        measure_name=measure_name,
        arms=arms(found),
        length=length(found),
        how_sure=how_sure(found),
        expected=expected(found),
        assumptions=assumptions(found),
        figure=reading_figure(found),
        says=SAYS,
        worth=worth(),
        week_end=lambda week: short_day(sunday_of(week)),
        week_start=lambda week: short_day(monday_of(week)),
    )
