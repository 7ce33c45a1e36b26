"""What came of a run: counts, and times of which no more than a number each is kept."""

import threading
import time
from array import array
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Safe to use from several threads through its methods."""

    acknowledged: int = 0
    acknowledged_earlier: int = 0
    """Those of days before yesterday."""
    expected_refusals: int = 0
    """Of batches whose date is one that nobody takes."""
    lost_answers: int = 0
    repeats: int = 0
    """Sent again after their answer, with the same answer."""
    copies: int = 0
    """Copied laptops that were told so and enrolled again."""
    told_to_wait: Counter[str] = field(default_factory=Counter)
    """Answers that end nothing, by what they were."""
    errors: Counter[str] = field(default_factory=Counter)
    answers: "array[float]" = field(default_factory=lambda: array("f"))
    """Seconds from a request to its acknowledgement."""
    delays: "array[float]" = field(default_factory=lambda: array("f"))
    """Seconds from when a batch was due to its acknowledgement, for those that were not late before."""
    by_tenth: Counter[int] = field(default_factory=Counter)
    """Acknowledgements by tenth of a second of the run."""
    on_time_by_tenth: Counter[int] = field(default_factory=Counter)
    """Those among them that were not late before the run."""
    began: float = field(default_factory=time.monotonic)
    took: float = 0.0
    last_success: float = field(default_factory=time.monotonic)
    in_a_row: int = 0
    """Errors since the last success."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """The clock of the run starts, after enrolment."""
        self.began = self.last_success = time.monotonic()
        self.in_a_row = 0

    def enrolled(self) -> None:
        """One more was let in."""
        with self.lock:
            self._succeeded()

    def acknowledge(self, asked: float, due: float | None, earlier: bool) -> None:
        with self.lock:
            now = self._succeeded()
            self.acknowledged += 1
            self.acknowledged_earlier += earlier
            self.answers.append(now - asked)
            tenth = int(10 * (now - self.began))
            self.by_tenth[tenth] += 1
            if due is not None:
                self.delays.append(now - due)
                self.on_time_by_tenth[tenth] += 1

    def count(self, name: str) -> None:
        """One more of a number of this class."""
        with self.lock:
            setattr(self, name, getattr(self, name) + 1)

    def refused_as_expected(self) -> None:
        with self.lock:
            self.expected_refusals += 1
            self._succeeded()

    def sent_away(self, what: str) -> None:
        with self.lock:
            self.told_to_wait[what] += 1

    def failed(self, what: str) -> None:
        with self.lock:
            self.errors[what] += 1
            self.in_a_row += 1

    def by_quarter(self, by_tenth: Counter[int]) -> list[float]:
        """A second, in each quarter of the run."""
        length = max(self.took, 1e-9) / 4
        sums = [0.0] * 4
        for tenth, number in by_tenth.items():
            sums[min(3, int(tenth / 10 / length))] += number
        return [number / length for number in sums]

    def _succeeded(self) -> float:
        self.in_a_row = 0
        self.last_success = time.monotonic()
        return self.last_success


def percentile(seconds: "array[float]", share: float) -> float:
    """The time that this share of all kept to; 0 where there are none."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
