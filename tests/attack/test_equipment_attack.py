"""Nobody's laptop can be singled out from pictures of equipment, and no model's hours from a team's."""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest
from attack.combinations import disclosed

from server.privacy.equipment_release import AppDay, EquipmentDay, LaptopDay, make_equipment_day
from server.privacy.plan import Place
from server.scoring.equipment_limits import LEAST_LAPTOPS, dimensions_of
from server.scoring.parameters import HOURS_RATIO, SIGNALS

FIRST = date(2026, 1, 5)
DAYS = 4
MODELS, SYSTEMS = ("A", "B", "C", None), ("11", "12", None)
GAUGES = {name: SIGNALS[name] for name in ("boot", "latency")}  # one of each pair of dimensions
SITES, CONNECTIONS = ("North", "South", None), ("wifi", "ethernet")


class Laptop:
    """A laptop that is in use on most days and now and then becomes something else overnight."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.belongs = {
            "model": rng.choice(MODELS),
            "system": rng.choice(SYSTEMS),
            "site": rng.choice(SITES),
            "connection": rng.choice(CONNECTIONS),
        }
        self.version = rng.choice(("1.0", "1.1", None))

    def day(self) -> LaptopDay | None:
        rng = self.rng
        if rng.random() < 0.1:
            self.belongs = self.belongs | {"system": rng.choice(SYSTEMS), "site": rng.choice(SITES)}
            self.version = rng.choice(("1.0", "1.1", "1.2"))
        if rng.random() < 0.15:
            return None
        fields = {"usage_hours": rng.uniform(0.2, 9), "on_hours": rng.uniform(0.2, 10), "os_crashes": 0.0}
        for signal in GAUGES.values():
            if rng.random() < 0.9:
                fields[signal.field] = rng.choice([value for value, _ in signal.curve.anchors])
        app = AppDay(self.version, rng.uniform(0, 6), float(rng.random() < 0.2), None)
        return LaptopDay(self.belongs, fields, {"mail": app} if rng.random() < 0.8 else {})


def fleet_days(seed: int) -> list[tuple[EquipmentDay, list[LaptopDay]]]:
    rng = random.Random(seed)
    laptops = [Laptop(rng) for _ in range(rng.randint(12, 70))]
    made = []
    for i in range(DAYS):
        seen = [day for laptop in laptops if (day := laptop.day()) is not None]
        made.append((make_equipment_day(FIRST + timedelta(days=i), seen, 5, {}), seen))
    return made


def crowds(seen: list[LaptopDay]) -> dict[str, Counter[Place]]:
    """Who is behind the sums of each signal, worked out here anew from what was measured."""
    found: dict[str, Counter[Place]] = defaultdict(Counter)
    for laptop in seen:
        use = laptop.fields["usage_hours"]
        places = {name: pair(name, laptop) for name in (*GAUGES, "oscrash")}
        found["oscrash"][places["oscrash"]] += 1
        for name, signal in GAUGES.items():
            if use >= 0.5 and signal.field in laptop.fields and in_range(signal, laptop):
                found[name][places[name]] += 1
        for app in laptop.apps.values():
            found["crash"][Place(app.version, None, None)] += 1
    return found


def in_range(signal, laptop: LaptopDay) -> bool:
    return signal.lowest <= laptop.fields[signal.field] <= signal.highest


def pair(signal: str, laptop: LaptopDay) -> Place:
    first, second = dimensions_of(signal)
    return Place("all", laptop.belongs[first], laptop.belongs[second])


def published(day: EquipmentDay) -> dict[str, set[str]]:
    """The released groups of each signal, by the names that the attack knows."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in day.sums:
        if not one.dimension:
            found[one.signal].add("company:company")
        elif one.dimension == "version":
            found[one.signal].add(f"unit:{one.name}")
        else:
            first = one.dimension == dimensions_of(one.signal)[0]
            found[one.signal].add(f"team:{one.name}" if first else f"stage:{one.name}")
    return found


def plain_threshold(signal: str, crowd: Counter[Place]) -> set[str]:
    """Every group of enough laptops: the rule that is not enough."""
    sizes: Counter[str] = Counter()
    for place, n in crowd.items():
        sizes["company:company"] += n
        if signal == "crash":
            sizes[f"unit:{place.unit}"] += n
        else:
            sizes[f"team:{place.team}"] += n
            sizes[f"stage:{place.stage}"] += n
    return {group for group, n in sizes.items() if n >= LEAST_LAPTOPS and not group.endswith(":None")}


def test_no_combination_of_released_sums_narrows_to_fewer_than_ten_laptops():
    """Days share no number, so a combination over several days is one of each of them: a picture, or the
    difference of two, is safe if every day is."""
    fleets, groups, open_by_threshold = 300, 0, 0
    for seed in range(fleets):
        open_fleet = False
        for day, seen in fleet_days(seed):
            released = published(day)
            for signal, crowd in crowds(seen).items():
                groups += len(released[signal])
                victims = disclosed(crowd, released[signal], LEAST_LAPTOPS)
                assert victims is None, f"fleet {seed}, {day.day}, {signal}: {victims}"
                if signal in ("latency", "crash") and sum(crowd.values()) >= LEAST_LAPTOPS:
                    plain = plain_threshold(signal, crowd)
                    open_fleet |= disclosed(crowd, plain, LEAST_LAPTOPS) is not None
        open_by_threshold += open_fleet
    assert groups > 10 * fleets, "a plan that publishes nothing is safe, but useless"
    assert open_by_threshold > fleets / 3, "the attack must find what the plain threshold lets through"


def test_hours_of_a_model_are_those_of_its_class_whatever_the_laptops_were_used():
    """A team that has a model to itself would find its hours in the model's sums."""
    hours = {"team's": 3.1, "others'": 7.9}
    belongs = dict.fromkeys(("system", "site", "connection"), None)

    def released(team_hours: float, known: dict) -> EquipmentDay:
        seen = [
            LaptopDay(belongs | {"model": model}, {"usage_hours": h, "on_hours": h, "os_crashes": 1.0})
            for model, h in {"team's": team_hours, "others'": hours["others'"]}.items()
            for _ in range(40)
        ]
        return make_equipment_day(FIRST, seen, 5, known)

    day = released(hours["team's"], {})
    company, *models = (one for one in day.sums if one.signal == "oscrash")
    assert (company.y, company.e) == (80, 40 * (3.1 + 7.9))
    for one in models:
        own = 40 * hours[one.name]
        assert abs(one.e - own) > 1
        assert one.y / one.e == pytest.approx(40 / own), "the rate is exact"
        assert one.e == company.e / 2 * HOURS_RATIO ** (2 * one.class_j)
    known = {("", one.dimension, one.name): one.class_j for one in models}
    later = released(2.2, known)
    of_team = [next(o for o in d.sums if o.name == "team's") for d in (day, later)]
    assert of_team[0].class_j == of_team[1].class_j, (
        "a class is fixed for the quarter: days tell nothing more"
    )
