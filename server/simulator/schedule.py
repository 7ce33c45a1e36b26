"""Who speaks when: turns in the order in which they are due, a bounded number of laptops at a time."""

import heapq
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
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
LIVE_CONNECTIONS = 96
"""For laptops of a returning fleet that were never away: no laptop waits for another one."""
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Turn:
    laptop: Laptop
    made: Sequence[Waiting] = ()


class Lane:
    """Laptops that share a number of connections; those of another lane they do not wait for."""

    def __init__(self, conversation: Conversation, connections: int, pointless: Callable[[], bool]) -> None:
        self._conversation, self._connections, self._pointless = conversation, connections, pointless
        self._later: list[tuple[float, int, Turn]] = []
        self._order = count()
        self._ready: queue.Queue[Turn | None] = queue.Queue(connections)
        self._changing = threading.Lock()
        self._under_way = 0

    def put_off(self, wait: float, laptop: Laptop) -> None:
        """This laptop's turn is in so many seconds."""
        with self._changing:
            heapq.heappush(self._later, (time.monotonic() + wait, next(self._order), Turn(laptop)))

    def run(self, planned: Iterator[tuple[float, Turn]]) -> None:
        """Planned turns, with the moments at which they are due in rising order, and those put off."""
        workers = [threading.Thread(target=self._work, daemon=True) for _ in range(self._connections)]
        for worker in workers:
            worker.start()
        self._dispatch(planned)
        for _ in workers:
            self._ready.put(None)
        for worker in workers:
            worker.join()

    def _dispatch(self, planned: Iterator[tuple[float, Turn]]) -> None:
        following = next(planned, None)
        while not self._pointless():
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
            self._ready.put(turn)

    def _work(self) -> None:
        while (turn := self._ready.get()) is not None:
            wait = self._conversation.run(turn.laptop, turn.made)
            if wait is not None:
                self.put_off(wait, turn.laptop)
            with self._changing:
                self._under_way -= 1


class Schedule:
    """`run` returns when every laptop has said everything, or when there is no point in going on."""

    def __init__(self, plan: Plan, fleet: Fleet, tally: Tally, conversation: Conversation) -> None:
        self._plan, self._fleet, self._tally, self._conversation = plan, fleet, tally, conversation

    def run(self) -> None:
        self._tally.begin()
        if self._plan.returning:
            self._return()
        else:
            self._lane(self._plan.connections).run(self._days())
        self._tally.took = time.monotonic() - self._tally.began

    def _return(self) -> None:
        """All that were away at once; meanwhile those that were not go on, until the others have finished."""
        random = Random(f"return {self._plan.seed}")
        away, live = self._lane(self._plan.connections), self._lane(LIVE_CONNECTIONS)
        for laptop in self._fleet.laptops:
            if not laptop.live:
                away.put_off(random.uniform(0, RETURN_SECONDS) / self._plan.compress, laptop)
        over = threading.Event()
        meanwhile = threading.Thread(target=live.run, args=[self._live(over)], daemon=True)
        meanwhile.start()
        away.run(iter(()))
        over.set()
        meanwhile.join()

    def _lane(self, connections: int) -> Lane:
        return Lane(self._conversation, connections, self._pointless)

    def _pointless(self) -> bool:
        now = time.monotonic()
        stalled = now - self._tally.last_success > STALLED_SECONDS
        out_of_time = now - self._tally.began > 60 * self._plan.minutes
        return stalled or out_of_time or self._tally.in_a_row >= GIVE_UP_AFTER

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

    def _live(self, over: threading.Event) -> Iterator[tuple[float, Turn]]:
        """What laptops say that were never away, `rate` a second, in turn."""
        start = time.monotonic()
        live = [laptop for laptop in self._fleet.laptops if laptop.live]
        if not live:
            return
        for number in count():
            if over.is_set():
                return
            laptop, due = live[number % len(live)], start + number / self._plan.rate
            yield due, Turn(laptop, self._conversation.due_now(laptop, due))
