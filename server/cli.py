"""`dex-server`: the table of commands. `dashboards.cli` adds those that need pages."""

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="employee-dex", prog_name="dex-server")
def main() -> None:
    """Collector, scores and pages of an Employee Digital Experience platform."""
