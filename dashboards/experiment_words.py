"""An experiment in sentences that somebody who decides about it understands."""

from dashboards.formats import day, number, signed, size_class, tenth
from dashboards.names import SIGNALS
from dashboards.words import Lazy, gettext, lazy_gettext, ngettext
from server.experiments.models import REMODELLED, WITHHELD
from server.experiments.points import TECHNOLOGY
from server.experiments.results import Experiment, Reading
from server.experiments.schedule import ENDED, LAPTOPS, PLANNED
from server.people.weeks import monday_of
from server.scoring.always_valid import BETTER, NOTHING_WORTH, OPEN, TOO_FEW, WORSE
from server.scoring.lost_time import LOST
from server.scoring.parameters import WORTH_FINDING

SAYS: dict[str, Lazy] = {
    BETTER: lazy_gettext("better"),
    WORSE: lazy_gettext("worse"),
    NOTHING_WORTH: lazy_gettext("no difference that matters"),
    OPEN: lazy_gettext("open"),
    TOO_FEW: lazy_gettext("too few to tell"),
    WITHHELD: lazy_gettext("not shown"),
    REMODELLED: lazy_gettext("not comparable"),
}


def measure_name(measure: str) -> str:
    """What is measured."""
    if measure == TECHNOLOGY:
        return gettext("technology as a whole")
    if measure == LOST:
        return gettext("time that is not lost")
    return str(SIGNALS[measure].title)


def verdict(found: Experiment) -> str:
    """The one sentence."""
    last = found.last
    if found.state == PLANNED:
        return gettext("It has not begun.")
    if last is None:
        return gettext("Nothing can be said yet: the first reading comes with the release of its first week.")
    if last.effect is None:
        return _without_number(last.says)
    if last.low is None or last.high is None:
        return _without_interval(found, last)
    values = {"low": signed(last.low), "high": signed(last.high), "points": tenth(abs(last.effect))}
    if last.says == BETTER:
        return gettext(
            "It helped: better by %(points)s points, with 95 %% certainty between %(low)s and %(high)s.",
            **values,
        )
    if last.says == WORSE:
        return gettext(
            "It did harm: worse by %(points)s points, with 95 %% certainty between %(low)s and %(high)s.",
            **values,
        )
    if last.says == NOTHING_WORTH:
        return gettext(
            "It makes no difference that matters: with 95 %% certainty between %(low)s and %(high)s points.",
            **values,
        )
    return gettext(
        "It is open: the difference may lie anywhere between %(low)s and %(high)s points.", **values
    )


def _without_number(says: str) -> str:
    if says == WITHHELD:
        return gettext(
            "Nothing can be shown: too few people are in one of the two groups, or other figures could tell"
            " them apart."
        )
    if says == REMODELLED:
        return gettext("Nothing can be said: the score is made otherwise since, and cannot be compared.")
    return gettext("There are too few teams or people to tell.")


def _without_interval(found: Experiment, last: Reading) -> str:
    if found.state == ENDED:
        return gettext("There are too few teams or people to tell.")
    return gettext(
        "It is open until its last week; so far the difference is %(points)s points.",
        points=signed(last.effect or 0.0),
    )


def arms(found: Experiment) -> str:
    """Who got it, and how many are compared."""
    last = found.last
    if found.design == LAPTOPS:
        lot = gettext("half of the people with a laptop, by lot")
        if last is None or not last.treated:
            return lot
        return gettext(
            "%(lot)s: %(treated)s people with it, %(others)s without",
            lot=lot,
            treated=size_class(last.treated),
            others=size_class(last.others),
        )
    if last is None or not last.treated:
        return gettext("team after team")
    return gettext(
        "team after team: by now %(treated)s with it, %(others)s without",
        treated=number(int(last.treated)),
        others=number(int(last.others)),
    )


def length(found: Experiment) -> str:
    """How long it lasts, and since when."""
    weeks = ngettext("%(n)s week", "%(n)s weeks", found.weeks, n=number(found.weeks))
    if found.first_week is None:
        return weeks
    return gettext("%(weeks)s from %(day)s on", weeks=weeks, day=day(monday_of(found.first_week)))


def how_sure(found: Experiment) -> str:
    """What an interval promises."""
    if found.design == LAPTOPS:
        return gettext(
            "The interval holds however often one looks: it misses the truth in at most 5 of 100 experiments."
        )
    return gettext(
        "A verdict is read once, in the last week: who looks for one every week finds something by chance."
    )


def expected(found: Experiment) -> list[str]:
    """What was told before the start, and what would change an open verdict."""
    told = [
        ngettext(
            "After %(n)s week a difference of %(points)s points is found in four cases of five.",
            "After %(n)s weeks a difference of %(points)s points is found in four cases of five.",
            weeks,
            n=number(weeks),
            points=tenth(points),
        )
        for weeks, points in found.power
    ]
    return told or [gettext("Nothing could be told: there were too few weeks, people or teams before.")]


def assumptions(found: Experiment) -> list[str]:
    """Under which the verdict holds."""
    common = gettext("Whoever has the change makes no difference to those without it.")
    if found.design == LAPTOPS:
        return [
            gettext(
                "Those who were drawn got the change, and nobody else. Who did not take it counts all the"
                " same."
            ),
            common,
            gettext("Nobody is missing from the figures because of the change."),
        ]
    return [
        gettext("Without the change, teams that have it would have gone on like those that wait."),
        gettext("When a team got it had nothing to do with how the team was doing."),
        common,
    ]


def worth() -> str:
    """What counts as a difference that matters."""
    return gettext("A difference matters from %(points)s points on.", points=number(WORTH_FINDING))
