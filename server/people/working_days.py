"""On which days a company works, by site: holidays of its countries, and days of its own. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

EVERYWHERE = ""
"""The site that stands for the whole organisation: what holds where a site says nothing."""
LANGUAGE = "en_US"
"""Of the names of holidays, where the library has them; the same wherever the server runs."""
MOST_DAYS = 3660
"""No question looks further ahead than ten years."""
_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A country by ISO 3166-1, and its part by ISO 3166-2."""

    country: str
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class OwnDay:
    """What the company says of a day: its name, and whether people work on it."""

    name: str
    works: bool = False


@dataclass(frozen=True)
class Calendar:
    """Working days of one organisation. A site without a country has that of the organisation; without any,
    every day from Monday to Friday is a working day."""

    places: Mapping[str, Place] = field(default_factory=dict)
    own_days: Mapping[tuple[str, date], OwnDay] = field(default_factory=dict)

    def is_working(self, day: date, site: str | None = None) -> bool:
        """Whether people at this site work on this day."""
        if (own := self._own_day(day, site)) is not None:
            return own.works
        country = self._country(site)
        return _is_weekday(day) if country is None else country.is_working_day(day)

    def is_unusual(self, day: date, site: str | None = None) -> bool:
        """Whether the day is not like others of its weekday: free though they are not, or the other way."""
        country = self._country(site)
        usual = _is_weekday(day) if country is None else not country.is_weekend(day)
        return self.is_working(day, site) != usual

    def is_unusual_somewhere(self, day: date) -> bool:
        """Whether it is so at any site that is named here, or for everybody else."""
        named = {EVERYWHERE, *self.places, *(site for site, _ in self.own_days)}
        return any(self.is_unusual(day, site) for site in named)

    def name_of(self, day: date, site: str | None = None) -> str | None:
        """How a holiday or an own day is called; None for any other day."""
        if (own := self._own_day(day, site)) is not None:
            return own.name
        country = self._country(site)
        return None if country is None else country.get(day)

    def working_days(self, first: date, last: date, site: str | None = None) -> int:
        """How many days of work there are from `first` to `last`, both counted; 0 if `last` comes before.

        ValueError beyond ten years.
        """
        days = (last - first).days + 1
        if days > MOST_DAYS:
            raise ValueError("working days are counted over ten years at most")
        return sum(self.is_working(first + n * _DAY, site) for n in range(days))

    def after_working_days(self, day: date, number: int, site: str | None = None) -> date:
        """The day on which `number` days of work after `day` are over; `day` itself for 0.

        ValueError if there are not so many in ten years.
        """
        left = number
        for _ in range(MOST_DAYS):
            if left <= 0:
                return day
            day += _DAY
            left -= self.is_working(day, site)
        raise ValueError("there are not so many working days in ten years")

    def _own_day(self, day: date, site: str | None) -> OwnDay | None:
        of_site = self.own_days.get((site or EVERYWHERE, day))
        return of_site if of_site is not None else self.own_days.get((EVERYWHERE, day))

    def _country(self, site: str | None) -> "HolidayBase | None":
        place = self.places.get(site or EVERYWHERE) or self.places.get(EVERYWHERE)
        return None if place is None else self._countries[place]

    @cached_property
    def _countries(self) -> "Mapping[Place, HolidayBase]":
        """One list for each place, which grows by the years that are asked for."""
        return {place: holidays_of(place) for place in set(self.places.values())}


def holidays_of(place: Place) -> "HolidayBase":
    """The public holidays of a place. ValueError with one sentence if nobody knows them.

    The library is loaded here: it takes 12 MiB, which a process pays that asks for a country.
    """
    import holidays

    try:
        return holidays.country_holidays(place.country, subdiv=place.subdivision, language=LANGUAGE)
    except NotImplementedError:
        parts = holidays.list_supported_countries(include_aliases=False).get(place.country)
        if parts is None:
            raise ValueError(
                f"The holidays of “{place.country}” are not known; give a country by its two letters, as DE."
            ) from None
        told = f"its parts are: {', '.join(parts)}" if parts else "it has no parts"
        raise ValueError(
            f"“{place.subdivision}” is no part of {place.country} with holidays of its own; {told}."
        ) from None


def _is_weekday(day: date) -> bool:
    return day.weekday() < _SATURDAY
