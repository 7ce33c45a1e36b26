"""What the door for directories serves: the standard schemas without what nothing here needs, and our own.

What is not declared is not kept: no password, telephone, photo or street of anybody reaches the store.
"""

from collections.abc import Mapping
from typing import Any

from scim2_models import (
    Attribute,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ETag,
    Filter,
    Patch,
    Required,
    Resource,
    ResourceType,
    Schema,
    SchemaExtension,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)
from scim2_server.utils import load_default_resource_types, load_default_schemas

from server.people.csv_import import FEED_STAGES
from server.people.fields import ENTERPRISE, FIELDS, LIFECYCLE
from server.scim.limits import MOST_BYTES, MOST_OPERATIONS, MOST_RESULTS

USER, GROUP = "User", "Group"
_USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"

_NOT_KEPT = frozenset(
    (
        *("nickName", "profileUrl", "password", "phoneNumbers", "ims", "photos"),
        *("entitlements", "roles", "x509Certificates"),
        *("addresses.formatted", "addresses.streetAddress", "addresses.postalCode"),
    )
)

_POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
)
"""Identity providers send attributes of which we told nothing, and patch entries that are not there yet."""

_CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=MOST_BYTES),
    filter=Filter(supported=True, max_results=MOST_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Token of a directory",
            description="Authorization: Bearer, with what dex-server scim-token create printed.",
            primary=True,
        )
    ],
)


def _provider() -> ScimProvider:
    standard = load_default_schemas()
    schemas = [_kept(standard[urn]) for urn in (_USER_SCHEMA, ENTERPRISE, _GROUP_SCHEMA)]
    types = load_default_resource_types()
    types[USER].schema_extensions = [
        *(types[USER].schema_extensions or ()),
        SchemaExtension.model_validate({"schema": LIFECYCLE, "required": False}),
    ]
    return ScimProvider.from_discovery(
        [*schemas, _lifecycle()], [types[USER], types[GROUP]], config=_CONFIG, policy=_POLICY
    )


def _kept(schema: Schema) -> Schema:
    attributes = [one for one in schema.attributes or () if one.name not in _NOT_KEPT]
    for attribute in attributes:
        if attribute.sub_attributes:
            attribute.sub_attributes = [
                inner
                for inner in attribute.sub_attributes
                if f"{attribute.name}.{inner.name}" not in _NOT_KEPT
            ]
    schema.attributes = attributes
    return schema


def _lifecycle() -> Schema:
    """The days and names of docs/people-fields.md that no standard schema has. A day is YYYY-MM-DD."""
    return Schema(
        id=LIFECYCLE,
        name="Lifecycle",
        description="Days of working life, and how teams are shown together.",
        attributes=[
            Attribute(
                name=field.scim.rpartition(":")[2],
                type=Attribute.Type.string,
                description=field.says,
                multi_valued=False,
                required=Required.false,
                case_exact=CaseExact.true,
                canonical_values=list(FEED_STAGES) if field.kind == "stage" else None,
            )
            for field in FIELDS
            if field.scim.startswith(LIFECYCLE)
        ],
    )


PROVIDER = _provider()
TYPES: Mapping[str, ResourceType] = {str(one.name): one for one in PROVIDER.resource_types}
MODELS: Mapping[str, type[Resource[Any]]] = {
    name: PROVIDER.model_for(one)  # type: ignore[misc]
    for name, one in TYPES.items()
}
