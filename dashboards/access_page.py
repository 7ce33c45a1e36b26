"""Access: who has which role, by which providers people sign in, and which keys are good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dashboards.audit_words import who_words
from dashboards.navigation import ROLE_NAMES
from dashboards.words import Lazy, gettext, lazy_gettext
from server.access import keys
from server.access.accounts import MOST_REFUSED, account_called, account_name, accounts, disable_account
from server.access.audit import record
from server.access.current import granted
from server.access.grants import Holder, grant_role, granted_roles, withdraw_role
from server.access.models import AccountRow, RoleGrantRow
from server.access.providers import Provider, Providers
from server.access.roles import GRANTABLE, Grant, Role
from server.access.subjects import organisation_of
from server.devices.queries import enrolment_keys
from server.errors import BadRequest, Forbidden, UsageError
from server.people.present import people_with_email, shown_names
from server.people.queries import person_by_employee_id
from server.scim import tokens

bp = Blueprint("access_page", __name__)

ACCOUNT, PERSON = "account", "person"
STATES: Mapping[str, Lazy] = {
    "open": lazy_gettext("in use"),
    "disabled": lazy_gettext("disabled"),
    "unset": lazy_gettext("no password yet"),
    "refused": lazy_gettext("closed after wrong passwords"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody was given; `whose` names them to the reader, `kind` and `holder` to the form."""

    whose: str
    kind: str
    holder: str
    role: str
    since: date
    by: str


@dataclass(frozen=True, slots=True)
class Key:
    """Something that lets programs or laptops in, by the name it was given."""

    kind: Lazy
    name: str
    last_day: date


@bp.get("/access")
def access() -> ResponseReturnValue:
    return _page()


@bp.post("/access/grant")
def grant() -> ResponseReturnValue:
    """Give a role to somebody else; what is wrong with the form is said above it."""
    role, today = _role(), _today()
    if role not in GRANTABLE:
        raise BadRequest("This role is not given: it follows from the directory, or from a key.")
    try:
        with current_app.extensions["store"].transaction() as session:
            holder = _holder(session, request.form.get("kind", ""), request.form.get("holder", ""))
            _refuse_self(session, holder)
            if grant_role(session, granted().org_id, holder, role, today, granted().who):
                record(session, granted().org_id, today, granted().who, "role granted", f"{role} to {holder}")
    except UsageError:
        return _page(gettext("Nobody here is called so. Write an account, an employee id or an address."))
    return redirect(url_for("access_page.access"))


@bp.post("/access/withdraw")
def withdraw() -> ResponseReturnValue:
    """Take a role away, also from oneself."""
    role, today = _role(), _today()
    kind, text = request.form.get("kind", ""), request.form.get("holder", "")
    with current_app.extensions["store"].transaction() as session:
        holder = Holder(account=text) if kind == ACCOUNT else Holder(person_id=_id(text))
        if withdraw_role(session, granted().org_id, holder, role):
            record(session, granted().org_id, today, granted().who, "role withdrawn", f"{role} from {holder}")
    return redirect(url_for("access_page.access"))


@bp.post("/access/switch")
def switch() -> ResponseReturnValue:
    """Disable an account, or let it be used again; one's own is left alone."""
    disabled = request.form.get("to") == "disabled"
    try:
        with current_app.extensions["store"].transaction() as session:
            name = account_name(request.form.get("account", ""))
            account = account_called(session, granted().org_id, name)
            _refuse_self(session, Holder(account=name))
            if account.disabled != disabled:
                disable_account(session, account, disabled)
                done = "account disabled" if disabled else "account enabled"
                record(session, granted().org_id, _today(), granted().who, done, f"account {name}")
    except UsageError as error:
        raise BadRequest(str(error)) from error
    return redirect(url_for("access_page.access"))


def _page(trouble: str = "") -> ResponseReturnValue:
    grant, today = granted(), _today()
    with current_app.extensions["store"].reading() as session:
        known = accounts(session, grant.org_id)
        given = granted_roles(session, grant.org_id)
        people = {row.person_id for row in known} | {row.person_id for row in given}
        people |= {_person_in(row.granted_by) for row in given}
        names = shown_names(session, grant.org_id, (person_id for person_id in people if person_id))
        page = render_template(
            "access.html",
            accounts=[(row, _name(names, row.person_id), STATES[_state(row)]) for row in known],
            held=_held(given, names),
            own_account=grant.account if grant.by_password else None,
            providers=_providers_of(session, grant.org_id),
            role_names=ROLE_NAMES,
            grantable=GRANTABLE,
            keys=_keys(session, grant.org_id, today),
            trouble=trouble,
            form=request.form,
        )
    return make_response(page, 422 if trouble else 200)


def _held(given: Sequence[RoleGrantRow], names: Mapping[UUID, str]) -> list[Held]:
    return [
        Held(
            row.account or _name(names, row.person_id),
            ACCOUNT if row.person_id is None else PERSON,
            row.account or str(row.person_id),
            row.role,
            row.since,
            _by(row.granted_by, names),
        )
        for row in given
    ]


def _by(who: str, names: Mapping[UUID, str]) -> str:
    """Who gave it: the host, or a role with the person or account behind it."""
    person_id, words = _person_in(who), who_words(who)
    return f"{words.role} {words.account if person_id is None else _name(names, person_id)}".strip()


def _person_in(who: str) -> UUID | None:
    try:
        return UUID(who.rpartition(" ")[2])
    except ValueError:
        return None


def _name(names: Mapping[UUID, str], person_id: UUID | None) -> str:
    return names.get(person_id, str(person_id)) if person_id is not None else ""


def _state(account: AccountRow) -> str:
    if account.disabled:
        return "disabled"
    if account.password_hash is None:
        return "unset"
    return "refused" if account.refused >= MOST_REFUSED else "open"


def _providers_of(session: Session, org_id: UUID) -> list[Provider]:
    """Those whose people come into this organisation."""
    providers: Providers = current_app.extensions["providers"]
    return [one for one in providers.values() if organisation_of(session, one) == org_id]


def _keys(session: Session, org_id: UUID, today: date) -> list[Key]:
    """What is good today, by name; never the secret, of which the store has none."""
    enrolment = [
        Key(lazy_gettext("lets laptops in"), row.label, row.last_day)
        for row in enrolment_keys(session, org_id)
        if not row.revoked and row.last_day >= today
    ]
    programs = [
        Key(lazy_gettext("lets a program read"), row.name, row.last_day)
        for row in keys.api_keys(session, org_id)
        if keys.is_good(row, today)
    ]
    directories = [
        Key(lazy_gettext("lets the directory write"), row.name, row.last_day)
        for row in tokens.tokens(session, org_id)
        if tokens.is_good(row, today)
    ]
    return [*enrolment, *programs, *directories]


def _holder(session: Session, kind: str, text: str) -> Holder:
    """Whom the form means. UsageError for nobody, BadRequest for a form that is not ours."""
    org_id, text = granted().org_id, text.strip()
    if kind == ACCOUNT:
        return Holder(account=account_called(session, org_id, account_name(text)).name)
    if kind != PERSON:
        raise BadRequest("A role is given to an account or to a person.")
    found = person_by_employee_id(session, org_id, text)
    if found is not None:
        return Holder(person_id=found.person_id)
    people = people_with_email(session, org_id, text, _today()) if "@" in text else []
    if len(people) != 1:
        raise UsageError("Nobody has this employee id or address.")
    return Holder(person_id=people[0])


def _refuse_self(session: Session, holder: Holder) -> None:
    """Nobody makes more of themselves: that takes another administrator, or the host. Raises Forbidden."""
    grant = granted()
    account = session.get(AccountRow, (grant.org_id, holder.account)) if holder.account else None
    people = {holder.person_id, account.person_id if account else None} - {None}
    if _is_own(holder, grant) or grant.person_id in people:
        raise Forbidden("Another administrator does that for you, or a command on the host.")


def _is_own(holder: Holder, grant: Grant) -> bool:
    if holder.account is not None:
        return grant.by_password and holder.account == grant.account
    return holder.person_id is not None and holder.person_id == grant.person_id


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError as error:
        raise BadRequest("There is no such role.") from error


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadRequest("This names no person.") from error


def _today() -> date:
    found: date = current_app.extensions["clock"]().date()
    return found
