"""The worked example of the whole chain: from people and device-days to every group's score."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from server.check.inputs import absences, assignments_by_person, devices, people, period_answers, placed
from server.people.groups import LEAST, Partners, Placed, headcounts, reporting_groups
from server.people.stages import Person
from server.people.weeks import monday_of, week_of
from server.privacy.people_of_week import Facts, people_of_week, person_weeks
from server.privacy.plan import COMPANY
from server.privacy.records import Release
from server.privacy.release import make_release
from server.privacy.sentiment_release import make_sentiment_period
from server.privacy.windows import Block, Window, score_window
from server.scoring.parameters import MODEL, K
from server.scoring.person_week import DeviceDay
from server.scoring.technology import SignalScore

Days = Mapping[str, Sequence[tuple[str, DeviceDay]]]


def check_score(data: Any) -> Any:
    """The whole chain, as plain values."""
    everybody = people(data["people"], assignments_by_person(data["assignments"]))
    groups = _groups(data, everybody)
    releases = _releases(data, everybody, groups)
    k = data.get("k", K)
    periods = [make_sentiment_period(answers, k) for answers in period_answers(data.get("pulse", ()))]
    return plain_scores(score_window(releases, periods), releases, groups)


def plain_scores(window: Window, releases: Sequence[Release], groups: Mapping[str, Placed]) -> dict[str, Any]:
    """A window, its releases and its reporting groups in the form of the worked example."""
    shared = window.shared
    return {
        "model": MODEL,
        "groups": {team: list(group) for team, group in groups.items()},
        "blocks": {group: _block(block) for group, block in window.blocks.items()},
        "plans": {release.week: _plan(release) for release in releases},
        "s2": dict(shared.within),
        "phi": dict(shared.phi),
        "sentiment_s2": window.sentiment.within,
        "sentiment_tau2": window.sentiment.between,
        "funnel": _funnel(window),
        "hours_class": dict(window.release.hours_class),
        "tau2": shared.spread.between,
        "prior": {signal: [prior.shape, prior.hours] for signal, prior in shared.priors.items()},
    }


def _groups(data: Any, everybody: Sequence[Person]) -> dict[str, Placed]:
    given = data.get("partners") or {}
    pairs = {kind: frozenset(frozenset(pair) for pair in given.get(kind, ())) for kind in ("units", "teams")}
    return reporting_groups(
        headcounts(everybody, monday_of(data["grouping_week"]), data.get("branches") or {}),
        data.get("group_least", LEAST),
        placed(data.get("previous")),
        Partners(pairs["units"], pairs["teams"]),
    )


def _releases(data: Any, everybody: Sequence[Person], groups: Mapping[str, Placed]) -> list[Release]:
    days = _days_by_week(data["device_days"])
    held, away = devices(data.get("devices")), absences(data.get("absences") or ())
    teams = {placed.team: placed.unit for placed in groups.values()}
    releases: list[Release] = []
    for week in data["weeks"]:
        facts = Facts(person_weeks(days.get(week, ())), held, away)
        rows = people_of_week(everybody, week, groups, facts)
        known = releases[-1].hours_class if releases else {}
        releases.append(make_release(week, rows, teams, data.get("k", K), known))
    return releases


def _days_by_week(table: Any) -> Days:
    days: dict[str, list[tuple[str, DeviceDay]]] = defaultdict(list)
    for values in table["rows"]:
        row = dict(zip(table["columns"], values, strict=True))
        days[week_of(date.fromisoformat(row["date"]))].append((row["person"], row))
    return days


def _plan(release: Release) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "company": None,
        "units": {},
        "teams": {},
        "stages": {},
        "unit_stages": {},
        "cells": {},
    }
    for group, base in release.base.items():
        kind, name = group.split(":", 1)
        if group == COMPANY:
            plan["company"] = base.n
        else:
            plan[f"{kind}s"][name] = base.n
    return plan


def _funnel(window: Window) -> dict[str, Any]:
    found: dict[str, Any] = {"people": None, "outcomes": {}, "units": {}}
    for entry in window.release.funnel:
        place = found
        if entry.unit is not None:
            place = found["units"].setdefault(entry.unit, {"people": None, "outcomes": {}})
        if entry.outcome is None:
            place["people"] = entry.n
        else:
            place["outcomes"][entry.outcome] = entry.n
    return found


def _block(block: Block) -> dict[str, Any]:
    plain: dict[str, Any] = {"status": block.status}
    if block.dex is None:
        return plain
    score = block.dex
    plain |= {"dex": score.value, "dex_sd": score.sd, "dex_low": score.low, "dex_high": score.high}
    plain |= {"band": score.band, "display": score.display}
    if block.technology is None:
        return plain
    technology, sentiment = block.technology, block.sentiment
    return plain | {
        "n": block.n,
        "coverage": block.coverage,
        "technology": technology.value,
        "technology_sd": technology.sd,
        "technology_low": technology.low,
        "technology_high": technology.high,
        "kind": score.kind,
        "sentiment": sentiment.value if sentiment else None,
        "sentiment_sd": sentiment.variance**0.5 if sentiment else None,
        "sentiment_source": sentiment.source if sentiment else None,
        "band_certain": score.band_certain,
        "last_week": block.last_week,
        "lost": dict(block.points_lost),
        "signals": {name: _signal(signal) for name, signal in technology.signals.items()},
        "gain": {name: asdict(gain) for name, gain in block.gains.items()},
    }


def _signal(signal: SignalScore) -> dict[str, Any]:
    plain = {name: getattr(signal, name) for name in ("raw", "n", "score", "low", "high")}
    return plain if signal.rate is None else plain | {"rate": signal.rate, "sd": signal.sd}
