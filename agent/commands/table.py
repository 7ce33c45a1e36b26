"""Every command of `dex-agent`: its name, the module that serves it, and what it does.

Modules are named, not imported: the service must not keep in memory what only other commands need.
A module has `configure(parser)` and `main(path, arguments) -> exit code`; `path` is that of the
configuration.
"""

COMMANDS: dict[str, tuple[str, str]] = {
    "enroll": ("agent.commands.enroll", "make this laptop known to its collector"),
    "run": ("agent.commands.run", "watch this laptop and send what is due; the service"),
    "send": ("agent.commands.send", "send what waits, once"),
    "status": ("agent.commands.status", "how the agent is doing"),
    "show": ("agent.commands.show", "what was seen today, what waits and what left this laptop"),
    "doctor": ("agent.commands.doctor", "which sources cannot be read, and the command that changes it"),
    "pulse": ("agent.commands.pulse", "answer this month's question, anonymously"),
    "parse": ("agent.commands.parse", "print what the agent would make of recorded files"),
}
