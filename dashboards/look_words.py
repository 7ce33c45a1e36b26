"""Looks at a laptop in words: what became of them, and the signals that IT sees."""

from collections.abc import Callable

from agent.advice import ADVICE
from dashboards.formats import number, percent, seconds
from dashboards.names import SIGNALS
from dashboards.words import Lazy, gettext, lazy_gettext, ngettext
from server.rights.looks import State
from server.support.shape import Signals

LOOK_STATES: dict[State, Lazy] = {
    State.ASKED: lazy_gettext("waits for an answer"),
    State.ALLOWED: lazy_gettext("may begin"),
    State.REFUSED: lazy_gettext("refused"),
    State.OPEN: lazy_gettext("open"),
    State.ENDED: lazy_gettext("over"),
}


def signal_words(found: Signals) -> list[tuple[str, str]]:
    """Each signal with its value, in the order of the score's parts."""
    values: dict[str, tuple[float | None, Callable[[float], str]]] = {
        "boot": (found.boot_s, seconds),
        "signin": (found.signin_s, seconds),
        "crash": (found.app_crashes, number),
        "hang": (found.app_hangs, number),
        "oscrash": (found.os_crashes, number),
        "cpu": (found.cpu_pct, _share),
        "memory": (found.memory_pct, _share),
        "disk": (found.disk_pct, _share),
        "latency": (found.latency_ms, lambda value: gettext("%(n)s ms", n=number(value))),
        "loss": (found.loss_pct, percent),
        "battery": (found.battery_health_pct, percent),
        "space": (found.disk_free_pct, lambda value: gettext("%(share)s free", share=percent(value))),
        "patch": (found.patch_age_days, _days_old),
    }
    return [
        (str(SIGNALS[name].title), gettext("not known") if value is None else shown(value))
        for name, (value, shown) in values.items()
    ]


def source_name(name: str) -> str:
    return gettext(ADVICE[name].name)


def _share(value: float) -> str:
    return gettext("short of it for %(share)s of the time in use", share=percent(value))


def _days_old(value: float) -> str:
    days = round(value)
    return ngettext("%(n)s day old", "%(n)s days old", days, n=number(days))
