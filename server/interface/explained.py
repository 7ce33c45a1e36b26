"""Why a call is refused and what helps: the closed list of problem types, each with a page of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from server.access.refusals import NotAdmitted, ProviderAway, SignInRefused
from server.access.views import LinkSpent
from server.drops import Reason
from server.errors import TYPE_PREFIX, MethodNotAllowed, NotFound, Problem
from server.interface.calls import CALLS
from server.web.problems import HELP_PATH


@dataclass(frozen=True, slots=True)
class Explained:
    """A problem type; `status` is 200 for what is said of single values in an answer that is no refusal."""

    slug: str
    status: int
    title: str
    why: str
    helps: str

    @property
    def uri(self) -> str:
        return TYPE_PREFIX + self.slug

    @property
    def page(self) -> str:
        return HELP_PATH + self.slug


_NEW_KEY = "Make another by dex-server enroll-key create, and enrol with that."
_WAIT = "Come back after the seconds that Retry-After names. Nothing was kept; send the same again."
_PUT_RIGHT = "Put the body right; sending the same again changes nothing."
_SIGN_OF = "Have the laptop sign tokens for its labels of the period that runs, each once."

WORDS: Mapping[str, tuple[str, str]] = {
    "bad-request": (
        "The request could not be read, or a browser's form was too old or from elsewhere.",
        "Programs send no cookies with a POST. In a browser, load the page again.",
    ),
    "malformed-body": (
        "The body is no JSON, no gzip, cut short, not UTF-8, holds NaN, or something follows its end.",
        _PUT_RIGHT,
    ),
    "pulse-identity": (
        "An anonymous message came with a token or a cookie. It was not kept.",
        "Send it without Authorization and Cookie.",
    ),
    "unauthorized": (
        "No token of an enrolled laptop, or nobody is signed in.",
        "Enrol the laptop again; or sign in on the pages.",
    ),
    "key-unknown": ("No enrolment key, or none of this collector's.", _NEW_KEY),
    "key-expired": ("The last day of this enrolment key is over.", _NEW_KEY),
    "key-used-up": ("This enrolment key let in as many laptops as it may.", _NEW_KEY),
    "key-revoked": ("This enrolment key was ended by hand.", _NEW_KEY),
    "not-company-owned": (
        "The laptop is not marked as the company's, and its serial number is not on the asset list.",
        "If it is the company's, enrol it by dex-agent enroll --company-owned; a private one stays out.",
    ),
    "forbidden": (
        "This token or role does not open that.",
        "Ask somebody whose role does; docs/privacy.md names them.",
    ),
    "pulse-not-asked": (
        "Another laptop asks its person, or the person cannot be asked in this period.",
        "Nothing: wait for the next period.",
    ),
    "pulse-token": ("The token was not signed for this label, slot and period.", _SIGN_OF),
    "not-found": (
        "There is nothing at this address, or nothing that may be shown.",
        "See the list of calls.",
    ),
    "not-released": (
        "This week was not released yet, or not at all.",
        "A week is released on the Wednesday after it. Leave week away for the newest.",
    ),
    "method-not-allowed": (
        "The address does not take this method.",
        "The header Allow names those it takes.",
    ),
    "install-cloned": (
        "Another laptop sends under this installation: a disk was copied.",
        "Take a new install id, enrol again with the token at hand, and send the batch again.",
    ),
    "pulse-issued": ("The tokens of this period were handed out before.", "Use those."),
    "pulse-spent": ("This token was used before.", "Nothing: the answer counts once."),
    "link-spent": (
        "A sign-in link works once and for a limited time.",
        "Make a new one by dex-server login-link.",
    ),
    "sign-in-refused": (
        "A browser came back from the provider with something that it, or the provider, should not have.",
        "Begin again. If it stays, the log says what was wrong with the provider's answer.",
    ),
    "not-admitted": (
        "The provider vouched for somebody whose groups have no role here and whom the directory has not.",
        "Map a group by DEX_OIDC_ROLE_MAP, or bring the person in; docs/operate/sign-in.md says how.",
    ),
    "provider-away": (
        "The sign-in provider does not answer, or something other than a provider does.",
        "Try again. Signing in by a link or a password does not need the provider.",
    ),
    "body-too-large": (
        "The body is beyond the limits: as sent, unpacked, or in the number of its values.",
        "Send less at once.",
    ),
    "unsupported-media-type": (
        "The body is not application/json, or packed by something other than gzip.",
        "Name Content-Type: application/json, and Content-Encoding: gzip or none.",
    ),
    "unknown-host": (
        "The request came under a name that is not of this collector, or under none.",
        "Name it in DEX_PUBLIC_URL or DEX_HOSTS, and let a proxy pass on the Host it was asked for.",
    ),
    "invalid-enrolment": ("The enrolment has no install id, or a part of the wrong shape.", _PUT_RIGHT),
    "person-unknown": (
        "The directory has nobody with this employee id.",
        "Bring the person in by dex-server people import, or enrol without a person.",
    ),
    "invalid-batch": (
        "It does not say whose and which day it is, or has too many events, or an id with a clock in it.",
        _PUT_RIGHT,
    ),
    "day-too-old": ("The day is longer ago than batches are taken.", "Nothing: the day is lost."),
    "day-in-future": (
        "The day has not begun anywhere on earth.",
        "Set the laptop's clock right; its next batches come through.",
    ),
    "pulse-closed": ("This period of the pulse is not open.", "Ask for the labels of the one that is."),
    "pulse-labels": ("The tokens asked for are not those of this laptop's labels.", _SIGN_OF),
    "pulse-blinded": ("What was to be signed is no blinded token.", "Blind it under the label's key."),
    "pulse-answer": (
        "The answer does not fit the question, or the question not the slot and period.",
        _PUT_RIGHT,
    ),
    "too-many-requests": (
        "This laptop sends too much, too much from this address was refused, or bodies come slowly from it.",
        _WAIT,
    ),
    "internal": (
        "A fault of ours, which was logged. Nothing that was acknowledged is lost.",
        "Send it again later. If it stays, give whoever runs the collector the instance of the answer.",
    ),
    "try-later": (
        "Many laptops ask for their policy at once; or a proxy in front found no collector that answers.",
        "Come back after the seconds that Retry-After names; the policy that a laptop has holds until then.",
    ),
    "busy": ("Too many batches wait to be written.", _WAIT),
    "busy-reading": ("Too many senders are slow at the same time.", _WAIT),
    "store-away": ("The collector does not reach its database.", _WAIT),
}
"""Per problem type, why it is given and what helps."""

_DROPPED = "The rest of the batch was kept. The agent and the collector may be of different versions."

_REASONS: Mapping[Reason, str] = {
    Reason.UNKNOWN_FIELD: "The contract has no such field.",
    Reason.UNKNOWN_KIND: "The contract has no such kind of event.",
    Reason.INVALID_VALUE: "The value has another shape than the field, or is none of its words.",
    Reason.OUT_OF_BOUNDS: "The field cannot have this number.",
    Reason.TOO_MANY: "The list is longer than the limit.",
    Reason.REPEATED: "The same row or event stands in the batch before.",
}

_BY_BROWSERS = (NotFound, MethodNotAllowed, LinkSpent, SignInRefused, NotAdmitted, ProviderAway)
"""What no described call gives."""


@cache
def problem_types() -> Mapping[str, Explained]:
    """Every type that a program may meet, refusals by status first."""
    kinds = {kind.slug: kind for call in CALLS for kind in call.every_problem}
    kinds |= {kind.slug: kind for kind in _BY_BROWSERS}
    refusals = sorted(kinds.values(), key=lambda kind: kind.status)
    return {kind.slug: _explained(kind) for kind in refusals} | {
        reason.value: Explained(reason.value, 200, "A value was left out", _REASONS[reason], _DROPPED)
        for reason in Reason
    }


def _explained(kind: type[Problem]) -> Explained:
    why, helps = WORDS[kind.slug]
    return Explained(kind.slug, kind.status, kind.title, why, helps)
