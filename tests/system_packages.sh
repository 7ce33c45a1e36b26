#!/bin/sh
# What the tests need from the system beside Python: a Chromium for the pages; for the agent journalctl, and
# desktops without a screen (an X server with a window manager, a Wayland compositor), and libproxy; openssl, for
# whom signs elsewhere.
# PostgreSQL comes as a Python package where the system has none. Missing things are installed as root on
# Debian and Ubuntu; elsewhere one sentence says what to install.
set -eu

missing=""
chromium=""
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then chromium=$name; fi
done
[ -n "$chromium" ] || missing="$missing chromium"
[ "$(uname -s)" != Linux ] || command -v journalctl >/dev/null 2>&1 || missing="$missing systemd"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
if [ "$(uname -s)" = Linux ]; then
    command -v Xvfb >/dev/null 2>&1 || missing="$missing xvfb"
    command -v dbus-daemon >/dev/null 2>&1 || missing="$missing dbus"
    ldconfig -p 2>/dev/null | grep -q 'libproxy\.so\.1' || missing="$missing libproxy1v5"
    for name in openbox sway; do command -v $name >/dev/null 2>&1 || missing="$missing $name"; done
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # Debian 12's libproxy runs scripts by a plugin; later ones do without.
    case $missing in *libproxy*)
        apt-cache show libproxy1-plugin-webkit >/dev/null 2>&1 && missing="$missing libproxy1-plugin-webkit" ;;
    esac
    # Ubuntu's package "chromium" is named chromium-browser there and is a snap; the tests find either.
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "The tests need these programs, please install them:$missing" >&2
    exit 1
fi
