"""Every command of `dex-agent`: its name, the module that serves it, and what it does.

Modules are named, not imported: the service must not keep in memory what only other commands need.
A module has `configure(parser)` and `main(path, arguments) -> exit code`; `path` is that of the
configuration.
"""

from agent.language.words import said

COMMANDS: dict[str, tuple[str, str]] = {
    "enroll": ("agent.commands.enroll", said("make this laptop known to its collector")),
    "run": ("agent.commands.run", said("watch this laptop and send what is due; the service")),
    "companion": ("agent.commands.companion", said("run beside the service in a desktop session")),
    "send": ("agent.commands.send", said("send what waits, once")),
    "status": ("agent.commands.status", said("how the agent is doing")),
    "show": ("agent.commands.show", said("what was seen today, what waits and what left this laptop")),
    "doctor": (
        "agent.commands.doctor",
        said("which sources cannot be read, and the command that changes it"),
    ),
    "pause": ("agent.commands.pause", said("look at nothing for a while, where the policy allows it")),
    "agreement": ("agent.commands.agreement", said("what was agreed for this laptop, and who signed it")),
    "pulse": ("agent.commands.pulse", said("answer this month's question, anonymously")),
    "parse": ("agent.commands.parse", said("print what the agent would make of recorded files")),
}
