"""`dex-server score --model FILE --adopt`: a score model that is to hold from a week on, and why."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from server.clock import utc_now
from server.commands.noting import note
from server.commands.what_if import differences, model_of
from server.people.models import Organisation
from server.people.organisations import local_day
from server.people.weeks import WEEKS_IN_WINDOW, monday_of, week_before
from server.privacy.model_versions import adopt, model_of_week
from server.scoring.model_file import fingerprint
from server.scoring.parameters import LEAST_WEEKS


def adopted_lines(
    session: Session, organisation: Organisation, file: Path, from_week: str, reason: str
) -> Iterator[str]:
    """Write the decision down, and say in words what it does."""
    before = model_of_week(session, organisation.org_id, from_week)
    model = model_of(file, before)
    today = local_day(organisation, utc_now())
    row = adopt(session, organisation.org_id, model, from_week, reason, today)
    note(session, organisation, "model adopted", f"{model.name} from {from_week} on", reason)
    yield f"{model.name} holds from {from_week} ({monday_of(from_week)}) on, instead of {before.name}."
    yield from differences(model, before)
    if anew := model.gauges_read_otherwise(before):
        first = week_before(from_week, 1 - LEAST_WEEKS)
        whole = week_before(from_week, 1 - WEEKS_IN_WINDOW)
        yield (
            f"  Released days were read by the old curve of {', '.join(anew)},"
            " which therefore begins anew: it is "
            f"in scores again from {first} on, and of {WEEKS_IN_WINDOW} weeks from {whole} on."
        )
    yield "  Scores before and after are not compared; released weeks keep their model."
    yield f"Model {fingerprint(model)}"
    yield f"Decision {row.number}, {row.digest}"
