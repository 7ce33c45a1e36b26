"""Updates of Linux, by the histories of its package managers. SYNTHETIC: made from the documented forms
(apt.conf(5), libzypp's HistoryLog, pacman(8), dnf(8) and the tables of libdnf).
"""

import io
import os
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from collector_helpers import NOW
from parsed_output import parsed

from agent.collectors import updates_linux
from agent.collectors.updates_linux import HISTORIES, History, Updates
from agent.parse import parse_files
from agent.reading import SourceAbsent, SourceDenied
from agent.records import dnf_history, pacman_log, zypp_history

FIRST_LOOK = datetime(2026, 3, 2, 8, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("machine_on_utc")


def parse(path: Path, text: str | None = None) -> list[tuple[str, float, str]]:
    """When, how many packages, and how it went."""
    if text is not None:
        path.write_text(text)
    records = parsed(path)
    assert {(r["signal"], r["unit"]) for r in records} <= {("update", "packages")}
    return [(r["time"], r["value"], r["detail"]["result"]) for r in records]


PACMAN = """[2026-03-01T09:00:00+0100] [PACMAN] Running 'pacman -Syu --config /home/anna/secret.conf'
[2026-03-01T09:00:01+0100] [PACMAN] starting full system upgrade
[2026-03-01T09:00:02+0100] [ALPM] running '60-mkinitcpio-remove.hook'...
[2026-03-01T09:00:03+0100] [ALPM] transaction started
[2026-03-01T09:00:04+0100] [ALPM] upgraded linux (6.18.1.arch1-1 -> 6.18.2.arch1-1)
[2026-03-01T09:00:05+0100] [ALPM-SCRIPTLET] transaction failed
[2026-03-01T09:00:06+0100] [ALPM] upgraded openssl (3.6.0-1 -> 3.6.1-1)
[2026-03-01T09:00:07+0100] [ALPM] installed newdep (1.0-1)
[2026-03-01T09:00:08+0100] [ALPM] transaction completed
[2026-03-01T10:00:00+0100] [ALPM] transaction started
[2026-03-01T10:00:01+0100] [ALPM] installed vim (9.2-1)
[2026-03-01T10:00:02+0100] [ALPM] transaction completed
[2026-03-02T09:30:00+0100] [ALPM] transaction started
[2026-03-02T09:30:01+0100] [ALPM] upgraded bash (5.2-1 -> 5.3-1)
[2026-03-02T09:30:02+0100] [ALPM] error: could not extract /usr/lib/x
[2026-03-02T09:30:03+0100] [ALPM] transaction failed
"""
PACMAN_GOING_ON = """[2026-03-02T10:00:00+0100] [ALPM] transaction started
[2026-03-02T10:00:01+0100] [ALPM] upgraded zlib (1.3-1 -> 1.4-1)
"""


def test_transactions_of_pacman_that_upgraded(tmp_path):
    assert parse(tmp_path / "log", PACMAN) == [
        ("2026-03-01T08:00:03Z", 2, "installed"),
        ("2026-03-02T08:30:00Z", 1, "failed"),
    ]


def test_logs_of_pacman_of_older_years(tmp_path):
    middle = "[2017-07-31 10:42] [ALPM] transaction started\n[2017-07-31 10:42] [ALPM] upgraded a (1 -> 2)\n"
    old = "[2013-04-07 16:56] [PACMAN] starting full system upgrade\n"
    old += "[2013-04-07 16:57] [PACMAN] upgraded a (1 -> 2)\n"
    oldest = "[2010-01-01 00:00] starting full system upgrade\n[2010-01-01 00:01] upgraded a (1 -> 2)\n"
    assert parse(tmp_path / "log", oldest + old + middle) == [
        ("2010-01-01T00:00:00Z", 1, "installed"),
        ("2013-04-07T16:56:00Z", 1, "installed"),
        ("2017-07-31T10:42:00Z", 1, "installed"),
    ]


ZYPP = """# 2026-02-27 10:00:00 vim-9.1-1.1.x86_64.rpm installed ok
2026-02-27 09:00:00|radd   |repo-oss|https://download.example.org/oss|
2026-02-27 10:00:00|command|anna@pc|'zypper' 'install' 'vim' '/home/anna/secret'|
2026-02-27 10:00:01|install|vim|9.1-1.1|x86_64|anna@pc|repo-oss|abc|
2026-02-28 10:00:00|command|root@pc|'zypper' '--non-interactive' 'dup'|
2026-02-28 10:00:05|install|bash|5.3-1.1|x86_64||repo-oss|abc|
# 2026-02-28 10:00:06 zlib-1.4-1.1.x86_64.rpm install failed
# rpm output:
# error: unpacking of archive failed
2026-03-01 10:00:00|command|root@pc|'/usr/libexec/packagekitd'|
2026-03-01 10:00:01|install|openssl-3|3.5.1-1.1|x86_64||repo-update|abc|
2026-03-01 10:00:02|patch  |openSUSE-2026-157|1|noarch|repo-update|important|security|needed|applied|
2026-03-02 10:00:00|command|root@pc|'/usr/libexec/packagekitd'|
2026-03-02 10:00:01|install|vim|9.2-1.1|x86_64||repo-oss|abc|
2026-03-02 11:00:00|command|root@pc|'/usr/libexec/packagekitd'|
2026-03-02 11:00:01|install|gimp|3.0-1.1|x86_64|root@pc|repo-oss|abc|
2026-03-02 12:00:00|remove |gimp|3.0-1.1|x86_64|root@pc|
"""


def test_a_run_of_zypper_is_an_update_by_what_it_was_asked_or_by_what_it_did(tmp_path):
    assert parse(tmp_path / "history", ZYPP) == [
        ("2026-02-28T10:00:00Z", 1, "failed"),
        ("2026-03-01T10:00:00Z", 1, "installed"),  # applied a patch
        ("2026-03-02T10:00:00Z", 1, "installed"),  # replaced a package
    ]


DNF_LOG = """2026-03-01T09:00:00+0100 INFO --- logging initialized ---
2026-03-01T09:00:01+0100 SUBDEBUG Installed: kernel-core-6.18.2-1.el10.x86_64
2026-03-01T09:00:02+0100 SUBDEBUG Upgrade: openssl-libs-1:3.5.1-1.el10.x86_64
2026-03-01T09:00:03+0100 INFO warning: /etc/ssl/x created as /etc/ssl/x.rpmnew
2026-03-01T09:00:04+0100 SUBDEBUG Upgraded: openssl-libs-1:3.5.0-1.el10.x86_64
2026-03-01T09:30:00+0100 INFO --- logging initialized ---
2026-03-01T09:30:01+0100 SUBDEBUG Installed: vim-enhanced-2:9.1-1.el10.x86_64
2026-03-02T10:00:00+00 INFO --- logging initialized ---
2026-03-02T10:00:01+00 SUBDEBUG Upgrade: bash-5.3-1.el10.x86_64
"""


def test_transactions_in_the_log_of_dnf(tmp_path):
    assert parse(tmp_path / "dnf.rpm.log", DNF_LOG) == [
        ("2026-03-01T08:00:02Z", 1, "installed"),
        ("2026-03-02T10:00:01Z", 1, "installed"),
    ]


DNF4 = """
CREATE TABLE trans (id INTEGER PRIMARY KEY, dt_begin INTEGER NOT NULL, dt_end INTEGER, cmdline TEXT,
                    user_id INTEGER, state INTEGER NOT NULL);
CREATE TABLE trans_item (id INTEGER PRIMARY KEY, trans_id INTEGER, item_id INTEGER, action INTEGER,
                         state INTEGER);
CREATE TABLE rpm (item_id INTEGER UNIQUE, name TEXT);
INSERT INTO rpm VALUES (1, 'openssl-libs'), (2, 'bash'), (3, 'vim');
INSERT INTO trans VALUES (1, 1772438400, 1772438460, 'upgrade /home/anna/secret', 1000, 1),
    (2, 1772442000, 1772442001, 'install vim', 1000, 1), (3, 1772445600, 1772445601, 'upgrade', 1000, 2),
    (4, 1772449200, NULL, 'upgrade', 1000, 0);
INSERT INTO trans_item (trans_id, item_id, action, state) VALUES (1, 1, 6, 1), (1, 2, 6, 1), (1, 2, 7, 1),
    (1, 9, 6, 1), (2, 3, 1, 1), (3, 2, 6, 2), (4, 2, 6, 0);
"""
DNF5 = """
CREATE TABLE trans_state (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO trans_state VALUES (1, 'Started'), (2, 'Ok'), (3, 'Error');
CREATE TABLE trans_item_action (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO trans_item_action VALUES (1, 'Install'), (2, 'Upgrade'), (6, 'Replaced');
CREATE TABLE trans (id INTEGER PRIMARY KEY, dt_begin INTEGER NOT NULL, dt_end INTEGER, description TEXT,
                    user_id INTEGER, state_id INTEGER);
CREATE TABLE trans_item (id INTEGER PRIMARY KEY, trans_id INTEGER, item_id INTEGER, action_id INTEGER);
CREATE TABLE rpm (item_id INTEGER UNIQUE, name_id INTEGER);
INSERT INTO rpm VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO trans VALUES (1, 1772438400, 1772438460, 'dnf upgrade /home/anna/secret', 1000, 2),
    (2, 1772442000, 1772442001, 'dnf install vim', 1000, 2),
    (3, 1772445600, 1772445601, 'dnf upgrade', 1000, 3),
    (4, 1772449200, NULL, 'dnf upgrade', 1000, 1);
INSERT INTO trans_item (trans_id, item_id, action_id) VALUES (1, 1, 2), (1, 2, 2), (1, 2, 6), (1, 9, 2),
    (2, 3, 1), (3, 2, 2), (4, 2, 2);
"""


def database(path: Path, script: str, *, mode: str = "delete") -> sqlite3.Connection:
    made = sqlite3.connect(path)
    made.execute(f"PRAGMA journal_mode = {mode}")
    made.executescript(script)
    return made


@pytest.mark.parametrize("script", [DNF4, DNF5], ids=["dnf 4", "dnf 5"])
def test_finished_transactions_in_the_history_of_dnf(tmp_path, script):
    database(tmp_path / "history.sqlite", script).close()
    assert parse(tmp_path / "history.sqlite") == [
        ("2026-03-02T08:00:00Z", 2, "installed"),
        ("2026-03-02T10:00:00Z", 1, "failed"),
    ]


def test_the_history_of_dnf_is_read_while_dnf_writes_and_after_it_closed(tmp_path):
    path = tmp_path / "transaction_history.sqlite"
    writing = database(path, DNF5, mode="wal")
    assert len(list(dnf_history.records_of(path))) == 2
    writing.close()
    tmp_path.chmod(0o500)
    try:
        assert len(list(dnf_history.records_of(path))) == 2
    finally:
        tmp_path.chmod(0o700)


NO_END = """CREATE VIEW rpm AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT i AS item_id FROM n"""


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("CREATE TABLE bookmarks (url TEXT)", "it is a database, but not the history of dnf."),
        (DNF4.replace("CREATE TABLE rpm", "CREATE TABLE rpm_"), "is damaged."),
        (DNF4.split("CREATE TABLE rpm")[0] + NO_END + ";" + DNF4.partition("'vim');")[2], "is damaged."),
    ],
    ids=["another database", "without a table", "a table without end"],
)
def test_a_database_that_is_no_history_gets_one_sentence_and_soon(tmp_path, monkeypatch, script, sentence):
    monkeypatch.setattr(dnf_history, "MOST_S", 0.2)
    database(tmp_path / "given", script.replace("INSERT INTO rpm VALUES", "INSERT INTO rpm_ VALUES")).close()
    out, complaints = io.StringIO(), io.StringIO()
    assert parse_files([str(tmp_path / "given")], out, complaints) == 1
    assert complaints.getvalue().endswith(f"{sentence}\n")


# What the agent makes of them, look by look

RUN = """
Start-Date: 2026-03-02  09:00:00
Commandline: apt-get upgrade
Upgrade: openssl:amd64 (3.0.15, 3.0.17), curl:amd64 (7.88, 7.89)
End-Date: 2026-03-02  09:00:30
"""
GOING_ON = """
Start-Date: 2026-03-02  10:00:00
Upgrade: bash:amd64 (5.2, 5.3)
"""


class Laptop:
    def __init__(self, *histories: History) -> None:
        self.histories = histories
        self.updates = Updates(histories)
        self.cursor = FIRST_LOOK.isoformat()

    def look(self, now: float = NOW) -> list[str]:
        reading = self.updates.collect(now, self.cursor)
        self.cursor = reading.cursor or self.cursor
        assert {event.kind for event in reading.events} <= {"update"}
        return [str(event.detail["result"]) for event in reading.events]


def history(manager: str, folder: Path) -> History:
    """Where the system keeps it, but below this folder."""
    kept = next(h for h in HISTORIES if manager in str(h.path))
    return History(folder / kept.path.name, kept.finished)


def write(path: Path, text: str, at: float) -> None:
    path.write_text(text)
    os.utime(path, (at, at))


def test_an_update_counts_once_when_it_is_finished(tmp_path):
    apt = history("apt", tmp_path)
    laptop = Laptop(apt)
    write(apt.path, RUN.replace("09:00", "07:00") + RUN + GOING_ON, NOW)
    assert laptop.look() == ["installed"]
    write(apt.path, RUN + GOING_ON + "Error: dpkg failed\nEnd-Date: 2026-03-02  10:01:00\n", NOW + 3)
    assert laptop.look() == ["failed"]
    laptop.updates = Updates(laptop.histories)  # started anew
    assert laptop.look() == []


def test_transactions_of_pacman_are_told_when_they_are_finished(tmp_path):
    pacman = history("pacman", tmp_path)
    laptop = Laptop(pacman)
    write(pacman.path, PACMAN + PACMAN_GOING_ON, NOW)
    assert laptop.look() == ["failed"]
    write(
        pacman.path,
        PACMAN + PACMAN_GOING_ON + "[2026-03-02T10:00:02+0100] [ALPM] transaction completed\n",
        NOW + 1,
    )
    assert laptop.look() == ["installed"]


def test_a_run_of_zypper_is_told_when_its_history_has_been_quiet(tmp_path):
    zypper = history("zypp", tmp_path)
    laptop = Laptop(zypper)
    run = "2026-03-02 12:30:00|command|root@pc|'zypper' 'up'|\n"
    run += "2026-03-02 12:30:01|install|bash|5.3-1|x86_64||oss|a|\n"
    write(zypper.path, run, NOW)
    assert laptop.look(NOW + 60) == []
    assert laptop.look(NOW + 1800) == ["installed"]
    assert laptop.look(NOW + 3600) == []


def test_transactions_of_dnf_are_told_when_they_are_finished(tmp_path):
    dnf = history("libdnf5", tmp_path)
    laptop = Laptop(dnf)
    laptop.cursor = "2026-03-02T07:00:00+00:00"
    writing = database(dnf.path, DNF5, mode="wal")
    assert laptop.look() == ["installed", "failed"]
    writing.execute("UPDATE trans SET dt_end = 1772449300, state_id = 2 WHERE id = 4")
    writing.commit()
    assert laptop.look() == ["installed"]
    writing.close()


def test_a_history_that_did_not_change_is_not_read_again(tmp_path, monkeypatch):
    apt = history("apt", tmp_path)
    write(apt.path, RUN, 1)
    laptop = Laptop(apt)
    laptop.look()
    monkeypatch.setattr(updates_linux, "plain", lambda *_: pytest.fail("read again"))
    assert laptop.look() == []


def test_without_a_history_updates_are_unknown(tmp_path):
    with pytest.raises(SourceAbsent):
        Updates([history("apt", tmp_path)]).collect(NOW, None)


def test_a_history_that_cannot_be_read_hides_no_other_and_is_said(tmp_path):
    apt, dnf = history("apt", tmp_path), history("dnf/history", tmp_path)
    write(apt.path, RUN, NOW)
    write(dnf.path, "no database", NOW)
    laptop = Laptop(dnf, apt)
    assert laptop.look() == ["installed"]
    with pytest.raises(SourceAbsent, match=r"history\.sqlite cannot be read: it is a database that"):
        laptop.look()


@pytest.mark.parametrize("manager", ["apt", "zypp", "pacman"])
def test_pipes_links_to_devices_and_gigabytes_are_said_and_never_waited_for(tmp_path, manager):
    laptop = Laptop(history(manager, tmp_path))
    path = laptop.histories[0].path
    os.mkfifo(path)
    with pytest.raises(SourceAbsent, match="not a regular file"):
        laptop.look()
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(SourceAbsent, match="not a regular file"):
        laptop.look()
    path.unlink()
    path.write_text(RUN + ZYPP + PACMAN)
    os.truncate(path, 2**31)
    with pytest.raises(SourceAbsent, match="larger than the 64 MiB"):
        laptop.look()


def test_a_history_that_this_account_may_not_read_is_denied(tmp_path, monkeypatch):
    zypper = history("zypp", tmp_path)
    write(zypper.path, ZYPP, NOW)

    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(updates_linux, "plain", refuse)
    with pytest.raises(SourceDenied, match="may not read"):
        Laptop(zypper).look()


@pytest.mark.parametrize("reader", [pacman_log, zypp_history])
def test_a_line_of_megabytes_is_no_line(reader):
    line = (
        "2026-03-02 10:00:00|command|" + "'up'" * 2_000_000 + "\n[2026-03-01T09:00:04+0100] [ALPM] upgraded"
    )
    began = time.monotonic()
    assert list(reader.records_of([line, "[" + "2" * 5_000_000, "|" * 5_000_000])) == []
    assert time.monotonic() - began < 2
