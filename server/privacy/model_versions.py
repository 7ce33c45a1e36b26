"""Which score model holds in which week: the built-in one, until an organisation decides otherwise.

A decision is made on the host, with a reason; it concerns weeks that are still to be released, and is never
changed. A release carries the name of the model that its days were read by (docs/scoring.md 12).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import UsageError
from server.people.models import Organisation
from server.privacy.models import ModelVersionRow
from server.privacy.records import FIRST_DIGEST, Record
from server.privacy.release_store import last_release
from server.scoring.model_file import canonical, read_model
from server.scoring.parameters import BUILT_IN, IN_FORCE, Model, Models

MOST_REASON = 500
"""Characters of a reason."""


class NotAdopted(UsageError):
    """Said on the command line, the only place where a model is adopted."""


@dataclass(frozen=True)
class Decision(Record):
    """What the digest of a decision covers. `document`: the model as JSON; `decided_on` as YYYY-MM-DD."""

    number: int
    name: str
    document: str
    from_week: str
    decided_on: str
    reason: str


def adopt(
    session: Session, org_id: UUID, model: Model, from_week: str, reason: str, today: date
) -> ModelVersionRow:
    """Write a decision down. NotAdopted if a week of it was released, or the name was used before."""
    hold_models(session, org_id)
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= MOST_REASON:
        raise NotAdopted(f"A decision needs a reason of 1 to {MOST_REASON} characters.")
    last = last_release(session, org_id)
    if last is not None and from_week <= last.week:
        raise NotAdopted(f"Week {last.week} is released already; a model holds from a later week on.")
    before = decisions(session, org_id)
    if model.name in (*BUILT_IN, *(row.name for row in before)):
        raise NotAdopted(f"There was a model “{model.name}” before; each has a name of its own.")
    decision = Decision(
        number=len(before) + 1,
        name=model.name,
        document=canonical(model),
        from_week=from_week,
        decided_on=today.isoformat(),
        reason=reason,
    )
    previous = before[-1].digest if before else FIRST_DIGEST
    row = ModelVersionRow(
        org_id=org_id,
        number=decision.number,
        name=decision.name,
        document=decision.document,
        from_week=from_week,
        decided_on=today,
        reason=reason,
        previous=previous,
        digest=decision.digest(previous),
    )
    session.add(row)
    session.flush()
    return row


def hold_models(session: Session, org_id: UUID) -> None:
    """Let no release of the organisation be written, and no decision, until this transaction ends."""
    session.execute(sa.select(Organisation.org_id).where(Organisation.org_id == org_id).with_for_update())


def decisions(session: Session, org_id: UUID) -> Sequence[ModelVersionRow]:
    """All of them, in the order in which they were made."""
    query = sa.select(ModelVersionRow).where(ModelVersionRow.org_id == org_id)
    return session.scalars(query.order_by(ModelVersionRow.number)).all()


def models_of(session: Session, org_id: UUID) -> Models:
    """Every model that releases of the organisation may name."""
    return {**BUILT_IN, **{row.name: model_of(row) for row in decisions(session, org_id)}}


def model_of(row: ModelVersionRow) -> Model:
    return read_model(row.document.encode())


def model_of_week(session: Session, org_id: UUID, week: str) -> Model:
    """Of the decisions whose week has come the last that was made holds."""
    begun = [row for row in decisions(session, org_id) if row.from_week <= week]
    return model_of(begun[-1]) if begun else IN_FORCE


def broken_decisions(session: Session, org_id: UUID) -> list[str]:
    """Names of the models whose decision was changed after it was made, or was made by nobody."""
    broken, before = [], FIRST_DIGEST
    for number, row in enumerate(decisions(session, org_id), 1):
        decision = Decision(
            number, row.name, row.document, row.from_week, row.decided_on.isoformat(), row.reason
        )
        if row.previous != before or decision.digest(row.previous) != row.digest or row.number != number:
            broken.append(row.name)
        before = row.digest
    return broken
