"""What an employee sees of this laptop: on the terminal, as JSON, and on a page that exists once."""

import http.client
import json
import re
import threading
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from recording_collector import RecordingCollector

from agent.__main__ import main
from agent.config import Config
from agent.reading import Happening, Reading
from agent.sending import revisions
from agent.sending.delivery import deliver
from agent.showing import show
from agent.showing.show_page import OnePage, page
from agent.signals import Sample
from agent.store import observations
from agent.store.local_store import LocalStore
from agent.store.observations import SourceState, Tick

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def seen(enrolled_config: Config, local_store: LocalStore, recording: RecordingCollector) -> Config:
    """A laptop with two crashes, one of an unlisted program, that sent its day once."""
    now = time.time()
    events = [
        Happening("crash", datetime.fromtimestamp(now - 20, UTC), "firefox", "128.3"),
        Happening("crash", datetime.fromtimestamp(now - 10, UTC), HOSTILE, "6.6"),
    ]
    samples = [Sample("on_s", 60.0), Sample("active_s", 60.0), Sample("disk_free_pct", 37.5)]
    states = {name: SourceState("ok") for name in ("crash", "active", "space")}
    with local_store.transaction() as db:
        observations.record(db, Tick(now, {"all": Reading(samples, events)}, states))
        revisions.make_all_due(db, now)
    assert deliver(enrolled_config).trouble == ""
    return enrolled_config


def run(config: Config, *arguments: str) -> int:
    return main(["--config", str(config.path), *arguments])


def test_the_terminal_says_it_in_words_and_keeps_names_local(
    seen: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(seen, "show") == 0
    text = capsys.readouterr().out
    assert text.startswith("Today this laptop was awake for 1 min")
    assert "2 events were seen" in text
    assert f"An application crashed: {HOSTILE} 6.6" in text
    sent = text.split("Left this laptop")[1]
    assert HOSTILE not in sent
    assert "An application crashed: other" in sent
    assert "Least free room on the system disk that day: 37.5 %" in sent
    assert f"Next: dex-agent --config {seen.path} show --page" in text, (
        "a command that works when it is typed"
    )


def test_what_the_agent_noted_about_itself_is_named(
    seen: Config, local_store: LocalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    with local_store.transaction() as db:
        observations.note_own(db, time.time(), "throttled")
    assert run(seen, "show") == 0
    assert "The agent noted something about itself: made itself slower" in capsys.readouterr().out


def test_the_exact_bytes_are_the_ones_that_left(
    seen: Config, recording: RecordingCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(seen, "show", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    (entry,) = found["sent"]
    body = next(body for path, _, body in recording.requests if path.endswith("/batches"))
    assert bytes.fromhex(entry["body"]) == body
    assert entry["content"] == recording.batches[0]
    assert found["unnamed"] == [HOSTILE]


def test_what_waits_and_what_was_dropped_is_told(
    enrolled_config: Config, local_store: LocalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.time()
    crash = Happening("crash", datetime.fromtimestamp(now, UTC), "firefox")
    with local_store.transaction() as db:
        nan = Sample("disk_free_pct", float("nan"))
        observations.record(db, Tick(now, {"all": Reading([nan], [crash])}, {}))
    assert run(enrolled_config, "show") == 0
    text = capsys.readouterr().out
    assert "1 event without a batch yet" in text
    assert "values that were not numbers: 1" in text


def fetch(address: str, path: str | None = None, host: str | None = None) -> tuple[int, str, dict[str, str]]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=5)
    connection.request("GET", parts.path if path is None else path, headers={"Host": host or parts.netloc})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, dict(answer.headers)


@pytest.fixture
def shown(seen: Config, local_store: LocalStore) -> OnePage:
    one_page = OnePage(page(show.report(local_store.db, time.time(), 100)))
    threading.Thread(target=one_page.serve, args=(10.0,), daemon=True).start()
    return one_page


def test_the_page_is_shown_once_to_whoever_holds_its_address(shown: OnePage) -> None:
    status, text, headers = fetch(shown.address)
    assert status == 200
    assert "This laptop, today" in text
    assert "Set-Cookie" not in headers
    assert headers["Cache-Control"] == "no-store"
    with pytest.raises(ConnectionError):
        fetch(shown.address)


def test_a_wrong_token_or_another_name_for_this_host_gets_nothing(shown: OnePage) -> None:
    assert fetch(shown.address, "/")[0] == 404
    assert fetch(shown.address, "/favicon.ico")[0] == 404
    assert fetch(shown.address, host="evil.example")[0] == 421
    assert fetch(shown.address)[0] == 200


def test_the_page_runs_no_script_and_loads_nothing(shown: OnePage) -> None:
    _, text, headers = fetch(shown.address)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert HOSTILE not in text
    assert "&lt;script&gt;alert" in text
    assert not re.search(r"<script|style=|\bon\w+=|src=|href=", text)


def test_a_page_nobody_opens_goes_away() -> None:
    one_page = OnePage("<!doctype html>")
    assert one_page.serve(0.1) is False
    with pytest.raises(ConnectionError):
        fetch(one_page.address)


def test_status_says_it_in_one_line_and_as_json(seen: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(seen, "status") == 1
    assert capsys.readouterr().out.startswith("The agent does not run")
    run(seen, "status", "--json")
    found = json.loads(capsys.readouterr().out)
    assert (found["enrolled"], found["waiting"], found["trouble"]) == (True, 0, "")
    assert found["sources"]["crash"]["state"] == "ok"


def test_doctor_names_the_command_for_what_can_be_mended(
    enrolled_config: Config, recording: RecordingCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    enrolled_config.identity_path.chmod(0o644)
    assert run(enrolled_config, "doctor") == 1
    text = capsys.readouterr().out
    assert f"$ chmod 600 {enrolled_config.identity_path}" in text
    assert "answers." in text
    run(enrolled_config, "doctor", "--json")
    findings = {f["about"]: f for f in json.loads(capsys.readouterr().out)}
    assert findings["Token"]["state"] == "gap"
    assert findings["Free room on the system disk"]["state"] == "ok"
    assert all(f["sentence"] for f in findings.values())


def test_doctor_tells_a_wrong_clock_and_a_server_that_is_away(
    enrolled_config: Config, recording: RecordingCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    recording.date_offset = -3600.0
    run(enrolled_config, "doctor")
    assert re.search(r"\+3,(599|60[01]) s off", capsys.readouterr().out)
    recording.close()
    assert run(enrolled_config, "doctor") == 1
    assert "cannot be reached" in capsys.readouterr().out


def test_doctor_without_an_enrolment_names_the_command(
    agent_config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(agent_config, "doctor") == 1
    assert f"$ dex-agent --config {agent_config.path} enroll" in capsys.readouterr().out
