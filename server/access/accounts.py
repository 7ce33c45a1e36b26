"""Local accounts: made and ended on the host, signed in to by a name and a password."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.models import AccountRow, LoginLink, PageSession, RoleGrantRow
from server.access.passwords import hash_of, is_outdated, is_right
from server.access.tokens import PASSWORD, digest, make, org_of
from server.errors import UsageError
from server.people.organisations import MAIN, org_id_of, organisations

MOST_REFUSED = 100
"""So many wrong passwords in a row close an account's password, until a link sets a new one."""
TOLD_AFTER = 20
"""So many of them are worth an entry in the audit log."""
MOST_TYPED = 200
"""Of what somebody writes as a name, so much is read."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


def plain_name(text: str) -> str:
    """As names are compared, however somebody writes them."""
    return unicodedata.normalize("NFKC", text[:MOST_TYPED]).strip().casefold()


def account_name(text: str) -> str:
    """As names are kept: small letters. UsageError for what is no name."""
    name = plain_name(text)
    if not _NAME.fullmatch(name):
        raise UsageError("The name of an account is of letters, figures and . _ @ + -, 64 at most.")
    return name


def create_account(session: Session, org_id: UUID, name: str, today: date, person_id: UUID | None) -> None:
    """A new account, to which nobody can sign in before a link has set its password."""
    if session.get(AccountRow, (org_id, name)) is not None:
        raise UsageError(f"There is an account “{name}” already.")
    _forget_roles(session, org_id, name)
    session.add(AccountRow(org_id=org_id, name=name, person_id=person_id, created_on=today))
    session.flush()


def account_called(session: Session, org_id: UUID, name: str) -> AccountRow:
    """UsageError if there is none."""
    row = session.get(AccountRow, (org_id, name))
    if row is None:
        raise UsageError(f"There is no account “{name}” here.")
    return row


def account_to_sign_in(session: Session, name: str, slug: str) -> AccountRow | None:
    """The account that somebody means who names no organisation, or one by its short name `slug`; of
    several organisations with such an account the main one's."""
    try:
        wanted = account_name(name)
    except UsageError:
        return None
    found = [
        account
        for organisation in organisations(session)
        if slug in ("", organisation.slug)
        and (account := session.get(AccountRow, (organisation.org_id, wanted))) is not None
    ]
    ours = [account for account in found if account.org_id == org_id_of(MAIN)]
    return next(iter(ours or found), None)


def accounts(session: Session, org_id: UUID) -> Sequence[AccountRow]:
    query = sa.select(AccountRow).where(AccountRow.org_id == org_id).order_by(AccountRow.name)
    return session.scalars(query).all()


def disable_account(session: Session, account: AccountRow, disabled: bool = True) -> None:
    """Let nobody sign in to it, and end its sessions; or let it be used again."""
    account.disabled = disabled
    if disabled:
        _forget(session, account.org_id, account.name)


def remove_account(session: Session, account: AccountRow) -> None:
    """The account with its roles, links and sessions."""
    _forget(session, account.org_id, account.name)
    _forget_roles(session, account.org_id, account.name)
    session.delete(account)


def password_link(session: Session, account: AccountRow, now: datetime, valid: timedelta) -> str:
    """A token that sets the account's password once; earlier ones do not work any more."""
    _forget_links(session, account.org_id, account.name)
    token = make(PASSWORD, account.org_id)
    session.add(
        LoginLink(
            org_id=account.org_id,
            token_hash=digest(token),
            role="",
            account=account.name,
            expires_at=now + valid,
        )
    )
    return token


def account_of_link(session: Session, token: str, now: datetime) -> AccountRow | None:
    """Whose password this link sets; None if it never was, was used, or has expired."""
    org_id = org_of(token, PASSWORD)
    if org_id is None:
        return None
    link = session.scalar(
        sa.select(LoginLink).where(LoginLink.org_id == org_id, LoginLink.token_hash == digest(token))
    )
    if link is None or link.account is None or link.expires_at <= now:
        return None
    account = session.get(AccountRow, (org_id, link.account))
    return None if account is None or account.disabled else account


def set_password(session: Session, account: AccountRow, hashed: str) -> None:
    """Take the password of this hash from now on; all sessions and links of before end.

    It is hashed outside of the transaction, which would keep writers waiting meanwhile.
    """
    account.password_hash, account.refused = hashed, 0
    _forget(session, account.org_id, account.name)


def is_password_of(account: AccountRow | None, password: str) -> bool:
    """Whether this signs in to the account; takes as long for one that is not there or not open."""
    is_open = account is not None and not account.disabled and account.refused < MOST_REFUSED
    return is_right(account.password_hash if account is not None and is_open else None, password)


def note_right(session: Session, account: AccountRow, password: str) -> None:
    """Begin to count anew, and keep the password with as much effort as is usual by now."""
    row = session.get_one(AccountRow, (account.org_id, account.name))
    row.refused = 0
    if account.password_hash is not None and is_outdated(account.password_hash):
        row.password_hash = hash_of(password)


def note_wrong(session: Session, account: AccountRow) -> int:
    """Count a wrong password; how many there were in a row."""
    these = (AccountRow.org_id == account.org_id, AccountRow.name == account.name)
    session.execute(sa.update(AccountRow).where(*these).values(refused=AccountRow.refused + 1))
    return session.scalar(sa.select(AccountRow.refused).where(*these)) or 0


def _forget(session: Session, org_id: UUID, name: str) -> None:
    session.execute(sa.delete(PageSession).where(PageSession.org_id == org_id, PageSession.account == name))
    _forget_links(session, org_id, name)


def _forget_links(session: Session, org_id: UUID, name: str) -> None:
    session.execute(sa.delete(LoginLink).where(LoginLink.org_id == org_id, LoginLink.account == name))


def _forget_roles(session: Session, org_id: UUID, name: str) -> None:
    """So that a later account of the same name begins with none, however the one before went."""
    session.execute(
        sa.delete(RoleGrantRow).where(RoleGrantRow.org_id == org_id, RoleGrantRow.account == name)
    )
