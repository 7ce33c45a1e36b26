"""The commands of `dex-server`, one file per subject; each wraps functions that tests call directly."""
