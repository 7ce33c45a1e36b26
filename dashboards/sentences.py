"""The sentences that pages begin with, made from rounded results and saying no more than these carry."""

from collections.abc import Sequence
from datetime import date, timedelta

from dashboards.formats import day, number, short_day, tenth
from dashboards.names import BANDS, SIGNALS
from dashboards.words import gettext
from server.people.weeks import monday_of, sunday_of, weeks_of_period
from server.privacy.calibrated import Calibrated
from server.privacy.results import Change, Group, Score
from server.scoring.dex import FULL
from server.scoring.parameters import LEAST_WEEKS

RELEASE_DAY = timedelta(days=9)
"""From a week's Monday to the Wednesday on which it is released."""


def verdict(score: Score) -> str:
    """The band in a word, or the two bands that the interval reaches."""
    if score.band_certain:
        return str(BANDS[score.band])
    low, high = score.low_band, score.high_band
    if low == high:  # told apart by less than one decimal
        return str(BANDS[score.band])
    return gettext("%(low)s to %(high)s", low=BANDS[low], high=BANDS[high])


def interval_words(low: float, high: float) -> str:
    return gettext("%(low)s to %(high)s", low=number(low), high=number(high))


def standing(result: Group, name: str = "") -> str:
    """How a scored group does, in one sentence."""
    score = result.score
    assert score is not None
    values = {
        "verdict": verdict(score),
        "score": number(score.display),
        "interval": interval_words(score.low, score.high),
        "name": name,
    }
    if score.kind == FULL:
        if name:
            return gettext(
                "The digital experience in %(name)s is %(verdict)s: %(score)s of 100 (%(interval)s).",
                **values,
            )
        return gettext(
            "The digital experience at work is %(verdict)s: %(score)s of 100 (%(interval)s).", **values
        )
    if name:
        return gettext("Technology in %(name)s is %(verdict)s: %(score)s of 100 (%(interval)s).", **values)
    return gettext("Technology at work is %(verdict)s: %(score)s of 100 (%(interval)s).", **values)


def movement(change: Change | None) -> str:
    """What has changed against four weeks ago."""
    if change is None:
        return gettext("It cannot be compared with four weeks ago yet.")
    if change.state == "not_comparable":
        return gettext(
            "It cannot be compared with four weeks ago: it is made of other signals, or by another model."
        )
    if change.state == "no_clear_change" or change.points is None:
        return gettext("There is no clear change against four weeks ago.")
    points = tenth(abs(change.points))
    if change.points > 0:
        return gettext("That is %(points)s points better than four weeks ago.", points=points)
    return gettext("That is %(points)s points worse than four weeks ago.", points=points)


def largest_losses(result: Group) -> str:
    """What of the technology costs most points; two things where they cannot be told apart."""
    troubles = [str(SIGNALS[name].trouble) for name in result.most_lost]
    if len(troubles) == 1:
        return gettext("Of all that laptops tell, %(trouble)s cost most points.", trouble=troubles[0])
    return gettext(
        "Of all that laptops tell, %(first)s and %(second)s cost most points.",
        first=troubles[0],
        second=troubles[1],
    )


def outstanding(result: Group) -> str:
    """What is surely worse here than in the company; empty if nothing is."""
    troubles = [str(SIGNALS[name].trouble) for name in result.stands_out]
    if not troubles:
        return ""
    if len(troubles) == 1:
        return gettext("Worse than in the company: %(trouble)s.", trouble=troubles[0])
    return gettext(
        "Worse than in the company: %(first)s, and %(second)s.", first=troubles[0], second=troubles[1]
    )


def calibration(found: Calibrated) -> str:
    """What the correlation of technology and satisfaction says, no more than its interval carries."""
    assert found.low is not None
    assert found.high is not None
    if found.low > 0:
        return gettext("Yes: teams that score better in technology are more satisfied.")
    if found.high < 0:
        return gettext("No: teams that score better in technology are less satisfied.")
    return gettext("It cannot be told: it may be either way.")


def period(week: str, weeks: int) -> str:
    """The time that a score speaks of."""
    last = day(sunday_of(week))
    if weeks == 1:
        return gettext("The last week, to %(day)s", day=last)
    return gettext("The last %(n)s weeks, to %(day)s", n=number(weeks), day=last)


def answered(periods: Sequence[str]) -> str:
    """The time in which answers were given, from the first to the last of these pulse periods."""
    return gettext(
        "%(first)s to %(last)s",
        first=short_day(monday_of(weeks_of_period(periods[0])[0])),
        last=short_day(sunday_of(weeks_of_period(periods[-1])[-1])),
    )


def left_out(weeks: Sequence[str], periods: Sequence[str]) -> str:
    """What is never released since the store was made of a copy; nothing where that is nothing."""
    what = [gettext("the week to %(day)s", day=short_day(sunday_of(week))) for week in weeks]
    what += [gettext("the answers of %(time)s", time=answered([period])) for period in periods]
    if not what:
        return ""
    return gettext(
        "Left out, because the store was restored from a copy and it may have been published before:"
        " %(what)s.",
        what=", ".join(what),
    )


def next_release(week: str) -> date:
    """When the week after this one is released."""
    return monday_of(week) + timedelta(days=7) + RELEASE_DAY


def first_figures(created_on: date, today: date) -> date | None:
    """When the first score can be expected: a score needs two weeks. None once that day has gone by."""
    monday = created_on - timedelta(days=created_on.weekday())
    expected = monday + (LEAST_WEEKS - 1) * timedelta(days=7) + RELEASE_DAY
    return expected if expected > today else None
