"""`dex-agent show --page` in a real browser: readable, without complaint, and nothing asked from outside."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from agent.agreed.policy import Policy
from agent.language import words
from agent.language.catalogue import speaker_of
from agent.language.languages import LANGUAGES
from agent.local_time import day_of
from agent.reading import Happening, Reading
from agent.sending import batches, revisions
from agent.showing import show
from agent.showing.show_page import OnePage, page
from agent.signals import COVERED, Sample
from agent.store import minutes, observations
from agent.store.local_store import LocalStore
from agent.store.observations import SourceState, Tick


@pytest.fixture(params=["en"])
def one_page(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OnePage]:
    """The page of a laptop with a busy hour, a crash of an unlisted program and a batch that waits."""
    words.speak(speaker_of(LANGUAGES[request.param]))
    store = LocalStore(tmp_path / "spool.sqlite3")
    now = time.time()
    crash = Happening("crash", datetime.fromtimestamp(now - 60, UTC), "own-tool", "1.0")
    states = dict.fromkeys(COVERED, SourceState("ok"))
    with store.transaction() as db:
        for back in range(60):
            row = minutes.Minute(int(now // 60) - back, 60.0, 60.0, back % 7 == 0, 0, 0, 1, back % 11 == 0)
            minutes.add(db, day_of(now), row)
        samples = [Sample("disk_free_pct", 40.0)]
        observations.record(db, Tick(now, {"all": Reading(samples, [crash])}, states))
        revisions.make_all_due(db, now)
        batches.compose(db, now, Policy({}), 20.0)
    found = OnePage(page(show.report(store.db, now, 10)))
    words.speak(words.English())
    store.close()
    serving = threading.Thread(target=found.serve, args=(20.0,), daemon=True)
    serving.start()
    yield found
    serving.join(20)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_by_everybody(one_page: OnePage, browser: Browser, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=False
    )
    complaints: list[str] = []
    asked: list[str] = []
    looked = context.new_page()
    looked.on("console", lambda message: complaints.append(message.text))
    looked.on("request", lambda request: asked.append(request.url))
    looked.goto(one_page.address)
    assert complaints == []
    assert asked == [one_page.address]
    for details in looked.locator("summary").all():
        details.click()
    assert "own-tool" in looked.inner_text("main")
    assert looked.evaluate("document.documentElement.scrollWidth") <= width
    violations = Axe().run(looked).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    context.close()


@pytest.mark.parametrize(
    ("one_page", "width"),
    [("de", 390), ("ar", 390), ("ar", 1280), ("en-XA", 390)],
    indirect=["one_page"],
)
def test_it_can_be_read_in_every_language(
    one_page: OnePage, request: pytest.FixtureRequest, browser: Browser, width: int
) -> None:
    language = LANGUAGES[request.node.callspec.params["one_page"]]
    looked = browser.new_page(viewport={"width": width, "height": 900})
    looked.goto(one_page.address)
    html = looked.locator("html")
    assert (html.get_attribute("lang"), html.get_attribute("dir")) == (language.code, language.direction)
    for details in looked.locator("summary").all():
        details.click()
    assert looked.evaluate("document.documentElement.scrollWidth") <= width
    violations = Axe().run(looked).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    hours, columns = looked.locator("svg.strip text"), looked.locator("thead th")
    for row in (hours, columns):
        first, last = (row.nth(n).evaluate("one => one.getBoundingClientRect().left") for n in (0, -1))
        assert (first < last) == (language.direction == "ltr"), "hours and columns begin where texts do"
    looked.close()
