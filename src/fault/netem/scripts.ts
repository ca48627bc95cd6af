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
  const words = commands.flatMap((argv, index) => (index === 0 ? argv : [',', ...argv]));
  return ['bash', '-c', inTurnScript, 'in-turn', ...words];
};

/** The same in a network namespace of its own, which is gone when it ends: a rehearsal that touches nothing. */
export const rehearsed = (commands: readonly Argv[]): Argv => ['unshare', '--net', ...inTurn(commands)];

/** Everything that tc knows of a device, as it prints it. */
const listing = `
listing() {
  tc -j qdisc show dev "$1" && tc -j filter show dev "$1" && tc -j filter show dev "$1" ingress
}
`;

/**
 * Prints the device towards an address, or the one of the default route; what the kubelet connects to (`ADDRESS PORT`,
 * or an empty line); then the device's listing. Arguments: the address, or nothing.
 */
const surveyScript = `${listing}
set -o pipefail
if [ -n "$1" ]; then route=$(ip -o route get "$1"); else route=$(ip -o route show default); fi || exit
device=$(sed -n '1s/.* dev \\([^ ]*\\).*/\\1/p' <<<"$route")
[ -n "$device" ] || { echo "no route to \${1:-anywhere}" >&2; exit 3; }
echo "$device"
server=$(sed -n 's|^ *server: https://||p' /etc/kubernetes/kubelet.conf 2>/dev/null)
if [ -n "$server" ]; then
  address=$(getent ahostsv4 "\${server%:*}" | sed -n '1s/ .*//p')
  echo "\${address:+$address \${server##*:}}"
else
  echo
fi
listing "$device"
`;

export const survey = (towards: string | null): Argv => ['bash', '-c', surveyScript, 'survey', towards ?? ''];

/**
 * Takes away what bears the fault's mark, in whatever state it stands, and fails unless the device's listing is then
 * as it was. The ingress queue has no handle of its own choosing: ours is one while the detour's device exists, for
 * netem is never put where another ingress queue is.
 * Arguments: device, handle, detour, the listing before.
 */
const undoScript = `${listing}
if ip link show dev "$3" >/dev/null 2>&1; then
  if tc qdisc show dev "$1" | grep -q '^qdisc ingress '; then tc qdisc del dev "$1" ingress; fi
  ip link del dev "$3"
fi
if tc qdisc show dev "$1" | grep -q "^qdisc [a-z]* $2 root "; then tc qdisc del dev "$1" root handle "$2"; fi
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

/** Whether the detour's device is there (`yes` or `no`), and then the device's listing. Arguments: device, detour. */
const remainsScript = `${listing}
if ip link show dev "$2" >/dev/null 2>&1; then echo yes; else echo no; fi
listing "$1"
`;

export const remains = (device: string, detour: string): Argv => [
  'bash',
  '-c',
  remainsScript,
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
 * Opens so many TCP connections at once and prints how long each handshake took, in µs; nothing for one that did not
 * come about in time. A handshake is one round trip. Arguments: address, port, how many, seconds to wait.
 */
const canaryScript = `
export LC_ALL=C
for ((i = 0; i < $3; i++)); do
  timeout "$4" bash -c 's=$EPOCHREALTIME; exec 3<>"/dev/tcp/$0/$1" && e=$EPOCHREALTIME && echo $((\${e/./} - \${s/./}))' "$1" "$2" 2>/dev/null &
done
wait
exit 0
`;

export const canary = (
  { address, port }: { readonly address: string; readonly port: number },
  connections: number,
  waitSeconds: number,
): Argv => ['bash', '-c', canaryScript, 'canary', address, String(port), String(connections), String(waitSeconds)];
