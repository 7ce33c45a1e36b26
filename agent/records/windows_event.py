"""One entry of a Windows event log, from the XML of the Event Log API (EvtRender, wevtutil, "save as XML") or
from the JSON of the evtx reader. Only identifiers and data are kept; localised text is never looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree.ElementTree import Element

from agent.records import times


@dataclass(frozen=True, slots=True)
class Event:
    """Recent Windows names the data of most events, older ones give it by position: `values` holds it in
    order in both cases, `data` by name where there are names.
    """

    provider: str
    id: int
    record_id: int
    time: datetime | None
    host: str
    activity: str
    data: Mapping[str, str] = field(default_factory=dict)
    values: Sequence[str] = ()
    binary: str = ""

    def get(self, name: str, position: int | None = None) -> str:
        """A datum by its name, in an event without names by its position; "" if it is not there."""
        return self.data.get(name, "") if self.data or position is None else self.at(position)

    def at(self, position: int) -> str:
        return self.values[position] if position < len(self.values) else ""

    def number(self, name: str) -> int | None:
        """A whole number, decimal or hexadecimal with 0x."""
        text = self.get(name).strip()
        if len(text) > 20:
            return None
        try:
            return int(text, 0) if text[:2].lower() == "0x" else int(text)
        except ValueError:
            return None

    def flag(self, name: str) -> bool:
        return self.get(name).strip().lower() in {"true", "1"}


def from_xml(root: Element) -> Event | None:
    """From an <Event> element, with or without the namespace; None if it is not a whole one."""
    system = _child(root, "System")
    if system is None:
        return None
    at = {_local(e.tag): e for e in system}
    number = (_text(at.get("EventID")) or "").strip()
    record = _text(at.get("EventRecordID")).strip()
    if not number.isdecimal() or "Provider" not in at:
        return None
    data, values, binary = _xml_data(root)
    return Event(
        provider=at["Provider"].get("Name", ""),
        id=int(number[:9]),
        record_id=int(record[:18]) if record.isdecimal() else 0,
        time=times.utc(_attribute(at.get("TimeCreated"), "SystemTime")),
        host=_text(at.get("Computer")).partition(".")[0].lower(),
        activity=_attribute(at.get("Correlation"), "ActivityID").strip("{}").lower(),
        data=data,
        values=values,
        binary=binary,
    )


def _xml_data(root: Element) -> tuple[dict[str, str], list[str], str]:
    data: dict[str, str] = {}
    values: list[str] = []
    binary = ""
    body = _child(root, "EventData")
    if body is None:
        user = _child(root, "UserData")
        body = user[0] if user is not None and len(user) else None
    for item in body if body is not None else ():
        name = _local(item.tag)
        if name == "Binary":
            binary = _text(item)
            continue
        values.append(_text(item))
        if name := item.get("Name") or ("" if name == "Data" else name):
            data[name] = values[-1]
    return data, values, binary


def from_json(document: Mapping[str, object]) -> Event | None:
    """From the JSON object that the evtx reader gives for a record; None if it is not a whole one."""
    event = _mapping(document.get("Event"))
    system = _mapping(event.get("System"))
    number = system.get("EventID")
    if isinstance(number, Mapping):
        number = number.get("#text")
    provider = _attributes(system.get("Provider")).get("Name")
    record = system.get("EventRecordID")
    if not isinstance(number, int) or not isinstance(provider, str):
        return None
    data, values, binary = _json_data(event)
    return Event(
        provider=provider,
        id=number,
        record_id=record if isinstance(record, int) else 0,
        time=times.utc(_plain(_attributes(system.get("TimeCreated")).get("SystemTime"))),
        host=_plain(system.get("Computer")).partition(".")[0].lower(),
        activity=_plain(_attributes(system.get("Correlation")).get("ActivityID")).strip("{}").lower(),
        data=data,
        values=values,
        binary=binary,
    )


def _json_data(event: Mapping[str, object]) -> tuple[dict[str, str], list[str], str]:
    body = _mapping(event.get("EventData"))
    if not body:
        user = [v for k, v in _mapping(event.get("UserData")).items() if k != "#attributes"]
        body = _mapping(user[0]) if user else {}
    unnamed = body.get("Data")
    if isinstance(unnamed, Mapping):  # {"#text": ["first", "second"]} or {"#text": "only"}
        unnamed = unnamed.get("#text")
    if unnamed is not None:
        items = unnamed if isinstance(unnamed, list) else [unnamed]
        return {}, [_plain(i) for i in items], _plain(body.get("Binary"))
    data = {k: _plain(v) for k, v in body.items() if k not in {"#attributes", "Binary"}}
    return data, list(data.values()), _plain(body.get("Binary"))


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("#text")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _attributes(value: object) -> Mapping[str, object]:
    return _mapping(_mapping(value).get("#attributes"))


def _child(parent: Element, name: str) -> Element | None:
    return next((e for e in parent if _local(e.tag) == name), None)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _text(element: Element | None) -> str:
    return (element.text or "") if element is not None else ""


def _attribute(element: Element | None, name: str) -> str:
    return element.get(name, "") if element is not None else ""
