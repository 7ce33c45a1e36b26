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


GRANTABLE = (
    Role.ADMIN,
    Role.IT,
    Role.HR,
    Role.EXPERIENCE_MANAGER,
    Role.PRIVACY_OFFICER,
    Role.WORKS_COUNCIL,
    Role.MODERATOR,
)
"""What somebody can be given, in the order in which one of several is taken first. The directory says who is
an employee and who leads a team; an auditor is a program with a key."""
BY_RANK = (*GRANTABLE, Role.LEAD, Role.EMPLOYEE)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in gives. `person_id` or `device_id` names the rows an employee may see as the own
    ones; `group_name` the reporting group of a lead.

    `account` is the local account behind it, or the name by which a provider knows somebody whom the
    directory does not. `roles` are all that could be chosen.
    """

    org_id: UUID
    role: Role
    person_id: UUID | None = None
    device_id: UUID | None = None
    group_name: str | None = None
    account: str | None = None
    roles: tuple[Role, ...] = ()
    by_password: bool = False

    @property
    def has_laptop(self) -> bool:
        """Whether there may be rows that are this person's own."""
        return self.person_id is not None or self.device_id is not None

    @property
    def who(self) -> str:
        """Whom the audit log names: the role, with the person behind it, else the account."""
        behind = self.person_id or self.account
        return f"{self.role} {behind}" if behind else self.role.value
