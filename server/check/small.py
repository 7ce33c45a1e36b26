"""Worked examples of single functions: plain input into the product's types, plain values out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from server.check.inputs import assignments_by_person, head, people, period_answers, person, placed
from server.people.groups import Partners, continue_groups, reporting_groups
from server.people.stages import stage_on, true_moves
from server.privacy import release_plan
from server.privacy.funnel import funnel
from server.privacy.sentiment_release import make_sentiment_period
from server.privacy.wall import exact_units, hours_class, walled
from server.scoring.changes import Difference, change_flags
from server.scoring.cohort_cards import Passage, cohort_cards
from server.scoring.dispersion import dispersion, sums_of
from server.scoring.enps import enps
from server.scoring.lost_time import lost_day, lost_group
from server.scoring.means import Spread, pull, pulled_variance
from server.scoring.own_score import own_score
from server.scoring.parameters import PERIODS_IN_WINDOW, SIGNALS
from server.scoring.person_week import person_week
from server.scoring.rates import prior_of, rate_score
from server.scoring.sentiment import sentiment_scores
from server.scoring.shares import share_of, share_prior
from server.scoring.size_class import size_class
from server.scoring.variance import Pool, between_groups, combined_sd


def _curve(data: Any) -> Any:
    return [SIGNALS[signal].curve(value) for signal, value in data]


def _stage(data: Any) -> Any:
    return [stage_on(person({"person": "", **row}), date.fromisoformat(row["d"])) for row in data]


def _moves(data: Any) -> Any:
    everybody = people(data["people"], assignments_by_person(data["assignments"]))
    moves = true_moves(everybody)
    return {who: [day.isoformat() for day in days] for who, days in moves.items()}


def _person_week(data: Any) -> Any:
    week = person_week(data)
    return {
        "active": week.active,
        "hours": week.hours,
        "gauges": dict(week.gauges),
        "rates": {signal: list(rate) for signal, rate in week.rates.items()},
        "composite": week.composite,
    }


def _reporting_groups(data: Any) -> Any:
    given = data.get("partners") or {}
    pairs = {kind: frozenset(frozenset(pair) for pair in given.get(kind, ())) for kind in ("units", "teams")}
    groups = reporting_groups(
        head(data["head"]),
        data["least"],
        placed(data.get("previous")),
        Partners(pairs["units"], pairs["teams"]),
    )
    return {team: list(group) for team, group in groups.items()}


def _continue_groups(data: Any) -> Any:
    lines = continue_groups(
        head(data["old_head"]), placed(data["old_groups"]), head(data["new_head"]), placed(data["new_groups"])
    )
    return {
        kind: {name: None if line is None else list(line) for name, line in by_name.items()}
        for kind, by_name in lines.items()
    }


def _release_plan(data: Any) -> Any:
    return release_plan(data["persons"], data.get("k", 5))


def _funnel(data: Any) -> Any:
    return asdict(funnel(data["persons"], data.get("k", 5)))


def _hours_class(data: Any) -> Any:
    return hours_class(data["hours"], data["n"], data["company_hours"], data["company_n"])


def _walled(data: Any) -> Any:
    return list(walled(data["y"], data["e"], data["n"], data["company_e"], data["company_n"], data["cls"]))


def _exact_units(data: Any) -> Any:
    return exact_units(data["total"], data["units"])


def _size_class(data: Any) -> Any:
    return [size_class(n) for n in data]


def _cohort_cards(data: Any) -> Any:
    cards, waiting = cohort_cards(Passage(date.fromisoformat(left), score) for left, score in data)
    plain = [{"n": c.n, "from": c.first, "to": c.last, "score": c.score} for c in cards]
    return {"cards": plain, "waiting": len(waiting)}


def _dispersion(data: Any) -> Any:
    return dispersion(sums_of(zip(data["y"], data["e"], strict=True)))


def _dl_tau2(data: Any) -> Any:
    return between_groups(data["x"], data["v"], data["floor"], data["default"])


def _eb_normal(data: Any) -> Any:
    spread = Spread(data["s2"], data["tau2"], data["groups"])
    pulls = [pull(n, spread) for n in data["nbar"]]
    company_se2 = data["s2"] / data["nbar_c"]
    return {
        "shrink": [p.b for p in pulls],
        "theta": [p.towards(x, data["xc"]) for p, x in zip(pulls, data["x"], strict=True)],
        "var": [
            pulled_variance(p, company_se2, x - data["xc"], data["groups"])
            for p, x in zip(pulls, data["x"], strict=True)
        ],
    }


def _eb_gamma(data: Any) -> Any:
    rows, phi = list(zip(data["y"], data["e"], strict=True)), data["phi"]
    prior = prior_of(rows, (data["yc"], data["ec"]), phi)
    signal = SIGNALS[data["signal"]]
    return {
        "prior_shape": prior.shape,
        "prior_hours": prior.hours,
        "blocks": [asdict(rate_score(y, e, prior, phi, signal)) for y, e in rows],
    }


def _eb_beta(data: Any) -> Any:
    rows = list(zip(data["x"], data["n"], strict=True))
    prior = share_prior(rows)
    return {
        "prior_a": prior.a,
        "prior_b": prior.b,
        "blocks": [asdict(share_of(x, n, prior)) for x, n in rows],
    }


def _sentiment(data: Any) -> Any:
    periods = [make_sentiment_period(answers) for answers in period_answers(data["pulse"])][
        -PERIODS_IN_WINDOW:
    ]
    scores = sentiment_scores([period.groups for period in periods], sum((p.pool for p in periods), Pool()))
    blocks = {
        group: {"value": s.value, "var": s.variance, "answers": s.answers}
        for group, s in scores.groups.items()
    }
    return {"s2": scores.within, "tau2": scores.between, "blocks": blocks}


def _own_score(data: Any) -> Any:
    events = {signal: (y, e) for signal, (y, e) in data["events"].items()}
    return asdict(own_score(data["gauge_values"], events, data["company_rate"]))


def _change_flags(data: Any) -> Any:
    count = len(data["deltas"])
    baskets = data.get("baskets") or [[[], []]] * count
    changes = change_flags(
        [
            Difference(delta, sd, (frozenset(before), frozenset(now)))
            for delta, sd, (before, now) in zip(data["deltas"], data["sds"], baskets, strict=True)
        ]
    )
    return {key: [getattr(change, key) for change in changes] for key in ("p", "comparable", "flag")}


def _lost_day(data: Any) -> Any:
    return [None if (lost := lost_day(day)) is None else asdict(lost) for day in data]


def _lost_group(data: Any) -> Any:
    y, e, classed = data["y"], data["e"], data["cls"] is not None
    if classed:
        y, e = walled(y, e, data["n"], data["company_e"], data["company_n"], data["cls"])
    result = asdict(lost_group(y, e, data["n"], data["phi"], classed))
    for beside_the_formula in ("causes", "hours"):
        del result[beside_the_formula]
    return result


def _nps(data: Any) -> Any:
    return asdict(enps(data["promoters"], data["passives"], data["detractors"]))


SMALL: Mapping[str, Callable[[Any], Any]] = {
    "curve": _curve,
    "stage": _stage,
    "moves": _moves,
    "person_week": _person_week,
    "reporting_groups": _reporting_groups,
    "continue_groups": _continue_groups,
    "release_plan": _release_plan,
    "funnel": _funnel,
    "hours_class": _hours_class,
    "walled": _walled,
    "exact_units": _exact_units,
    "size_class": _size_class,
    "cohort_cards": _cohort_cards,
    "dispersion": _dispersion,
    "dl_tau2": _dl_tau2,
    "eb_normal": _eb_normal,
    "eb_gamma": _eb_gamma,
    "eb_beta": _eb_beta,
    "combine_sd": combined_sd,
    "sentiment": _sentiment,
    "own_score": _own_score,
    "change_flags": _change_flags,
    "lost_day": _lost_day,
    "lost_group": _lost_group,
    "nps": _nps,
}
