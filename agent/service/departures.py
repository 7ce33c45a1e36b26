"""When the short-lived sender is started: something should leave, and the last delivery was a while ago."""

import random
from collections.abc import Callable

from agent.agreed.policy import Policy
from agent.config import Config
from agent.local_time import DAY
from agent.notices import notice_once
from agent.pulse.memory import has_errand
from agent.sending import backlog, revisions
from agent.sending.sender import Sender
from agent.service.budget import DELIVERY
from agent.service.own_cost import own_cpu_seconds
from agent.store import spool
from agent.store.local_store import LocalStore, get_number, put
from agent.system.clock import Clock

PUSH_EVERY = 60.0
"""Seconds between two deliveries at least, where the first may have carried an event."""
BREATH = 10.0
"""Seconds between any two deliveries: an event need not wait because a summary has just left."""
PULSE_EVERY = (900.0, 2700.0)
"""Seconds between two moments for the pulse, drawn at random and apart from deliveries."""
BACK_OFF_MOST = 2 * DAY
"""A wait longer than any that was ever asked for: the clock was put back."""


class Departures:
    """Starts the sender over an open store, and notices that it ended."""

    def __init__(
        self,
        config: Config,
        store: LocalStore,
        clock: Clock,
        sender: Sender,
        inherited: Callable[[], list[int]],
    ) -> None:
        self._config, self._store, self._clock, self._sender = config, store, clock, sender
        self._inherited = inherited
        self.spent = 0.0
        """Processor seconds of all deliveries so far."""
        self._last = self._last_with_event = -PUSH_EVERY
        self._next_pulse = clock.elapsed() + random.uniform(*PULSE_EVERY)  # noqa: S311
        self._under_way = False

    def start_if_wanted(self, policy: Policy, learned: Callable[[], Policy], stretch: float) -> None:
        """Start what should leave now. `learned` is called after a delivery and tells the policy in force;
        `stretch` makes the time between deliveries longer."""
        began = own_cpu_seconds()
        running = self._sender.running
        self.spent += own_cpu_seconds() - began  # a child's time counts when its end is noticed
        if running:
            return
        if self._under_way:
            self._under_way = False
            policy = learned()
        elapsed = self._clock.elapsed()
        if self._may_start(elapsed, stretch) and self._something_should_leave(policy):
            self.start()
        elif elapsed >= self._next_pulse and self._has_pulse_errand(policy):
            self._next_pulse = elapsed + random.uniform(*PULSE_EVERY)  # noqa: S311
            self._sender.start(self._store, self._inherited(), pulse=True)

    def start(self) -> None:
        """Deliver now."""
        self._last = self._clock.elapsed()
        now = self._clock.now()
        if backlog.something_waits(self._store.db, now) or spool.fault_waits(self._store.db):
            self._last_with_event = self._last
        self._under_way = True
        self._sender.start(self._store, self._inherited())

    def try_soon(self) -> None:
        """After sleep the network may be another one: what waits need not wait for the back-off to end."""
        if get_number(self._store.db, "send_failures"):
            with self._store.transaction() as db:
                put(db, "send_failures", "1")
                put(db, "send_not_before", str(self._clock.now() + random.uniform(0, PUSH_EVERY)))  # noqa: S311

    def _may_start(self, elapsed: float, stretch: float) -> bool:
        if elapsed - self._last < min(BREATH, PUSH_EVERY) * stretch:
            return False
        return elapsed - self._last_with_event >= PUSH_EVERY * stretch

    def _something_should_leave(self, policy: Policy) -> bool:
        db, now = self._store.db, self._clock.now()
        if not self._config.identity_path.exists():
            notice_once("enrolment", f"Not enrolled: dex-agent --config {self._config.path} enroll")
            return False
        if 0 < get_number(db, "send_not_before") - now < BACK_OFF_MOST:
            return False
        policy_age = abs(now - get_number(db, "policy_checked_at"))
        return bool(
            backlog.something_waits(db, now)
            or spool.fault_waits(db)
            or revisions.due_days(db, now)
            or policy_age >= policy.check_every
        )

    def _has_pulse_errand(self, policy: Policy) -> bool:
        part = policy.document.get("pulse")
        asks_in = str(part.get("period", "")) if isinstance(part, dict) and "row" in part else ""
        return has_errand(self._config.state, asks_in, self._clock.now())


def delivery_stretch(factors: dict[str, float]) -> float:
    """By how much the agent's budget makes the time between deliveries longer."""
    return factors.get(DELIVERY, 1.0)
