"""Who speaks when: turns in the order in which they are due, a bounded number of laptops at a time."""

import heapq
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, zip_longest
from random import Random

from server.simulator.fleet import Fleet, Laptop, Waiting
from server.simulator.plan import Plan
from server.simulator.rounds import Conversation
from server.simulator.tally import Tally

COHORT = 200
"""So many laptops go through a day together; batches are made for them and for no others."""
RETURN_SECONDS = 60.0
"""A fleet that had no network is back within this time, as agents try at once when a network comes."""
STALLED_SECONDS = 60.0
"""Nothing acknowledged for so long ends the run."""
GIVE_UP_AFTER = 20
"""So many errors in a row end it, too."""
LIVE_CONNECTIONS = 32
"""For laptops of a returning fleet that were never away: no laptop waits for another one."""
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Turn:
    laptop: Laptop
    made: Sequence[Waiting] = ()


class Schedule:
    """`run` returns when every laptop has said everything, or when there is no point in going on."""

    def __init__(self, plan: Plan, fleet: Fleet, tally: Tally, conversation: Conversation) -> None:
        self._plan, self._fleet, self._tally, self._conversation = plan, fleet, tally, conversation
        self._later: list[tuple[float, int, Turn]] = []
        self._order = count()
        self._ready: queue.Queue[Turn | None] = queue.Queue(plan.connections)
        self._ready_live: queue.Queue[Turn | None] = queue.Queue(LIVE_CONNECTIONS)
        self._changing = threading.Lock()
        self._under_way = 0
        self._away = 0
        """Laptops that were away and have not said everything yet."""

    def run(self) -> None:
        lanes = [self._ready] * self._plan.connections
        if self._plan.returning:
            lanes += [self._ready_live] * LIVE_CONNECTIONS
        workers = [threading.Thread(target=self._work, args=[lane], daemon=True) for lane in lanes]
        for worker in workers:
            worker.start()
        self._tally.begin()
        planned = self._returning() if self._plan.returning else self._days()
        self._dispatch(planned)
        self._tally.took = time.monotonic() - self._tally.began
        for lane in lanes:
            lane.put(None)
        for worker in workers:
            worker.join()

    def _dispatch(self, planned: Iterator[tuple[float, Turn]]) -> None:
        following = next(planned, None)
        ends = self._tally.began + 60 * self._plan.minutes
        while not self._pointless() and time.monotonic() < ends:
            with self._changing:
                later = self._later[0][0] if self._later else None
                if following is None and later is None and not self._under_way:
                    return
                takes_later = later is not None and (following is None or later <= following[0])
                due = later if takes_later else following[0] if following else None
                wait = _LOOK_SECONDS if due is None else due - time.monotonic()
                turn = None
                if wait <= 0:
                    turn = heapq.heappop(self._later)[2] if takes_later else following[1]  # type: ignore[index]
                    self._under_way += 1
            if turn is None:
                time.sleep(min(wait, _LOOK_SECONDS))
                continue
            if not takes_later:
                following = next(planned, None)
            (self._ready_live if turn.laptop.live else self._ready).put(turn)

    def _work(self, lane: "queue.Queue[Turn | None]") -> None:
        while (turn := lane.get()) is not None:
            laptop = turn.laptop
            wait = self._conversation.run(laptop, turn.made)
            with self._changing:
                if wait is not None:
                    self._put_off(wait, laptop)
                elif self._plan.returning and not laptop.live:
                    self._away -= 1
                self._under_way -= 1

    def _put_off(self, wait: float, laptop: Laptop) -> None:
        heapq.heappush(self._later, (time.monotonic() + wait, next(self._order), Turn(laptop)))

    def _pointless(self) -> bool:
        stalled = time.monotonic() - self._tally.last_success > STALLED_SECONDS
        return stalled or self._tally.in_a_row >= GIVE_UP_AFTER

    def _days(self) -> Iterator[tuple[float, Turn]]:
        """Day after day; within a day the laptops of a cohort take turns, batch by batch."""
        start, number = time.monotonic(), count()

        def due() -> float:
            return start + next(number) / self._plan.rate

        for index in range(self._plan.days + 1):
            for first in range(0, len(self._fleet.laptops), COHORT):
                cohort = self._fleet.laptops[first : first + COHORT]
                made = [self._made_until(laptop, index) for laptop in cohort]
                for turns in zip_longest(*made):
                    for laptop, batch in zip(cohort, turns, strict=True):
                        if batch is not None:
                            moment = due()
                            yield moment, Turn(laptop, [batch.at(moment)])

    def _made_until(self, laptop: Laptop, index: int) -> list[Waiting]:
        """What leaves on this day: its own batches and those of days without a network before it."""
        offline = laptop.fate.offline
        if index in offline and index < self._plan.days:
            return []
        found: list[Waiting] = []
        for day in range(laptop.made_days, min(index + 1, self._plan.days)):
            found += self._conversation.make_day(laptop, day)
        return found

    def _returning(self) -> Iterator[tuple[float, Turn]]:
        """All that were away at once; meanwhile those that were not go on, until the others have finished."""
        start = time.monotonic()
        random = Random(f"return {self._plan.seed}")
        away = [laptop for laptop in self._fleet.laptops if not laptop.live]
        live = [laptop for laptop in self._fleet.laptops if laptop.live]
        with self._changing:
            self._away = len(away)
            for laptop in away:
                self._put_off(random.uniform(0, RETURN_SECONDS) / self._plan.compress, laptop)
        for number in count():
            if not self._away:
                return
            laptop, due = live[number % len(live)], start + number / self._plan.rate
            yield due, Turn(laptop, self._conversation.due_now(laptop, due))
