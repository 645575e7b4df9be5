#!/usr/bin/env bash
# machine.sh FOLDER: becomes the systemd of a small machine of its own: this machine's files under
# an overlay in memory, and namespaces for everything else. Run by machine.py under unshare; all of
# it is gone with the process.
set -euo pipefail
folder=$1 root=$1/root

mount --make-rprivate /
mount -t tmpfs -o mode=755 machine "$folder"
mkdir "$folder/upper" "$folder/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" machine "$root"

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
for place in run tmp dev root etc/systemd/system var/log var/lib/apt/lists; do
  mount -t tmpfs -o mode=755 machine "$root/$place"
done
chmod 1777 "$root/tmp"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
touch "$root/dev/console"
mount --bind "$folder/../console" "$root/dev/console"
mkdir -m 1777 "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
mkdir "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
ip link set lo up

# A first boot without this machine's own services: nothing but what the tests start.
rm -f "$root/usr/sbin/policy-rc.d"
mkdir -p "$root/run/systemd/system" "$root/var/log/redis"
chmod 700 "$root/root"
chown redis:redis "$root/var/log/redis"
cat >"$root/run/systemd/system/machine.target" <<'UNIT'
[Unit]
Description=The machine of a test
Requires=systemd-journald.service
AllowIsolate=yes
UNIT

# Not chroot: in one, systemd could give units no view of their own.
cd "$root"
pivot_root . mnt
umount --lazy /mnt
exec /usr/bin/env -i container=test PATH=/usr/sbin:/usr/bin LANG=C.UTF-8 \
  /lib/systemd/systemd --system --unit=machine.target --show-status=no --log-target=journal
