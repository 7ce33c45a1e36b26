"""The entry point `dex-server`: the server's commands, and those that run it and its pages."""

from server.cli import main

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("dashboards.commands.up:up", "Run everything on this machine, its agent too, until Ctrl-C."),
    "serve": ("dashboards.commands.serve:serve", "Run the collector with its pages."),
    "worker": (
        "dashboards.commands.worker:worker",
        "Run the periodic jobs, beside any number of collectors.",
    ),
    "legal-pack": (
        "dashboards.commands.legal_pack:legal_pack",
        "Write drafts of what the law asks for: inventory, works agreement, DPIA, record, notices, bases.",
    ),
    "login-link": ("dashboards.commands.login_link:login_link", "Print a link that signs in once."),
}
main.table.update(COMMANDS)

__all__ = ["main"]

if __name__ == "__main__":
    main()
