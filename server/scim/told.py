"""What a directory tells of a person: the fields of docs/people-fields.md, taken out of a user. Pure."""

from collections.abc import Mapping
from datetime import datetime, time, tzinfo
from typing import Any

from scim2_models import InvalidValueException, Path, Resource

from server.people.csv_import import Value, read_cell
from server.people.fields import BY_NAME, FIELDS, PersonField
from server.scim.schemas import MODELS, USER

Told = Mapping[str, Value]
"""Field -> value; None for what the directory does not tell."""

_USER_PATH: Any = Path.__class_getitem__(MODELS[USER])
_PATHS = {field.name: _USER_PATH(field.scim) for field in FIELDS}
_EMPLOYEE_NUMBER = _USER_PATH("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber")
_NAME_PARTS = tuple(_USER_PATH(f"name.{part}") for part in ("givenName", "familyName"))
_FORMATTED = _USER_PATH("name.formatted")
_IN_ORDER = (("hire", "last_day"), ("absence_from", "absence_to"))


def told_by(user: Resource[Any], zone: tzinfo) -> dict[str, Value]:
    """Every field but `employee_id`; times of day are read where the organisation works.

    Raises InvalidValueException with one sentence for a value that cannot be.
    """
    told = {
        field.name: _read(field, _text(field, user), zone) for field in FIELDS if field.name != "employee_id"
    }
    for earlier, later in _IN_ORDER:
        first, last = told[earlier], told[later]
        if first is not None and last is not None and str(last) < str(first):
            raise InvalidValueException(detail=f"{later}: {last} is before {earlier} {first}.")
    return told


def lasting_names(user: Resource[Any]) -> list[str]:
    """By what the person of this user may be in the store as `employee_id`, the surest first."""
    found = (user.external_id, _EMPLOYEE_NUMBER.get(user, strict=False))
    return [as_employee_id(name) for name in found if name]


def as_employee_id(name: str) -> str:
    """Raises InvalidValueException for a name that cannot be one."""
    return str(_read(BY_NAME["employee_id"], name.strip(), None))


def addresses_for_matching(user: Resource[Any], told: Told) -> list[str]:
    """E-mail addresses that may be those of the person."""
    name: str = getattr(user, "user_name", None) or ""
    return [str(found) for found in (told["email"], name if "@" in name else None) if found]


def is_active(user: Resource[Any]) -> bool:
    """An account of which nothing is said is open."""
    return getattr(user, "active", None) is not False


def _text(field: PersonField, user: Resource[Any]) -> str | None:
    """The text at the path of a field; of several values the first."""
    found = _PATHS[field.name].get(user, strict=False)
    value = next((one for one in found if one), None) if isinstance(found, list) else found
    if value is None and field.name == "email":
        entries = getattr(user, "emails", None) or ()
        value = next((one.value for one in entries if one.value and not one.type), None)
    if value is None and field.name == "name":
        parts = [part.get(user, strict=False) for part in _NAME_PARTS]
        value = _FORMATTED.get(user, strict=False) or " ".join(part for part in parts if part) or None
    return None if value is None else str(value).strip() or None


def _read(field: PersonField, text: str | None, zone: tzinfo | None) -> Value:
    if text is None:
        return None
    try:
        return read_cell(field, _day(text, zone) if field.kind == "day" else text, [])
    except ValueError as error:
        raise InvalidValueException(detail=f"{field.scim}: {error}") from error


def _day(text: str, zone: tzinfo | None) -> str:
    """The day of a dateTime: midnight is that day wherever it is; another time, the day where people work."""
    if "T" not in text:
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is not None and moment.time() != time():
        moment = moment.astimezone(zone)
    return moment.date().isoformat()
