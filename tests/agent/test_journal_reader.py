"""The journal through libsystemd and through journalctl gives the same, on journals of real laptops."""

import random
import shutil

import pytest
from collector_helpers import NOW, unpack_journals

from agent.collectors import journal_linux, libsystemd_linux
from agent.collectors.journal_linux import (
    ANYTHING,
    EMPTY,
    CommandJournal,
    LibraryJournal,
    require_kept,
    require_readable,
)
from agent.collectors.oscrash_linux import SystemCrashes
from agent.collectors.signin_linux import FIELDS as SIGNIN_FIELDS
from agent.collectors.signin_linux import SignIns, is_person
from agent.reading import SourceAbsent, SourceDenied
from agent.records.journal import FIELDS, STARTUP_FINISHED, text

SHUT_DOWN, CUT_OFF = "5ea5fc4f82a14186b5332a788ef9435e", "4c708e1fd0744336be16f3931aa861fb"
STARTED = ((f"MESSAGE_ID={STARTUP_FINISHED}", "_PID=1"),)
NEVER = (("MESSAGE_ID=00000000000000000000000000000000",),)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Two starts of one laptop: the first was shut down, the second cut off."""
    names = ("fedora37-boot1-system", "fedora37-boot3-system", "fedora37-user1000-2boots")
    return unpack_journals(tmp_path_factory.mktemp("journal"), *names)


@pytest.fixture(params=["library", "command"])
def open_recorded(request, recorded):
    library = libsystemd_linux.load()
    if request.param == "library":
        if library is None:
            pytest.skip("libsystemd is not installed")
        return lambda fields=FIELDS: LibraryJournal(library, fields, recorded)
    if not shutil.which("journalctl"):
        pytest.skip("journalctl is not installed")
    return lambda fields=FIELDS: CommandJournal(fields, recorded)


def test_matching_entries_come_once_and_in_order(open_recorded):
    journal = open_recorded()
    entries, cursor = journal.after(EMPTY, STARTED)
    assert [entry["_BOOT_ID"] for entry in entries] == [SHUT_DOWN, CUT_OFF]
    assert journal.after(cursor, STARTED) == ([], cursor)
    assert open_recorded().after(cursor, STARTED) == ([], cursor)


def test_only_the_fields_asked_for_are_read(open_recorded):
    (entry, *_), _ = open_recorded(("_PID",)).after(EMPTY, STARTED)
    assert set(entry) - {"_BOOT_ID", "__SEQNUM", "__SEQNUM_ID"} == {
        "_PID",
        "__CURSOR",
        "__REALTIME_TIMESTAMP",
        "__MONOTONIC_TIMESTAMP",
    }


def test_the_rest_waits_for_the_next_look(open_recorded):
    journal = open_recorded()
    first, cursor = journal.after(EMPTY, ANYTHING, 3)
    more, _ = journal.after(cursor, ANYTHING, 2)
    together, _ = open_recorded().after(EMPTY, ANYTHING, 5)
    assert [e["__CURSOR"] for e in first + more] == [e["__CURSOR"] for e in together]


def test_the_first_look_gives_nothing_and_a_place_that_holds(open_recorded):
    journal = open_recorded()
    entries, now = journal.after(None, NEVER)
    assert not entries
    assert now == journal.newest(ANYTHING, 1)[0]["__CURSOR"]
    assert journal.after(now, STARTED) == ([], now)


def test_a_place_in_a_file_that_is_gone_is_no_error(open_recorded):
    gone = "s=00000000000000000000000000000001;i=1;b=00000000000000000000000000000002;m=1;t=1;x=1"
    entries, _ = open_recorded().after(gone, STARTED)
    assert entries[-1]["_BOOT_ID"] == CUT_OFF


def test_the_newest_entries_come_newest_first(open_recorded):
    last, before = open_recorded().newest(((f"_BOOT_ID={SHUT_DOWN}",),), 2)
    assert text(last, "MESSAGE") == "Journal stopped"
    assert int(last["__REALTIME_TIMESTAMP"]) > int(before["__REALTIME_TIMESTAMP"])


def unclean_ends(open_recorded, since, panics=False):
    source = SystemCrashes(open_recorded, lambda: "f" * 32, lambda: None, lambda since: panics)
    return source.collect(NOW, since)


def test_a_run_that_was_cut_off_is_told_of_at_the_next_start(open_recorded):
    reading = unclean_ends(open_recorded, CUT_OFF)
    assert [(e.kind, dict(e.detail)) for e in reading.events] == [("oscrash", {"cause": "unknown"})]
    assert reading.events[0].at.isoformat() == "2022-10-24T04:05:54.649355+00:00"
    assert not unclean_ends(open_recorded, reading.cursor).events


def test_of_several_runs_only_those_cut_off_count(open_recorded):
    assert len(unclean_ends(open_recorded, SHUT_DOWN).events) == 1


def test_a_panic_that_the_firmware_kept_explains_the_end(open_recorded):
    (event,) = unclean_ends(open_recorded, CUT_OFF, panics=True).events
    assert event.detail == {"cause": "panic"}


def test_a_run_that_the_journal_forgot_counts_for_nothing(open_recorded):
    assert not unclean_ends(open_recorded, "9" * 32).events


def sign_ins(open_recorded, name="berend"):
    source = SignIns(lambda: open_recorded(SIGNIN_FIELDS), lambda: None, lambda uid: name)
    return [(s.name, round(s.value, 3)) for s in source.collect(NOW, EMPTY).samples]


def test_sign_ins_are_measured_from_the_session_to_the_desktop(open_recorded):
    assert sign_ins(open_recorded) == [
        ("signin", 1.0),
        ("signin_s", 10.983),
        ("signin", 1.0),
        ("signin_s", 10.397),
    ]


def test_another_persons_session_is_no_begin(open_recorded):
    assert sign_ins(open_recorded, "somebody") == []


@pytest.mark.parametrize(("uid", "person"), [(0, False), (42, False), (1000, True), (60578, False)])
def test_sign_in_screens_are_no_people(uid, person):
    assert is_person(uid) is person


def test_a_machine_without_a_journal_says_so(tmp_path):
    with pytest.raises(SourceAbsent, match="keeps no systemd journal"):
        require_readable([tmp_path])


def test_a_journal_that_may_not_be_read_is_denied_with_the_command_that_grants_it(tmp_path, monkeypatch):
    (tmp_path / "0123").mkdir()
    (tmp_path / "0123/system.journal").touch()
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(SourceDenied) as refused:
        require_readable([tmp_path])
    assert refused.value.grant.startswith("sudo usermod -aG systemd-journal ")


def test_a_journal_in_memory_only_says_how_to_keep_it(tmp_path):
    with pytest.raises(SourceAbsent) as refused:
        require_kept([tmp_path / "var", tmp_path / "run"])
    assert "sudo mkdir -p /var/log/journal" in refused.value.grant


def damaged(folder, how):
    """A recorded journal of which a stretch is zeros, bytes are wrong all over, or the end is missing."""
    (file,) = unpack_journals(folder, "fedora37-boot1-system").iterdir()
    content = bytearray(file.read_bytes())
    if how == "zeros":
        content[2_000_000:2_065_536] = bytes(65_536)
    elif how == "noise":
        wrong = random.Random(7)
        for _ in range(5_000):
            content[wrong.randrange(300, len(content))] = wrong.randrange(256)
    else:
        del content[3_000_000:]
    file.write_bytes(content)
    return folder


@pytest.mark.parametrize("how", ["zeros", "noise", "cut"])
@pytest.mark.parametrize("by", ["library", "command"])
def test_damage_in_a_journal_breaks_no_reader(tmp_path, by, how):
    library = libsystemd_linux.load()
    if library is None or not shutil.which("journalctl"):
        pytest.skip("libsystemd or journalctl is not installed")
    folder = damaged(tmp_path, how)
    fields = ("_BOOT_ID",)
    journal = LibraryJournal(library, fields, folder) if by == "library" else CommandJournal(fields, folder)
    seen, cursor = set(), EMPTY
    for _ in range(20):
        entries, cursor = journal.after(cursor, ANYTHING)
        seen |= {entry["__CURSOR"] for entry in entries}
        if not entries:
            break
    assert not entries
    assert len(seen) > 500 or how != "zeros"  # one that was cut is refused as a whole
    assert len(journal.newest(ANYTHING, 3)) <= 3


def test_journalctl_that_prints_without_end_or_nothing_at_all_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setattr(journal_linux, "JOURNALCTL_BYTES", 100_000)
    entry = '{"__CURSOR": "s=1", "_PID": "1"}'
    endless = CommandJournal((), run=lambda _: journal_linux._journalctl(["yes", entry]))
    entries, cursor = endless.after(EMPTY, ANYTHING, limit=500)
    assert (len(entries), cursor) == (500, "s=1")
    monkeypatch.setattr(journal_linux, "JOURNALCTL_SECONDS", 0.1)
    silent = CommandJournal((), run=lambda _: journal_linux._journalctl(["sleep", "60"]))
    with pytest.raises(SourceAbsent, match="does not answer"):
        silent.after(EMPTY, ANYTHING)
