"""What was done, as the audit log names it, in sentences; and who did it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from dashboards.navigation import ROLE_NAMES
from dashboards.words import Lazy, lazy_gettext
from server.access.audit import ON_THE_HOST
from server.access.roles import Role

_KEY_MADE, _KEY_ENDED = lazy_gettext("A key was made"), lazy_gettext("A key was withdrawn")
_ACCOUNT = lazy_gettext("An account was changed")
_WAY_IN = lazy_gettext("A way to sign in was handed out")
_DIRECTORY = lazy_gettext("The directory of people was changed")
_WHOSE = lazy_gettext("It was said whose a laptop is")
_SIGN_IN_NAMES = lazy_gettext("How laptops find their person was changed")
_SIGNER = lazy_gettext("A key that signs agreements was made known")
_REQUIRED = lazy_gettext("Which applications a laptop needs was changed")
_DECIDED = lazy_gettext("A request about own data ended without being carried out")
_ASKED = lazy_gettext("Somebody asked for a right over their own data")

ACTIONS: Mapping[str, Lazy] = {
    "account created": _ACCOUNT,
    "account disabled": _ACCOUNT,
    "account enabled": _ACCOUNT,
    "account removed": _ACCOUNT,
    "agreement ended": lazy_gettext("The agreement was ended"),
    "agreement handed over": _SIGNER,
    "agreement key registered": _SIGNER,
    "agreement signed": lazy_gettext("An agreement was signed"),
    "api key made": _KEY_MADE,
    "api key revoked": _KEY_ENDED,
    "audit exported": lazy_gettext("The audit log was exported"),
    "comments moderated": lazy_gettext("The comments of four weeks were gone through"),
    "enrolment key made": _KEY_MADE,
    "enrolment key revoked": _KEY_ENDED,
    "erasure asked for": _ASKED,
    "erasure refused": _DECIDED,
    "erasure withdrawn": _DECIDED,
    "experiment begun": lazy_gettext("An experiment began"),
    "experiment registered": lazy_gettext("An experiment was registered"),
    "fault ticket": lazy_gettext("A fault of a laptop got a ticket"),
    "faults seen": lazy_gettext("Faults of laptops were looked at"),
    "key of sign-in names renewed": _SIGN_IN_NAMES,
    "laptop assigned": _WHOSE,
    "laptop left to sign-in names": _WHOSE,
    "laptop look allowed": lazy_gettext("A look at a laptop was allowed by whose it is"),
    "laptop look asked": lazy_gettext("A look at a laptop was asked for"),
    "laptop look ended": lazy_gettext("A look at a laptop was ended"),
    "laptop look refused": lazy_gettext("A look at a laptop was refused by whose it is"),
    "laptop looked at": lazy_gettext("A laptop was looked at"),
    "laptop shared": _WHOSE,
    "model adopted": lazy_gettext("Another score model was chosen"),
    "own data exported": lazy_gettext("Somebody’s own data were handed out to them"),
    "password link made": _WAY_IN,
    "password set": _ACCOUNT,
    "people imported": _DIRECTORY,
    "person erased": lazy_gettext("The data of a person were erased"),
    "person restricted": lazy_gettext("The data of a person were restricted"),
    "policy changed": lazy_gettext("What laptops are asked for was changed"),
    "refused too often": lazy_gettext("Sign-in was refused too often"),
    "required application added": _REQUIRED,
    "required application removed": _REQUIRED,
    "restriction asked for": _ASKED,
    "restriction ended": lazy_gettext("A restriction ended"),
    "restriction refused": _DECIDED,
    "restriction withdrawn": _DECIDED,
    "retention changed": lazy_gettext("How long things are kept was changed"),
    "role granted": lazy_gettext("A role was granted"),
    "role withdrawn": lazy_gettext("A role was withdrawn"),
    "scim token made": _KEY_MADE,
    "scim token revoked": _KEY_ENDED,
    "sign-in link made": _WAY_IN,
    "sources of people changed": _DIRECTORY,
    "task done": lazy_gettext("A task about a laptop or an account was marked as done"),
    "tasks seen": lazy_gettext("The list of tasks about laptops and accounts was looked at"),
    "team renamed": _DIRECTORY,
    "sign-in names asked for": _SIGN_IN_NAMES,
    "sign-in names not asked for": _SIGN_IN_NAMES,
    "source of people forgotten": _DIRECTORY,
    "source of people goes first": _DIRECTORY,
    "sources of people ordered": _DIRECTORY,
    "support consent changed": lazy_gettext("Whether people are asked before looks was changed"),
    "unit renamed": _DIRECTORY,
    "use asked for": _ASKED,
    "use refused": _DECIDED,
    "use withdrawn": _DECIDED,
}
"""tests/rights/test_audit_words.py holds that every action of the product has a sentence."""

HOST = lazy_gettext("at the command line of the server")
SYSTEM = lazy_gettext("the product itself")


@dataclass(frozen=True, slots=True)
class Who:
    """`account` is empty where the log need not say to readers which employee it was."""

    role: str
    account: str


def who_words(who: str) -> Who:
    """Of an entry's `who`: the role in words, and the account behind it."""
    if who == ON_THE_HOST:
        return Who(str(HOST), "")
    name, _, account = who.partition(" ")
    try:
        role = Role(name)
    except ValueError:
        return Who(str(SYSTEM), "")
    hidden = role in (Role.EMPLOYEE, Role.LEAD) or account == "by link"
    return Who(str(ROLE_NAMES[role]), "" if hidden else account)


def about_words(about: str, hidden: bool) -> str:
    """An employee's own doings are not told by the id of the person."""
    kind, _, name = about.partition(" ")
    return kind if hidden and kind == "person" and _is_id(name) else about


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
