"""Many laptops handed over at once are whose each of them would be one by one, on every day."""

import random
from datetime import date, timedelta
from uuid import UUID, uuid4

import factories

from server.db import Store
from server.devices.assignment import Handed, assign, assign_many
from server.devices.models import BY_SIGN_IN
from server.devices.owner import owner_on
from server.people.models import Organisation

FIRST, DAYS, LAPTOPS = date(2026, 3, 4), 30, 12


def test_many_at_once_are_as_each_alone(store: Store, org: Organisation) -> None:
    people: list[UUID | None] = [uuid4(), uuid4(), None]
    with store.transaction() as session:
        pairs = [
            [factories.enrol_device(session, org.org_id, FIRST).device_id for _ in range(2)]
            for _ in range(LAPTOPS)
        ]
    for _ in range(6):
        drawn = [(random.choice(people), FIRST + timedelta(days=random.randrange(DAYS))) for _ in pairs]
        with store.transaction() as session:
            for (alone, _), (person, since) in zip(pairs, drawn, strict=True):
                assign(session, org.org_id, alone, person, since, BY_SIGN_IN, person is None)
            together = [
                Handed(device, person, since, person is None)
                for (_, device), (person, since) in zip(pairs, drawn, strict=True)
            ]
            assign_many(session, org.org_id, together, BY_SIGN_IN)
    with store.reading() as session:
        for n in range(-1, DAYS + 1):
            day = FIRST + timedelta(days=n)
            for alone, device in pairs:
                found = [owner_on(session, org.org_id, each, day) for each in (alone, device)]
                assert found[0] == found[1], day
