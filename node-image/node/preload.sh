#!/bin/bash
# Reads a docker archive of images from standard input into this node's containerd, so that nodes never pull, and
# prints the names they stand under. Usage: preload.sh PREFIX; the prefix is taken off every image's name.
# Content only: unpacking needs mounts that a build container does not have, and each node unpacks what it runs.
set -euo pipefail
readonly prefix=$1

containerd >/tmp/containerd.log 2>&1 &
readonly containerd=$!
ready=no
for _ in $(seq 150); do
  if ctr version >/dev/null 2>&1; then ready=yes; break; fi
  kill -0 "$containerd" 2>/dev/null || break
  sleep 0.1
done
if [ "$ready" = no ]; then cat /tmp/containerd.log >&2; exit 1; fi

ctr --namespace k8s.io images import --all-platforms --no-unpack - >&2
for name in $(ctr --namespace k8s.io images list --quiet); do
  case $name in
    "$prefix"*)
      ctr --namespace k8s.io images tag "$name" "${name#"$prefix"}" >&2
      ctr --namespace k8s.io images remove --sync "$name" >&2
      ;;
  esac
done
ctr --namespace k8s.io images list --quiet

kill "$containerd"
if ! wait "$containerd"; then cat /tmp/containerd.log >&2; exit 1; fi
rm -f /tmp/containerd.log
