"""A month of people who work in the morning on some days and in the afternoon on others, by the real code.

Each laptop is the agent's own loop, store, day summary, delivery and HTTP, on clocks that a test moves; the
collector is the real application on a real store. Which half a day is, is drawn; nothing else depends on it.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fake_time import FakeTime
from flask import Flask
from in_process import InProcess

from agent.collectors.awake import Awake
from agent.collectors.options import CollectorOptions
from agent.config import Config
from agent.reading import Collector, Happening, Reading
from agent.sending import delivery
from agent.sending import enrol as enrol_module
from agent.sending.enrol import enrol
from agent.sending.sender import Sender
from agent.sending.transport import Transport
from agent.service import runner
from agent.service.runner import Runner
from agent.signals import Sample
from agent.store.identity import load_identity
from agent.store.local_store import LocalStore
from agent.store.observations import note_own
from agent.system.clock import Clock
from server.db import Store
from server.devices.store import create_enrolment_key
from server.jobs.table import JOBS
from server.people.models import Organisation

MINUTE = 60.0
DAILY = ("make_weeks", "shuffle_received", "retention")
"""Jobs of the collector that have to do with laptops' days."""


@dataclass(frozen=True)
class Plan:
    """Where and how the people of a month work."""

    people: int
    zone: str
    halves: tuple[float, float]
    """Hours at which they begin, on one kind of day and the other."""
    minutes: float
    """How long they work."""
    first: date = date(2026, 1, 12)


class AtOnce(Sender):
    """A round of delivery in this process, in place of one in a child."""

    running = False  # type: ignore[assignment]

    def __init__(self, config: Config, app: Flask) -> None:
        super().__init__(config)
        self.config = config
        self.transport = Transport(config, wall=time.time)
        self.transport._session.mount(config.server, InProcess(app))

    def start(self, store: LocalStore, inherited: list[int], pulse: bool = False) -> None:
        identity = load_identity(self.config.identity_path)
        assert identity is not None
        if not pulse:
            delivered = delivery.Round(self.config, store, identity, self.transport).run()
            assert not delivered.trouble, delivered.trouble

    def wait(self, seconds: float) -> None:
        pass


@dataclass
class Person:
    """Somebody with a laptop."""

    config: Config
    store: LocalStore
    time: FakeTime
    sender: AtOnce
    device: str
    runner: Runner | None = None
    cpu_s: float = 0.0
    boots: list[float] = field(default_factory=list)
    crashes: list[Happening] = field(default_factory=list)

    def wakes(self, at: float) -> None:
        """Start the laptop, or open its lid again."""
        self.time.elapsed += at - self.time.wall
        self.time.wall = at
        if self.runner is None:
            self.boots.append(at)
            clock = Clock(0.0, lambda: self.time.wall, lambda: self.time.elapsed, lambda: self.time.awake)
            self.runner = Runner(
                self.config, self.store, clock=clock, collectors=self._collectors, sender=self.sender
            )
            with self.store.transaction() as db:
                note_own(db, at, "started")  # as the service does

    def minute_passes(self) -> None:
        """Awake and mostly at work."""
        assert self.runner is not None
        self.time.pass_(MINUTE)
        self.cpu_s += random.expovariate(1000)
        if random.random() < 1 / 3000:
            at = datetime.fromtimestamp(self.time.wall, UTC)
            self.crashes.append(Happening("crash", at, "firefox", "140.0", detail={"signal": "SIGSEGV"}))
        self.runner.step()

    def leaves(self, shut_down: bool) -> None:
        assert self.runner is not None
        if shut_down:
            self.runner.say_goodbye()
            self.runner = None

    def _collectors(self, options: CollectorOptions) -> Sequence[Collector]:
        return (
            Collector("use", ("active", "cpu", "memory", "disk"), MINUTE, self._used),
            Collector("awake", (), MINUTE, Awake(lambda: self.time.awake).collect),
            Collector("starts", ("boot", "signin", "oscrash"), MINUTE, self._started),
            Collector("crash", ("crash",), MINUTE, self._crashed),
            Collector("network", ("network",), MINUTE, self._tried),
            Collector("state", ("battery", "space", "patch"), 60 * MINUTE, self._looked),
        )

    def _used(self, now: float, cursor: str | None) -> Reading:
        at_work = random.random() < 0.9
        flags = {name: float(random.random() < 0.03) for name in ("cpu_pressed", "mem_pressed")}
        flags["disk_pressed"] = float(random.random() < 0.02)
        samples = [Sample("active_s", MINUTE if at_work else 0.0, attributes={"source": "session"})]
        return Reading([*samples, *(Sample(n, v, attributes={"source": "psi"}) for n, v in flags.items())])

    def _started(self, now: float, cursor: str | None) -> Reading:
        told = int(cursor or 0)
        samples = []
        for at in self.boots[told:]:
            samples += [Sample("boot", 1.0, at), Sample("boot_s", random.gauss(30, 5), at)]
            samples += [Sample("signin", 1.0, at), Sample("signin_s", random.gauss(12, 3), at)]
        return Reading(samples, cursor=str(len(self.boots)))

    def _crashed(self, now: float, cursor: str | None) -> Reading:
        return Reading(events=self.crashes[int(cursor or 0) :], cursor=str(len(self.crashes)))

    def _tried(self, now: float, cursor: str | None) -> Reading:
        about = {"reference": "collector"}
        if random.random() < 0.02:
            return Reading([Sample("probe_ok", 0.0, attributes=about)])
        trip = Sample("probe_rtt_ms", random.gauss(20, 3), attributes=about)
        return Reading([Sample("probe_ok", 1.0, attributes=about), trip])

    def _looked(self, now: float, cursor: str | None) -> Reading:
        return Reading(
            [
                Sample("battery_health_pct", 90.0),
                Sample("disk_free_pct", random.gauss(40, 1)),
                Sample("patch_age_d", float(random.randrange(4))),
            ]
        )


class Month:
    """All laptops and their collector."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        app: Flask,
        store: Store,
        org: Organisation,
        tell_collector: Callable[[datetime], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("TZ", plan.zone)
        time.tzset()
        self._plan, self._store, self._tell_collector = plan, store, tell_collector
        self.day, self._wall = plan.first, 0.0
        monkeypatch.setattr(time, "time", lambda: self._wall)
        for module in (enrol_module, delivery):  # many laptops on this one machine
            monkeypatch.setattr(module, "device_facts", lambda: {"model": "Laptop 14"})
        monkeypatch.setattr(enrol_module, "hardware_id", lambda: None)
        monkeypatch.setattr(runner, "own_cpu_seconds", lambda: self._working.cpu_s)
        self._set(self._at(0))
        self.people = [self._hire(folder / str(number), app, org) for number in range(plan.people)]
        self.halves: dict[tuple[str, str], int] = {}
        """Laptop and day: which half somebody worked in."""

    def _hire(self, folder: Path, app: Flask, org: Organisation) -> Person:
        folder.mkdir(parents=True)
        config = Config(folder / "agent.toml", "http://127.0.0.1", folder, ownership="company")
        local = LocalStore(config.store_path)
        sender = AtOnce(config, app)
        with self._store.transaction() as session:
            key = create_enrolment_key(session, org.org_id, self.day)
        device = enrol(config, local, sender.transport, key).device_id
        local.db.execute("PRAGMA synchronous = OFF")
        return Person(config, local, FakeTime(self._wall), sender, device.replace("-", ""))

    def live(self, days: int, jobs: bool = True) -> None:
        """Days of the calendar, of which those of the week are worked on."""
        for _ in range(days):
            self._live_a_day(jobs)
            self.day += timedelta(days=1)

    def close(self) -> None:
        for person in self.people:
            person.store.close()

    def _live_a_day(self, jobs: bool) -> None:
        """Everything in the order in which it happens."""
        moments: list[tuple[float, int]] = [(at, -1) for at in self._slots() if jobs]
        last: dict[int, float] = {}
        if self.day.weekday() < 5:
            for number, person in enumerate(self.people):
                minutes = self._minutes_of(person)
                last[number] = minutes[-1]
                moments += [(at, number) for at in minutes]
        begun: set[int] = set()
        for at, number in sorted(moments):
            self._set(at)
            if number < 0:
                self._do_jobs()
                continue
            person = self._working = self.people[number]
            if number not in begun:
                begun.add(number)
                person.wakes(at - MINUTE)
            person.minute_passes()
            if at == last[number]:
                person.leaves(shut_down=random.random() < 0.7)

    def _minutes_of(self, person: Person) -> list[float]:
        half = self.halves[person.device, self.day.isoformat()] = random.randrange(2)
        begins = self._at(self._plan.halves[half]) + random.uniform(0, 40) * MINUTE
        number = random.gauss(self._plan.minutes, self._plan.minutes / 20)
        return [begins + passed * MINUTE for passed in range(1, int(number))]

    def _slots(self) -> Iterator[float]:
        """The jobs' times on this day, in the collector's time zone."""
        for job in JOBS:
            if job.name in DAILY:
                slot = job.slot_after(datetime.fromtimestamp(self._at(0), UTC))
                yield slot.timestamp()

    def _do_jobs(self) -> None:
        now = datetime.fromtimestamp(self._wall, UTC)
        for job in JOBS:
            if job.name in DAILY and job.slot_after(now) - now == job.every:
                job.run(self._store, now)

    def _at(self, hour: float) -> float:
        return time.mktime((*self.day.timetuple()[:3], 0, 0, 0, 0, 0, -1)) + hour * 3600

    def _set(self, wall: float) -> None:
        self._wall = wall
        self._tell_collector(datetime.fromtimestamp(wall, UTC))
