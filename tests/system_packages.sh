#!/bin/sh
# What the tests need from the system beside Python: a Chromium for the pages; for the agent journalctl, and
# desktops without a screen (an X server with a window manager, a Wayland compositor), and libproxy; openssl, for
# whom signs elsewhere; for the collector what stands around it in production: a pooler, proxies, Prometheus.
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
    command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
    command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
    command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
    command -v caddy >/dev/null 2>&1 || missing="$missing caddy"
    command -v promtool >/dev/null 2>&1 || missing="$missing prometheus"
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    # Programs are wanted, not services that start by themselves and take their ports.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
    fi
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
