"""`dex-server`: the table of commands. `dashboards.cli` adds those that need pages."""

import click

from server.commands.db import db
from server.commands.demo import demo
from server.commands.devices import devices_group, enroll_key
from server.commands.inventory import import_devices
from server.commands.people import people
from server.commands.pulse import pulse
from server.commands.score import explain, score
from server.commands.simulate import simulate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="employee-dex", prog_name="dex-server")
def main() -> None:
    """Collector, scores and pages of an Employee Digital Experience platform."""


COMMANDS = (
    db,
    demo,
    devices_group,
    enroll_key,
    explain,
    people,
    pulse,
    score,
    simulate,
)
for command in COMMANDS:
    main.add_command(command)
devices_group.add_command(import_devices)
