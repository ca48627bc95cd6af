#!/bin/bash
# The first process of user-mode Linux: makes the rest of the machine, runs the program it was given, turns it off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
for place in /run /tmp; do mount -t tmpfs tmpfs "$place"; done
# Node's use of io_uring ends in "Bad page map" on this architecture.
echo 2 > /proc/sys/kernel/io_uring_disabled
ip link set lo up
# The rest of the disk stays as setup made it.
mount -t hostfs -o hostfs=/mnt/out hostfs /mnt/out
cd /mnt/project || echo "no project in /mnt/project" >&2
# From the kernel's command line: what it does not know is the first process's environment.
SKIPBEAT_UML=1 bash "test/user-mode-linux/$SKIPBEAT_LAB.sh" /mnt/out
sync
echo o > /proc/sysrq-trigger
sleep 60
