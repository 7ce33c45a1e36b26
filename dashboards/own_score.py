"""The score that people see of themselves on My laptop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup
from sqlalchemy.orm import Session

from dashboards import charts
from dashboards.names import SIGNALS
from dashboards.own_days import STRIP_DAYS
from dashboards.words import gettext
from server.access.roles import Grant
from server.people.weeks import week_of
from server.privacy.model_versions import model_of_week
from server.privacy.own_page import own_scores_of
from server.scoring.dex import band
from server.scoring.own_score import OwnScore
from server.scoring.parameters import RATES, Model

SCALE = 100.0


@dataclass(frozen=True, slots=True)
class OwnScores:
    """Scores of the last four weeks, 0 to 100, the newest day first.

    `trouble`: what takes most points on the newest day, empty where nothing does. `events_count`: whether
    crashes and the like are in it; they are compared with the company's rates, which come with a release.
    """

    days: Sequence[tuple[date, float]]
    band: str
    trouble: str
    events_count: bool
    strip: Markup


def own_scores(session: Session, grant: Grant, today: date) -> OwnScores | None:
    """None unless the sign-in is a person's and a closed day of theirs has a score."""
    if grant.person_id is None:
        return None
    first, last = today - timedelta(days=STRIP_DAYS), today - timedelta(days=1)
    scores = own_scores_of(session, grant.org_id, grant.person_id, first, last)
    model = model_of_week(session, grant.org_id, week_of(last))
    by_day = {day: own.score for day, own in scores.items() if own.score is not None}
    if not by_day:
        return None
    newest = max(by_day)
    return OwnScores(
        days=sorted(by_day.items(), reverse=True),
        band=band(by_day[newest], model),
        trouble=_trouble(scores[newest], model),
        events_count=any(s in RATES for s in scores[newest].signals),
        strip=_strip(by_day, first),
    )


def _trouble(own: OwnScore, model: Model) -> str:
    """The signal that takes most points: its weight times what it lacks to 100."""
    lost = {s: model.signals[s].weight * (SCALE - score) for s, score in own.signals.items()}
    worst = max(lost, key=lambda s: lost[s])
    return str(SIGNALS[worst].trouble) if lost[worst] / own.weight >= 1 else ""


def _strip(by_day: Mapping[date, float], first: date) -> Markup:
    return charts.strip(
        "own",
        gettext("Your own score per day"),
        gettext("The table below has the same numbers. Hatched: no score that day."),
        [by_day.get(first + timedelta(days=ahead)) for ahead in range(STRIP_DAYS)],
        SCALE,
    )
