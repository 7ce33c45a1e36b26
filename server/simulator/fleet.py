"""The laptops of a run: whose they are, what befalls them, and how far each has come."""

import threading
from dataclasses import dataclass, field, replace
from uuid import NAMESPACE_URL, UUID, uuid5

from server.demo.company import Employee, Outline, install_id, make_company
from server.demo.effects import Effects
from server.demo.habits import works
from server.simulator.plan import Plan
from server.simulator.trouble import Fate, fate_of

LIVE_SHARE = 0.05
"""Of a returning fleet so many laptops were never away."""
COPY_SEED = 1_000_003
"""Added to the seed for the days of a copy, which somebody else works with."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A batch as it will be sent."""

    batch_id: UUID
    install: UUID
    seq: int
    body: bytes
    due: float | None
    """When it should have left, on the monotonic clock; None for what was late before the run."""
    earlier: bool
    """Of a day before yesterday, and so not urgent."""
    refused: bool
    """Its date is one that nobody takes."""

    def at(self, due: float | None) -> "Waiting":
        return replace(self, due=due)


@dataclass(slots=True, eq=False)
class Laptop:
    """Changed by whoever holds its lock. The masks have a bit for each number of a batch."""

    employee: Employee
    seed: int
    fate: Fate
    original: "Laptop | None"
    """The laptop whose disk this one's was copied from."""
    install: UUID
    live: bool
    """Never away, and heard throughout the run of a returning fleet."""
    device_id: UUID | None = None
    token: str = ""
    seq: int = 0
    made_days: int = 0
    """Days of which batches were made."""
    waiting: list[Waiting] = field(default_factory=list)
    not_before: float = 0.0
    failures: int = 0
    gave_up: bool = False
    became_another: bool = False
    """A copy that was told so and enrolled again; it has no original any more."""
    knows_policy: bool = False
    posted: int = 0
    acknowledged: int = 0
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_copy(self) -> bool:
        return self.original is not None or self.became_another

    @property
    def who(self) -> str:
        return f"{self.seed} {self.employee.number}"

    @property
    def hardware_id(self) -> str:
        """A copy has that of its original, as virtual machines do."""
        return f"simulated-{(self.original or self).who}"

    @property
    def own_install(self) -> UUID:
        """The installation's id under which what it sends is kept; a copy takes it after its first batch."""
        return self.install if self.original is None else uuid5(NAMESPACE_URL, f"copy {self.install}")


@dataclass(frozen=True, slots=True)
class Fleet:
    """Laptops in the order of their numbers, each followed by its copy."""

    laptops: list[Laptop]
    effects: Effects

    @property
    def enrolled(self) -> int:
        """Those with a token, without copies."""
        return sum(laptop.token != "" and not laptop.is_copy for laptop in self.laptops)


def make_fleet(plan: Plan) -> Fleet:
    """The same laptops for the same seed; a larger fleet has more of them."""
    days = plan.workdays
    outline = Outline(plan.seed, days[0], days[-1], plan.devices + plan.devices // 4 + 24)
    company = make_company(outline)
    stay = [e for e in company.employees if e.first == outline.first and e.employed(outline.last)]
    laptops: list[Laptop] = []
    for number, employee in enumerate(stay[: plan.devices]):
        fate = fate_of(plan.trouble, plan.seed, employee.number, plan.days)
        live = plan.returning and number % round(1 / LIVE_SHARE) == 0
        install = install_id(plan.seed, employee)
        original = Laptop(employee, plan.seed, fate, None, install, live)
        laptops.append(original)
        # Only of one that is heard on the first day under its right date can a copy be told.
        if fate.copied and fate.clock_on is None and not live and works(employee, days[0]):
            laptops.append(Laptop(employee, plan.seed + COPY_SEED, Fate(), original, install, False))
    # The line gets slow and the update comes in the middle of the run.
    middle = days[len(days) // 2]
    return Fleet(laptops, Effects(slow_site_from=middle, bad_update_from=middle))
