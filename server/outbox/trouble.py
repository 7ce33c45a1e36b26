"""Why a message was not delivered, in a closed list of words: what the other side said may name people."""

from enum import StrEnum


class Trouble(StrEnum):
    UNREACHABLE = "unreachable"
    TOO_SLOW = "too slow"
    BROKEN_OFF = "broken off"
    TLS = "no trusted TLS"
    SIGN_IN = "sign-in refused"
    NOT_NOW = "refused for now"
    REFUSED = "refused"
    NOT_ALLOWED = "address not allowed"
    TOO_OLD = "too old"
    FAULT = "fault of this program"


class NotSent(Exception):
    """`final`: another try would be in vain. `door_shut`: nobody else's message would get through either."""

    def __init__(self, trouble: Trouble, final: bool = False, door_shut: bool = False) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble
        self.final = final
        self.door_shut = door_shut
