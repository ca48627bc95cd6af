#!/bin/bash
# Two network namespaces joined by a pair of network devices, as a node and the control plane are, and the program that
# injects faults into the first. Expects a network and a mount namespace of its own, and netem in the kernel.
# Argument: the folder for result.json, in which the file `part` says what is to be done.
set -e
mkdir -p /run/netns
for name in node peer; do
  ip netns add "$name"
  ip -n "$name" link set lo up
done
ip link add eth0 netns node type veth peer name eth0 netns peer
ip -n node address add 10.9.0.1/24 dev eth0
ip -n peer address add 10.9.0.2/24 dev eth0
ip -n node address add fd00:9::1/64 dev eth0 nodad
ip -n peer address add fd00:9::2/64 dev eth0 nodad
# Two more, joined by a bridge of this namespace, as an engine joins its containers.
ip link add bridge0 type bridge
for name in inner plane; do
  ip netns add "$name"
  ip -n "$name" link set lo up
  ip link add eth0 netns "$name" type veth peer name "veth$name"
  ip link set "veth$name" master bridge0 up
done
ip link set bridge0 up
ip -n inner address add 10.9.1.1/24 dev eth0
ip -n plane address add 10.9.1.2/24 dev eth0
ip -n inner address add fd00:91::1/64 dev eth0 nodad
ip -n plane address add fd00:91::2/64 dev eth0 nodad
for name in inner plane; do ip -n "$name" link set eth0 up; done
# As the engine's name server has them.
printf '%s\n' '10.9.0.2 peer' 'fd00:9::2 peer' '10.9.1.2 plane' 'fd00:91::2 plane' > /run/hosts
mount --bind /run/hosts /etc/hosts
for name in node peer; do ip -n "$name" link set eth0 up; done
# In here a node is a namespace: what would go through the engine goes through ip-netns(8).
mkdir -p /run/bin
cp test/user-mode-linux/docker.sh /run/bin/docker
chmod +x /run/bin/docker
export PATH="/run/bin:$PATH" SKIPBEAT_STATE_DIR=/run/skipbeat-state
# Of all programs that load the sources here the first one alone strips and compiles them.
export NODE_COMPILE_CACHE=/run/compile
node=node_modules/node/bin/node
"$node" test/user-mode-linux/netem-program.ts "$1/result.json" "$(cat "$1/part")"
