"""What is wrong at the demo company, on purpose: one line each, to be found again from released numbers."""

from dataclasses import dataclass
from datetime import date, timedelta

from server.demo.company import AGEING, HILLSIDE, Company, Employee

JOINER_DAYS = 30
UPDATED_APP = "slack"
GOOD_VERSION, BAD_VERSION, MENDED_VERSION = "4.46", "4.47", "4.48"
BAD_WEEKS = 3


@dataclass(frozen=True)
class Strain:
    """How many times worse than usual a person's day is, by what goes wrong."""

    start: float = 1.0
    sign_in: float = 1.0
    crashes: float = 1.0
    pressure: float = 1.0
    network: float = 1.0
    patch_days: float = 0.0
    mood: float = 0.0
    """Added to the answer of 1 to 5 about satisfaction."""


@dataclass(frozen=True)
class Effects:
    """When the slow line and the bad update begin."""

    slow_site_from: date
    bad_update_from: date

    @classmethod
    def planted(cls, company: Company) -> "Effects":
        """The line gets slow in the middle of the story, the update comes some weeks later."""
        middle = company.first + (company.last - company.first) / 2
        monday = middle - timedelta(days=middle.weekday())
        return cls(slow_site_from=monday, bad_update_from=monday + timedelta(weeks=5))

    def version_on(self, day: date) -> str:
        if day < self.bad_update_from:
            return GOOD_VERSION
        mended = self.bad_update_from + timedelta(weeks=BAD_WEEKS)
        return BAD_VERSION if day < mended else MENDED_VERSION

    def strain(self, employee: Employee, day: date, relieved: bool = False) -> Strain:
        """All that weighs on this person's laptop that day, multiplied; `relieved` by what is tried out."""
        return _product(
            _RELIEVED if relieved else _USUAL,
            _SLOW_SITE if self._slow(employee, day) else _USUAL,
            _AGEING_MODEL if employee.model.name == AGEING else _USUAL,
            _UNREADY if day <= employee.hire + timedelta(days=JOINER_DAYS - 1) else _USUAL,
        )

    def _slow(self, employee: Employee, day: date) -> bool:
        return day >= self.slow_site_from and employee.team_on(day).site == HILLSIDE


_USUAL = Strain()
_SLOW_SITE = Strain(sign_in=2.2, network=4.5, mood=-0.7)
_AGEING_MODEL = Strain(start=2.3, sign_in=1.4, crashes=1.5, pressure=3.0, mood=-0.3)
_RELIEVED = Strain(sign_in=0.6)
_UNREADY = Strain(start=1.6, sign_in=2.4, crashes=3.0, pressure=2.5, patch_days=30, mood=-1.0)


def _product(*strains: Strain) -> Strain:
    made = _USUAL
    for strain in strains:
        made = Strain(
            start=made.start * strain.start,
            sign_in=made.sign_in * strain.sign_in,
            crashes=made.crashes * strain.crashes,
            pressure=made.pressure * strain.pressure,
            network=made.network * strain.network,
            patch_days=made.patch_days + strain.patch_days,
            mood=made.mood + strain.mood,
        )
    return made
