"""Windows events as XML text: one <Event>, an <Events> list, or the rootless list that wevtutil prints."""

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from agent.records.errors import Unreadable
from agent.records.windows_event import Event, from_xml

MOST_PARTS = 5_000  # elements inside one event

_BEGIN, _END = re.compile(r"<Event[\s>]"), "</Event>"


def events(chunks: Iterable[str]) -> Iterator[Event]:
    """From pieces of text; a document type is refused, as it could declare entities.

    Elements are forgotten as soon as they are read: a long list needs no more memory than a short one.
    """
    parser: XMLPullParser[Element] = XMLPullParser(["start", "end"])
    reader = _Reader()
    try:
        parser.feed("<list>")
        for text in _of_events(chunks):
            parser.feed(text)
            for what, element in _steps(parser):
                if event := reader.step(what, element):
                    yield event
        parser.feed("</list>")
        parser.close()
    except ParseError as error:
        raise Unreadable("it looks like Windows events in XML but is not well formed") from error


def _of_events(chunks: Iterable[str]) -> Iterator[str]:
    """What stands in events. The viewer puts the words of a message before each, which need be no XML."""
    text, inside = "", False
    for chunk in chunks:
        if "<!DOCTYPE" in chunk or "<!ENTITY" in chunk:
            raise Unreadable("it is XML with a document type, which no event log has")
        text += chunk
        while True:
            begin = None if inside else _BEGIN.search(text)
            if begin:
                text, inside = text[begin.start() :], True
            end = text.find(_END) + len(_END) if inside and _END in text else 0
            if not end:
                break
            yield text[:end]
            text, inside = text[end:], False
        kept = len(_END)  # of which the rest may follow in the next chunk
        if inside:
            yield text[:-kept]
        text = text[-kept:]
    if inside:
        yield text


def _steps(parser: "XMLPullParser[Element]") -> Iterator[tuple[str, Element]]:
    for what, element in parser.read_events():  # type: ignore[misc]
        if isinstance(element, Element):
            yield what, element


class _Reader:
    """Knows whether it is inside an event, and empties what it is done with."""

    def __init__(self) -> None:
        self._event: Element | None = None
        self._parts = 0

    def step(self, what: str, element: Element) -> Event | None:
        if what == "start":
            self._parts += 1
            if self._event is None and element.tag.rpartition("}")[2] == "Event":
                self._event, self._parts = element, 0
            if self._event is not None and self._parts > MOST_PARTS:
                raise Unreadable("it looks like Windows events in XML but one of them has no end")
            return None
        if self._event is not None and element is not self._event:
            return None
        event = from_xml(element) if element is self._event else None
        self._event = None
        element.clear()
        return event
