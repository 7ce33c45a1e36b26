"""No name gets into a store, on the way or into logs; none leaves unasked, or where that was not agreed."""

import gzip
import json
import logging
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from click.testing import Result
from countersigner import COUNCIL, edition, modulus_of, signature
from real_fleet import Fleet

from server.agreement.store import put_in_force, register_key
from server.ingest.models import raw_batch
from server.jobs.table import JOBS
from server.policy.sign_in_key import READ_DAYS, end_keys, keys_that_read
from server.schema import metadata

NAME = "annameyer"


def test_a_sign_in_name_is_nowhere(
    fleet: Fleet, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    anna = fleet.person("P1", f"EXAMPLE\\{NAME}")
    fleet.ask_for_names()
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1000", f"EXAMPLE\\{NAME}")
    (job,) = (job for job in JOBS if job.name == "assign_by_sign_in")
    assert job.run(fleet.store, fleet.clock.now).startswith("1 laptops given")
    assert laptop.owner.person == anna
    told = capfd.readouterr()
    everything = [caplog.text, told.out, told.err]
    with fleet.store.reading() as session:
        for table in metadata.sorted_tables:
            rows = session.execute(sa.select(table).execution_options(without_org="everything there is"))
            everything += [repr(row) for row in rows]
        bodies = sa.select(raw_batch.c.body).where(raw_batch.c.org_id == fleet.org.org_id)
        sent = [gzip.decompress(body).decode() for body in session.scalars(bodies)]
    everything += sent + [file.read_bytes().decode("latin-1") for file in laptop.config.state.iterdir()]
    assert any("signin_hmac" in text for text in sent)
    assert [text for text in everything if NAME in text.casefold()] == []


def test_no_key_is_given_where_the_agreement_has_no_such_fact(
    fleet: Fleet, run: Callable[..., Result]
) -> None:
    assert run("devices", "sign-in", "on").exit_code == 0
    document = edition()
    document["facts"] = [fact for fact in document["facts"] if fact != "signin_hmac"]
    with fleet.store.transaction() as session:
        register_key(session, fleet.org.org_id, modulus_of(COUNCIL), fleet.today)
        put_in_force(session, fleet.org.org_id, document, signature(document), fleet.today)
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1000", "anna@example.org")
    assert fleet.told(laptop) == [None]
    assert run("devices", "sign-in", "off").exit_code == 0
    refused = run("devices", "sign-in", "on")
    assert refused.exit_code != 0
    assert "agreement" in refused.stderr


def test_commands_ask_renew_give_and_stop(fleet: Fleet, run: Callable[..., Result]) -> None:
    for first in ("renew", "assign"):
        assert "sign-in on" in run("devices", "sign-in", first).stderr
    assert run("devices", "sign-in", "on").exit_code == 0
    assert "already" in run("devices", "sign-in", "on").stderr
    assert "sign-in       names, scrambled by key 1" in run("policy", "show").stdout
    assert json.loads(run("policy", "show", "--json").stdout)["sign_in"] == {"number": 1}
    anna = fleet.person("P1", email="anna@example.org")
    laptop = fleet.laptop()
    laptop.enrol()
    laptop.day("1000", "anna@example.org")
    assert run("devices", "sign-in", "renew").exit_code == 0
    assert run("devices", "sign-in", "assign").stderr.startswith("1 laptops given to who signs in")
    assert laptop.owner.person == anna
    assert run("devices", "sign-in", "off").exit_code == 0
    laptop.day("1000")
    assert laptop.owner.person == anna, "whose it is stays"
    assert fleet.told(laptop)[-1] is None


def test_keys_read_for_a_while_after_their_end_and_are_forgotten_then(fleet: Fleet) -> None:
    fleet.ask_for_names()
    fleet.ask_for_names()
    org_id = fleet.org.org_id
    with fleet.store.reading() as session:
        assert set(keys_that_read(session, org_id, fleet.today)) == {1, 2}
    fleet.days_pass(READ_DAYS + 1)
    fleet.ask_for_names()
    with fleet.store.transaction() as session:
        assert set(keys_that_read(session, org_id, fleet.today)) == {2, 3}
        end_keys(session, org_id, fleet.today)
        assert keys_that_read(session, org_id, fleet.today) == {}
