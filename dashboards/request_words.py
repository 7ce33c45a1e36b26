"""Requests about own data in words."""

from dashboards.words import Lazy, lazy_gettext
from server.rights.requests import Kind, RequestState

KINDS: dict[Kind, Lazy] = {
    Kind.ERASURE: lazy_gettext("Erase my data"),
    Kind.RESTRICTION: lazy_gettext("Keep my data, but use them for nothing"),
    Kind.USE: lazy_gettext("Use my data again"),
}

REQUEST_STATES: dict[RequestState, Lazy] = {
    RequestState.WAITING: lazy_gettext("waits for the privacy officer"),
    RequestState.DONE: lazy_gettext("done"),
    RequestState.REFUSED: lazy_gettext("refused"),
    RequestState.WITHDRAWN: lazy_gettext("withdrawn"),
}
