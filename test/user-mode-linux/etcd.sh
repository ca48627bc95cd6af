#!/bin/bash
# etcd as kubeadm runs it, on a disk of its own and in a cgroup (v2) of its own, and the program that makes that disk slow.
# Expects a machine that is ours alone. Argument: the folder for result.json.
set -e
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# Without memory's the kernel does not know whose writes it writes back. @see Documentation/admin-guide/cgroup-v2.rst, "Writeback"
echo '+io +memory' > /sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/etcd
modprobe brd rd_nr=1 rd_size=262144
mkfs.ext4 -q /dev/ram0
mkdir /run/etcd
mount /dev/ram0 /run/etcd
mount -t tmpfs tmpfs /etc/kubernetes
pki=/etc/kubernetes/pki
mkdir -p "$pki/etcd"
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${key[@]}" -days 30 -subj /CN=ca -keyout "$pki/etcd/ca.key" -out "$pki/etcd/ca.crt"
openssl req "${key[@]}" -subj /CN=etcd -keyout "$pki/etcd/server.key" -out /run/server.csr
echo subjectAltName=IP:127.0.0.1 > /run/names
openssl x509 -req -in /run/server.csr -CA "$pki/etcd/ca.crt" -CAkey "$pki/etcd/ca.key" -CAcreateserial -days 30 \
  -extfile /run/names -out "$pki/etcd/server.crt"
cp "$pki/etcd/server.crt" "$pki/apiserver-etcd-client.crt"
cp "$pki/etcd/server.key" "$pki/apiserver-etcd-client.key"
here=https://127.0.0.1:2379
(
  echo "$BASHPID" > /sys/fs/cgroup/etcd/cgroup.procs
  exec etcd --data-dir=/run/etcd/data --listen-client-urls=$here --advertise-client-urls=$here --client-cert-auth \
    --trusted-ca-file="$pki/etcd/ca.crt" --cert-file="$pki/etcd/server.crt" --key-file="$pki/etcd/server.key"
) > /mnt/out/etcd.log 2>&1 &
until curl --silent --fail --cacert "$pki/etcd/ca.crt" --cert "$pki/etcd/server.crt" --key "$pki/etcd/server.key" \
  "$here/health"; do
  kill -0 $!
  sleep 0.2
done
# In here the node is this machine.
mkdir -p /run/bin
printf '#!/bin/sh\nshift\n[ "$1" = -i ] && shift\nshift\nexec "$@"\n' > /run/bin/docker
chmod +x /run/bin/docker
export PATH="/run/bin:$PATH" SKIPBEAT_STATE_DIR=/tmp/skipbeat-state
node_modules/node/bin/node test/user-mode-linux/disk-program.ts "$1/result.json"
