import { lockSeconds } from '../path/rules.ts';
import { apiServersScript } from '../unattended/api-servers.ts';
import { verifyCodes } from '../unattended/unattended.ts';

/** In the folder of an act whose fault somebody else makes: he is through with it. */
export const throughFile = 'through';

/** Connections that stand are waited for so long, s: before the fault, and under it. */
const canarySeconds = { before: 3, under: 0.8 } as const;

/**
 * What all scripts below share. Arguments of each: the act's folder, the two chains of the object, a comma between its sets, `partition` or
 * `netem`, the direction. POSIX sh.
 *
 * Its daemon sets rules by iptables-legacy, others by nf_tables: `filters` names every variant that the node has, and `save` prints the filter
 * table of one, without bringing a table to life that nobody uses. `own` prints what bears a name of the object alone. `is_mine` says whether
 * what bears a name that all objects share is the object's: a node on which such stood before was refused, so that nothing of the object can be there.
 * `renamed` prints chains of an object that other versions name otherwise: they came since the survey, and their set has the very API servers of the
 * fault. Its sets are remembered in `sets`, for they outlive their chain.
 * @see chaos-mesh netutils/len.go: names by SHA-1 until 2021, by SHA-256 since; pull request 5090 of 2026: of the namespace, too
 */
const shared = `
dir=$1 input=$2 output=$3 sets=$4 kind=$5 direction=$6
filters() {
  variants=
  for one in iptables-legacy iptables-nft; do
    if command -v "$one" > /dev/null && command -v "$one-save" > /dev/null; then variants="$variants $one"; fi
  done
  if [ -z "$variants" ] && command -v iptables-save > /dev/null; then variants=iptables; fi
  echo "$variants"
}
save() {
  case $1 in
    *-legacy) if ! grep -qsx filter /proc/net/ip_tables_names; then return 0; fi ;;
  esac
  "$1-save" --counters -t filter 2> /dev/null
}
saved() { for filter in $(filters); do save "$filter" || return; done; }
bare() { sed -n 's/^\\[[0-9:]*\\] -A /-A /p'; }
shared_chains() { sed -n -E 's/^:(CHAOS-INPUT|CHAOS-OUTPUT|TC-TABLES-[0-9]+) .*/\\1/p' | sort -u; }
members() { ipset list "$1" 2> /dev/null | sed '1,/^Members:/d; s/[ ,].*//'; }
addresses() {
  for member in $(members "$1"); do
    case $member in *.*.*.*) echo "\${member%/32}" ;; *) members "$member" ;; esac
  done | sort -u
}
renamed() {
  [ -e "$dir/device" ] || return 0
  api_servers=$(sed 's/ .*//' "$dir/places" | sort -u)
  printf '%s\\n' "$now" | bare |
    sed -n -E 's#^-A ((INPUT|OUTPUT)/[^ ]*|TC-TABLES-[0-9]+) .*--match-set ([^ ]*) .*#\\1 \\3#p' |
    while read -r chain set; do
      [ "$(addresses "$set")" = "$api_servers" ] || continue
      for one in "$set" $(members "$set"); do printf '%s\\n%sold\\n' "$one" "$one"; done >> "$dir/sets"
      case $chain in "$input" | "$output" | TC-*) ;; *) echo "$chain" ;; esac
    done
}
own_sets() {
  command -v ipset > /dev/null || return 0
  ipset list -n | grep -x -F -e "$(echo "$sets" | tr ',' '\\n'; cat "$dir/sets" 2> /dev/null)"
}
own() {
  printf '%s\\n' "$now" | grep -o -F -e ":$input " -e ":$output " | tr -d ': ' | sort -u
  renamed
  own_sets
}
is_mine() { [ -e "$dir/device" ] || [ -n "$(own)" ]; }
device() { if [ -e "$dir/device" ]; then read -r found < "$dir/device" && echo "$found"; fi; }
queue_devices() {
  command -v tc > /dev/null || return 0
  tc qdisc show | sed -n 's/^qdisc prio 1: dev \\([^ ]*\\) root .*/\\1/p' | while read -r one; do
    if tc qdisc show dev "$one" | grep -q '^qdisc netem [0-9a-f]*: parent 1:'; then echo "$one"; fi
  done
}
# Chains and queues that stand while the fault does, or are left of it.
left() {
  own
  is_mine || return 0
  printf '%s\\n' "$now" | shared_chains
  queue_devices | sed 's/^/queue of /'
}
# Whether packets meet the fault: all the way of each chain, and the queue.
stands() {
  chains=$(printf '%s\\n' "$now" | bare)
  has() { printf '%s\\n' "$chains" | grep -q -x -F -e "$1"; }
  drops() { printf '%s\\n' "$chains" | grep -F -e "-A $1 " | grep -q -F -e "-j $2"; }
  if [ "$kind" = netem ]; then
    drops TC-TABLES-0 CLASSIFY && has '-A CHAOS-OUTPUT -j TC-TABLES-0' && has '-A OUTPUT -j CHAOS-OUTPUT' &&
      [ -n "$(queue_devices)" ]
    return
  fi
  if [ "$direction" != from ]; then
    drops "$output" DROP && has "-A CHAOS-OUTPUT -j $output" && has '-A OUTPUT -j CHAOS-OUTPUT' || return
  fi
  if [ "$direction" != to ]; then
    drops "$input" DROP && has "-A CHAOS-INPUT -j $input" && has '-A INPUT -j CHAOS-INPUT' || return
  fi
}
# What is nobody's who keeps changing it, and nothing of Chaos Mesh.
others() { bare | grep -v -E -e '^-A (KUBE|CNI|KIND|CHAOS|TC-TABLES)-' -e '^-A (INPUT|OUTPUT)/' -e ' -j (CHAOS-|KUBE-)'; }
`;

/** How long handshakes with the first API server take, in µs. */
const canaryScript = `
canary() {
  read -r address port < "$dir/places"
  timeout "$2" bash -c "$1" canary "$address" "$port" "$3"
}
`;

/**
 * Reads the node, leaves it in the folder, and changes nothing. Refuses a node that Chaos Mesh would not leave as it found it: when it ends
 * any NetworkChaos its daemon takes away the queue at the root of every device, but for those that the kernel itself gave. More arguments:
 * places, canary, how long it may wait, connections.
 * @see chaos-mesh pkg/chaosdaemon/tc_server.go SetTcs; iptables_server.go initializeEnv, which empties chains that others may use
 */
export const surveyScript = `${apiServersScript}${shared}${canaryScript}
need iptables ipset tc ip curl bash sed grep sort timeout getent systemctl
case "$(filters) $(iptables --version)" in
  *legacy* | *' v1.'[0-7].*) ;;
  *) refuse "expected iptables-legacy on the node, by which the daemon of Chaos Mesh sets its rules, found$(filters)" ;;
esac
find_places "$7"
while read -r address port; do
  case $address in *:*) refuse "expected API servers with IPv4 addresses, which are all that Chaos Mesh knows, found $address" ;; esac
done < "$dir/places" || exit 1
found=$(while read -r address port; do
  ip -o route get "$address" | sed -n '1s/.* dev \\([^ ]*\\).*/\\1/p'
done < "$dir/places" | sort -u | tr '\\n' ' ')
case \${found% } in '' | *' '*) refuse "expected one device towards all API servers, found \${found:-none}" ;; esac
queues=$(tc qdisc show) || refuse 'expected queues that tc lists, found none'
foreign=$(printf '%s\\n' "$queues" | sed -n 's/^qdisc \\([a-z0-9_]*\\) \\([0-9a-f]*:\\) dev \\([^ ]*\\) root .*/\\1 \\2 on \\3/p' | grep -v ' 0: on ' | tr '\\n' ',')
[ -z "$foreign" ] || refuse "expected at the root of every device the queue that the kernel gave it, for Chaos Mesh takes away every other, found \${foreign%,}"
now=$(saved) || refuse 'expected packet filter rules that can be listed, found none'
chains=$({ printf '%s\\n' "$now" | shared_chains; own; } | tr '\\n' ' ')
[ -z "$chains" ] || refuse "expected no chains and sets of Chaos Mesh on the node, for it empties those that it finds, found \${chains% }: one of its objects acts there, or did"
if [ "$kind" = netem ]; then
  canary "$8" "$9" "\${10}" > "$dir/before"
  [ -s "$dir/before" ] || refuse 'expected an API server to answer the node before the fault, found none'
else
  answers=$(canaries ${canarySeconds.before})
  case "$answers" in *' 0'*) ;; *) refuse "expected an API server to answer the node before the fault, found none: $answers" ;; esac
fi
printf '%s\\n' "$now" | others > "$dir/others"
tc -j qdisc show dev "\${found% }" > "$dir/queues" || refuse 'expected queues that tc lists, found none'
echo "\${found% }" > "$dir/device"
echo "\${found% }"
cat "$dir/places"
`;

/** Waits until the fault stands, and makes nothing itself; less long where its maker is through. One more argument: how long, s. */
export const waitScript = `${shared}
read -r up rest < /proc/uptime
limit=$((\${up%.*} + $7))
while :; do
  now=$(saved) || exit 2
  if stands; then echo 'it stands'; exit 0; fi
  read -r up rest < /proc/uptime
  if [ "\${up%.*}" -ge "$limit" ] || [ -e "$dir/${throughFile}" ]; then
    echo "it does not stand within $7 s, or before Chaos Mesh was through: $(left | tr '\\n' ' ')" >&2
    exit 1
  fi
  sleep 0.05 || sleep 1
done
`;

/**
 * Takes away what stands or is left of the object, and nothing of others; what ends the fault comes first. Where Chaos Mesh has never acted, or
 * has ended it by itself, it does nothing. Safe twice, and beside Chaos Mesh, which finds nothing to take away then.
 */
export const undoScript = `${shared}
now=$(saved) || exit 2
more=$(renamed)
if is_mine; then
  mine=1
  for one in $(queue_devices); do
    if [ "$one" = "$(device)" ] || [ -z "$(device)" ]; then tc qdisc del dev "$one" root; fi
  done 2> /dev/null
else
  mine=
fi
for filter in $(filters); do
  text=$(save "$filter") || exit 2
  rules=$(printf '%s\\n' "$text" | bare)
  has() { printf '%s\\n' "$rules" | grep -q -x -F -e "$1"; }
  knows() { printf '%s\\n' "$text" | grep -q -F -e ":$1 "; }
  run() { "$filter" --wait ${lockSeconds} "$@" 2> /dev/null; }
  for chain in "$input" "$output" $more TC-TABLES-0; do
    case $chain in INPUT/*) base=INPUT ;; *) base=OUTPUT ;; esac
    if [ "$chain" = TC-TABLES-0 ] && [ -z "$mine" ]; then continue; fi
    if has "-A CHAOS-$base -j $chain"; then run -D "CHAOS-$base" -j "$chain"; fi
    if knows "$chain"; then run -F "$chain"; run -X "$chain"; fi
  done
  [ -n "$mine" ] || continue
  for base in INPUT OUTPUT; do
    # One that somebody else uses by now stays.
    if save "$filter" | bare | grep -q -F -e "-A CHAOS-$base "; then continue; fi
    if has "-A $base -j CHAOS-$base"; then run -D "$base" -j "CHAOS-$base"; fi
    if knows "CHAOS-$base"; then run -X "CHAOS-$base"; fi
  done
done
# One that refers to others goes before these can.
for pass in 1 2; do own_sets | while read -r set; do ipset destroy "$set"; done; done 2> /dev/null
now=$(saved) || exit 2
[ -z "$(left)" ]
`;

/**
 * Prints the device, the API servers, each rule of the fault with its counters, and what became of requests, or of the queue and of handshakes. Where
 * nothing of it is left: whether everything else is as before. More arguments: canary, how long it may wait, connections.
 */
export const verifyScript = `${apiServersScript}${shared}${canaryScript}
if [ -z "$(filters)" ] && ! [ -e "$dir/device" ]; then
  echo 'nothing of Chaos Mesh: the node has no iptables-save, and nothing was made there'
  exit ${verifyCodes.gone}
fi
now=$(saved) || exit 2
if [ -z "$(left)" ]; then
  printf 'no chain, set and queue of it'
  if [ -e "$dir/others" ]; then
    printf '%s\\n' "$now" | others > "$dir/others.now"
    went=$(grep -v -x -c -F -f "$dir/others.now" "$dir/others")
    came=$(grep -v -x -c -F -f "$dir/others" "$dir/others.now")
    if [ "$went$came" = 00 ]; then printf ', all other rules as before'
    else printf ', of other rules %s went and %s came meanwhile' "$went" "$came"; fi
    if [ "$(tc -j qdisc show dev "$(device)")" = "$(cat "$dir/queues")" ]; then printf ', the queues of %s are listed as before' "$(device)"
    else printf ', %s is not listed as before: %s' "$(device)" "$(tc qdisc show dev "$(device)" | tr '\\n' ' ')"; fi
  else
    chains=$(printf '%s\\n' "$now" | shared_chains | tr '\\n' ' ')
    if [ -n "$chains" ]; then printf '; of which object %s are is not known: they stay' "\${chains% }"; fi
  fi
  echo
  exit ${verifyCodes.gone}
fi
if ! stands; then
  echo "left of it, without effect or in part: $(left | tr '\\n' ' ')"
  exit 2
fi
echo "device $(device)"
if [ -e "$dir/places" ]; then
  sed 's/^/peer /' "$dir/places"
  if [ "$kind" = netem ]; then
    sed 's/^/before /' "$dir/before"
    canary "$7" "$8" "$9" | sed 's/^/now /'
  else
    canaries ${canarySeconds.under}
  fi
  now=$(saved) || exit 2
fi
printf '%s\\n' "$now" | grep -F -e "-A $output " -e "-A $input " -e '-A TC-TABLES-0 ' -e "-j $output" -e "-j $input" -e '-j TC-TABLES-0' -e '-j CHAOS-'
for one in $(queue_devices); do
  echo "queues $one $(tc -s -j qdisc show dev "$one" | tr -d '\\n')"
done
exit ${verifyCodes.stands}
`;
