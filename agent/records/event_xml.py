"""Windows events as XML text: one <Event>, an <Events> list, or the rootless list that wevtutil prints."""

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import ParseError, XMLPullParser

from agent.records.errors import Unreadable
from agent.records.windows_event import Event, from_xml

_PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>")


def events(chunks: Iterable[str]) -> Iterator[Event]:
    """From pieces of text; a document type is refused, as it could declare entities."""
    parser = XMLPullParser(["end"])
    parser.feed("<list>")
    try:
        for i, chunk in enumerate(chunks):
            text = _PROLOGUE.sub("", chunk.lstrip("\ufeff"), count=1) if i == 0 else chunk
            if "<!DOCTYPE" in text or "<!ENTITY" in text:
                raise Unreadable("it is XML with a document type, which no event log has")
            parser.feed(text)
            yield from _finished(parser)
    except ParseError as error:
        raise Unreadable("it looks like Windows events in XML but is not well formed") from error


def _finished(parser: XMLPullParser) -> Iterator[Event]:
    for _, element in parser.read_events():
        if element.tag.rpartition("}")[2] != "Event":
            continue
        event = from_xml(element)
        element.clear()
        if event is not None:
            yield event
