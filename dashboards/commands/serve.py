"""`dex-server serve`: the collector with its pages, for a system that supervises it."""

from pathlib import Path

import click

from dashboards.commands.options import port_option
from dashboards.listen import Listen, check_port
from dashboards.serve import MOST_WORKERS, WORKERS
from dashboards.serve import serve as run
from server.access.providers import providers_of
from server.commands.plain import data_option, plain_errors
from server.config import Settings
from server.errors import UsageError

pem_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("serve")
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@port_option
@click.option(
    "--workers",
    envvar=WORKERS,
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    show_default=True,
    help="Processes that take requests; more than one needs PostgreSQL.",
)
@click.option("--tls-cert", type=pem_file, help="Certificate and its chain, in PEM: speak TLS.")
@click.option("--tls-key", type=pem_file, help="The key of that certificate.")
@plain_errors
def serve(
    data: Path, host: str, port: int, workers: int, tls_cert: Path | None, tls_key: Path | None
) -> None:
    """Run the collector with its pages. The store must be there: dex-server db upgrade"""
    if (tls_cert is None) != (tls_key is None):
        raise UsageError("TLS needs both --tls-cert and --tls-key.")
    listen = Listen(host, port, tls_cert, tls_key)
    settings = Settings.load(data)
    providers_of(settings.oidc)  # said here in one sentence, not by each worker process
    if workers > 1 and settings.database_url.startswith("sqlite"):
        raise UsageError("More than one worker needs PostgreSQL: the embedded store has one writer.")
    check_port(listen)
    run(data, listen, workers)
