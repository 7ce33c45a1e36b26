"""The closed values of the vocabulary in words: events, states, choices, units, reasons of a loss."""

from agent.language.words import said

EVENT_WORDS = {
    "crash": said("An application crashed"),
    "hang": said("An application stopped answering"),
    "oscrash": said("The system stopped without a shutdown"),
    "oom": said("The system ended a program because memory ran out"),
    "update": said("The system was updated"),
    "service_down": said("A business service could not be reached"),
    "service_up": said("A business service could be reached again"),
    "low_disk": said("The system disk was almost full"),
    "agent": said("The agent noted something about itself"),
}
STATE_WORDS = {
    "ok": said("readable"),
    "denied": said("not permitted"),
    "absent": said("not there"),
    "gap": said("with gaps"),
}
CHOICE_WORDS = {
    "foreground": said("seen"),
    "usage": said("taken from active use"),
    "input": said("from keyboard and pointer"),
    "session": said("from the session"),
    "terminal": said("from a terminal"),
    "psi": said("from the kernel's account of waiting"),
    "queue": said("from the processor's queue"),
    "load": said("from the system's load"),
    "busy": said("from how busy it was"),
    "paging": said("from memory written to the disk"),
    "level": said("from the system's own warning"),
    "transfer": said("from how long transfers took"),
    "stop_error": said("by a stop error"),
    "panic": said("by a panic of the kernel"),
    "held_button": said("its power button was held"),
    "power_loss": said("it lost power"),
    "installed": said("installed"),
    "failed": said("failed"),
    "started": said("started"),
    "throttled": said("made itself slower"),
    "new_install_id": said("became a laptop of its own, because its disk was copied"),
    "spool_full": said("ran out of room"),
    "unknown": said("not known"),
    "name": said("its name is not known"),
    "route": said("no way leads there"),
    "certificate": said("its certificate is not trusted"),
    "refused": said("it refused"),
    "slow": said("it did not answer in time"),
}
"""Values of the vocabulary that are one of several. Others, such as `linux`, are names."""
UNIT_WORDS = {
    "h": said("{n} h"),
    "d": said("{n} d"),
    "ms": said("{n} ms"),
    "%": said("{n} %"),
    "MiB": said("{n} MiB"),
    "GiB": said("{n} GiB"),
}
"""Numbers of other units are told alone, or as a length of time or a size."""
DROP_WORDS = {
    "too_old": said("older than the collector takes"),
    "spool_full": said("deleted because the store was full"),
    "rejected": said("refused by the collector"),
    "not_a_number": said("values that were not numbers"),
    "invalid_value": said("values outside what is possible"),
    "repeated": said("events of a program that failed again and again"),
    "unknown_event": said("events of an unknown kind"),
    "store_unwritable": said("readings that could not be written to the disk"),
    "new_owner": said("what waited when the laptop got another owner"),
    "store_unreadable": said("a store that could not be read any more"),
}
"""What never left, and why; its number follows."""
BATCH_WORDS = {"waiting": said("waits"), "accepted": said("accepted"), "rejected": said("refused")}
"""What became of a batch."""
