"""A fleet that does not exist drives a running collector over HTTP: is everything it acknowledges kept?

Laptops and days are those of the demo company's habits, the same for the same seed. Some answers are lost on
purpose, and some batches are sent again after their answer, as happens in a real network.
"""

import gzip
import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from agent.signals import LIMITS
from server.demo.company import Employee, Outline, install_id, make_company
from server.demo.effects import Effects
from server.demo.habits import day_batch, facts_of
from server.errors import UsageError

THREADS = 16
TIMEOUT_SECONDS = 30.0
TRIES = 6
WAIT_SECONDS = 5.0
"""A laptop that is sent away waits at most so long here, whatever the collector asks."""
GIVE_UP_AFTER = 20
"""So many laptops and batches in a row without acknowledgement end the run."""
MOST_DEVICES, MOST_DAYS, MOST_RATE = 5000, LIMITS.days_back - 1, 1000.0
LOSE_EVERY, REPEAT_EVERY = 11, 7

_DAY = timedelta(days=1)
_TROUBLE = (OSError, http.client.HTTPException)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Plan:
    """How many laptops send how many days, and how many batches a second at most."""

    devices: int
    days: int
    rate: float
    seed: int


@dataclass(frozen=True)
class Laptop:
    employee: Employee
    install: UUID
    device_id: UUID
    token: str


@dataclass
class Tally:
    """What came of it. Use `lock` for changes."""

    enrolled: list[Laptop] = field(default_factory=list)
    acknowledged: dict[UUID, set[UUID]] = field(default_factory=dict)
    """Batch ids by laptop."""
    seconds: list[float] = field(default_factory=list)
    """From when a batch was due to its acknowledgement, so that a collector which falls behind shows."""
    took: float = 0.0
    repeats: int = 0
    lost_answers: int = 0
    retries: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    in_a_row: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def batches(self) -> int:
        return sum(map(len, self.acknowledged.values()))

    def failed(self, what: str) -> None:
        with self.lock:
            self.errors[what] += 1
            self.in_a_row += 1

    def percentile(self, share: float) -> float:
        """The latency in seconds that this share of all batches kept to."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def simulate(server: str, key: str, plan: Plan, today: date) -> Tally:
    """Enrol the laptops and send their days up to yesterday. Ends by itself, whatever the server does."""
    outline = Outline(
        plan.seed, today - plan.days * _DAY, today - _DAY, plan.devices + plan.devices // 4 + 24
    )
    company = make_company(outline)
    effects = Effects.planted(company)
    employees = [e for e in company.employees if e.first == outline.first and e.employed(outline.last)]
    connect = _connector(server)
    tally = Tally()

    def enrol(door: "_Door", employee: Employee, _number: int, _due: float) -> None:
        _enrol(door, tally, key, employee, install_id(plan.seed, employee))

    def send(door: "_Door", item: tuple[Laptop, date], number: int, due: float) -> None:
        laptop, day = item
        batch = day_batch(plan.seed, laptop.employee, day, effects, laptop.install)
        _send(door, tally, laptop, batch, number, due)

    _paced(connect, tally, plan.rate, employees[: plan.devices], enrol)
    tally.enrolled.sort(key=lambda laptop: laptop.employee.number)
    days = [outline.first + number * _DAY for number in range(plan.days)]
    begun = time.monotonic()
    _paced(connect, tally, plan.rate, [(laptop, day) for day in days for laptop in tally.enrolled], send)
    tally.took = time.monotonic() - begun
    return tally


def _paced(
    connect: Callable[[], "_Door"],
    tally: Tally,
    rate: float,
    items: Sequence[Item],
    work: Callable[["_Door", Item, int, float], None],
) -> None:
    """Work on each item when it is due, `rate` a second, a few at a time; stop if nothing succeeds."""
    start = time.monotonic()
    numbered = enumerate(items)
    taking = threading.Lock()
    tally.in_a_row = 0

    def run() -> None:
        door = connect()
        while tally.in_a_row < GIVE_UP_AFTER:
            with taking:
                number, item = next(numbered, (-1, None))
            if item is None:
                break
            due = start + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            work(door, item, number, due)
        door.close()

    threads = [threading.Thread(target=run, daemon=True) for _ in range(min(THREADS, len(items)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _enrol(door: "_Door", tally: Tally, key: str, employee: Employee, install: UUID) -> None:
    body = msgspec.json.encode({"install_id": install, "facts": facts_of(employee)})
    status, answer = _insist(door, tally, "/api/v1/enroll", key, gzip.compress(body))
    if status != 201:
        tally.failed(f"enrolment: {_reason(status, answer)}")
        return
    with tally.lock:
        tally.in_a_row = 0
        tally.enrolled.append(Laptop(employee, install, UUID(answer["device_id"]), answer["token"]))


def _send(
    door: "_Door", tally: Tally, laptop: Laptop, batch: dict[str, Any], number: int, due: float
) -> None:
    """One batch until it is acknowledged; of some the first answer is lost, some are sent once more."""
    body = gzip.compress(msgspec.json.encode(batch))
    if number % LOSE_EVERY == LOSE_EVERY - 1 and door.post_and_hang_up("/api/v1/batches", laptop.token, body):
        with tally.lock:
            tally.lost_answers += 1
    status, answer = _insist(door, tally, "/api/v1/batches", laptop.token, body)
    if status != 200 or answer.get("batch_id") != batch["batch_id"] or answer.get("accepted") is not True:
        tally.failed(_reason(status, answer))
        return
    with tally.lock:
        tally.in_a_row = 0
        tally.seconds.append(time.monotonic() - due)
        tally.acknowledged.setdefault(laptop.device_id, set()).add(UUID(batch["batch_id"]))
    if answer["dropped"]:
        tally.failed(f"{len(answer['dropped'])} fields of a batch were dropped")
    if number % REPEAT_EVERY == REPEAT_EVERY - 1:
        if _insist(door, tally, "/api/v1/batches", laptop.token, body) == (status, answer):
            with tally.lock:
                tally.repeats += 1
        else:
            tally.failed("a repeated batch got another answer")


def _insist(door: "_Door", tally: Tally, path: str, token: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """The answer to a request; tried again while the collector is away or has too much to do."""
    status, answer, wait = door.post(path, token, body)
    for waited in _waits():
        if status not in (0, 503):
            break
        time.sleep(min(wait or waited, WAIT_SECONDS))
        with tally.lock:
            tally.retries += 1
        status, answer, wait = door.post(path, token, body)
    return status, answer


def _waits() -> Iterator[float]:
    return (0.2 * 2**number for number in range(TRIES - 1))


def _reason(status: int, answer: dict[str, Any]) -> str:
    if status == 0:
        return "no answer"
    slug = str(answer.get("type", "")).rpartition(":")[2]
    return f"{status} {slug}".strip()


class _Door:
    """One kept connection to the collector."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection

    def post(self, path: str, token: str, body: bytes) -> tuple[int, dict[str, Any], float]:
        """Status (0: none came), JSON of the answer, and the seconds to wait that it asks for."""
        try:
            self._request(path, token, body)
            response = self._connection.getresponse()
            read = response.read()
        except _TROUBLE:
            self.close()
            return 0, {}, 0.0
        try:
            answer = msgspec.json.decode(read, type=dict[str, Any])
        except msgspec.DecodeError:
            answer = {}
        wait = response.headers.get("Retry-After", "")
        return response.status, answer, float(wait) if wait.isdecimal() else 0.0

    def post_and_hang_up(self, path: str, token: str, body: bytes) -> bool:
        """Whether it could be sent; the answer is not waited for, as when a network breaks down."""
        try:
            self._request(path, token, body)
        except _TROUBLE:
            return False
        finally:
            self.close()
        return True

    def close(self) -> None:
        self._connection.close()  # the next request opens it again

    def _request(self, path: str, token: str, body: bytes) -> None:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        }
        self._connection.request("POST", path, body, headers)


def _connector(server: str) -> Callable[[], _Door]:
    """Makes connections to this address. UsageError if it is none."""
    try:
        parts = urlsplit(server)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in ("http", "https") or parts.path not in ("", "/"):
        raise UsageError(f"“{server}” is not an address such as http://127.0.0.1:8765.")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return lambda: _Door(kind(host, port, timeout=TIMEOUT_SECONDS))
