"""The vocabulary as types: what may come in is decoded and validated in one pass, or cleaned field by field.

The types are made from agent/signals.py and nothing else, so a field that is not in it cannot get in. One
record is read in two steps: as a whole, which is fast and nearly always enough; and where that fails, field
by field, so that what a newer or broken agent sends too much is dropped, named, and the rest is kept.
"""

import functools
from collections.abc import Iterable, Mapping
from math import isinf
from typing import Annotated, Any, Literal

import msgspec

from agent.signals import COVERAGE_STATES, LIMITS, Field
from server.drops import At, Drops, Reason

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are no JSON, no UTF-8, or nested beyond reason."""
# No control characters: they have no place in a name, and PostgreSQL keeps no NUL.
_TEXT = msgspec.Meta(max_length=LIMITS.text_length, pattern=r"^[^\u0000-\u001f\u007f]*(?![\s\S])")
Text = Annotated[str, _TEXT]


@functools.cache
def type_of(field: Field) -> Any:
    """The type of a value of this field; tables are structs of their own (`record_type`)."""
    if field.kind == "number":
        return _number(field)
    if field.kind == "count":
        return Annotated[int, msgspec.Meta(ge=int(field.low), le=int(min(field.high, 2**53)))]
    if field.kind == "text":
        return Text
    if field.kind == "choice":
        return Literal[field.choices]
    if field.kind == "numbers":
        number: Any = _number(field)
        return Annotated[list[number | None], msgspec.Meta(max_length=LIMITS.numbers_per_list)]
    if field.kind == "map":
        names: Any = Literal[field.choices] if field.choices else Text
        return dict[names, _map_value(field)]  # type: ignore[misc]
    raise TypeError(f"{field.name} is a table")


def _map_value(field: Field) -> Any:
    """Entries of a map are numbers where it has a unit, else states of coverage."""
    return _number(field) if field.unit else Literal[COVERAGE_STATES]


def _number(field: Field) -> Any:
    """A double within the field's bounds; JSON has no infinity, so no bound is needed where there is none."""
    return Annotated[float, msgspec.Meta(ge=field.low, le=None if isinf(field.high) else field.high)]


def record_type(
    name: str,
    fields: Iterable[Field],
    tables: Mapping[str, Any] | None = None,
    required: Iterable[str] = (),
    **options: Any,
) -> type[msgspec.Struct]:
    """A struct with these fields, all but the required ones missing or null at will; others are refused.

    `tables` gives the types of the fields that are tables.
    """
    parts: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for found in fields:
        kind = (tables or {}).get(found.name) or type_of(found)
        parts.append((found.name, kind) if found.name in required else (found.name, kind | None, None))
    return msgspec.defstruct(name, parts, kw_only=True, forbid_unknown_fields=True, gc=False, **options)


def cleaned(record: Mapping[str, Any], fields: Iterable[Field], at: At, drops: Drops) -> dict[str, Any]:
    """The record without what is unknown or invalid; tables are left as they are, to the caller."""
    known = {f.name: f for f in fields}
    kept = {}
    for name, value in record.items():
        found = known.get(name)
        if found is None:
            drops.add(at.sent(name), Reason.UNKNOWN_FIELD, "The contract has no such field.")
        elif value is None or found.kind == "table":
            kept[name] = value
        elif found.kind == "map" and isinstance(value, dict):
            kept[name] = _cleaned_map(value, found, at.known(name), drops)
        elif fits(value, type_of(found), at.known(name), drops, found):
            kept[name] = value
    return kept


def _cleaned_map(value: Mapping[str, Any], field: Field, at: At, drops: Drops) -> dict[str, Any]:
    kept = {}
    for name, entry in value.items():
        here = at.known(name) if name in field.choices else at.sent(name)
        if field.choices and name not in field.choices:
            drops.add(here, Reason.UNKNOWN_FIELD, "The contract has no such field.")
        elif fits(name, Text, here, drops) and fits(entry, _map_value(field), here, drops, field):
            kept[name] = entry
    return kept


def fits(value: Any, kind: Any, at: At, drops: Drops, field: Field | None = None) -> bool:
    """Whether a value is valid; if not, it is noted as dropped. `field` says which numbers it can have."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        drops.add(at, _reason(value, field), f"{str(error)[: LIMITS.text_length]}.")
        return False
    return True


def _reason(value: Any, field: Field | None) -> Reason:
    """Why a value that is not valid is none."""
    if isinstance(value, list):
        limit = LIMITS.numbers_per_list if field is not None else LIMITS.rows_per_table
        if len(value) > limit:
            return Reason.TOO_MANY
        beyond = any(_beyond(number, field) for number in value)
    else:
        beyond = _beyond(value, field)
    return Reason.OUT_OF_BOUNDS if beyond else Reason.INVALID_VALUE


def _beyond(value: Any, field: Field | None) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    measured = field is not None and field.kind in ("number", "count", "numbers", "map")
    return number and measured and field is not None and not field.low <= value <= field.high
