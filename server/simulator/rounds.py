"""One round of a laptop: what waits is sent, as the agent does it (agent/sending/delivery.py).

A batch ends when the collector says so; anything else keeps it, and the laptop waits.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from uuid import UUID

from server.demo.habits import facts_of
from server.simulator.batches import contents_of_day, live_content, under, waiting
from server.simulator.door import Answer, Door
from server.simulator.fleet import Fleet, Laptop, Waiting
from server.simulator.plan import Plan
from server.simulator.tally import Tally
from server.simulator.trouble import luck_of

FIRST_WAIT, LONGEST_WAIT = 60.0, 3600.0
"""Seconds: bounds of the exponential back-off, drawn between 0 and the bound (agent/sending/retry.py)."""
BACKLOG_PACE = 20.0
"""Batches of days before yesterday in a minute, until a policy says otherwise (agent/agreed/policy.py)."""
MINUTE = 60.0
LEAST_SPREAD = 10.0
"""A wait that was asked for is spread by so many seconds at least."""
STUMBLES = 3
"""After so many answers that no collector gives to a sound batch, a laptop gives up."""
ENROL_TRIES = 6
ORIGINAL_FIRST = 30.0
"""Seconds after which a copy looks again whether its original was heard: so it is the copy that is told."""
_LATER = (0, 429, 503)
_REJECTED = (400, 413, 422)


class Conversation:
    """All that laptops of a run say and hear. `enrol` and `run` return when there is nothing to do now."""

    def __init__(self, plan: Plan, fleet: Fleet, tally: Tally, connect: Callable[[], Door]) -> None:
        self._plan, self._fleet, self._tally, self._connect = plan, fleet, tally, connect
        self._pace = BACKLOG_PACE

    def enrol(self, laptop: Laptop, key: str) -> bool:
        """Whether the collector let it in."""
        answer = self._enrolment(laptop, key)
        if answer.status == 201:
            self._tally.enrolled()
            return True
        self._tally.failed(f"enrolment: {answer.reason}")
        return False

    def run(self, laptop: Laptop, made: Sequence[Waiting]) -> float | None:
        """Send what was made now and what waits; seconds until the next round, None if none is needed."""
        with laptop.lock:
            laptop.waiting += made
            laptop.waiting = [self._renewed(laptop, batch) for batch in laptop.waiting]
            now = time.monotonic()
            if laptop.gave_up or now < laptop.not_before:
                return None  # the round that was put off sends it
            if laptop.original is not None and not laptop.original.acknowledged & 1 << 1:
                wait: float | None = ORIGINAL_FIRST / self._plan.compress
            else:
                door = self._connect()
                try:
                    wait = self._send_all(door, laptop)
                finally:
                    door.close()
            if wait is not None:
                laptop.not_before = time.monotonic() + wait
            return wait

    def due_now(self, laptop: Laptop, due: float) -> list[Waiting]:
        """What a laptop that was never away says next."""
        with laptop.lock:
            laptop.seq += 1
            return [waiting(self._plan, live_content(self._plan, self._fleet, laptop, laptop.seq), due)]

    def make_day(self, laptop: Laptop, index: int) -> list[Waiting]:
        """The batches of a day of the run."""
        made = contents_of_day(self._plan, self._fleet, laptop, index, laptop.seq)
        found = [waiting(self._plan, content, None) for content in made]
        laptop.seq += len(found)
        laptop.made_days = index + 1
        return found

    def _send_all(self, door: Door, laptop: Laptop) -> float | None:
        if self._plan.returning and not laptop.knows_policy:
            answer = door.policy(laptop.token)
            if answer.status == 200:
                laptop.knows_policy = True
                self._pace = answer.document["backlog"]["batches_per_minute"]
            elif answer.status == 503:
                self._tally.sent_away(f"policy: {answer.reason}")  # what waits can leave under the old one
            else:
                return self._sent_away(laptop, answer)
        self._shuffle(laptop)
        earlier = 0
        for batch in self._batches(laptop):
            if batch.earlier and earlier >= self._pace:
                return MINUTE / self._plan.compress
            wait = self._send(door, laptop, batch)
            if wait is not None:
                return wait
            earlier += batch.earlier
        return None

    def _batches(self, laptop: Laptop) -> Iterator[Waiting]:
        """What waits; of a laptop that was away, day by day, so that no fleet's backlog is in memory."""
        while True:
            while laptop.waiting and not laptop.gave_up:
                yield laptop.waiting[0]
            if laptop.gave_up or self._nothing_to_make(laptop):
                return
            laptop.waiting += self.make_day(laptop, laptop.made_days)

    def _nothing_to_make(self, laptop: Laptop) -> bool:
        return not self._plan.returning or laptop.live or laptop.made_days == self._plan.days

    def _shuffle(self, laptop: Laptop) -> None:
        random = Random(f"order {laptop.who} {laptop.seq}")
        if laptop.original is None and random.random() < self._plan.trouble.reordered:
            random.shuffle(laptop.waiting)

    def _send(self, door: Door, laptop: Laptop, batch: Waiting) -> float | None:
        """One batch until something becomes of it; seconds to wait where nothing does."""
        bit = 1 << batch.seq
        luck = luck_of(self._plan.trouble, laptop.who, batch.seq)
        lost = luck.lost_answer and not laptop.posted & bit
        laptop.posted |= bit
        if lost:
            door.post_and_hang_up(laptop.token, batch.body)
            self._tally.count("lost_answers")
            laptop.waiting[laptop.waiting.index(batch)] = batch.at(None)  # its delay is ours
            return self._sent_away(laptop, Answer(0), counts=False)
        asked = time.monotonic()
        answer = door.post_batch(laptop.token, batch.body)
        if answer.slug == "install-cloned" and laptop.original is not None:
            return self._become_another(door, laptop)
        if answer.status in _LATER:
            return self._sent_away(laptop, answer)
        accepted = answer.document.get("accepted") is True
        if answer.status == 200 and accepted and answer.document.get("batch_id") == str(batch.batch_id):
            self._settle(laptop, batch, acknowledged=True)
            self._tally.acknowledge(asked, batch.due, batch.earlier)
            if answer.document.get("dropped"):
                self._tally.failed("fields of a batch were dropped")
            if luck.twice:
                self._repeat(door, laptop, batch, answer)
            return None
        if answer.status in _REJECTED:
            self._settle(laptop, batch, acknowledged=False)
            if batch.refused and answer.status == 422:
                self._tally.refused_as_expected()
            else:
                self._tally.failed(answer.reason)
            return None
        self._tally.failed(answer.reason)
        laptop.failures += 1
        return None if self._gives_up(laptop) else self._back_off(laptop)

    def _settle(self, laptop: Laptop, batch: Waiting, acknowledged: bool) -> None:
        laptop.waiting.remove(batch)
        laptop.failures = 0
        if acknowledged:
            laptop.acknowledged |= 1 << batch.seq
        else:
            laptop.refused |= 1 << batch.seq

    def _repeat(self, door: Door, laptop: Laptop, batch: Waiting, first: Answer) -> None:
        again = door.post_batch(laptop.token, batch.body)
        if (again.status, again.document) == (first.status, first.document):
            self._tally.count("repeats")
        elif again.status not in _LATER:
            self._tally.failed("a repeated batch got another answer")

    def _become_another(self, door: Door, laptop: Laptop) -> float | None:
        """Enrol the copy as a laptop of its own, with a new installation, and renumber what waits."""
        laptop.install = laptop.own_install
        answer = self._ask_in(door, laptop, laptop.token)
        if answer.status != 201:
            self._tally.failed(f"a copy's enrolment: {answer.reason}")
            laptop.gave_up = True
            return None
        laptop.original, laptop.became_another = None, True
        laptop.waiting = [self._renewed(laptop, batch) for batch in laptop.waiting]
        self._tally.count("copies")
        return self._send_all(door, laptop)

    def _renewed(self, laptop: Laptop, batch: Waiting) -> Waiting:
        """The batch under the installation that this laptop has now."""
        return batch if batch.install == laptop.install else under(laptop.install, batch)

    def _sent_away(self, laptop: Laptop, answer: Answer, counts: bool = True) -> float:
        if counts:
            self._tally.sent_away(answer.reason)
        if not answer.wait:
            laptop.failures += answer.status == 0
            return self._back_off(laptop)
        spread = Random().uniform(0, max(LEAST_SPREAD, answer.wait / 10))
        return (answer.wait + spread) / self._plan.compress

    def _back_off(self, laptop: Laptop) -> float:
        bound = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(laptop.failures, 10))
        return Random().uniform(0, bound) / self._plan.compress

    def _gives_up(self, laptop: Laptop) -> bool:
        if laptop.failures < STUMBLES:
            return False
        laptop.gave_up = True
        return True

    def _enrolment(self, laptop: Laptop, key: str) -> Answer:
        for tries in range(ENROL_TRIES):
            door = self._connect()
            answer = self._ask_in(door, laptop, key)
            door.close()
            if answer.status not in _LATER:
                break
            time.sleep((answer.wait or FIRST_WAIT * 2**tries) / self._plan.compress)
        return answer

    def _ask_in(self, door: Door, laptop: Laptop, credential: str) -> Answer:
        facts = facts_of(laptop.employee)
        asked = {"install_id": laptop.install, "hardware_id": laptop.hardware_id, "facts": facts}
        answer = door.enrol(credential, asked)
        if answer.status == 201:
            laptop.device_id, laptop.token = UUID(answer.document["device_id"]), answer.document["token"]
        return answer
