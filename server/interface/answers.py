"""What calls answer, as types: for the description of the interface, and held against answers by tests."""

from typing import Any, Literal

import msgspec

from server.drops import Reason
from server.errors import TYPE_PREFIX
from server.faults.queries import OwnFault
from server.rights.looks_told import LookTold


class Dropped(msgspec.Struct):
    """Something that was left out: a JSON pointer into the body, why, and what would have been right."""

    pointer: str
    type: Literal[tuple(TYPE_PREFIX + reason for reason in Reason)]  # type: ignore[valid-type]
    detail: str


class Receipt(msgspec.Struct):
    """The batch is durable; the laptop may delete its copy."""

    batch_id: str
    accepted: Literal[True]
    dropped: list[Dropped]


class Agreement(msgspec.Struct):
    """`hash`: SHA-256 of the document's canonical bytes. `signature`, `key`: base64, empty while unsigned."""

    hash: str
    agreed: bool
    text: str
    document: dict[str, Any]
    signature: str
    key: str
    handed_over: list[dict[str, Any]]
    """Earlier editions in which another key handed over to its successor: document, signature and key."""


class Reference(msgspec.Struct):
    """A computer to try the network with."""

    name: str
    host: str
    port: int


class ListedService(msgspec.Struct, omit_defaults=True):
    """A business service: an address to fetch, or a host and a port to connect to."""

    name: str
    url: str | None = None
    host: str | None = None
    port: int | None = None


class Pause(msgspec.Struct):
    allowed: bool
    hours_most: float


class Backlog(msgspec.Struct):
    """How fast a laptop sends days before yesterday, where more than these wait."""

    batches_per_minute: float


class Budget(msgspec.Struct):
    """Above it, the agent slows itself down."""

    cpu_s_per_hour: float
    rss_mib: float


class Move(msgspec.Struct, omit_defaults=True):
    """Empty where the collector stays."""

    address: str = ""
    from_: str = msgspec.field(default="", name="from")


class Owner(msgspec.Struct):
    """`epoch` is another text for each owner, empty for nobody; `shared`: several people's."""

    epoch: str
    shared: bool


class Policy(msgspec.Struct):
    """`faults`: what IT sees as wrong with this laptop; `looks`: who of IT looked at it,
    and why. `sign_in`: number and key (base64) under which it
    scrambles sign-in names, empty where they are not asked for."""

    version: int
    organisation: str
    agreement: Agreement
    applications: list[str]
    references: list[Reference]
    services: list[ListedService]
    intervals: dict[str, int]
    backlog: Backlog
    pause: Pause
    budget: Budget
    keep_days: dict[str, int]
    server: Move
    pulse: dict[str, Any]
    sign_in: dict[str, Any]
    owner: Owner
    faults: list[OwnFault]
    looks: list[LookTold]


class Admission(msgspec.Struct):
    """The token is shown this once."""

    device_id: str
    token: str
    organisation: str
    policy: Policy


class Signatures(msgspec.Struct):
    """Base64, in the order of the tokens."""

    signatures: list[str]


class Label(msgspec.Struct):
    """Whom an answer under this label stands for; `keys`: base64 of the modulus of the key of each slot."""

    label: str
    kind: str
    group: str
    members: int
    eligible: int
    keys: dict[str, str]


class Labels(msgspec.Struct):
    """A label has at least `least` people who may be asked; `k` is the company's threshold."""

    organisation: str
    period: str
    first_day: str
    last_day: str
    k: int
    least: int
    labels: list[Label]


class Accepted(msgspec.Struct):
    accepted: Literal[True]


class Readiness(msgspec.Struct):
    """`missing`: what is wrong, by check, in one sentence each."""

    ready: bool
    missing: dict[str, str]


class ProblemDocument(msgspec.Struct):
    """RFC 9457. `instance` names the request, as the header X-Request-ID and the collector's log do."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | msgspec.UnsetType = msgspec.UNSET
