"""The job that takes files of people from folders: all of a file or nothing, with a report beside it."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import structlog

from server.access.audit import record
from server.db import Store
from server.errors import UsageError
from server.intake import folder as folders
from server.outbox.notice_texts import PEOPLE_FILE, PEOPLE_FOLDER
from server.outbox.notices import Notice, tell
from server.people.changes import Changed, Telling
from server.people.csv_import import PeopleFile, PersonLine, Remark, read_people
from server.people.history_models import PeopleSourceRow
from server.people.models import Organisation
from server.people.organisations import for_each_organisation, local_day
from server.people.own_profile import read_profile
from server.people.profile import PLAIN, Profile
from server.people.profiles import profile_named
from server.people.sources import sources
from server.people.store import Imported, save_people

log = structlog.get_logger()

WORKER = "worker"
"""Who imported, in the audit log."""
MOST_REMARKS = 10_000
"""Of one kind, in a report."""


def take_people_files(store: Store, now: datetime) -> str:
    """Import what lies finished in the folders of all organisations."""
    taken = refused = 0
    for done, failed in for_each_organisation(store, lambda of: _of_organisation(store, of, now)):
        taken += done
        refused += failed
    return f"{taken} files imported, {refused} refused"


def _of_organisation(store: Store, organisation: Organisation, now: datetime) -> tuple[int, int]:
    with store.reading() as session:
        rows = [row for row in sources(session, organisation.org_id) if row.folder]
    done = failed = 0
    for row in rows:
        folder = Path(row.folder or "")
        try:
            folders.prepare(folder)
            files = folders.finished(folder, now)
        except (UsageError, OSError):
            _tell(store, organisation, PEOPLE_FOLDER, row.source, now)
            failed += 1
            continue
        for file in files:
            if _take(store, organisation, row, file, now):
                done += 1
            else:
                failed += 1
        folders.forget_old(folder, now)
    return done, failed


def _take(
    store: Store, organisation: Organisation, source: PeopleSourceRow, file: Path, now: datetime
) -> bool:
    """Import one file, and put it away; whether it was good."""
    today = local_day(organisation, now)
    try:
        read = read_people(folders.content(file), profile_of(source))
    except UsageError as error:
        return _refuse(store, organisation, source.source, file, f"{error}\n", now, today)
    if read.faults:
        lines = ["Nothing was imported. Correct these lines, and put the file into the folder again."]
        report = "\n".join([*lines, *_remarks("Refused", read.faults), *_remarks("Noted", read.notes)])
        return _refuse(store, organisation, source.source, file, f"{report}\n", now, today)
    disagreed: list[str] = []

    def seen(line: PersonLine, changed: Changed) -> None:
        for name, other in changed.disagreed:
            disagreed.append(f"line {line.line}: {name}: “{other}” goes first and says otherwise.")

    with store.transaction() as session:
        telling = Telling(source.source)
        imported = save_people(session, organisation.org_id, read, today, telling, seen)
        record(session, organisation.org_id, today, WORKER, "people imported", f"source {source.source}")
    folders.put_away(file, folders.DONE, _report(read, imported, disagreed), today.isoformat())
    return True


def profile_of(source: PeopleSourceRow) -> Profile:
    """How files of a source are read."""
    if source.profile_text is not None:
        return read_profile(source.profile_text)
    return profile_named(source.profile or PLAIN.name)


def _report(read: PeopleFile, imported: Imported, disagreed: Sequence[str]) -> str:
    counts = [
        f"{imported.new} new, {imported.changed} changed, {imported.unchanged} unchanged,"
        f" {imported.elsewhere} not in the file.",
        f"Of the changed: {imported.placed} in another place, {imported.left} leave,"
        f" {imported.rehired} hired again, {imported.corrected} corrected.",
    ]
    differs = _remarks("Another source says otherwise", disagreed)
    return "\n".join([*counts, *differs, *_remarks("Noted", read.notes)]) + "\n"


def _remarks(title: str, remarks: Sequence[Remark | str]) -> Iterator[str]:
    if remarks:
        yield f"{title}:"
        yield from (f"  {remark}" for remark in remarks[:MOST_REMARKS])
    if len(remarks) > MOST_REMARKS:
        yield f"  and {len(remarks) - MOST_REMARKS} more"


def _refuse(
    store: Store, organisation: Organisation, source: str, file: Path, report: str, now: datetime, today: date
) -> bool:
    folders.put_away(file, folders.FAILED, report, today.isoformat())
    _tell(store, organisation, PEOPLE_FILE, source, now)
    return False


def _tell(store: Store, organisation: Organisation, kind: str, source: str, now: datetime) -> None:
    log.warning("people were not imported", organisation=organisation.slug, source=source, reason=kind)
    with store.transaction() as session:
        tell(session, organisation, Notice(kind, {"source": source}), now)
