"""A whole run: enrol the laptops, let them speak, and say what came of it."""

import threading
from collections.abc import Iterator

from server.simulator.door import door_maker
from server.simulator.fleet import Fleet, Laptop
from server.simulator.plan import Plan
from server.simulator.rounds import Conversation
from server.simulator.schedule import GIVE_UP_AFTER, Schedule
from server.simulator.tally import Tally


def run(server: str, key: str, plan: Plan, fleet: Fleet) -> Tally:
    """Laptops without a token enrol first. Ends by itself, whatever the server does.

    UsageError for what is no address of one.
    """
    connect = door_maker(server)
    tally = Tally()
    conversation = Conversation(plan, fleet, tally, connect)
    _enrol_all(conversation, tally, key, plan, fleet)
    if fleet.laptops:
        Schedule(plan, fleet, tally, conversation).run()
    return tally


def _enrol_all(conversation: Conversation, tally: Tally, key: str, plan: Plan, fleet: Fleet) -> None:
    """By the key, a few at a time; a copy has what its original got. Who was not let in is left out."""
    originals: Iterator[Laptop] = (
        laptop for laptop in fleet.laptops if laptop.original is None and not laptop.token
    )
    taking = threading.Lock()

    def work() -> None:
        while tally.in_a_row < GIVE_UP_AFTER:
            with taking:
                laptop = next(originals, None)
            if laptop is None:
                return
            conversation.enrol(laptop, key)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(plan.connections)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for laptop in fleet.laptops:
        if laptop.original is not None:
            laptop.token = laptop.original.token
    fleet.laptops[:] = [laptop for laptop in fleet.laptops if laptop.token]
