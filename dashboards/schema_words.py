"""What a JSON schema allows, in a few words, with links to the shapes it names."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

_NULL = {"type": "null"}
_KINDS = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false"}
_FORMATS = {"uuid": "UUID", "date": "day, YYYY-MM-DD"}
_ENCODED = {"base64": "bytes in Base64"}


def in_words(schema: Mapping[str, Any]) -> Markup:
    """Such as “number, 0 to 100, or null”. An empty schema allows anything."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(", or ").join(in_words(each) for each in _some_first(schema["anyOf"]))
    if "enum" in schema:
        return Markup(" or ").join(Markup("<code>{}</code>").format(each) for each in schema["enum"])
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"])
    if schema.get("type") == "array":
        return _list(schema)
    if schema.get("type") == "object":
        return _object(schema)
    if schema == _NULL or schema.get("type") == "null":
        return Markup("null")
    return escape(_plain(schema))


def _some_first(schemas: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(schemas, key=lambda each: each == _NULL)


def _list(schema: Mapping[str, Any]) -> Markup:
    if "prefixItems" in schema:
        return Markup("list of {}").format(
            Markup(" and ").join(in_words(each) for each in schema["prefixItems"])
        )
    most = f"at most {schema['maxItems']} of " if "maxItems" in schema else ""
    items = schema.get("items", {})
    several = "anyOf" in items and len(items["anyOf"]) > 1
    inner = Markup("({})").format(in_words(items)) if several else in_words(items)
    return Markup("list of {}{}").format(most, inner)


def _object(schema: Mapping[str, Any]) -> Markup:
    values = schema.get("additionalProperties")
    if isinstance(values, dict) and values:
        return Markup("names with {} each").format(in_words(values))
    return Markup("object")


def _plain(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "")
    words = _FORMATS.get(schema.get("format", ""), "") or _ENCODED.get(schema.get("contentEncoding", ""), "")
    words = words or _KINDS.get(kind, "anything")
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        words += f", {low:,.12g} to {high:,.12g}"
    elif low is not None:
        words += f", at least {low:,.12g}"
    if "maxLength" in schema:
        words += f", at most {schema['maxLength']} characters"
    return words
