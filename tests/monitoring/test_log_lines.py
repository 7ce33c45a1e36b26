"""No line of the log tells of a person, a laptop, an address or a secret: all routes are asked, all jobs run,
and the store fails."""

import json
from datetime import timedelta
from uuid import uuid4

import factories
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from written_logs import written_logs

from dashboards import create_app
from server.access.cookies import COOKIE
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.config import Settings
from server.db import Store
from server.devices.store import assign, create_enrolment_key
from server.jobs.run import run_due
from server.jobs.table import JOBS
from server.people.csv_import import read_people
from server.people.models import Organisation
from server.people.organisations import MAIN, create_organisation
from server.people.store import person_id_of, save_people

PERSON = {"employee_id": "E-4711-0815", "name": "Zuzanna Xylander", "email": "zuzanna@xylander.example"}
ADDRESS, FURTHER = "192.0.2.77", "198.51.100.23"
SERIAL, SALT = "SN-QX7Y1Z", "quite-a-secret-of-the-address-line"


class Callers:
    """Somebody of IT, an employee, a laptop and nobody, and all that would tell who they are."""

    def __init__(self, store: Store, org: Organisation, clock: object, settings: Settings) -> None:
        self.store, self.org_id, self.clock = store, org.org_id, clock
        self.app = create_app(settings, store, clock)
        today = clock().date()
        with store.transaction() as session:
            table = f"{','.join(PERSON)},unit,team\n{','.join(PERSON.values())},Office,Legal\n"
            save_people(session, org.org_id, read_people(table.encode()), today)
            self.person = person_id_of(org.org_id, PERSON["employee_id"])
            self.laptop = factories.enrol_device(session, org.org_id, today)
            assign(session, org.org_id, self.laptop.device_id, self.person, today)
            self.key = create_enrolment_key(session, org.org_id, today, "all")
        self.batch = factories.batch(self.laptop, 1, today, summary=factories.summary())
        self.links = [self.link() for _ in range(4)]
        self.cookies: set[str] = set()
        self.sign_in()

    def sign_in(self) -> None:
        """Both anew, as what was asked may have signed them out."""
        self.employee = self.signed_in(Grant(self.org_id, Role.EMPLOYEE, person_id=self.person))
        self.council = self.signed_in(Grant(self.org_id, Role.WORKS_COUNCIL))
        self.cookies |= {client.get_cookie(COOKIE).value for client in (self.employee, self.council)}

    def link(self, grant: Grant | None = None) -> str:
        with self.store.transaction() as session:
            who = grant or Grant(self.org_id, Role.EMPLOYEE, person_id=self.person)
            return create_link(session, who, self.clock(), timedelta(hours=1))

    def client(self) -> FlaskClient:
        client = self.app.test_client()
        client.environ_base = {
            "REMOTE_ADDR": ADDRESS,
            "HTTP_USER_AGENT": PERSON["name"],
            "HTTP_X_FORWARDED_FOR": FURTHER,
            "HTTP_X_REQUEST_ID": SERIAL * 2,
            "HTTP_REFERER": f"https://dex.example/{PERSON['email']}",
        }
        return client

    def signed_in(self, grant: Grant) -> FlaskClient:
        client = self.client()
        assert client.get(f"/sign-in/{self.link(grant)}").status_code == 302
        return client

    def tells(self) -> set[str]:
        """What must stand in no line."""
        ids = {self.laptop.device_id, self.laptop.install_id, self.person, self.batch["batch_id"]}
        written = {str(each) for each in ids} | {str(each).replace("-", "") for each in ids}
        secrets = {self.laptop.token, self.key, *self.links, *self.cookies, SALT}
        return written | secrets | {*PERSON.values(), ADDRESS, FURTHER, SERIAL}


@pytest.fixture
def callers(pg_store: Store, pg_url: str, clock: object, tmp_path) -> Callers:
    """On PostgreSQL, whose errors quote rows."""
    with pg_store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", clock().date())
    made = Callers(pg_store, org, clock, Settings(tmp_path, pg_url, secret_key="only for tests"))
    yield made
    made.app.extensions["writer"].close()


def ask_everything(callers: Callers) -> set[int]:
    """Each route as each caller, with what it wants and what it does not; the statuses of all answers."""
    laptop = callers.laptop.headers
    enrolment = {"install_id": str(uuid4()), "hardware_id": SERIAL, "person": PERSON["employee_id"]}
    bodies = [
        callers.batch,
        callers.batch | {"seq": 2, "batch_id": str(uuid4()), PERSON["email"]: SERIAL},
        enrolment | {"facts": {"serial": SERIAL, "hostname": PERSON["name"]}},
        enrolment | {"install_id": PERSON["name"]},
        PERSON["name"],
    ]
    posted = {rule.rule for rule in callers.app.url_map.iter_rules() if "POST" in rule.methods}
    statuses = set()
    for client, headers in (
        (callers.client(), laptop),
        (callers.client(), {"Authorization": f"Bearer {callers.key}"}),
        (callers.client(), {}),
        (callers.employee, {}),
        (callers.council, {}),
    ):
        for path in paths(callers):
            asked = f"{path}?secret={SALT}&week={PERSON['employee_id']}"
            for address in (path, asked):
                statuses.add(client.get(address, headers=headers).status_code)
            for body in bodies if path in posted else bodies[-1:]:
                statuses.add(client.post(asked, json=body, headers=headers).status_code)
            statuses.add(client.post(path, data=SALT, headers=headers).status_code)
    return statuses


def paths(callers: Callers) -> list[str]:
    """Every route there is, its arguments filled with what tells most."""
    values = {
        "token": callers.links[0],
        "day": callers.batch["day"],
        "batch_id": callers.batch["batch_id"],
        "name": PERSON["name"],
        "kind": "team",
        "signal": PERSON["name"],
        "week": callers.laptop.token,
        "filename": f"{PERSON['employee_id']}.css",
        "slug": SALT,
        "provider": SALT,
        "resource_endpoint": "Users",
        "resource_id": callers.laptop.device_id,
        "path": PERSON["name"],
        "secret": callers.links[0],
        "ending": "json",
        **dict.fromkeys(("comment_id", "request_id", "look_id", "device_id"), callers.laptop.device_id),
    }
    addresses = callers.app.url_map.bind("localhost")
    built = [
        addresses.build(
            rule.endpoint,
            {name: values[name] for name in rule.arguments},
            method="GET" if "GET" in rule.methods else min(rule.methods - {"OPTIONS", "HEAD"}),
        )
        for rule in callers.app.url_map.iter_rules()
    ]
    others = [f"/{PERSON['name']}", f"/me/{callers.laptop.device_id}"]
    return sorted([*built, *others], key=lambda path: path.startswith("/sign-"))


def test_routes_jobs_and_faults_leave_no_trace_of_anybody(callers: Callers, clock):
    store = callers.store
    callers.app.testing = False
    with written_logs({"DEX_LOG_LEVEL": "debug"}) as lines:
        statuses = ask_everything(callers)
        assert {200, 400, 401, 403, 404, 410, 422} <= statuses
        assert not any(status >= 500 for status in statuses)
        for _ in range(3):
            run_due(store, JOBS, clock)
            clock.advance(days=5)
        callers.sign_in()
        with store.engine.begin() as connection:  # from now on much goes wrong
            connection.execute(sa.text("ALTER TABLE raw_batch RENAME TO raw_batch_gone"))
            connection.execute(sa.text("ALTER TABLE session RENAME TO session_gone"))
        assert any(status >= 500 for status in ask_everything(callers))
        run_due(store, JOBS, clock)
        written = lines()
    with store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE raw_batch_gone RENAME TO raw_batch"))
        connection.execute(sa.text("ALTER TABLE session_gone RENAME TO session"))
    assert {line["event"] for line in written} >= {"request refused", "job done"}
    text = json.dumps(written, ensure_ascii=False)
    for told in callers.tells():
        assert told not in text
