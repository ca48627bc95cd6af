#!/bin/bash
# What nodes below Kubernetes 1.24 need beyond the rest: kind starts their kubelets with the cgroupfs driver, and
# containerd must use the same.
set -euo pipefail
sed -i 's/SystemdCgroup = true/SystemdCgroup = false/' /etc/containerd/config.toml
grep -q 'SystemdCgroup = false' /etc/containerd/config.toml
