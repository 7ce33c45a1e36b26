"""Which rows of which table go by which term, and of the tables that no term ends, why they stay.

Every table of the product is in one of the lists; tests/server/test_retention.py holds that.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa

from server.access.audit_models import AuditRow
from server.access.key_models import ApiKeyRow
from server.access.models import AccessClosedRow, ProviderIdentityRow, RoleGrantRow
from server.db import Base
from server.devices.models import RETIRED, Device, DeviceDrop, DeviceFact, DevicePerson, EnrolmentKey
from server.experiments.models import ExperimentPersonRow, ExperimentRow, ExperimentTeamRow
from server.ingest.models import DAY_TABLES, device_day, raw_batch
from server.ingest.uptime import CollectorHour
from server.lifecycle.models import TaskDoneRow
from server.outbox.models import OutboxRow
from server.people.history_models import (
    DirectoryChangeRow,
    PastSpellRow,
    PersonSourceRow,
    StageFeedRow,
    TeamRenameRow,
)
from server.people.models import AbsenceRow, AssignmentRow, InventoryRow, MoveRow, PersonRow
from server.people.sign_in_models import SignInNameRow
from server.people.weeks import period_of, week_of
from server.privacy.alarm_models import AlarmRow
from server.privacy.equipment_models import EquipmentReleaseRow, EquipmentSumRow
from server.privacy.lifecycle_models import LifecycleMedianRow, LifecycleReleaseRow, LifecycleSumRow
from server.privacy.models import CohortQueueRow, PersonWeekRow
from server.pulse.models import PulseAnswer, PulseComment, PulseMember, PulseSpent
from server.rights.models import PersonRequestRow, ReceiptRow, RestrictionRow, SupportLookRow
from server.schema import metadata
from server.scim.models import ScimMemberRow, ScimTokenRow, ScimUserRow

Gone = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `table` that `gone` finds for the first day that is kept; `says` which rows these are."""

    table: sa.Table
    term: str
    says: str
    gone: Callable[[date], Gone]


def _table(model: type[Base]) -> sa.Table:
    return metadata.tables[model.__tablename__]


def _before(model: type[Base], column: str, term: str, says: str) -> Rule:
    """Rows whose day lies before the first day that is kept; those without a day stay."""
    table = _table(model)
    return Rule(table, term, says, lambda first: table.c[column] < first)


def _replaced_facts(first: date) -> Gone:
    """Facts that others followed before that day."""
    later = sa.alias(_table(DeviceFact))
    facts = _table(DeviceFact).c
    return sa.exists().where(
        later.c.org_id == facts.org_id,
        later.c.device_id == facts.device_id,
        later.c.since > facts.since,
        later.c.since < first,
    )


def _replaced_stages(first: date) -> Gone:
    """Stages of a feed that others followed before that day."""
    later = sa.alias(_table(StageFeedRow))
    stages = _table(StageFeedRow).c
    return sa.exists().where(
        later.c.org_id == stages.org_id,
        later.c.person_id == stages.person_id,
        later.c.stage_from > stages.stage_from,
        later.c.stage_from < first,
    )


def _retired(first: date) -> Gone:
    """Retired laptops of which no day is left; facts and owners go with them."""
    device = _table(Device).c
    of_device = [
        sa.exists().where(rows.c.org_id == device.org_id, rows.c.device_id == device.device_id)
        for rows in (device_day, raw_batch)
    ]
    return sa.and_(device.state == RETIRED, device.enrolled_on < first, *(~found for found in of_device))


def _of_ended_experiment(first: date) -> Gone:
    teams, experiment = _table(ExperimentTeamRow).c, _table(ExperimentRow).c
    return sa.exists().where(
        experiment.org_id == teams.org_id, experiment.name == teams.name, experiment.ended_on < first
    )


def _hours_before(first: date) -> Gone:
    return _table(CollectorHour).c.hour < datetime.combine(first, time(), UTC)


WEEKLY: Mapping[sa.Table, str] = {table: "rows" for table in DAY_TABLES if table is not raw_batch}
"""Tables that go by whole weeks, for all organisations at once. Of raw_batch, the bytes follow terms; the
ledger of arrivals stays as long as a laptop may repeat a batch."""

RULES: tuple[Rule, ...] = (
    Rule(_table(DeviceFact), "rows", "facts that others followed", _replaced_facts),
    _before(DevicePerson, "until", "rows", "whose laptop it was, once it is not any more"),
    Rule(_table(Device), "rows", "retired laptops without a day", _retired),
    _before(InventoryRow, "inventory_to", "rows", "lines of the asset list that ended"),
    _before(EnrolmentKey, "last_day", "rows", "enrolment keys that expired"),
    _before(ApiKeyRow, "last_day", "rows", "keys of programs that expired"),
    _before(ScimTokenRow, "last_day", "rows", "tokens of directories that expired"),
    _before(CohortQueueRow, "left_on", "rows", "a person's mean over a stage"),
    _before(AssignmentRow, "assignment_to", "places", "teams that people left"),
    _before(MoveRow, "role_change", "places", "changes of role"),
    _before(AbsenceRow, "absence_to", "places", "absences that ended"),
    _before(PastSpellRow, "last_day", "places", "employments before the one that holds"),
    Rule(_table(StageFeedRow), "places", "stages that others followed", _replaced_stages),
    _before(DirectoryChangeRow, "day", "places", "which source changed which field of somebody"),
    _before(TeamRenameRow, "day", "releases", "names that teams and units had"),
    _before(AlarmRow, "ended_on", "releases", "alarms that are over"),
    _before(EquipmentReleaseRow, "day", "releases", "released days of the equipment view"),
    _before(EquipmentSumRow, "day", "releases", "sums of released days"),
    _before(LifecycleReleaseRow, "first_day", "releases", "released periods of joining, moving and leaving"),
    _before(LifecycleSumRow, "first_day", "releases", "sums of released periods"),
    _before(LifecycleMedianRow, "first_day", "releases", "medians of released periods"),
    _before(SupportLookRow, "asked_on", "audit", "looks of IT at one laptop"),
    _before(PersonRequestRow, "ended_on", "audit", "requests about own data that were decided"),
    _before(ReceiptRow, "day", "audit", "receipts of what was done with somebody's data"),
    _before(OutboxRow, "ended_on", "messages", "messages that were sent or given up"),
    Rule(_table(ExperimentTeamRow), "releases", "teams of experiments that ended", _of_ended_experiment),
    _before(ExperimentRow, "ended_on", "releases", "experiments that ended"),
)
OF_INSTALLATION: tuple[Rule, ...] = (
    Rule(_table(CollectorHour), "rows", "hours in which a collector was up", _hours_before),
)
"""The same of tables without an organisation."""

OF_LEAVERS: tuple[tuple[sa.Table, str], ...] = (
    *((_table(model), "of people who left") for model in (AssignmentRow, MoveRow, AbsenceRow)),
    *((_table(model), "of people who left") for model in (PastSpellRow, StageFeedRow)),
    *((_table(model), "of people who left") for model in (DirectoryChangeRow, PersonSourceRow)),
    *((_table(model), "of people who left") for model in (InventoryRow, DevicePerson, SignInNameRow)),
    *((_table(model), "of people who left") for model in (ScimUserRow, ScimMemberRow)),
    *(
        (_table(model), "of people who left")
        for model in (RoleGrantRow, ProviderIdentityRow, AccessClosedRow)
    ),
    *((_table(model), "of people who left") for model in (RestrictionRow, PersonRequestRow, TaskDoneRow)),
    (_table(PersonRow), "people who left"),
)
"""What goes when somebody's last day lies further back than the term `leavers`, people themselves last."""

OF_AUDIT = (_table(AuditRow), "audit", "entries of the audit log; the digest of the last one stays")
"""What goes from the oldest on, and never from the middle (server/access/audit_chain.py)."""

OWN_TERM = {
    PersonWeekRow: "person_weeks",
    ExperimentPersonRow: "person_weeks",
    PulseComment: "comments",
    DeviceDrop: "drops",
}
UNTIL_CLOSED = "at the latest; pulse_release deletes it when its period closes"
_NAMES: Mapping[str, Callable[[date], str]] = {
    "week": week_of,
    "period": lambda day: period_of(week_of(day)),
    "quarter": week_of,
}


def by_name() -> Iterator[Rule]:
    """Tables whose rows carry a week or a period: what is released is kept longest.

    Names of weeks and periods sort like the times they stand for.
    """
    own = {_table(model): term for model, term in OWN_TERM.items()}
    of_period = {_table(model) for model in (PulseAnswer, PulseMember, PulseSpent)}
    for table in metadata.sorted_tables:
        for column, name_of in _NAMES.items():
            if column in table.c:
                says = UNTIL_CLOSED if table in of_period else f"by {column}"
                yield Rule(table, own.get(table, "releases"), says, _named_before(table.c[column], name_of))


def _named_before(column: sa.Column[str], name_of: Callable[[date], str]) -> Callable[[date], Gone]:
    return lambda first: column < name_of(first)


def rules() -> tuple[Rule, ...]:
    """All rules about rows of one organisation, besides those of people who left."""
    return (*RULES, *by_name())


STAYS: Mapping[str, str] = {
    "scim_group": "a setting of the directory that brings it",
    "organisation": "the company itself, until it is removed",
    "calendar_place": "a setting: whose holidays hold at which site",
    "calendar_day": "a setting: days that the company made free, and when it works on a holiday",
    "people_source": "a setting: which systems know people, and who goes first",
    "partner": "a setting: which teams and units are shown together",
    "required_application": "a setting: what somebody needs who joins or moves",
    "policy_settings": "a setting",
    "policy_service": "a setting",
    "policy_reference": "a setting",
    "policy_application": "a setting",
    "sign_in_key": "a setting: at a change, keys that ended more than 90 days before are deleted",
    "support_setting": "a setting: whether people are asked before IT looks at their laptop",
    "notice_recipient": "a setting: who wants to hear of what",
    "model_version": "a decision, and what scores were computed with",
    "agreement": "what was agreed, and so the proof of it",
    "agreement_key": "proves who signed",
    "fleet_count": "one row per organisation, replaced each day",
    "device_fault": "what is wrong with a laptop now; its day is never older than rows may be",
    "fault_look": "one row per organisation, replaced each day",
    "alarm_look": "one row per organisation, written over with each day that is looked at",
    "alarm_series": "one row per signal, written over with each day that is looked at",
    "audit_head": "one row per organisation: where its audit log ends",
    "audit_checkpoint": "what stays of ended entries of the audit log: a number and a digest",
    "chosen_term": "a setting: the terms themselves",
    "account": "a setting: who signs in by a password, until the account is removed",
    "job": "one row per periodic job, written over at each run",
    "login_link": "deleted when it is used or expires, by forget_sessions",
    "session": "deleted when it ends, after 7 days, by forget_sessions",
}
"""Tables that no term ends, and why."""
