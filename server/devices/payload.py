"""What a laptop says when it enrols."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from agent.signals import FACTS
from server.contract import UNREADABLE, Text, cleaned, record_type
from server.drops import DROPS_MOST, At, Drops, TooManyDrops
from server.errors import Problem
from server.web.body import MalformedBody

Facts: Any = record_type("Facts", FACTS)
FACTS_AT = At().known("facts")
COMPANY = "company"
Ownership = Literal["company", "private", "unmarked"]
HardwareId = Annotated[str, msgspec.Meta(min_length=4, max_length=200)]


class InvalidEnrolment(Problem):
    status, slug, title = 422, "invalid-enrolment", "The enrolment lacks what it needs"


class EnrolmentRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`hardware_id`: serial numbers of the firmware, where they are plausible. `person`: an employee id.
    `ownership`: `company`, `private` or `unmarked`; agents before release 0.6 do not say it."""

    install_id: UUID
    hardware_id: HardwareId | None = None
    person: Text | None = None
    ownership: Ownership | None = None
    facts: Facts | None = None


@dataclass(frozen=True)
class Enrolment:
    """An enrolment that was read; facts that no contract knows are left out, and counted in `drops`."""

    install_id: UUID
    hardware_id: str | None
    person: str | None
    facts: Mapping[str, Any]
    ownership: str | None = None
    drops: Drops = field(default_factory=Drops)


def parse_enrolment(json: bytes) -> Enrolment:
    """Raises a Problem if the installation is not named; unknown and invalid facts are dropped."""
    try:
        raw = msgspec.json.decode(json)
    except UNREADABLE as error:
        raise MalformedBody("The body is not valid JSON.") from error
    if not isinstance(raw, dict):
        raise InvalidEnrolment("The body is not a JSON object.")
    facts = raw.get("facts") or {}
    if not isinstance(facts, dict):
        raise InvalidEnrolment("The facts are not a JSON object.")
    known = {name: raw.get(name) for name in ("install_id", "hardware_id", "person", "ownership")}
    try:
        read = msgspec.convert(known, EnrolmentRequest)
    except msgspec.ValidationError as error:
        raise InvalidEnrolment(f"{error}.") from error
    drops = Drops()
    try:
        known_facts = cleaned(facts, FACTS, FACTS_AT, drops)
    except TooManyDrops:
        raise InvalidEnrolment(f"More than {DROPS_MOST} facts are not of the contract.") from None
    return Enrolment(read.install_id, read.hardware_id, read.person, known_facts, read.ownership, drops)
