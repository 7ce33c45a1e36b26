"""`dex-server`: the table of commands. `dashboards.cli` adds those that need pages.

Modules are named, not imported: a command starts without what only other commands need.
"""

import click

from server.commands.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "accounts": (
        "server.commands.accounts:accounts_group",
        "Who signs in by a name and a password, and who has which role.",
    ),
    "agreement": (
        "server.commands.agreement:agreement_group",
        "What may leave laptops at most, countersigned.",
    ),
    "alarms": (
        "server.commands.alarms:alarms_command",
        "Print which alarms are open and which are over, the newest first, as the page Alarms has them.",
    ),
    "audit": (
        "server.commands.audit:audit_group",
        "Who looked and changed what: whether the log is whole, and the log itself.",
    ),
    "api-keys": (
        "server.commands.api_keys:api_keys_group",
        "Keys of programs that read what a role sees.",
    ),
    "calendar": (
        "server.commands.calendar:calendar_group",
        "On which days people work: holidays of the country, and days of the company's own.",
    ),
    "db": ("server.commands.db:db", "The store."),
    "demo": ("server.commands.demo:demo", "A company that does not exist, to look at everything."),
    "devices": ("server.commands.devices:devices_group", "Laptops that were let in."),
    "enroll-key": ("server.commands.devices:enroll_key", "Keys that let laptops in."),
    "equipment": (
        "server.commands.equipment:equipment",
        "Show what stands out: by version of an application, by place and connection, by model and system.",
    ),
    "experiments": (
        "server.commands.experiments:experiments_group",
        "Changes that are tried out: planned, begun, read week by week.",
    ),
    "explain": ("server.commands.score:explain", "Take the score of GROUP in WEEK apart, to the last point."),
    "faults": (
        "server.commands.faults:faults_group",
        "What is wrong with which laptop: for whoever mends it, by asset tag.",
    ),
    "groups": ("server.commands.groups:groups", "Reporting groups: what people see of their team."),
    "jobs": ("server.commands.jobs:jobs_group", "The periodic jobs."),
    "lifecycle": (
        "server.commands.lifecycle:lifecycle_group",
        "How joining, moving and leaving goes, and which applications people need for it.",
    ),
    "mail": ("server.commands.mail:mail_group", "Mail by the organisation's own mail server."),
    "notices": (
        "server.commands.notices:notices_group",
        "Who hears by mail or webhook when something needs them.",
    ),
    "organisation": (
        "server.commands.organisation:organisation",
        "Whom this installation serves: its name and its time zone.",
    ),
    "outbox": (
        "server.commands.outbox:outbox_group",
        "Mails and webhooks that wait to be sent, or were given up.",
    ),
    "people": ("server.commands.people:people", "People, their teams and their days."),
    "person": (
        "server.commands.person:person_group",
        "The rights of one person over their own data: export, erase, restrict.",
    ),
    "policy": ("server.commands.policy:policy_group", "What laptops are asked for, within the agreement."),
    "pulse": ("server.commands.pulse:pulse", "Labels, results and comments of the pulse."),
    "recompute": (
        "server.commands.recompute:recompute_command",
        "Make the scores of WEEK (default: the newest) anew from the stored releases alone.",
    ),
    "scim-token": (
        "server.commands.scim_token:scim_token_group",
        "Tokens of identity providers that bring people over SCIM.",
    ),
    "score": (
        "server.commands.score:score",
        "Show the scores of a released week; release one; or check the formulas against worked examples.",
    ),
    "tasks": (
        "server.commands.tasks:tasks_group",
        "Laptops to prepare and to get back, accounts to close, laptops that are nobody's.",
    ),
    "teams": ("server.commands.teams:teams_group", "Names of teams and units that change."),
    "simulate": (
        "server.commands.simulate:simulate",
        "Drive a running collector with laptops that do not exist.",
    ),
    "support": ("server.commands.support:support_group", "Looks of IT at one laptop."),
}


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="employee-dex", prog_name="dex-server")
def main() -> None:
    """Collector, scores and pages of an Employee Digital Experience platform."""
