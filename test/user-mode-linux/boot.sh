#!/bin/sh
# Boots user-mode Linux on its root file system; expects a mount namespace of its own, so that all mounts go with it.
# Arguments: the root file system, the project, the folder for results, the script of test/user-mode-linux to run there, without .sh.
set -e
mount --bind /proc "$1/proc"
mount -t tmpfs tmpfs "$1/dev/shm"
mount --bind "$2" "$1/mnt/project"
mount --bind "$3" "$1/mnt/out"
exec chroot "$1" env TMPDIR=/dev/shm linux.uml mem=1G root=/dev/root rootfstype=hostfs rootflags=/ ro seccomp=auto \
  init=/mnt/project/test/user-mode-linux/init.sh SKIPBEAT_LAB="$4" quiet con=null con0=fd:0,fd:1 </dev/null
