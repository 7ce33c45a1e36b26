"""The schema keeps its rules, models and migrations agree, and a failed migration leaves nothing."""

from schema_rules import complaints

from server.db import Store
from server.migrate import differences, revisions, upgrade
from server.schema import metadata


def test_every_table_could_be_distributed_by_organisation_and_by_device() -> None:
    assert complaints(metadata) == []


def test_migrations_make_exactly_the_tables_of_the_models(store: Store) -> None:
    assert differences(store) == []
    current, newest = revisions(store)
    assert current == newest


def test_an_upgrade_may_be_repeated(store: Store) -> None:
    upgrade(store)
    assert differences(store) == []
