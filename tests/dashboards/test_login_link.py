"""`dex-server login-link`: a bare address on standard output, and whose it is."""

import errno
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from factories import enrol_device

from dashboards import create_app
from dashboards.cli import main
from dashboards.this_machine import remember
from server.access.store import redeem_link
from server.clock import utc_now
from server.config import Settings, note_address
from server.db import Store
from server.demo.personas import LEAD_TEAM
from server.devices.store import assign
from server.people.organisations import DEMO, MAIN, create_organisation


@pytest.fixture
def data(tmp_path, sqlite_url, clock):
    """A data directory with an organisation, whose collector was last seen on another port."""
    store = Store(sqlite_url)  # the file has the name the settings expect
    with store.transaction() as session:
        create_organisation(session, MAIN, "Main", clock().date())
    store.close()
    note_address(tmp_path, "http://127.0.0.1:8799")
    return tmp_path


def test_an_address_that_finds_no_room_leaves_the_last_one(data, monkeypatch):
    def full(self, *_):
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        note_address(data, "http://127.0.0.1:9000")
    assert Settings.load(data).public_url == "http://127.0.0.1:8799"
    assert [found.name for found in data.glob("address*")] == ["address"]


@pytest.fixture
def run(data):
    return lambda *arguments: CliRunner().invoke(main, ["login-link", *arguments, "--data", str(data)])


@pytest.mark.parametrize("role", ["it", "hr", "lead", "works-council", "privacy-officer"])
def test_the_link_alone_is_on_standard_output_and_signs_in(run, data, role):
    done = run(role)
    assert done.exit_code == 0, done.output
    (link,) = done.stdout.splitlines()
    assert link.startswith("http://127.0.0.1:8799/sign-in/dexl_")
    client = create_app(Settings.load(data)).test_client()
    assert client.get(link.removeprefix("http://127.0.0.1:8799")).status_code == 302
    assert client.get("/", follow_redirects=True).status_code == 200


def test_an_employee_is_by_default_the_one_of_this_machine(run, data, clock):
    refused = run("employee")
    assert refused.exit_code == 2
    assert "name a person with --person" in refused.stderr
    remember(data, uuid4())
    assert run("employee").exit_code == 0


def test_a_person_who_is_not_there_is_one_sentence(run):
    done = run("employee", "--person", "4711")
    assert done.exit_code == 2
    assert done.stderr == "dex-server: There is nobody with the employee id “4711” in the directory.\n"


def test_a_laptop_of_another_organisation_is_one_sentence(run):
    result = run("employee", "--device", "00000000-0000-4000-8000-000000000000")
    assert result.exit_code == 2
    assert "has no laptop" in result.stderr
    assert "--org" in result.stderr
    assert result.stdout == ""


def test_in_the_demo_company_roles_come_with_their_persona(data, run, clock):
    store = Store(f"sqlite:///{data / 'dex.sqlite3'}")
    with store.transaction() as session:
        org = create_organisation(session, DEMO, "Demo company", clock().date(), demo=True)
        device = enrol_device(session, org.org_id, clock().date())
        person = uuid4()
        assign(session, org.org_id, device.device_id, person, clock().date())
    asked = {
        "lead": ("lead",),
        "employee": ("employee",),
        "it": ("it",),
        "own": ("lead", "--group", "Claims"),
    }
    links = {name: run(*words).stdout.strip().rpartition("/")[2] for name, words in asked.items()}
    with store.transaction() as session:
        grants = {name: redeem_link(session, link, utc_now()) for name, link in links.items()}
    store.close()
    assert {grant.org_id for grant in grants.values()} == {org.org_id}
    assert grants["lead"].group_name == LEAD_TEAM
    assert (grants["employee"].person_id, grants["employee"].device_id) == (person, device.device_id)
    assert grants["own"].group_name == "Claims"
