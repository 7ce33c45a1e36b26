"""What the commands that listen have in common."""

import click

port_option = click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on."
)
