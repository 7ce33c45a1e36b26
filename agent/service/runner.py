"""The service: one thread that looks when something is due, writes down what it saw, and starts the sender.

Every tick is one transaction. Between ticks the process sleeps; a signal wakes it.
"""

import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from agent.agreed import policy
from agent.agreed.policy import Policy
from agent.collectors import all_collectors
from agent.collectors.options import CollectorOptions, collector_options
from agent.companion.companions import Companions
from agent.config import Config
from agent.errors import StoreUnusable
from agent.language.words import said
from agent.local_time import midnight_before
from agent.notices import notice, notice_once
from agent.reading import Collector, Reading, When
from agent.sending import revisions
from agent.sending.sender import Sender
from agent.service.askers import Askers
from agent.service.bedtime import Bedtime, open_bedtime
from agent.service.budget import budget_of
from agent.service.departures import Departures, delivery_stretch
from agent.service.looks import Watch, states_of
from agent.service.own_cost import own_cpu_seconds, rss_peak_mib
from agent.service.pace import Pace
from agent.service.service_manager import ServiceManager
from agent.service.upkeep import Upkeep
from agent.service.wakeups import SignalPipe
from agent.service.watchdog import Watchdog
from agent.signals import Sample
from agent.store import minutes, observations, pauses
from agent.store.local_store import LocalStore, count_dropped, get, get_number, put
from agent.store.observations import Tick
from agent.system.boot_identity import boot_identity, same_boot
from agent.system.clock import Clock
from agent.system.power import Power, power_now

LONGEST_NAP = 60.0
FAREWELL_SECONDS = 2.0
"""How long a shutdown waits for the last delivery; what is left waits in the store."""

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
        power: Callable[[], Power] = power_now,
        companions: Companions | None = None,
    ) -> None:
        self.config, self.store = config, store
        self.clock = clock or Clock(get_number(store.db, "clock_offset"))
        self.sender = sender or Sender(config)
        self.starts_anew = False
        """Whether it ended in order to be started again."""
        self._collectors = collectors
        self._policy = policy.load_policy(store.db)
        self.watches = self._watch()
        self.pace = Pace(self.clock, power)
        self._manager, self._watchdog = ServiceManager(), Watchdog(config.state)
        self._leave_alone(self._watchdog.victim())
        self._inherited = list(inherited)
        self._bedtime: Bedtime | None = None
        self._departures = Departures(config, store, self.clock, self.sender, self._for_no_child)
        self._upkeep = Upkeep(store, self.clock)
        self.askers = Askers(config, store, companions or Companions(None))
        self._cursors = observations.cursors(store.db)
        self._states = {name: state for name, (state, _) in observations.source_states(store.db).items()}
        self._paused = bool(get(store.db, "paused"))
        rested = self._paused or self._policy.ended
        self._unwatched = 0.0 if rested else _unwatched_seconds(store.db, self.clock)
        self._begin()
        self._own_cpu = own_cpu_seconds()
        self._lost_ticks = 0
        self._stop = False

    # The loop

    def run(self) -> None:
        """Until SIGTERM or SIGINT, or until it should start anew; then say goodbye, briefly."""
        with suppress(StoreUnusable), self.store.transaction() as db:  # the first look will say it
            observations.note_own(db, self.clock.now(), "started")
        with SignalPipe(self._ask_to_stop) as pipe:
            self._inherited += pipe.descriptors
            self._bedtime = open_bedtime()
            if sys.platform != "linux":
                self._watchdog.start()
            self._manager.up()
            while not self._stop:
                self._manager.not_stuck()
                self._before_sleep()
                self.step()
                self.askers.turn(self.clock.now())
                bedtime = [self._bedtime.socket] if self._bedtime else []
                nap = self.askers.patience(self._nap())
                pipe.sleep(nap, [*bedtime, *self.askers.reading], self.askers.writing)
            self._manager.ending()
            self.say_goodbye()

    def step(self) -> None:
        """Look, keep, send; a store that cannot be used just now is no reason to end."""
        try:
            self.tick()
            self._departures.start_if_wanted(
                self._policy, self._after_delivery, delivery_stretch(self._upkeep.throttled)
            )
        except (StoreUnusable, sqlite3.OperationalError) as error:
            notice_once("store", f"{error} What cannot be read again later is lost until that is mended.")

    def tick(self) -> None:
        """Look at every source that is due and keep what it gave."""
        if sys.platform != "win32":
            time.tzset()  # the laptop may have travelled
        self._note_clock()
        self._note_pause()
        if not self._paused:
            self._look()
        budget = budget_of(self._policy.document)
        if self._upkeep.run(budget, self.watches, self._departures.spent):
            self.starts_anew = self._stop = True

    def push(self) -> None:
        """Start the sender now."""
        self._departures.start()

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

    def _before_sleep(self) -> None:
        """The day so far leaves before the laptop sleeps, where the system tells of that in time."""
        if self._bedtime is None:
            return
        try:
            for begins in self._bedtime.told():
                if begins:
                    self.say_goodbye()
                    self._bedtime.let_go()
                else:
                    self._bedtime.stay()
        except OSError:
            self._bedtime.close()
            self._bedtime = None

    def _for_no_child(self) -> list[int]:
        """Descriptors that a child must not keep open."""
        bedtime = self._bedtime.descriptors if self._bedtime else ()
        return [*self._inherited, *bedtime, *self.askers.descriptors]

    def make_all_due(self) -> None:
        """Everything known leaves with the next delivery."""
        with self.store.transaction() as db:
            revisions.make_all_due(db, self.clock.now())

    # Looking and keeping

    def _watch(self) -> list[Watch]:
        self._options = self._wanted_options()
        return [Watch(c) for c in self._collectors(self._options)]

    def _leave_alone(self, victim: str) -> None:
        """A source in which the service was stuck before is not looked at again at once."""
        for watch in self.watches:
            if watch.collector.name == victim:
                now = self.pace.clock(watch.collector.when)
                watch.leave_alone(now, said(f"{victim}: the agent was stuck in it and had to be ended."))

    def _look(self) -> None:
        """First what is always looked at; what it tells decides about the others."""
        self.pace.set(self.watches, self._upkeep.throttled)
        readings = self._look_at(When.ALWAYS)
        self.pace.note(readings.values(), states_of(self.watches)["active"].state == "ok")
        readings |= self._look_at(When.ACTIVE) | self._look_at(When.PRESSED)
        states = states_of(self.watches)
        if self._tells_something(readings) or states != self._states:
            self._keep(readings, states)

    def _look_at(self, when: When) -> dict[str, Reading]:
        readings = {}
        for watch in self.pace.due(self.watches, when):
            name = watch.collector.name
            self._watchdog.begin(name)
            readings[name] = watch.look(
                self.clock.laptop_time(), self.pace.clock(when), self._cursors.get(name)
            )
            self._watchdog.end()
        return readings

    def _tells_something(self, readings: dict[str, Reading]) -> bool:
        """A cursor that moved over nothing worth telling waits for the minute's row: at worst the same
        is read once more. The first one is kept at once: it says from where on a source is read.
        """
        return any(
            reading.samples
            or reading.events
            or reading.apps
            or reading.services
            or reading.busiest
            or (reading.cursor is not None and name not in self._cursors)
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
            half_pace=self.pace.half,
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
        self.askers.note(db, tick.day)
        self._note_alive(db)
        put(db, "rss_peak_mib", f"{rss_peak_mib():.1f}")

    def _note_alive(self, db: sqlite3.Connection) -> None:
        put(db, "alive", f"{boot_identity()} {self.clock.awake():.0f}")

    def _unwatched_reading(self) -> dict[str, Reading]:
        """Time awake since the agent last ran in this boot counts as awake, and as a gap."""
        return {"unwatched": Reading([Sample("on_s", self._unwatched)])} if self._unwatched > 0 else {}

    def _begin(self) -> None:
        """Whether the clock is right is not known at a start; after a lost store nothing of today is."""
        if get(self.store.db, "lost"):
            today = self.clock.now() - midnight_before(self.clock.now())
            self._unwatched = min(self.clock.awake(), today)
        with suppress(StoreUnusable), self.store.transaction() as db:
            put(db, "lost", "")
            put(db, "clock_measured", "")

    # A pause, and changes of the clock

    def _note_pause(self) -> None:
        """Whether a pause is on. Its begin and end are written down, so that a restart changes nothing."""
        try:
            db, now = self.store.db, self.clock.now()
            going_on = pauses.current(db, now) is not None
        except (StoreUnusable, sqlite3.OperationalError):
            return  # the disk cannot be read just now: it stays as it was
        if going_on and not self._paused:
            with self.store.transaction() as db:
                put(db, "paused", "yes")
                self._note_alive(db)
            notice("Paused: nothing is looked at until the pause ends.")
        elif self._paused and not going_on:
            self._go_on(now)
        self._paused = going_on

    def _go_on(self, now: float) -> None:
        """The time of the pause is a gap in everything; what counters gathered in it is not looked at."""
        awake = _unwatched_seconds(self.store.db, self.clock)
        with self.store.transaction() as db:
            observations.record_gap(db, now, awake, self._states)
            put(db, "paused", "")
            self._note_alive(db)
        self.watches = self._watch()
        notice("The pause is over.")

    def _note_clock(self) -> None:
        change = self.clock.look()
        if change.jumped:
            notice(f"The laptop's clock jumped by {change.jumped:+.0f} s.")
            self._store_offset()
        if change.slept:
            self._departures.try_soon()

    def _store_offset(self) -> None:
        """A jump is a reason to ask the collector for the time again."""
        with self.store.transaction() as db:
            put(db, "clock_offset", str(self.clock.offset))
            put(db, "policy_checked_at", "")

    def _after_delivery(self) -> Policy:
        """Take over what the sender learned: the time, and a new policy without a restart."""
        if get(self.store.db, "clock_measured"):
            self.clock.correct(get_number(self.store.db, "clock_offset"))
        trouble = get(self.store.db, "send_trouble")
        notice_once("delivery", trouble and f"{trouble} What waits is kept.")
        self._policy = policy.load_policy(self.store.db)
        if self._wanted_options() != self._options:
            self.watches = self._watch()
        return self._policy

    def _wanted_options(self) -> CollectorOptions:
        """The collector may have moved."""
        config = replace(self.config, server=get(self.store.db, "server") or self.config.server)
        return collector_options(config, self._policy)

    # Sleeping

    def _nap(self) -> float:
        """Seconds until the next look, or sooner while a delivery is under way."""
        longest = 1.0 if self.sender.running else LONGEST_NAP
        due = self.pace.next_due(self.watches) - self.clock.elapsed()
        return longest if self._paused else max(0.0, min(due, longest))

    def _ask_to_stop(self) -> None:
        self._stop = True


def _unwatched_seconds(db: sqlite3.Connection, clock: Clock) -> float:
    """Seconds the laptop was awake in this boot since an agent last wrote something."""
    boot, _, awake = get(db, "alive").partition(" ")
    if not same_boot(boot, boot_identity()):
        return 0.0
    return max(0.0, clock.awake() - float(awake))
