import { chaosNames } from '../../src/fault/chaos-mesh/names.ts';

/**
 * What the daemon of Chaos Mesh runs on a node for one NetworkChaos, command by command, as its sources have it
 * (pkg/chaosdaemon: ipset_server.go, iptables_server.go, tc_server.go): a stand-in, for its image cannot be had here. Sets are kept in files by a
 * stand-in for ipset(8), which this machine has not; in the place of what matches a set stands what matches the API servers' port.
 *
 * Bash: `prepare_sets`, `inject_partition`, `inject_delay`, `recover`.
 * @param programs the folder of the stand-in for ipset, which a node's own PATH has to have
 */
export const chaosDaemon = (id: string, isPartition: boolean, programs = '/run/bin'): string => {
  const { input, output, sets } = chaosNames(id, isPartition);
  const made = sets.filter((set) => !set.endsWith('old'));
  return `
prepare_sets() {
  mkdir -p /run/sets
  cat > ${programs}/ipset <<'END'
#!/bin/sh
case $1 in
  create) true > "/run/sets/$2" ;;
  list) if [ "$2" = -n ]; then ls /run/sets; else printf 'Name: %s\\nMembers:\\n' "$2"; cat "/run/sets/$2"; fi ;;
  destroy) rm "/run/sets/$2" ;;
esac
END
  chmod +x ${programs}/ipset
}
prepare_sets
ipset() { ${programs}/ipset "$@"; }
daemon() { iptables-legacy -w "$@"; }
ensure() { daemon -S "$1" | grep -q -x -F -e "$2" || daemon $2; }
environment() {
  for base in INPUT OUTPUT; do
    daemon -N CHAOS-$base 2> /dev/null || daemon -F CHAOS-$base
    ensure $base "-A $base -j CHAOS-$base"
  done
}
flush_queues() { for one in $(ls /sys/class/net); do tc qdisc del dev $one root 2> /dev/null || true; done; }
inject_partition() {
  for set in ${made.join(' ')}; do ipset create $set; done
  environment
  for way in $1; do
    if [ $way = OUTPUT ]; then chain=${output} match="-o eth0 -p tcp --dport 6443"; else chain=${input} match="-i eth0"; fi
    daemon -N $chain
    daemon -A $chain $match -j DROP
    ensure CHAOS-$way "-A CHAOS-$way -j $chain"
  done
  flush_queues
}
inject_delay() {
  for set in ${made.join(' ')}; do ipset create $set; done
  environment
  flush_queues
  tc qdisc add dev eth0 root handle 1: prio bands 4 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1
  for band in 1 2 3; do tc qdisc add dev eth0 parent 1:$band handle $((band + 1)): \${SFQ:-sfq}; done
  tc qdisc add dev eth0 parent 1:4 handle 5: netem delay $1
  daemon -N TC-TABLES-0
  daemon -A TC-TABLES-0 -o eth0 -p tcp --dport 6443 -j CLASSIFY --set-class 1:4
  ensure CHAOS-OUTPUT "-A CHAOS-OUTPUT -j TC-TABLES-0"
}
recover() { environment; flush_queues; }
`;
};

/**
 * For a kernel without a packet filter, as that of user-mode Linux: iptables is a stand-in that keeps its rules in a file, and what marks packets for the
 * queue is a filter of tc in its place. Bash, after `chaosDaemon`.
 */
export const withoutPacketFilter = `
true > /run/chains; true > /run/rules
cat > /run/bin/iptables-nft <<'END'
#!/bin/bash
if [ "$1" = -w ]; then shift; fi
if [ "$1" = --wait ]; then shift 2; fi
without() { grep -v "$@" > /run/some || true; mv /run/some "$file"; }
case $1 in
  --version) echo 'iptables v1.8.9 (legacy)' ;;
  -N) if grep -q -x -F -e "$2" /run/chains; then exit 1; fi; echo "$2" >> /run/chains ;;
  -A) echo "$*" >> /run/rules ;;
  -S) grep -F -e "-A $2 " /run/rules ;;
  -D) shift; file=/run/rules; without -x -F -e "-A $*" /run/rules ;;
  -F) file=/run/rules; without -F -e "-A $2 " /run/rules ;;
  -X) file=/run/chains; without -x -F -e "$2" /run/chains ;;
esac
END
cat > /run/bin/iptables-nft-save <<'END'
#!/bin/sh
sed 's/.*/:& - [0:0]/' /run/chains
sed 's/^/[7:700] /' /run/rules
END
ln -s iptables-nft /run/bin/iptables
chmod +x /run/bin/iptables-nft /run/bin/iptables-nft-save
daemon() { iptables-nft -w "$@"; }
classify() {
  for address in 10.99.0.2 10.99.0.4; do
    tc filter add dev eth0 parent 1: protocol ip prio 1 u32 match ip dst $address/32 match ip dport 6443 0xffff flowid 1:4
  done
}
`;
