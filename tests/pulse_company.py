"""A small company whose laptops were in use, and their half of the pulse, for tests of the whole path."""

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import factories
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import rsa
from factories import EnrolledDevice
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from agent.pulse import memory, tokens
from agent.pulse.answers import Given, keep, send_due
from agent.pulse.doors import Reply
from agent.pulse.memory import Known, Memory, memory_path
from server.db import Store
from server.devices.store import assign
from server.ingest.models import device_day
from server.people.models import AssignmentRow, Organisation, PersonRow
from server.pulse.blind_sign import EXPONENT, MODULUS_BITS

MONDAY = datetime(2026, 2, 23, 9, 0, tzinfo=UTC)
"""In the first week of 2026-P03."""
FIRST_DAY = MONDAY.date()
PERIOD = "2026-P03"
LAST_SUNDAY = date(2026, 3, 22)
TEAMS = {("Product", "Web"): 9, ("Product", "Data"): 8, ("Sales", "North"): 10}
NEWCOMERS = 9
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the company, with one laptop."""

    person_id: UUID
    unit: str
    team: str
    device: EnrolledDevice


def hire(
    store: Store,
    org: Organisation,
    teams: Mapping[tuple[str, str], int] = TEAMS,
    newcomers: int = NEWCOMERS,
    weeks_of_use: Sequence[int] = (1, 2, 3, 4),
    first_day: date = FIRST_DAY,
) -> list[Colleague]:
    """People by (unit, team), every third of them new until there are enough, with laptops in use.

    `weeks_of_use`: in which weeks before the period, counted back, each laptop was used for a day.
    """
    places = [place for place, size in teams.items() for _ in range(size)]
    with store.transaction() as session:
        made = [
            _colleague(
                session,
                org.org_id,
                place,
                hired=first_day - timedelta(days=20 if number % 3 == 0 and number // 3 < newcomers else 900),
            )
            for number, place in enumerate(places)
        ]
    use(store, [colleague.device for colleague in made], weeks_of_use, first_day=first_day)
    return made


def _colleague(session: Session, org_id: UUID, place: tuple[str, str], hired: date) -> Colleague:
    person_id = uuid4()
    key = {"org_id": org_id, "person_id": person_id}
    session.add(PersonRow(**key, employee_id=person_id.hex[:8], name="", hire=hired))
    session.add(AssignmentRow(**key, assignment_from=hired, unit=place[0], team=place[1]))
    device = factories.enrol_device(session, org_id, hired)
    assign(session, org_id, device.device_id, person_id, hired)
    return Colleague(person_id, *place, device)


def use(
    store: Store,
    devices: Sequence[EnrolledDevice],
    weeks_back: Sequence[int],
    seconds: float = 8 * 3600.0,
    first_day: date = FIRST_DAY,
) -> None:
    """A day of use, Tuesday, in each of these weeks before the period."""
    rows = [
        factories.day_row(device, first_day - timedelta(weeks=back) + _DAY, usage_s=seconds)
        for device in devices
        for back in weeks_back
    ]
    if rows:
        with store.transaction() as session:
            session.execute(sa.insert(device_day), rows)


@functools.cache
def _ready_keys() -> tuple[rsa.RSAPrivateKey, ...]:
    return tuple(rsa.generate_private_key(EXPONENT, MODULUS_BITS) for _ in range(24))


def quick_keys(patch: pytest.MonkeyPatch) -> None:
    """Real keys, made once for the whole run: finding primes would be most of the time of these tests."""
    keys = itertools.cycle(_ready_keys())
    patch.setattr(rsa, "generate_private_key", lambda exponent, bits: next(keys))


class ClientDoors:
    """The agent's doors onto a server in this process: the same requests, without a socket."""

    def __init__(self, client: FlaskClient, device: EnrolledDevice) -> None:
        self._client, self._headers = client, device.headers

    def labels(self) -> Reply:
        return _reply(self._client.get("/api/v1/pulse/labels", headers=self._headers))

    def tokens(self, asked: Mapping[str, Any]) -> Reply:
        return _reply(self._client.post("/api/v1/pulse/tokens", json=asked, headers=self._headers))

    def answer(self, body: bytes) -> Reply:
        return _reply(self._client.post("/api/v1/pulse/answers", data=body, content_type="application/json"))


def _reply(response: Any) -> Reply:
    kind = (response.get_json(silent=True) or {}).get("type", "") if response.status_code >= 400 else ""
    return Reply(response.status_code, response.data, kind.rpartition(":")[2], kind)


@dataclass(frozen=True)
class Laptop:
    """One colleague's laptop: what it keeps of the pulse, and its doors."""

    colleague: Colleague
    memory: Memory
    doors: ClientDoors

    @property
    def known(self) -> Known:
        found = memory.known_period(self.memory.db, PERIOD)
        assert found is not None
        return found

    def answer(self, slot: str, item: str, value: int, now: datetime, comment: str = "") -> int:
        listed = tokens.label_list(self.known)
        assert listed is not None
        given = Given(slot, item, value, comment)
        return keep(self.memory, self.known.running, listed.organisation, given, now.date(), now.timestamp())

    def send(self, now: datetime) -> int:
        return send_due(self.memory, self.doors, now.timestamp())  # type: ignore[arg-type]


def laptop(client: FlaskClient, colleague: Colleague, folder: Path, now: datetime = MONDAY) -> Laptop:
    """A laptop that has heard of the period from its policy."""
    policy = client.get("/api/v1/policy", headers=colleague.device.headers).get_json()
    made = Laptop(
        colleague,
        Memory(memory_path(folder / colleague.person_id.hex)),
        ClientDoors(client, colleague.device),
    )
    made.memory.db.execute("PRAGMA synchronous = OFF")  # no test here ends by a power loss
    told = tokens.told_by(policy)
    if told is not None:
        tokens.note_period(made.memory, told, now.timestamp(), now.date())
    return made


def with_tokens(client: FlaskClient, colleague: Colleague, folder: Path, now: datetime = MONDAY) -> Laptop:
    """A laptop that has its tokens."""
    made = laptop(client, colleague, folder, now)
    tokens.fetch(made.memory, made.doors, made.known, now.timestamp())  # type: ignore[arg-type]
    return made
