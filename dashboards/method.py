"""How the score is made, with every number that is a convention: a page for everybody who is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from dashboards import sentences
from dashboards.charts import bar
from dashboards.curve_chart import curve_chart
from dashboards.model_history import model_history
from dashboards.names import FACETS, SIGNALS
from dashboards.signal_values import anchors
from dashboards.words import Lazy, gettext
from server.access.current import granted
from server.people.models import Organisation
from server.people.organisations import local_day
from server.people.weeks import WEEKS_IN_WINDOW, monday_of, sunday_of, week_of, window_of
from server.privacy.calibrated import calibrated_for
from server.privacy.model_versions import decisions, model_of_week
from server.privacy.release_store import last_release
from server.privacy.result_queries import places_for
from server.privacy.visible import sees_sentiment
from server.privacy.weekly import CUT_OFF
from server.scoring import parameters
from server.scoring.means import Spread, pull
from server.scoring.model_file import fingerprint
from server.scoring.sensitivity import VARIATION

bp = Blueprint("method", __name__)


@bp.get("/method")
def method() -> ResponseReturnValue:
    grant = granted()
    with current_app.extensions["store"].reading() as session:
        organisation = session.get_one(Organisation, grant.org_id)
        release = last_release(session, grant.org_id)
        places = places_for(session, grant) if release is not None else []
        calibrated = calibrated_for(session, grant) if release is not None else None
        decided = decisions(session, grant.org_id)
        today = local_day(organisation, current_app.extensions["clock"]())
        week = release.week if release is not None else week_of(today)
        model = model_of_week(session, grant.org_id, week)
        history = model_history(decided)
    return render_template(
        "method.html",
        organisation=organisation,
        p=parameters,
        model=model,
        fingerprint=fingerprint(model),
        history=history,
        calibrated=calibrated,
        calibration_sentence=sentences.calibration,
        release=release,
        weeks=window_of(release.week) if release is not None else [],
        monday_of=monday_of,
        sunday_of=sunday_of,
        days_to_quarter=CUT_OFF[0].days,
        days_to_whole=CUT_OFF[0].days + 7 * (WEEKS_IN_WINDOW - 1),
        weeks_in_window=WEEKS_IN_WINDOW,
        facets=_facets(model),
        examples=[_drawn(n) for n in (8, 12, 60)],
        places=places,
        place_bar=_place_bar,
        widest=max((worst - best for best, worst in (team.by_weights for team in places)), default=0),
        variation=VARIATION,
        technical=not sees_sentiment(grant),
    )


@dataclass(frozen=True, slots=True)
class Curve:
    """A signal with its curve, drawn and as (value, score) in words; weight in percent."""

    title: Lazy
    weight: float
    drawing: Markup
    anchors: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Facet:
    """What signals belong to, and their weights together in percent."""

    title: Lazy
    weight: float
    curves: Sequence[Curve]


def _facets(model: parameters.Model) -> list[Facet]:
    facets = []
    for name, title in FACETS.items():
        curves = [_curve(signal) for signal in model.signals.values() if signal.facet == name]
        facets.append(Facet(title, sum(curve.weight for curve in curves), curves))
    return facets


def _curve(signal: parameters.Signal) -> Curve:
    name = SIGNALS[signal.name].title
    words = anchors(signal)
    drawing = curve_chart(
        f"curve-{signal.name}",
        gettext("%(signal)s: value and score", signal=name),
        "; ".join(gettext("%(value)s scores %(score)s", value=v, score=s) for v, s in words),
        signal.curve.anchors,
    )
    return Curve(name, 100 * signal.weight, drawing, words)


@dataclass(frozen=True, slots=True)
class Drawn:
    """An example of how a group is drawn to the company: its people, and what is shown of `OWN`."""

    people: int
    shown: float


OWN, COMPANY_AT = 70.0, 76.0
EXAMPLE = Spread(within=225.0, between=25.0, groups=20)
"""An example's people differ by 15 points, its teams by 5."""


def _drawn(people: int) -> Drawn:
    return Drawn(people, pull(people, EXAMPLE).towards(OWN, COMPANY_AT))


def _place_bar(places: tuple[int, int], teams: int) -> Markup:
    """From the best to the worst place, the first place at the start of the line."""
    best, worst = places
    return bar(best - 1, worst, "unknown", (0, teams))
