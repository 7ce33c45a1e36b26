"""The service: one thread that looks when something is due, writes down what it saw, and starts the sender.

Every tick is one transaction. Between ticks the process sleeps; a signal wakes it.
"""

import random
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence

from agent import minutes, observations, policy, revisions, spool
from agent.clock import Clock
from agent.collectors import all_collectors
from agent.collectors.options import CollectorOptions
from agent.collectors.reading import Collector, Reading, When
from agent.config import Config
from agent.errors import StoreUnusable
from agent.local_store import LocalStore, count_dropped, get, get_number, put
from agent.local_time import DAY
from agent.looks import Watch, states_of
from agent.notices import notice, notice_once
from agent.observations import Tick
from agent.own_cost import boot_id, own_cpu_seconds, rss_peak_mib
from agent.pace import Pace
from agent.pulse.memory import has_errand
from agent.sender import Sender
from agent.signals import Sample
from agent.wakeups import SignalPipe

PUSH_EVERY = 60.0
"""Seconds between two deliveries at least, where the first may have carried an event."""
BREATH = 10.0
"""Seconds between any two deliveries: an event need not wait because a summary has just left."""
LONGEST_NAP = 60.0
PULSE_EVERY = (900.0, 2700.0)
"""Seconds between two moments for the pulse, drawn at random and apart from deliveries."""
HOUSEKEEPING_EVERY = 3600.0
FAREWELL_SECONDS = 2.0
"""How long a shutdown waits for the last delivery; what is left waits in the store."""
BACK_OFF_MOST = 2 * DAY
"""A wait longer than any that was ever asked for: the clock was put back."""

CollectorFactory = Callable[[CollectorOptions], Sequence[Collector]]


class Runner:
    """Everything one installation does, over an open store."""

    def __init__(
        self,
        config: Config,
        store: LocalStore,
        *,
        clock: Clock | None = None,
        collectors: CollectorFactory = all_collectors,
        sender: Sender | None = None,
        inherited: Sequence[int] = (),
    ) -> None:
        self.config, self.store = config, store
        self.clock = clock or Clock(get_number(store.db, "clock_offset"))
        self.sender = sender or Sender(config)
        self._collectors = collectors
        self._inherited = list(inherited)
        self._policy = policy.load_policy(store.db)
        self.watches = self._watch()
        self.pace = Pace(self.clock)
        self._cursors = observations.cursors(store.db)
        self._states = {name: state for name, (state, _) in observations.source_states(store.db).items()}
        self._unwatched = _unwatched_seconds(store.db, self.clock)
        self._own_cpu = own_cpu_seconds()
        self._lost_ticks = 0
        self._last_push = self._last_event_push = -PUSH_EVERY
        self._last_housekeeping = -HOUSEKEEPING_EVERY
        self._next_pulse = self.clock.elapsed() + random.uniform(*PULSE_EVERY)  # noqa: S311
        self._was_sending = False
        self._stop = False

    # The loop

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then say goodbye to the collector, briefly."""
        with SignalPipe(self._ask_to_stop) as pipe:
            self._inherited += pipe.descriptors
            while not self._stop:
                self.step()
                pipe.sleep(self._nap())
            self.say_goodbye()

    def step(self) -> None:
        """Look, keep, send; a store that cannot be used just now is no reason to end."""
        try:
            self.tick()
            self.push_if_wanted()
        except (StoreUnusable, sqlite3.OperationalError) as error:
            notice_once("store", f"{error} What cannot be read again later is lost until that is mended.")

    def tick(self) -> None:
        """Look at every source that is due and keep what it gave."""
        if sys.platform != "win32":
            time.tzset()  # the laptop may have travelled
        self._note_clock()
        elapsed = self.clock.elapsed()
        readings = self._look_at_what_is_due()
        states = states_of(self.watches)
        if self._tells_something(readings) or states != self._states:
            self._keep(readings, states)
        if elapsed - self._last_housekeeping >= HOUSEKEEPING_EVERY:
            self._last_housekeeping = elapsed
            self._tidy_up()

    def push_if_wanted(self) -> None:
        """Start the sender when something should leave and the last delivery was a while ago."""
        if self.sender.running:
            return
        if self._was_sending:
            self._after_delivery()
        elapsed = self.clock.elapsed()
        if self._may_push(elapsed) and self._something_should_leave():
            self.push()
        elif elapsed >= self._next_pulse and self._has_pulse_errand():
            self._next_pulse = elapsed + random.uniform(*PULSE_EVERY)  # noqa: S311
            self.sender.start(self.store, self._inherited, pulse=True)

    def _may_push(self, elapsed: float) -> bool:
        if elapsed - self._last_push < min(BREATH, PUSH_EVERY):
            return False
        return elapsed - self._last_event_push >= PUSH_EVERY

    def push(self) -> None:
        """Start the sender now."""
        self._last_push = self.clock.elapsed()
        if spool.count(self.store.db, spool.WAITING) or spool.days_with_events(self.store.db):
            self._last_event_push = self._last_push
        self._was_sending = True
        self.sender.start(self.store, self._inherited)

    def say_goodbye(self) -> None:
        """The day so far leaves now if the collector can be reached; a delivery under way may end first."""
        self.sender.wait(FAREWELL_SECONDS)
        try:
            if get_number(self.store.db, "send_failures") == 0 and self.config.identity_path.exists():
                self.make_all_due()
                self.push()
                self.sender.wait(FAREWELL_SECONDS)
        except (StoreUnusable, sqlite3.OperationalError) as error:
            notice(str(error))

    def make_all_due(self) -> None:
        """Everything known leaves with the next delivery."""
        with self.store.transaction() as db:
            revisions.make_all_due(db, self.clock.now())

    # Looking and keeping

    def _watch(self) -> list[Watch]:
        self._options = policy.collector_options(self.config, self._policy)
        return [Watch(c) for c in self._collectors(self._options)]

    def _look_at_what_is_due(self) -> dict[str, Reading]:
        """First what is always looked at; what it tells decides about the others."""
        readings = self._look_at(When.ALWAYS)
        self.pace.note(readings.values(), states_of(self.watches)["active"].state == "ok")
        return readings | self._look_at(When.ACTIVE) | self._look_at(When.PRESSED)

    def _look_at(self, when: When) -> dict[str, Reading]:
        readings = {}
        for watch in self.pace.due(self.watches, when):
            name = watch.collector.name
            readings[name] = watch.look(
                self.clock.laptop_time(), self.pace.clock(when), self._cursors.get(name)
            )
        return readings

    def _tells_something(self, readings: dict[str, Reading]) -> bool:
        return any(
            reading.samples
            or reading.events
            or reading.apps
            or reading.services
            or reading.busiest
            or (reading.cursor is not None and reading.cursor != self._cursors.get(name))
            for name, reading in readings.items()
        )

    def _keep(self, readings: dict[str, Reading], states: dict[str, observations.SourceState]) -> None:
        """One transaction; where the disk does not allow it, the cursors stay and the loss is counted."""
        own_cpu = own_cpu_seconds()
        tick = Tick(
            at=self.clock.now(),
            readings=readings | self._unwatched_reading(),
            states=states,
            offset=self.clock.offset,
            own_cpu_s=own_cpu - self._own_cpu,
        )
        try:
            with self.store.transaction() as db:
                observations.record(db, tick)
                self._note_progress(db, tick)
        except StoreUnusable as error:
            self._lost_ticks += 1
            notice_once("store", f"{error} What cannot be read again later is lost until that is mended.")
            return
        notice_once("store", "")
        self._lost_ticks, self._unwatched, self._own_cpu = 0, 0.0, own_cpu
        self._states = states
        self._cursors |= {name: r.cursor for name, r in readings.items() if r.cursor is not None}

    def _note_progress(self, db: sqlite3.Connection, tick: Tick) -> None:
        """What the day's revisions, the next start and the day's statistics need."""
        if self._lost_ticks:
            count_dropped(db, tick.at, "store_unwritable", self._lost_ticks)
        revisions.close_days_before(db, tick.day, tick.at)
        active = minutes.active_seconds(db, tick.day)
        revisions.note_progress(db, tick.day, active, tick.at)
        put(db, "alive", f"{boot_id()} {self.clock.awake():.0f}")
        put(db, "rss_peak_mib", f"{rss_peak_mib():.1f}")

    def _unwatched_reading(self) -> dict[str, Reading]:
        """Time awake since the agent last ran in this boot counts as awake, and as a gap."""
        return {"unwatched": Reading([Sample("on_s", self._unwatched)])} if self._unwatched > 0 else {}

    def _note_clock(self) -> None:
        change = self.clock.look()
        if change.jumped:
            notice(f"The laptop's clock jumped by {change.jumped:+.0f} s.")
            self._store_offset()
        if change.slept:
            self._try_soon()

    def _try_soon(self) -> None:
        """After sleep the network may be another one: what waits need not wait for the back-off to end."""
        if get_number(self.store.db, "send_failures"):
            with self.store.transaction() as db:
                put(db, "send_failures", "1")
                put(db, "send_not_before", str(self.clock.now() + random.uniform(0, PUSH_EVERY)))  # noqa: S311

    def _store_offset(self) -> None:
        """A jump is a reason to ask the collector for the time again."""
        with self.store.transaction() as db:
            put(db, "clock_offset", str(self.clock.offset))
            put(db, "policy_checked_at", "")

    def _tidy_up(self) -> None:
        with self.store.transaction() as db:
            observations.forget(db, self.clock.now())
            spool.drop_too_old(db, self.clock.now())
            if spool.make_room(db, self.clock.now()):
                observations.note_own(db, self.clock.now(), "spool_full")

    # Sending

    def _something_should_leave(self) -> bool:
        db, now = self.store.db, self.clock.now()
        if not self.config.identity_path.exists():
            notice_once("enrolment", f"Not enrolled: dex-agent --config {self.config.path} enroll")
            return False
        if 0 < get_number(db, "send_not_before") - now < BACK_OFF_MOST:
            return False
        policy_age = abs(now - get_number(db, "policy_checked_at"))
        return bool(
            spool.count(db, spool.WAITING)
            or spool.days_with_events(db)
            or revisions.due_days(db, now)
            or policy_age >= self._policy.check_every
        )

    def _has_pulse_errand(self) -> bool:
        part = self._policy.document.get("pulse")
        asks_in = str(part.get("period", "")) if isinstance(part, dict) and "row" in part else ""
        return has_errand(self.config.state, asks_in, self.clock.now())

    def _after_delivery(self) -> None:
        """Take over what the sender learned: the time, and a new policy without a restart."""
        self._was_sending = False
        self.clock.correct(get_number(self.store.db, "clock_offset"))
        trouble = get(self.store.db, "send_trouble")
        notice_once("delivery", trouble and f"{trouble} What waits is kept.")
        found = policy.load_policy(self.store.db)
        if found != self._policy:
            self._policy = found
            if policy.collector_options(self.config, found) != self._options:
                self.watches = self._watch()

    # Sleeping

    def _nap(self) -> float:
        """Seconds until the next look, or sooner while a delivery is under way."""
        longest = 1.0 if self.sender.running else LONGEST_NAP
        return max(0.0, min(self.pace.next_due(self.watches) - self.clock.elapsed(), longest))

    def _ask_to_stop(self) -> None:
        self._stop = True


def _unwatched_seconds(db: sqlite3.Connection, clock: Clock) -> float:
    """Seconds the laptop was awake in this boot since an agent last wrote something."""
    boot, _, awake = get(db, "alive").partition(" ")
    if not boot or boot != boot_id():
        return 0.0
    return max(0.0, clock.awake() - float(awake))
