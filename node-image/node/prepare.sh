#!/bin/bash
# Makes a kind node of the root file system it runs in, as kind's images/base/Dockerfile does of Debian.
# Usage: prepare.sh KUBERNETES_VERSION PAUSE_IMAGE
# Expects kind's base files and the Kubernetes programs in place already.
set -euo pipefail
readonly kubernetesVersion=$1 pauseImage=$2

chmod 755 /kind/bin /kind/bin/* /usr/local/bin/entrypoint /usr/bin/kubeadm /usr/bin/kubelet /usr/bin/kubectl

# kind looks for these beside each other; Debian keeps them elsewhere.
ln -sf /usr/bin/containerd /usr/local/bin/containerd
ln -sf /usr/bin/ctr /usr/local/bin/ctr
ln -sf /usr/sbin/runc /usr/local/sbin/runc
mkdir -p /opt/cni/bin
cp /usr/lib/cni/* /opt/cni/bin/

find /lib/systemd/system/sysinit.target.wants/ -name systemd-tmpfiles-setup.service -delete
rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/* \
  /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/basic.target.wants/* \
  /lib/systemd/system/sockets.target.wants/*udev* /lib/systemd/system/sockets.target.wants/*initctl*
echo ReadKMsg=no >> /etc/systemd/journald.conf
systemctl enable kubelet containerd undo-mount-hacks skipbeat-pod-network
systemctl mask systemd-binfmt.service
mkdir -p /etc/kubernetes/manifests
# Each node makes its own.
rm -f /etc/machine-id /var/lib/dbus/machine-id
: > /etc/machine-id

ctr oci spec |
  jq '.hooks.createContainer[.hooks.createContainer | length] |= . + {"path": "/kind/bin/mount-product-files.sh"}
      | del(.process.rlimits)' > /etc/containerd/cri-base.json

# Lowering an OOM score takes CAP_SYS_RESOURCE, which not every machine grants; containerd then keeps what it may.
sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' /etc/containerd/config.toml
sed -i "s#^\( *sandbox_image = \).*#\1\"$pauseImage\"#" /etc/containerd/config.toml
grep -q 'restrict_oom_score_adj = true' /etc/containerd/config.toml
grep -qF "sandbox_image = \"$pauseImage\"" /etc/containerd/config.toml

echo "$kubernetesVersion" > /kind/version
rm -rf /var/cache/apt/* /var/lib/apt/lists/*
