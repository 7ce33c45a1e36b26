"""All doors of the product are known, and behind all of them together nobody can be singled out."""

import random
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest
from attack import doors
from attack.combinations import disclosed, is_in
from attack.doors import Attackers, Count, Fact, Known, facts_of
from attack.simulated import Life, begin, plain_threshold
from flask import Flask

from dashboards import create_app
from server.access.roles import Role
from server.cli import COMMANDS
from server.config import Settings
from server.db import Store
from server.jobs.table import JOBS
from server.people.queries import quarter_groups
from server.people.weeks import fixing_week, window_of
from server.privacy import release
from server.privacy.plan import Pair, Place, Plan

K = 5


@pytest.fixture
def pages(tmp_path: Path, sqlite_store: Store) -> Flask:
    return create_app(Settings(tmp_path, "", secret_key="x"), sqlite_store)


def test_every_route_is_a_door_that_is_attacked_or_tells_nothing_of_others(pages: Flask) -> None:
    routes = {rule.rule for rule in pages.url_map.iter_rules()}
    known = [*doors.READ, *doors.TELLS_NOTHING_OF_OTHERS]
    assert routes - set(known) == set(), "a door that nobody attacks"
    assert set(known) - routes == set(), "a door that is not there"
    assert len(known) == len(set(known))


def test_every_command_and_job_is_a_door_that_is_known() -> None:
    commands = [*doors.READ_COMMANDS, *doors.COMMANDS_WITHOUT_FIGURES]
    assert sorted(commands) == sorted(COMMANDS)
    assert sorted([*doors.JOBS_THAT_SEND, *doors.JOBS_THAT_STAY]) == sorted(job.name for job in JOBS)


def known_to_all(life: Life) -> Known:
    with life.store.reading() as session:
        groups = quarter_groups(session, life.org.org_id, fixing_week(list(life.releases)[-1]))
    placed = set(groups.placed.values()) if groups else set()
    return Known(sorted({(p.unit, p.team) for p in placed}), list(life.releases))


def attack(
    life: Life, folder: Path, pages_of: Collection[Role] = (), roles: Collection[Role] = frozenset(Role)
) -> list[str]:
    """Disclosures found by everybody together; what no release holds but was shown is one."""
    known = known_to_all(life)
    if not known.teams:
        return []
    looks = Attackers(life.store, life.org, folder, known, roles).looks(pages_of)
    names = doors.own_names(life.org.org_id, [p.name for p in life.people])
    found = [
        f"{look.viewer} at {look.address}: {name}" for look in looks for name in names if name in look.text
    ]
    facts, counts = facts_of(looks)
    assert any(fact.group.startswith("team:") for fact in facts) or len(known.teams) < 3
    return [*found, *_by_sums(life, facts), *_by_counts(life, counts)]


def _by_sums(life: Life, facts: set[Fact]) -> list[str]:
    """What is said of a window is made of its weeks: each is attacked with all groups that were shown."""
    found = []
    shown: dict[tuple[str, str], set[str]] = defaultdict(set)
    for fact in facts:
        weeks = [week for week in window_of(fact.week) if fact.group in _released(life, week, fact.signal)]
        if not weeks:
            found.append(f"{fact} is in no release")
        for week in weeks:
            shown[week, fact.signal].add(fact.group)
    for (week, signal), groups in shown.items():
        if victims := disclosed(life.crowds[week].signals[signal], groups, K):
            found.append(f"{life.org.slug} {week} {signal}: {victims}")
    return found


def _released(life: Life, week: str, signal: str) -> Mapping[str, object]:
    if week not in life.releases:
        return {}
    found = life.releases[week]
    return {"base": found.base, **found.gauges, **found.rates}.get(signal, {})


def _by_counts(life: Life, counts: set[Count]) -> list[str]:
    """Numbers of people are true, and no combination of them is about fewer than k."""
    found = []
    by_week: dict[str, set[str]] = defaultdict(set)
    for count in counts:
        group = _as_group(count)
        crowd = life.crowds[count.week].funnel
        assert count.people == sum(n for place, n in crowd.items() if is_in(place, group))
        by_week[count.week].add(group)
    for week, groups in by_week.items():
        if victims := disclosed(life.crowds[week].funnel, groups, K):
            found.append(f"{life.org.slug} {week}, who counts: {victims}")
    return found


def _as_group(count: Count) -> str:
    """Outcomes stand where stages do."""
    if count.unit is None:
        return "company:company" if count.outcome is None else f"stage:{count.outcome}"
    return f"unit:{count.unit}" if count.outcome is None else f"unit_stage:{count.unit}|{count.outcome}"


def plan_by_threshold(crowd: Mapping[Place, int], k: int = K, with_cells: bool = True) -> Plan:
    """What would be published if size alone decided."""
    sizes = {g: sum(n for p, n in crowd.items() if is_in(p, g)) for g in plain_threshold(crowd, k)}
    plan = Plan(company=sizes.get("company:company"))
    for group, n in sizes.items():
        kind, name = group.split(":", 1)
        if "None" in name:
            continue
        if kind in ("unit", "team", "stage"):
            getattr(plan, f"{kind}s")[name] = n
        elif kind != "company" and (with_cells or kind != "cell"):
            pairs = plan.cells if kind == "cell" else plan.unit_stages
            pairs[Pair(*name.split("|"))] = n
    return plan


def test_everybody_together_singles_nobody_out_behind_all_doors(sqlite_store: Store, tmp_path: Path) -> None:
    life = begin(sqlite_store, "small3", random.Random(3))
    life.live(weeks=2)
    assert attack(life, tmp_path) == []


def test_the_same_attack_succeeds_where_size_alone_decides(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "plan_of", plan_by_threshold)
    life = begin(sqlite_store, "small3", random.Random(3))
    life.live(weeks=2)
    assert attack(life, tmp_path, roles={Role.HR}) != []


@pytest.mark.soak
def test_everybody_together_singles_nobody_out_in_many_organisations(store: Store, tmp_path: Path) -> None:
    for seed in range(100, 130):
        life = begin(store, f"small{seed}", random.Random(seed))
        life.live(weeks=4)
        assert attack(life, tmp_path, frozenset(Role) if seed % 5 == 0 else ()) == []
