"""Who may read the directory, and who has which laptop: a closed list of modules, with what for."""

from collections.abc import Collection, Mapping
from importlib import import_module

DIRECTORY = {
    "server.people.models": {"PersonRow", "AssignmentRow", "MoveRow", "AbsenceRow", "InventoryRow"},
    "server.people.history_models": {"PastSpellRow", "PersonSourceRow", "StageFeedRow", "DirectoryChangeRow"},
    "server.people.sign_in_models": {"SignInNameRow"},
    "server.devices.models": {"DevicePerson"},
    "server.scim.models": {"ScimUserRow", "ScimMemberRow"},
}
"""Tables in which a row is about one person, by the module that defines them."""

MAY_READ_THE_DIRECTORY = {
    "server.people.calendar": "at which site somebody works",
    "server.people.present": "whether somebody is here, how they are called, and which team they lead",
    "server.people.queries": "gives days of people to the trusted core",
    "server.people.rows": "writes changes and corrections",
    "server.people.sign_in_names": "names to sign in by, as digests",
    "server.people.sources": "which source said what last",
    "server.people.store": "writes people and the asset list",
    "server.people.teams": "renames and joins teams",
    "server.scim.groups": "who is in which group",
    "server.scim.people": "writes people as the directory tells them",
    "server.scim.roles": "in which groups with a role somebody is",
    "server.scim.shelves": "keeps what the directory told",
    "server.scim.users": "keeps what the directory told",
    "server.devices.owner": "whose laptop it is",
    "server.devices.queries": "laptops that are nobody's",
    "server.devices.sign_in_job": "finds whose laptop it is",
    "server.devices.assignment": "writes whose laptop it is",
    "server.access.queries": "whether whoever is signed in is still here",
    "server.rights.looks": "tells the owner who looked",
    "server.rights.restricted": "whose rows are not to be used",
    "server.own_data.holdings": "people's own rows, for export and erasure",
    "server.own_data.erase": "erases them",
    "server.ingest.own_page": "whose own page it is",
    "server.fleet.queries": "counts laptops that are nobody's",
    "server.pulse.eligible": "who is asked",
    "server.lifecycle.tasks": "who needs a laptop, or has one to give back",
    "server.privacy.person_weeks": "whose days they are",
    "server.privacy.lifecycle_rows": "who joined, moved or left",
    "server.privacy.equipment_days": "at which site a laptop is",
    "server.experiments.lot": "draws people by lot",
    "server.upkeep.retention": "deletes them",
    "server.upkeep.retention_rules": "says which of them go when",
    "server.demo.personas": "people who do not exist",
    "server.demo.trial": "people who do not exist",
}

READ_WHAT_THEY_ARE_GIVEN = {
    "server.scim.searching": "answers the directory with what it told, by its shelves"
}
"""Modules that import none of these tables, and what for they read one that a reader hands them."""


def table_names(tables: Mapping[str, Collection[str]]) -> set[str]:
    """As the database calls them, of names by the module that defines them."""
    found = [getattr(import_module(module), name) for module, names in tables.items() for name in names]
    return {getattr(one, "__table__", one).name for one in found}
