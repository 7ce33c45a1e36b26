"""Profiles of common HR systems, by name: their headings as those systems document them."""

from server.errors import UsageError
from server.people.profile import PLAIN, Profile
from server.people.profiles.bamboohr import BAMBOOHR
from server.people.profiles.personio import PERSONIO
from server.people.profiles.successfactors import SUCCESSFACTORS
from server.people.profiles.workday import WORKDAY

PROFILES = {known.name: known for known in (PLAIN, BAMBOOHR, PERSONIO, SUCCESSFACTORS, WORKDAY)}


def profile_named(name: str) -> Profile:
    """A built-in profile. UsageError for a name that is none."""
    if name not in PROFILES:
        raise UsageError(f"There is no profile “{name}”; there are: {', '.join(PROFILES)}.")
    return PROFILES[name]
