"""Who somebody is on the pages: a role in one organisation, and for some roles whose rows are theirs."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    EMPLOYEE = "employee"
    LEAD = "lead"
    HR = "hr"
    IT = "it"
    EXPERIENCE_MANAGER = "experience-manager"
    WORKS_COUNCIL = "works-council"
    PRIVACY_OFFICER = "privacy-officer"
    MODERATOR = "moderator"
    ADMIN = "admin"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in gives. `person_id` or `device_id` names the rows an employee may see as the own
    ones; `group_name` the reporting group of a lead."""

    org_id: UUID
    role: Role
    person_id: UUID | None = None
    device_id: UUID | None = None
    group_name: str | None = None

    @property
    def has_laptop(self) -> bool:
        """Whether there may be rows that are this person's own."""
        return self.person_id is not None or self.device_id is not None
