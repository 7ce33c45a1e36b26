"""What the service does for its own good: it forgets, makes room, spends less, and starts anew if it grew."""

import sqlite3
from collections.abc import Sequence

from agent.local_time import MINUTE, day_of
from agent.notices import notice, notice_once
from agent.service.allocator import give_memory_back
from agent.service.budget import DELIVERY, Budget, Throttle, keep_factors, load_factors, may_start_anew
from agent.service.looks import Watch
from agent.service.own_cost import own_cpu_seconds, rss_mib
from agent.store import in_session, observations, spool
from agent.store.local_store import LocalStore, get, put
from agent.system.clock import Clock

HOUSEKEEPING_EVERY = 3600.0
MINUTES_TOO_LARGE = 3
"""So many minutes in a row above the budget of memory are no passing need."""


class Upkeep:
    """Runs with the service's minutes over its open store."""

    def __init__(self, store: LocalStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._throttle = Throttle(load_factors(store.db))
        self._last_minute = clock.elapsed()
        self._last_housekeeping = -HOUSEKEEPING_EVERY
        self._minutes_too_large = 0

    @property
    def throttled(self) -> dict[str, float]:
        """By how much the interval of each collector, or the time between deliveries, is longer."""
        return self._throttle.factors

    def run(self, budget: Budget, watches: Sequence[Watch], delivery_s: float) -> bool:
        """What is due of it; whether the service should start anew."""
        elapsed = self._clock.elapsed()
        if elapsed - self._last_housekeeping >= HOUSEKEEPING_EVERY:
            self._last_housekeeping = elapsed
            self._tidy_up()
            give_memory_back()
        if elapsed - self._last_minute < MINUTE:
            return False
        self._last_minute = elapsed
        self._mind_the_processor(budget, watches, delivery_s)
        return self._has_grown(budget)

    def _tidy_up(self) -> None:
        with self._store.transaction() as db:
            observations.forget(db, self._clock.now())
            in_session.forget(db, self._clock.now())
            spool.drop_too_old(db, self._clock.now())
            if spool.make_room(db, self._clock.now()):
                observations.note_own(db, self._clock.now(), "spool_full")

    def _mind_the_processor(self, budget: Budget, watches: Sequence[Watch], delivery_s: float) -> None:
        spent = {watch.collector.name: watch.spent for watch in watches}
        spent[DELIVERY] = delivery_s
        before = dict(self.throttled)
        name = self._throttle.note(budget, self._clock.awake(), own_cpu_seconds(), spent)
        if self.throttled != before:
            with self._store.transaction() as db:
                keep_factors(db, self.throttled)
                if name:
                    self._say(db, "throttled")
        if name:
            notice(
                f"The agent used more than {budget.cpu_s_per_hour:g} s of processor time per hour; what cost "
                f"the most ({name}) is done less often for now."
            )

    def _has_grown(self, budget: Budget) -> bool:
        now, size = self._clock.now(), rss_mib()
        self._minutes_too_large = self._minutes_too_large + 1 if size > budget.rss_mib else 0
        if self._minutes_too_large < MINUTES_TOO_LARGE:
            return False
        with self._store.transaction() as db:
            anew = may_start_anew(db, day_of(now))
            self._say(db, "throttled")
        then = "starts anew" if anew else "goes on, because it has started anew several times today"
        notice_once(
            "memory",
            f"The agent takes more than the {budget.rss_mib:g} MiB of memory that are allowed; it {then}.",
        )
        return anew

    def _say(self, db: sqlite3.Connection, what: str) -> None:
        """Tell the company, once a day."""
        today = day_of(self._clock.now())
        if get(db, f"{what}_on") != today:
            put(db, f"{what}_on", today)
            observations.note_own(db, self._clock.now(), what)
