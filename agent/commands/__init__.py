"""One file per group of commands; each has `configure(parser)` and `main(config, arguments) -> exit code`."""
