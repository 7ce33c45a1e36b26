"""The commands of `dex-server` that run it and open its pages, one file each."""
