"""What is collected, what never is, and what nobody can find out: a page for everybody who is signed in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from agent.signals import LIMITS
from dashboards.field_words import PARTS, form
from dashboards.formats import number
from dashboards.names import stage_name
from dashboards.navigation import ROLE_NAMES
from dashboards.words import gettext, lazy_gettext
from server.access.current import granted
from server.access.permissions import (
    DECIDE_REQUESTS,
    MODERATE_COMMENTS,
    READ_COMMENTS,
    SEE_ALARMS,
    SEE_AUDIT,
    SEE_EQUIPMENT,
    SEE_EXPERIMENTS,
    SEE_FAULTS,
    SEE_GROUPS,
    SUPPORT,
)
from server.access.roles import Role
from server.access.store import SESSION_DAYS
from server.agreement.keys import fingerprint
from server.agreement.queries import edition_in_force
from server.agreement.words import fault_words
from server.clock import Clock
from server.errors import NotFound
from server.people.models import Organisation
from server.policy.queries import policy_of
from server.privacy.release_store import last_release
from server.pulse.labels import least_people
from server.pulse.models import PulseLabel, PulsePeriod
from server.pulse.queries import COMMENTS_LEAST, current_period, label_rows
from server.scoring import parameters
from server.scoring.equipment_limits import LEAST_LAPTOPS
from server.terms import terms_in_force

bp = Blueprint("privacy", __name__)

LABEL_KINDS = ("row", "col", "comment")
"""In the order in which they are listed: teams and units, stages, comments."""
RESULTS_SEEN = {
    Role.EMPLOYEE: lazy_gettext("the own laptop and score, and published results of all groups"),
    Role.LEAD: lazy_gettext("published results of the own team, its unit and the company, also by stage"),
    Role.HR: lazy_gettext("published results of all groups"),
    Role.EXPERIENCE_MANAGER: lazy_gettext("published results of all groups"),
    Role.IT: lazy_gettext("published technical results of all groups, made without any answer"),
    Role.PRIVACY_OFFICER: lazy_gettext("published results of all groups, unrounded"),
    Role.WORKS_COUNCIL: lazy_gettext("this page and the method; no results"),
    Role.MODERATOR: lazy_gettext("this page and the method; no results"),
    Role.ADMIN: lazy_gettext("this page and the method; no results"),
    Role.AUDITOR: lazy_gettext("this page and the method; no results"),
}


@bp.get("/privacy")
def privacy() -> ResponseReturnValue:
    grant = granted()
    with current_app.extensions["store"].reading() as session:
        organisation = session.get_one(Organisation, grant.org_id)
        edition = edition_in_force(session, grant.org_id)
        policy = policy_of(session, grant.org_id, {})
        release = last_release(session, grant.org_id)
        terms = terms_in_force(session)
        period = _period(session, grant.org_id)
        labels = label_rows(session, grant.org_id, period.period) if period is not None else []
    return render_template(
        "privacy.html",
        organisation=organisation,
        edition=edition,
        signed_by=fingerprint(edition.modulus) if edition.modulus else "",
        policy=policy,
        faults=[fault_words(rule, limits).in_words(gettext) for rule, limits in edition.faults.items()],
        services=[(row["name"], address(row)) for row in policy["services"]],
        references=[(row["name"], address(row)) for row in policy["references"]],
        parts=PARTS,
        form=form,
        p=parameters,
        release=release,
        sees_groups=grant.role in SEE_GROUPS,
        period=period,
        labels=sorted(labels, key=lambda label: LABEL_KINDS.index(label.kind)),
        label_words=label_words,
        least=least_people(organisation.k),
        comments_least=COMMENTS_LEAST,
        limits=LIMITS,
        terms=terms,
        session_days=SESSION_DAYS,
        roles=[(ROLE_NAMES[role], what_is_seen(role)) for role in RESULTS_SEEN],
    )


@bp.get("/privacy/labels.json")
def labels() -> ResponseReturnValue:
    """The list of labels of the running period, byte for byte as laptops get it."""
    with current_app.extensions["store"].reading() as session:
        period = _period(session, granted().org_id)
    if period is None:
        raise NotFound("No period of the pulse is running.")
    response = Response(period.labels, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(period)}"'
    return response


@bp.get("/privacy/agreement.json")
def agreement() -> ResponseReturnValue:
    """The agreement in force, byte for byte as it was signed and as laptops hold policies against it."""
    with current_app.extensions["store"].reading() as session:
        edition = edition_in_force(session, granted().org_id)
    response = Response(edition.content, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="agreement-{edition.number}.json"'
    return response


def what_is_seen(role: Role) -> list[str]:
    """Everything that this role sees of others, in words."""
    seen = [str(RESULTS_SEEN[role])]
    if role is Role.IT:
        seen.append(gettext("how many laptops there are and what is seen of them, counted once a day"))
    if role in MODERATE_COMMENTS:
        seen.append(gettext("comments before they are released"))
    if role in READ_COMMENTS:
        seen.append(gettext("comments of the whole company, once the moderator has gone through them"))
    if role in SEE_FAULTS:
        seen.append(gettext("faults of laptops, by asset tag"))
    if role in SEE_EQUIPMENT:
        least = number(LEAST_LAPTOPS)
        seen.append(gettext("rates of versions, models and places with at least %(n)s laptops", n=least))
    if role in SEE_ALARMS:
        seen.append(gettext("what got worse than usual, in alarms that name no group"))
    if role in SEE_EXPERIMENTS:
        seen.append(gettext("what experiments did, as the difference between two large groups"))
    if role in SUPPORT:
        seen.append(
            gettext("the trouble of one named laptop for 24 hours, for a reason that its person reads")
        )
    if role in DECIDE_REQUESTS:
        seen.append(gettext("who asks for erasure or restriction of their own data"))
    if role in SEE_AUDIT:
        seen.append(gettext("the audit log: that somebody looked or changed something"))
    return seen


def address(row: Mapping[str, Any]) -> str:
    """Where laptops try a service or a reference of the policy."""
    return row.get("url") or f"{row['host']}:{row['port']}"


def file_name(period: PulsePeriod) -> str:
    return f"labels-{period.period}.json"


def label_words(label: PulseLabel) -> str:
    """Whom a label stands for."""
    if label.kind == "comment":
        return gettext("everybody, for comments")
    if label.kind == "col":
        return stage_name(label.stage) if label.stage else gettext("all other stages")
    if label.team:
        return label.team
    return gettext("the rest of %(group)s", group=label.unit) if label.unit else gettext("everybody else")


def _period(session: Session, org_id: UUID) -> PulsePeriod | None:
    clock: Clock = current_app.extensions["clock"]
    now: datetime = clock()
    return current_period(session, org_id, now)
