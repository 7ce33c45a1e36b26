"""Laptops that run the agent's own enrolment, store and delivery; a test sets their firmware and accounts."""

import shutil
import time
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from conftest import SettableClock
from flask import Flask
from in_process import InProcess

from agent.config import Config
from agent.local_time import day_of
from agent.reading import Reading
from agent.sending import delivery, enrol, revisions
from agent.sending.transport import Transport
from agent.signals import COVERED, Sample
from agent.store import in_session, observations
from agent.store.identity import Identity, load_identity
from agent.store.local_store import LocalStore
from agent.store.observations import SourceState, Tick
from agent.system import accounts, facts
from server.db import Store
from server.devices.models import Device, DeviceFact
from server.devices.owner import Owner, owner_on
from server.devices.sign_in_job import Settled, settle
from server.devices.store import create_enrolment_key
from server.people.models import Organisation, PersonRow
from server.people.sign_in_names import FILE, note_names
from server.people.store import person_id_of
from server.policy.sign_in_key import new_key

GOOD_UUID = "4c4c4544-0051-4a10-8054-b7c04f4b3732"


@dataclass
class Firmware:
    """What the board and the system say of themselves."""

    serial: str = "5QJT7K2"
    uuid: str = GOOD_UUID
    model: str = "Latitude 7440"

    def read(self) -> dict[str, str]:
        return {"serial": self.serial, "model": self.model, "maker": "Dell Inc."}

    def identity(self) -> tuple[str, str]:
        return self.uuid, self.serial


@dataclass
class Laptop:
    """One disk in one laptop. `accounts`: number of the account -> name, as its system has them."""

    fleet: "Fleet"
    config: Config
    firmware: Firmware
    accounts: dict[str, str] = field(default_factory=dict)

    def enrol(self, key: str = "", person: str = "") -> Identity:
        store = self._here()
        try:
            return enrol.enrol(self.config, store, self.transport, key or self.fleet.key(), person)
        finally:
            store.close()

    def is_used_by(self, account: str, name: str = "") -> None:
        """A companion of this account speaks for a minute of this day."""
        if name:
            self.accounts[account] = name
        store = self._here()
        now = time.time()
        samples = [Sample("on_s", 60.0), Sample("active_s", 60.0, attributes={"source": "input"})]
        tick = Tick(now, {"all": Reading(samples)}, {name: SourceState("ok") for name in COVERED})
        with store.transaction() as db:
            observations.record(db, tick)
            in_session.note(db, day_of(now), [account])
            revisions.make_all_due(db, now)
        store.close()

    def delivers(self) -> str:
        """A whole round; the trouble it had."""
        store = self._here()
        identity = load_identity(self.config.identity_path)
        assert identity is not None
        store.db.execute("UPDATE meta SET value = '' WHERE key = 'policy_checked_at'")
        try:
            return delivery.Round(self.config, store, identity, self.transport).run().trouble
        finally:
            store.close()

    def day(self, account: str, name: str = "") -> None:
        self.is_used_by(account, name)
        assert self.delivers() == ""

    def reset(self) -> "Laptop":
        """The same laptop with a fresh disk."""
        return self.fleet.laptop(self.firmware)

    def copied_to(self, firmware: Firmware) -> "Laptop":
        """Another laptop, with a copy of this disk."""
        config = self.fleet.config()
        shutil.copytree(self.config.state, config.state)
        return Laptop(self.fleet, config, firmware, dict(self.accounts))

    def kept(self) -> dict[str, int]:
        """How many rows of the local store are about the person."""
        store = LocalStore(self.config.store_path)
        tables = ("minute", "sample", "happening", "day", "batch", "app_time")
        found = {t: store.db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}  # noqa: S608
        store.close()
        return found

    @property
    def transport(self) -> Transport:
        made = Transport(self.config, wall=time.time)
        made._session.mount(self.config.server, InProcess(self.fleet.app))
        return made

    @property
    def device_id(self) -> UUID:
        identity = load_identity(self.config.identity_path)
        assert identity is not None
        return UUID(identity.device_id)

    @property
    def owner(self) -> Owner:
        return self.fleet.owner(self.device_id)

    def _here(self) -> LocalStore:
        """This laptop is the machine that the agent's code sees from now on."""
        self.fleet.machine = self
        return LocalStore(self.config.store_path)


class Fleet:
    def __init__(
        self,
        app: Flask,
        store: Store,
        org: Organisation,
        clock: SettableClock,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.app, self.store, self.org, self.clock, self._folder = app, store, org, clock, folder
        self.machine: Laptop
        self._disks = 0
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()
        monkeypatch.setattr(time, "time", lambda: clock.now.timestamp())
        monkeypatch.setattr(accounts, "name_of", lambda account: self.machine.accounts.get(account, ""))
        monkeypatch.setattr(facts.of_this_system, "read", lambda: self.machine.firmware.read())
        monkeypatch.setattr(facts.of_this_system, "identity", lambda: self.machine.firmware.identity())

    @property
    def today(self) -> date:
        return self.clock.now.date()

    def days_pass(self, days: int) -> None:
        self.clock.advance(days=days)

    def key(self, uses: int | None = None) -> str:
        with self.store.transaction() as session:
            return create_enrolment_key(session, self.org.org_id, self.today, uses=uses)

    def laptop(self, firmware: Firmware | None = None, **config: Any) -> Laptop:
        """With a fresh disk, and not enrolled."""
        return Laptop(self, replace(self.config(), **config), firmware or Firmware())

    def config(self) -> Config:
        self._disks += 1
        state = self._folder / f"disk{self._disks}"
        return Config(state / "agent.toml", "http://127.0.0.1", state, ownership="company")

    def ask_for_names(self) -> None:
        with self.store.transaction() as session:
            new_key(session, self.org.org_id, self.today)

    def person(self, employee_id: str, *names: str, email: str | None = None, **values: Any) -> UUID:
        person_id = person_id_of(self.org.org_id, employee_id)
        with self.store.transaction() as session:
            session.merge(
                PersonRow(
                    org_id=self.org.org_id,
                    person_id=person_id,
                    employee_id=employee_id,
                    email=email,
                    **values,
                )
            )
            session.flush()
            note_names(session, self.org.org_id, FILE, {person_id: names})
        return person_id

    def settle(self) -> Settled:
        return settle(self.store, self.org, self.clock.now)

    def owner(self, device_id: UUID) -> Owner:
        with self.store.reading() as session:
            return owner_on(session, self.org.org_id, device_id, self.today)

    def devices(self) -> set[UUID]:
        with self.store.reading() as session:
            return set(session.scalars(sa.select(Device.device_id).where(Device.org_id == self.org.org_id)))

    def told(self, laptop: Laptop) -> list[str | None]:
        """What a laptop said of sign-in names, the oldest first."""
        fact = DeviceFact
        query = sa.select(fact.signin_hmac).where(
            fact.org_id == self.org.org_id, fact.device_id == laptop.device_id
        )
        with self.store.reading() as session:
            return list(session.scalars(query.order_by(fact.since)))
