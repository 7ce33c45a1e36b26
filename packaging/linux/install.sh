#!/bin/sh
# Puts the version in this folder beside those that are there, as root:
#
#     sh packaging/linux/install.sh
#
# The program goes to /opt/dex/VERSION, with libraries of its own whose hashes are checked. Account, settings,
# services and the command /usr/local/bin/dex-server are made once; /opt/dex/current names the version in use and
# is set at the first time alone. Nothing is started. What to do next: docs/operate/install.md, upgrade.md.
set -eu
umask 022
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "This needs root." >&2; exit 1; }
python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer with venv is needed: apt install python3-venv" >&2
    exit 1
}

version=$(sed -n 's/^version = //p' setup.cfg)
place=/opt/dex/$version
[ ! -e "$place/complete" ] || { echo "$place is there already." >&2; exit 1; }

python3 -m venv --clear "$place"
"$place/bin/pip" install --quiet --require-hashes --requirement packaging/linux/requirements-server.lock
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
cp -R agent dashboards server setup.cfg pyproject.toml README.md LICENSE "$source"
"$place/bin/pybabel" --quiet compile --directory "$source/dashboards/translations"
"$place/bin/pybabel" --quiet compile --directory "$source/agent/translations" --domain agent
"$place/bin/pip" install --quiet --no-deps --no-build-isolation --no-index "$source"
touch "$place/complete"

cd packaging/linux
install -D -m 644 dex.sysusers /usr/lib/sysusers.d/dex.conf
systemd-sysusers dex.conf
install -d -m 700 -o dex -g dex /var/lib/dex
[ -e /etc/dex/server.env ] || install -D -m 600 server.env /etc/dex/server.env
install -m 755 dex-server /usr/local/bin/dex-server
install -m 644 dex-collector@.service dex-worker.service /etc/systemd/system/
[ ! -d /run/systemd/system ] || systemctl daemon-reload
[ -e /opt/dex/current ] || ln -s "$version" /opt/dex/current
echo "Employee DEX $version is in $place; in use is $(readlink /opt/dex/current)."
