"""Scores and trends over weeks and quarters, read from releases."""

import random
from datetime import date, timedelta
from typing import Any

import company
import pytest

from server.db import Store
from server.people.models import Organisation
from server.people.weeks import monday_of, week_before
from server.privacy.company_rates import company_rates
from server.privacy.explain import explain
from server.privacy.weekly import release_week
from server.privacy.window_queries import NotReleased, latest_week, trend, window

FIRST, LAST = "2026-W12", "2026-W15"  # the second quarter begins with week 14
TEAMS = {"A": 8, "B": 4, "C": 9}


def weeks() -> list[str]:
    return [week_before(FIRST, -number) for number in range(4)]


def day(rng: random.Random, name: str, on: date) -> dict[str, Any]:
    return {
        "device": name,
        "date": str(on),
        "usage_hours": 6.0,
        "app_hours": 5.0,
        "on_hours": 7.0,
        "boot_s": rng.uniform(20, 60),
        "signin_s": rng.uniform(10, 40),
        "app_crashes": rng.randint(0, 1),
        "app_hangs": 0,
        "os_crashes": 0,
        "cpu_busy_share": rng.uniform(0, 0.2),
        "mem_pressure_share": rng.uniform(0, 0.2),
        "disk_busy_share": rng.uniform(0, 0.2),
        "net_latency_ms": rng.uniform(10, 90),
        "disk_free_pct": 40.0,
        "patch_age_days": 3,
    }


@pytest.fixture
def company_of_three(store: Store, org: Organisation) -> Organisation:
    """Teams A + B and C; in the second quarter two more people make B large enough to stand alone."""
    rng = random.Random(7)
    people = [(team, f"{team}{i}") for team, size in TEAMS.items() for i in range(size)]
    people += [("B", f"B{i}") for i in range(4, 9)]
    hires = {
        name: "2026-03-30" if team == "B" and int(name[1:]) > 3 else "2020-01-06" for team, name in people
    }
    with store.transaction() as session:
        session.get_one(Organisation, org.org_id).created_on = monday_of(FIRST)
        company.bring_in_people(
            session,
            org,
            [{"person": name, "hire": hires[name]} for _, name in people],
            [{"person": n, "from": hires[n], "unit": "U", "team": team} for team, n in people],
        )
        for _, name in people:
            since = date.fromisoformat(hires[name])
            company.enrol(session, org.org_id, name, name, since, since)
    for week in weeks():
        monday = monday_of(week)
        there = [name for _, name in people if date.fromisoformat(hires[name]) <= monday]
        company.send_days(
            store, org.org_id, [day(rng, n, monday + timedelta(days=i)) for n in there for i in (0, 1)]
        )
        release_week(store, org.org_id, week, company.after(week))
    return org


def test_a_trend_goes_on_over_a_change_of_quarter(store: Store, company_of_three: Organisation) -> None:
    org_id = company_of_three.org_id
    with store.reading() as session:
        assert latest_week(session, org_id) == LAST
        now = window(session, org_id)
        points = {group: trend(session, org_id, group) for group in ("unit:U", "team:C", "team:A", "team:B")}
    assert [group for group in now.blocks if group.startswith("team:")] == ["team:A", "team:B", "team:C"]
    assert [p.week for p in points["team:C"]] == weeks()
    assert [p.week for p in points["unit:U"]] == weeks()
    assert [p.week for p in points["team:B"]] == ["2026-W14", "2026-W15"], "B is new: it was a third of A + B"
    by_week = {p.week: p.point for p in points["team:C"]}
    assert by_week["2026-W12"] is not None
    assert by_week["2026-W12"].status == "insufficient_data", "one week tells too little"
    assert by_week[LAST] is not None
    assert by_week[LAST].dex == now.blocks["team:C"].dex


def test_a_window_adds_up_both_sides_of_a_quarter(store: Store, company_of_three: Organisation) -> None:
    with store.reading() as session:
        found = window(session, company_of_three.org_id)
    assert found.blocks["team:C"].weeks == 4
    assert found.blocks["team:B"].weeks == 2


def test_an_older_window_stays_what_it_was(store: Store, company_of_three: Organisation) -> None:
    with store.reading() as session:
        old = window(session, company_of_three.org_id, "2026-W13")
    assert old.weeks == ("2026-W12", "2026-W13")
    assert "team:A + B" in old.blocks


def test_a_week_without_release_is_said_to_be_none(store: Store, org: Organisation) -> None:
    with store.reading() as session:
        assert latest_week(session, org.org_id) is None
        assert company_rates(session, org.org_id) == {}
        with pytest.raises(NotReleased):
            window(session, org.org_id)
        with pytest.raises(NotReleased):
            trend(session, org.org_id, "company:company")


def test_the_explanation_adds_up_and_tells_no_hours(store: Store, company_of_three: Organisation) -> None:
    with store.reading() as session:
        found = window(session, company_of_three.org_id)
    block = found.blocks["team:C"]
    text = "\n".join(explain(found, "team:C"))
    assert block.dex is not None
    assert block.technology is not None
    assert f"DEX {block.dex.value:.6f}" in text
    total = sum(block.points_lost.values())
    assert f"100 - {total:.6f} = {block.dex.value:.6f}" in text
    assert "hours class j =" in text
    assert "people: 5-9" in text
    for signal in block.technology.signals.values():
        assert f"- {signal.score:.6f}) = {block.points_lost[signal.signal]:.6f}" in text
        assert signal.hours is None or f"{signal.hours:.6f}" not in text


def test_what_is_hidden_is_explained_without_a_number(store: Store, company_of_three: Organisation) -> None:
    with store.reading() as session:
        found = window(session, company_of_three.org_id)
    [_, why] = explain(found, "stage:offboarding")
    assert why.startswith("hidden: ")
    cell = next(name for name, block in found.blocks.items() if block.status == "modelled")
    assert "Estimated from totals, not measured." in explain(found, cell)
