"""What the things in results are called: signals, causes, bands, stages, kinds of groups."""

from dataclasses import dataclass

from dashboards.words import Lazy, gettext, lazy_gettext


@dataclass(frozen=True, slots=True)
class SignalName:
    """`title` heads a row; `trouble` is what it is when it is bad; `aim` what would help."""

    title: Lazy
    trouble: Lazy
    aim: Lazy


SIGNALS = {
    "boot": SignalName(
        lazy_gettext("Start of the laptop"), lazy_gettext("slow starts"), lazy_gettext("Faster starts")
    ),
    "signin": SignalName(
        lazy_gettext("Sign-in"), lazy_gettext("slow sign-ins"), lazy_gettext("Faster sign-ins")
    ),
    "crash": SignalName(
        lazy_gettext("Crashes"),
        lazy_gettext("crashes of applications"),
        lazy_gettext("Fewer crashes of applications"),
    ),
    "hang": SignalName(
        lazy_gettext("Hangs"),
        lazy_gettext("applications that stop answering"),
        lazy_gettext("Applications that go on answering"),
    ),
    "oscrash": SignalName(
        lazy_gettext("Stops of the system"),
        lazy_gettext("stops of the whole system"),
        lazy_gettext("Fewer stops of the whole system"),
    ),
    "cpu": SignalName(
        lazy_gettext("Processor"),
        lazy_gettext("waiting for the processor"),
        lazy_gettext("Less waiting for the processor"),
    ),
    "memory": SignalName(
        lazy_gettext("Memory"), lazy_gettext("shortage of memory"), lazy_gettext("Enough memory")
    ),
    "disk": SignalName(
        lazy_gettext("Disk"), lazy_gettext("waiting for the disk"), lazy_gettext("Less waiting for the disk")
    ),
    "latency": SignalName(
        lazy_gettext("Network delay"),
        lazy_gettext("slow answers of the network"),
        lazy_gettext("A quicker network"),
    ),
    "loss": SignalName(
        lazy_gettext("Network loss"),
        lazy_gettext("lost answers of the network"),
        lazy_gettext("A more reliable network"),
    ),
    "battery": SignalName(
        lazy_gettext("Battery"), lazy_gettext("worn batteries"), lazy_gettext("Healthier batteries")
    ),
    "space": SignalName(
        lazy_gettext("Disk space"), lazy_gettext("full disks"), lazy_gettext("More room on disks")
    ),
    "patch": SignalName(
        lazy_gettext("Security updates"),
        lazy_gettext("missing security updates"),
        lazy_gettext("Security updates in time"),
    ),
    "sentiment": SignalName(
        lazy_gettext("Satisfaction"), lazy_gettext("low satisfaction"), lazy_gettext("Happier people")
    ),
}

FACETS = {
    "startup": lazy_gettext("Starting"),
    "reliability": lazy_gettext("Reliability"),
    "responsiveness": lazy_gettext("Keeping up"),
    "network": lazy_gettext("Network"),
    "device": lazy_gettext("The laptop itself"),
}

CAUSES = {
    "startup": lazy_gettext("waiting for start and sign-in"),
    "crashes": lazy_gettext("crashes"),
    "hangs": lazy_gettext("applications that stopped answering"),
    "slowness": lazy_gettext("slowness"),
    "network": lazy_gettext("a missing network"),
}

CAUSE_HEADS = {
    "startup": lazy_gettext("Start and sign-in"),
    "crashes": lazy_gettext("Crashes"),
    "hangs": lazy_gettext("Hangs"),
    "slowness": lazy_gettext("Slowness"),
    "network": lazy_gettext("Network"),
}
"""The same where it heads a column."""

BANDS = {
    "good": lazy_gettext("good"),
    "fair": lazy_gettext("fair"),
    "poor": lazy_gettext("poor"),
}

STAGES = {
    "onboarding": lazy_gettext("First month"),
    "training": lazy_gettext("Settling in"),
    "role_change": lazy_gettext("Change of role"),
    "steady": lazy_gettext("Steady work"),
    "offboarding": lazy_gettext("Leaving"),
}

STAGE_SAYS = {
    "onboarding": lazy_gettext("the first 30 days after hire"),
    "training": lazy_gettext("day 31 to 90 after hire"),
    "role_change": lazy_gettext("60 days after a change of team or role"),
    "steady": lazy_gettext("everybody else"),
    "offboarding": lazy_gettext("after notice, or the last 30 days of a contract that is known to end"),
}

KINDS = {
    "company": lazy_gettext("Company"),
    "unit": lazy_gettext("Unit"),
    "team": lazy_gettext("Team"),
    "stage": lazy_gettext("Stage of working life"),
    "unit_stage": lazy_gettext("Unit in one stage"),
    "cell": lazy_gettext("Team in one stage"),
}

ALIKE = {
    "unit": lazy_gettext("units"),
    "team": lazy_gettext("teams"),
    "stage": lazy_gettext("stages"),
    "unit_stage": lazy_gettext("units by stage"),
    "cell": lazy_gettext("teams by stage"),
}

OUTCOMES = {
    "counted": lazy_gettext("counted"),
    "too_few_signals": lazy_gettext("in use, but too few signals could be read"),
    "no_device": lazy_gettext("without a laptop"),
    "not_enrolled": lazy_gettext("with a laptop that is not enrolled"),
    "nothing_on_time": lazy_gettext("nothing arrived in time"),
    "too_little_use": lazy_gettext("less than four hours of use"),
}


def stage_name(stage: str) -> str:
    """A stage of a customer's own feed has no other name than its id."""
    return str(STAGES.get(stage, stage))


def group_name(group: str, company: str) -> str:
    """How a group `kind:name` is called."""
    kind, name = group.split(":", 1)
    if kind == "company":
        return company
    if kind == "stage":
        return stage_name(name)
    left, bar, stage = name.partition("|")
    if bar:
        return gettext("%(group)s, %(stage)s", group=left, stage=stage_name(stage))
    return name


def in_sentence(group: str, company: str) -> str:
    """The same inside a sentence: names of stages are words of their own and need marks around them."""
    name = group_name(group, company)
    stage = "|" in group or group.startswith("stage:")
    return gettext("“%(name)s”", name=name) if stage else name
