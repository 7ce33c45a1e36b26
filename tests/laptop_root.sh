#!/bin/sh
# Builds the folder of a Linux laptop for the tests that start one (scripted week, containers, virtual machine):
#
#     sudo sh tests/laptop_root.sh FOLDER && export DEX_SYSTEMD_ROOT=FOLDER
#
# A Debian with systemd, what the agent needs of Python, a kernel, and libfaketime, by which a test moves the
# clock of the laptop alone. It takes some minutes, 900 MB and the packages debootstrap, systemd-container and,
# for the virtual machine, qemu-system-x86.
set -eu

folder=${1:?"usage: sh tests/laptop_root.sh FOLDER"}
[ "$(id -u)" = 0 ] || { echo "This needs root, as debootstrap does." >&2; exit 1; }
for program in debootstrap systemd-nspawn; do
    command -v "$program" >/dev/null || {
        echo "$program is missing; on Debian and Ubuntu: apt install debootstrap systemd-container" >&2
        exit 1
    }
done

first=systemd,systemd-sysv,dbus,libpam-systemd,dbus-user-session,iproute2,procps,python3
[ -x "$folder/bin/systemctl" ] || debootstrap --variant=minbase --include="$first" bookworm "$folder"
# In a container of its own: installed by debootstrap, systemd-coredump would set the host's kernel.core_pattern.
systemd-nspawn --quiet --pipe --register=no --keep-unit --machine="dex-root-$$" --directory="$folder" --setenv=DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --quiet --no-install-recommends \
    systemd-coredump python3-psutil python3-requests libfaketime initramfs-tools linux-image-cloud-amd64
# A laptop's journal outlasts a restart; nothing but the test may make work or change the clock.
mkdir -p "$folder/var/log/journal"
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer systemd-timesyncd.service; do
    ln -sf /dev/null "$folder/etc/systemd/system/$unit"
done
echo "export DEX_SYSTEMD_ROOT=$folder"
