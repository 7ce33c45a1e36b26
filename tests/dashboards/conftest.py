"""A served application, laptops that deliver to it, and a real browser that looks at it."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import factories
import laptop_days
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from synthetic_company import FIVE_TEAMS, Company
from werkzeug.serving import make_server

from dashboards import create_app
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.config import Settings
from server.db import Store
from server.demo.load import load
from server.people.organisations import DEMO, MAIN, create_organisation, org_id_of
from server.privacy.release_store import save_release

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Site:
    """The pages, served on loopback over one SQLite store whose clock stands still."""

    app: Flask
    store: Store
    clock: object
    org_id: object
    url: str = ""

    def link(self, role: Role = Role.EMPLOYEE, **whose: object) -> str:
        """A fresh sign-in link."""
        with self.store.transaction() as session:
            grant = Grant(self.org_id, role, **whose)
            token = create_link(session, grant, self.clock(), timedelta(hours=1))
        return f"{self.url}/sign-in/{token}"

    def signed_in(self, role: Role = Role.EMPLOYEE, **whose: object) -> FlaskClient:
        """A client of the pages without a browser."""
        client = self.app.test_client()
        client.get(self.link(role, **whose).removeprefix(self.url))
        return client

    def enrol(self) -> factories.EnrolledDevice:
        with self.store.transaction() as session:
            return factories.enrol_device(session, self.org_id, self.clock().date())

    def deliver(self, laptop: factories.EnrolledDevice, *batches: dict) -> None:
        """Send batches as an agent does; each must be taken whole."""
        for batch in batches:
            body = laptop_days.packed(batch | {"install_id": str(laptop.install_id)})
            headers = laptop.headers | {"Content-Encoding": "gzip", "Content-Type": "application/json"}
            answer = self.app.test_client().post("/api/v1/batches", data=body, headers=headers)
            assert answer.status_code == 200, answer.text
            assert answer.json["dropped"] == []

    @property
    def today(self) -> date:
        return self.clock().date()


@pytest.fixture
def site(tmp_path, sqlite_store, clock) -> Iterator[Site]:
    with sqlite_store.transaction() as session:
        org_id = create_organisation(session, MAIN, "Main", clock().date()).org_id
    with served(tmp_path, sqlite_store, clock, org_id) as made:
        yield made


@pytest.fixture
def released(site) -> Site:
    """Four released weeks of five teams, of which South starts slowly."""
    with site.store.transaction() as session:
        for release in Company(FIVE_TEAMS, 12, slow=["South"]).releases(4):
            save_release(session, site.org_id, release, site.today)
    return site


@pytest.fixture(scope="session")
def demo(tmp_path_factory, sqlite_template) -> Iterator[Site]:
    """The pages over a demo company of six weeks, the last of which ends a period of questions."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, folder / "dex.sqlite3")
    store = Store(f"sqlite:///{folder / 'dex.sqlite3'}")
    load(store, DEMO_NOW, weeks=6, seats=220)
    with served(folder, store, lambda: DEMO_NOW, org_id_of(DEMO)) as made:
        yield made
    store.close()


DEMO_NOW = datetime(2026, 2, 25, 12, tzinfo=UTC)
"""The Wednesday after week 2026-W08, with which period 2026-P02 ends."""


@contextmanager
def served(folder, store, clock, org_id, port: int = 0, **more: object) -> Iterator[Site]:
    """A site on this or a free port, with `more` settings, until the block ends."""
    settings = Settings(folder, "", secret_key="only for tests", **more)
    made = Site(create_app(settings, store, clock), store, clock, org_id)
    server = make_server("127.0.0.1", port, made.app, threaded=True)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def serving() -> object:
    """`served`, for a site that needs settings of its own."""
    return served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    assert program, "no Chromium found; run: sh tests/system_packages.sh"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()


@dataclass
class Look:
    """A page in the browser, and what the browser had to complain about."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def asked(self, request: Request) -> None:
        self.requested.append(request.url)

    def open(self, url: str) -> Page:
        self.page.goto(url)
        return self.page

    def check(self, site: Site) -> None:
        """In every size and theme: nobody kept out, no overflow; nothing refused, nothing from elsewhere."""
        for size in SIZES.values():
            self.page.set_viewport_size(size)
            wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"the page is {wide} px wider than {size}"
            for theme in ("light", "dark"):
                self.page.emulate_media(color_scheme=theme)
                found = Axe().run(self.page)
                assert found.violations_count == 0, f"{size} {theme}\n{found.generate_report()}"
        assert self.complaints == []
        outside = [u for u in self.requested if not u.startswith((site.url + "/", "data:"))]
        assert outside == []


DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
SIZES = {"desk": DESK, "phone": PHONE}


@pytest.fixture
def look(browser) -> Iterator[object]:
    """Opens a new browser profile."""
    contexts = []

    def make(**options: object) -> Look:
        context = browser.new_context(viewport=DESK, locale="en-US", **options)
        contexts.append(context)
        made = Look(context.new_page())
        made.page.on("console", made.heard)
        made.page.on("request", made.asked)
        return made

    yield make
    for context in contexts:
        context.close()
