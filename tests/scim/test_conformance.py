"""A tester that knows the standard finds nothing to complain about, on both databases."""

import scim2_tester
from flask import Flask
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_models import Schema, ScimProvider

from server.config import Settings
from server.people.fields import FIELDS, LIFECYCLE
from server.scim.schemas import PROVIDER


def test_the_tester_finds_nothing(app: Flask, settings: Settings, directory) -> None:
    client = WSGISCIMClient(
        app=app,
        base_url=f"{settings.public_url}/scim/v2",
        headers={"Authorization": f"Bearer {directory.token}"},
        provider=told_what_a_day_is(),
    )
    found = scim2_tester.check_server(client)
    failed = [one for one in found if one.status.name in ("ERROR", "CRITICAL", "DEVIATION")]
    assert failed == []
    assert len([one for one in found if one.status.name == "SUCCESS"]) > 100


def told_what_a_day_is() -> ScimProvider:
    """What the server publishes, with an example of a day: the tester makes up values of texts."""
    days = {field.scim.rpartition(":")[2] for field in FIELDS if field.kind == "day"}
    schemas = [Schema.model_validate(schema.model_dump()) for schema in PROVIDER.schemas]
    for schema in schemas:
        for attribute in schema.attributes if schema.id == LIFECYCLE else ():
            if attribute.name in days:
                attribute.canonical_values = ["2026-03-04"]
    return ScimProvider.from_discovery(
        schemas, PROVIDER.resource_types, config=PROVIDER.config, policy=PROVIDER.policy
    )
