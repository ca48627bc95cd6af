import type { Argv } from './commands.ts';

/**
 * Runs commands one after the other and stops at the first that fails. They come as arguments, a lone `,` between two:
 * no command is ever made from text.
 */
const inTurnScript = `
command=()
for word in "$@" ,; do
  if [ "$word" != , ]; then command+=("$word"); continue; fi
  "\${command[@]}" || { code=$?; echo "failed: \${command[*]}" >&2; exit "$code"; }
  command=()
done
`;

/** Several commands as one. */
export const inTurn = (commands: readonly Argv[]): Argv => {
  const args = commands.flatMap((argv, index) => (index === 0 ? argv : [',', ...argv]));
  return ['bash', '-c', inTurnScript, 'in-turn', ...args];
};

/** The same in a network namespace of its own, which is gone when it ends: a dry run that touches nothing. */
export const dryRunCommands = (commands: readonly Argv[]): Argv => ['unshare', '--net', ...inTurn(commands)];

/** Everything that tc knows of a device, as it prints it. */
const listing = `
listing() {
  tc -j qdisc show dev "$1" && tc -j filter show dev "$1" && tc -j filter show dev "$1" ingress
}
`;

/**
 * Prints the device towards an address, or the one of the default route; then where the API server is (`ADDRESS PORT`,
 * a comma between two), by what the kubelet names and by the names given, without the node's own addresses; then the
 * device's listing. A name may have addresses of both families, and programs prefer the sixth.
 * Arguments: the address, or nothing; names that the engine's name server knows.
 */
const surveyScript = `${listing}
if [ -n "$1" ]; then route=$(ip -o route get "$1"); else route=$(ip -o route show default); fi || exit
device=$(sed -n '1s/.* dev \\([^ ]*\\).*/\\1/p' <<<"$route")
[ -n "$device" ] || { echo "no route to \${1:-anywhere}" >&2; exit 3; }
echo "$device"
places() {
  getent ahosts "$1" | while read -r address _; do
    ip -o route get "$address" | grep -q '^local ' || echo "$address $2"
  done
}
server=$(sed -n 's|^ *server: https://||p' /etc/kubernetes/kubelet.conf 2>/dev/null)
{
  if [ -n "$server" ]; then places "\${server%:*}" "\${server##*:}"; fi
  for name in "\${@:2}"; do places "$name" 6443; done
} | sort -u | paste -sd ,
listing "$device"
`;

export const survey = (towards: string | null, names: readonly string[]): Argv => [
  ...(['bash', '-c', surveyScript, 'survey', towards ?? ''] as const),
  ...names,
];
/** So long an undo waits for what a queue still holds; with its other steps it stays below the time an undo is given. */
export const drainSeconds = 8;

/** Before the number of packets that went with a queue, on a line of what an undo prints. */
const droppedWord = 'skipbeat-dropped';

/** How many packets waited in the queues longer than the undo did, by what all its parts printed: they were dropped. */
export const droppedPackets = (printed: string): number =>
  [...printed.matchAll(new RegExp(`^${droppedWord} (\\d+)$`, 'gm'))].reduce((sum, [, count]) => sum + Number(count), 0);

/**
 * The kernel drops what waits in a queue that is taken away. So what comes from now on passes at once, by a netem that does
 * nothing, and what waits leaves when it is due. What waits longer than `drainSeconds` is dropped with its queue; `dropped` prints
 * how many packets those are.
 */
const drain = `
idle=(limit 20000 delay 0ms loss random 0% duplicate 0% corrupt 0% rate 0bit slot 0ms 0ms)
ease() {
  tc qdisc show dev "$1" | sed -n 's/^qdisc netem \\([0-9a-f]*:\\) \\(root\\|parent [0-9a-f:]*\\) .*/\\2 \\1/p' |
    while read -r where parent handle; do
      if [ "$where" = root ]; then at=(root handle "$parent"); else at=(parent "$parent"); fi
      tc qdisc change dev "$1" "\${at[@]}" netem "\${idle[@]}"
    done
}
waits() { tc -s qdisc show dev "$1" 2> /dev/null | grep -q 'backlog .* [1-9][0-9]*p '; }
drain() {
  local limit=$((SECONDS + ${drainSeconds}))
  while waits "$1" || { [ -n "$2" ] && waits "$2"; } && [ "$SECONDS" -lt "$limit" ]; do sleep 0.05; done
}
waiting() {
  local count=0 kind= first second third rest
  while read -r first second third rest; do
    case $first in
      qdisc) kind=$second ;;
      backlog) if [ "$kind" = netem ]; then count=$((count + \${third%p})); fi ;;
    esac
  done <<<"$(tc -s qdisc show dev "$1" 2> /dev/null)"
  echo "$count"
}
dropped() {
  local count=$(($(waiting "$1") + $([ -z "$2" ] && echo 0 || waiting "$2")))
  if [ "$count" -gt 0 ]; then echo "${droppedWord} $count"; fi
}
`;

/**
 * Takes away what bears the fault's mark, in whatever state it stands, and fails unless the device's listing is then
 * as it was. The ingress queue has no handle of its own choosing: ours is one while the detour's device exists, for
 * netem is never put where another ingress queue is.
 * Arguments: device, handle, detour, the listing before.
 */
const undoScript = `${listing}${drain}
detour=
if ip link show dev "$3" >/dev/null 2>&1; then
  if tc qdisc show dev "$1" | grep -q '^qdisc ingress '; then tc qdisc del dev "$1" ingress; fi
  detour=$3
fi
marked() { tc qdisc show dev "$1" | grep -q "^qdisc [a-z]* $2 root "; }
if marked "$1" "$2"; then
  ease "$1"
  drain "$1" "$detour"
elif [ -n "$detour" ]; then
  drain "$detour"
fi
dropped "$1" "$detour"
if [ -n "$detour" ]; then ip link del dev "$detour"; fi
if marked "$1" "$2"; then tc qdisc del dev "$1" root handle "$2"; fi
now=$(listing "$1")
[ "$now" = "$4" ] || { printf 'expected %s\\nfound %s\\n' "$4" "$now" >&2; exit 4; }
`;

export type UndoArguments = {
  readonly device: string;
  readonly handle: string;
  readonly detour: string;
  readonly listing: string;
};

export const undo = ({ device, handle, detour, listing: before }: UndoArguments): Argv => [
  ...(['bash', '-c', undoScript, 'undo', device, handle, detour, before] as const),
];

/** The same on the host-side veth peer of a node's device, which goes with its node: then nothing is left to undo. */
const undoHostPeerScript = `
[ "$(cat "/sys/class/net/$2/ifindex" 2>/dev/null)" = "$1" ] || exit 0
shift
${undoScript}`;

/** @param index the device's number, which no other one of this machine gets */
export const undoHostPeer = (index: string, { device, handle, listing: before }: UndoArguments): Argv => [
  ...(['bash', '-c', undoHostPeerScript, 'undo', index, device, handle, '', before] as const),
];

/** Runs all commands, whatever becomes of each, and fails where one did. */
const eachScript = `
failed=0
command=()
for word in "$@" ,; do
  if [ "$word" != , ]; then command+=("$word"); continue; fi
  "\${command[@]}" || failed=1
  command=()
done
exit "$failed"
`;

export const each = (commands: readonly Argv[]): Argv => [
  ...(['bash', '-c', eachScript, 'undo'] as const),
  ...commands.flatMap((argv, index) => (index === 0 ? argv : [',', ...argv])),
];

/** Prints a device's number, that of its other end, and its hardware address. Argument: the device. */
export const ends = (device: string): Argv => [
  ...(['bash', '-c', 'cd "/sys/class/net/$1" && echo "$(<ifindex) $(<iflink) $(<address)"', 'ends', device] as const),
];

/**
 * Prints the name of the other end of a node's device, and its listing. It must be one end of a veth pair, lead into
 * another network namespace, have the node's device for its other end by that one's number, and the kernel must have
 * seen the node's hardware address behind it: what is not known to be ours is not touched.
 * Arguments: its number, the number and the hardware address of the node's device.
 */
const hostPeerScript = `${listing}
for place in /sys/class/net/*; do
  [ "$(cat "$place/ifindex" 2>/dev/null)" = "$1" ] && device=\${place##*/}
done
[ -n "$device" ] || { echo "no device number $1 on this machine" >&2; exit 3; }
about=$(ip -d link show dev "$device")
case "$about" in *link-netns*) ;; *) echo "$device leads into no other namespace" >&2; exit 3 ;; esac
case "$about" in *veth*) ;; *) echo "$device is no veth" >&2; exit 3 ;; esac
[ "$(cat "/sys/class/net/$device/iflink")" = "$2" ] || { echo "$device leads elsewhere" >&2; exit 3; }
{ bridge fdb show dev "$device"; ip neighbour show dev "$device"; } | grep -q -i -F "$3" ||
  { echo "$3 was not seen behind $device" >&2; exit 3; }
echo "$device"
listing "$device"
`;

export const hostPeer = (index: string, nodeIndex: string, hardwareAddress: string): Argv => [
  ...(['bash', '-c', hostPeerScript, 'host-peer', index, nodeIndex, hardwareAddress] as const),
];

/** What `remains` prints where a device is gone with its node. */
export const goneWithNode = 'gone';

/** As `remains`, of a host-side veth peer. Arguments: its index, its device. */
const leftoversOnHostScript = `${listing}
[ "$(cat "/sys/class/net/$2/ifindex" 2>/dev/null)" = "$1" ] || { echo ${goneWithNode}; exit 0; }
echo no
listing "$2"
`;

export const leftoversOnHost = (index: string, device: string): Argv => [
  ...(['bash', '-c', leftoversOnHostScript, 'remains', index, device] as const),
];

/** Whether the detour's device is there (`yes` or `no`), and then the device's listing. Arguments: device, detour. */
const leftoversScript = `${listing}
if ip link show dev "$2" >/dev/null 2>&1; then echo yes; else echo no; fi
listing "$1"
`;

export const leftovers = (device: string, detour: string): Argv => [
  'bash',
  '-c',
  leftoversScript,
  'remains',
  device,
  detour,
];

/** The queues of some devices with their counters, one line of JSON a device; a device that is gone gives `[]`. */
const countersScript = `
for device in "$@"; do
  if ip link show dev "$device" >/dev/null 2>&1; then tc -s -j qdisc show dev "$device" || exit; else echo '[]'; fi
done
`;

export const counters = (devices: readonly string[]): Argv => ['bash', '-c', countersScript, 'counters', ...devices];

/**
 * Opens so many TCP connections at once and prints how long each handshake took, in µs. A handshake is one round trip.
 * Arguments: address, port, how many. All by bash alone: a program started for each connection would be most of what is
 * measured.
 */
const canaryScript = `
export LC_ALL=C
for ((i = 0; i < $3; i++)); do
  (s=$EPOCHREALTIME; exec 3<>"/dev/tcp/$1/$2" && e=$EPOCHREALTIME && echo $((\${e/./} - \${s/./}))) 2>/dev/null &
done
wait
`;

/** What timeout(1) ends with when the time was up. */
export const timeIsUp = 124;

/** A canary; the handshakes that take longer than it may wait are ended, and it ends with `timeIsUp`. */
export const canary = (
  { address, port }: { readonly address: string; readonly port: number },
  connections: number,
  waitSeconds: number,
): Argv => [
  ...(['timeout', String(waitSeconds), 'bash', '-c', canaryScript, 'canary'] as const),
  ...[address, String(port), String(connections)],
];
