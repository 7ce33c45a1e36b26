"""The pages there are, and who may open them."""

from dataclasses import dataclass

from dashboards.words import Lazy, lazy_gettext
from server.access.permissions import MAY
from server.access.roles import Grant, Role


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the menu. server/access/permissions.py says who may open it."""

    endpoint: str
    label: Lazy

    def open_to(self, grant: Grant) -> bool:
        access = MAY[self.endpoint]
        return grant.role in access.roles and (grant.has_laptop or not access.own)

    @property
    def own(self) -> bool:
        return MAY[self.endpoint].own


PAGES = (
    Page("overview.overview", lazy_gettext("Overview")),
    Page("me.laptop", lazy_gettext("My laptop")),
    Page("own_data.data", lazy_gettext("My data")),
    Page("advice.advice", lazy_gettext("What would help")),
    Page("alarms.alarms", lazy_gettext("Alarms")),
    Page("equipment.overview", lazy_gettext("Equipment")),
    Page("experiments.experiments", lazy_gettext("Experiments")),
    Page("comments.waiting", lazy_gettext("Comments that wait")),
    Page("comments.released", lazy_gettext("Comments")),
    Page("fleet.fleet", lazy_gettext("Fleet")),
    Page("journey.journey", lazy_gettext("Journey")),
    Page("tasks.tasks", lazy_gettext("Tasks")),
    Page("access_page.access", lazy_gettext("Access")),
    Page("support.support", lazy_gettext("Look at one laptop")),
    Page("requests.to_decide", lazy_gettext("Requests")),
    Page("privacy.privacy", lazy_gettext("What is collected")),
    Page("agreement.next_edition", lazy_gettext("The next agreement")),
    Page("method.method", lazy_gettext("How the score is made")),
    Page("audit.audit", lazy_gettext("Audit log")),
)


def open_pages(grant: Grant | None) -> list[Page]:
    """The pages this person may open, in the order of the menu."""
    return [page for page in PAGES if grant is not None and page.open_to(grant)]


def first_page(grant: Grant | None) -> Page | None:
    """Where somebody begins: employees at their own laptop, if they have one. None without any page."""
    pages = open_pages(grant)
    own = [page for page in pages if page.own and grant is not None and grant.role is Role.EMPLOYEE]
    return next(iter(own or pages), None)


ROLE_NAMES = {
    Role.EMPLOYEE: lazy_gettext("employee"),
    Role.LEAD: lazy_gettext("team lead"),
    Role.HR: lazy_gettext("HR"),
    Role.IT: lazy_gettext("IT"),
    Role.EXPERIENCE_MANAGER: lazy_gettext("digital experience manager"),
    Role.WORKS_COUNCIL: lazy_gettext("works council"),
    Role.PRIVACY_OFFICER: lazy_gettext("privacy officer"),
    Role.MODERATOR: lazy_gettext("moderator"),
    Role.ADMIN: lazy_gettext("administrator"),
    Role.AUDITOR: lazy_gettext("auditor"),
}
