import type { CommandResult } from '../../common/command.ts';
import type { NodeExec } from '../../node/index.ts';
import type { PlannedFaultOf } from '../../plan/index.ts';
import type { Attestation } from '../fault.ts';
import { rampOf } from '../netem/arguments.ts';
import { type Argv, applyCommands, markOf, type NetemPlace, type Peer } from '../netem/commands.ts';
import { canaryConnections, canaryWaitSeconds, readCanary } from '../netem/measure.ts';
import { canary, undo } from '../netem/scripts.ts';
import { droppedText, verifyNetem } from '../netem/verify.ts';
import { apiServersScript, placesText } from './api-servers.ts';
import { type Printed, type UnattendedKind, verifyCodes } from './unattended.ts';

type Planned = Omit<PlannedFaultOf<'netem'>, 'kind'>;

/** In place of a device, and of an API server of either family; no other part of a command is such a number. */
const unknown = { device: 'DEVICE', ipv4: 'ADDRESS', ipv6: ':ADDRESS', port: 65_535 } as const;

/** The commands of kind, one a line, for a device and API servers that the node finds itself. */
const commandLines = ({ direction, ...amounts }: Planned, mark: NetemPlace['mark']): readonly string[] => {
  const peers = [unknown.ipv4, unknown.ipv6].map((address) => ({ address, port: unknown.port }));
  const [full] = rampOf(amounts, 1);
  if (full === undefined) throw new Error('a ramp without steps');
  return applyCommands({ device: unknown.device, peers, mark }, direction, full).map((argv) => argv.join(' '));
};

/**
 * Runs the commands in their order, those with an address once for each API server of its family, and stops at the first that
 * fails. Arguments: folder, device, or nothing for the one that was found, commands.
 */
const applyScript = `
set -f
dir=$1 device=$2
[ -n "$device" ] || read -r device < "$dir/device" || exit
printf '%s\\n' "$3" | sed "s/${unknown.device}/$device/g" | while read -r line; do
  case $line in
    *${unknown.ipv6}*) family=6 ;;
    *${unknown.ipv4}*) family=4 ;;
    *) echo "$line"; continue ;;
  esac
  while read -r address port; do
    case $family$address in 4*:* | 6*.*) continue ;; esac
    echo "$line" | sed "s/:\\{0,1\\}${unknown.ipv4}/$address/; s/port ${unknown.port} /port $port /"
  done < "$dir/places"
done | while read -r command; do
  $command < /dev/null || { echo "failed: $command" >&2; exit 1; }
done
`;

/** \`listing DEVICE\` prints all that tc knows of it; \`canary\` how long handshakes with the first API server took, in µs. */
const readingScript = `
listing() { tc -j qdisc show dev "$1" && tc -j filter show dev "$1" && tc -j filter show dev "$1" ingress; }
canary() {
  read -r address port < "$dir/places"
  timeout "$2" bash -c "$1" canary "$address" "$port" ${canaryConnections}
}
`;

/** Arguments: folder, places, direction, commands, how they are run, the canary and how long it may wait. */
const surveyScript = `${apiServersScript}${readingScript}
dir=$1 direction=$3
need tc ip bash unshare timeout getent sed grep sort systemctl
find_places "$2"
device=$(while read -r address port; do
  ip -o route get "$address" | sed -n '1s/.* dev \\([^ ]*\\).*/\\1/p'
done < "$dir/places" | sort -u | tr '\\n' ' ')
case \${device% } in '' | *' '*) refuse "expected one device towards all API servers, found \${device:-none}" ;; esac
device=\${device% }
queues=$(tc qdisc show dev "$device") || refuse "expected queues of $device that tc lists, found none"
root=$(printf '%s\\n' "$queues" | sed -n 's/^qdisc \\([a-z_]*\\) \\([0-9a-f]*:\\) root .*/\\1 \\2/p')
case $direction$root in from* | to | both | *' 0:') ;; *) refuse "expected $device without queues of others, found $root" ;; esac
if [ "$direction" != to ] && printf '%s\\n' "$queues" | grep -q -E '^qdisc (ingress|clsact) '; then
  refuse "expected $device without a queue of others for what comes in, found one: direction: to does without"
fi
refusal=$(unshare --net sh -c "$5" skipbeat-netem "$dir" lo "$4" 2>&1) ||
  refuse "expected a kernel with sch_netem (and sch_prio, cls_u32; ifb and act_mirred unless the direction is to), found $(echo $refusal)"
canary "$6" "$7" > "$dir/before"
[ -s "$dir/before" ] || refuse 'expected an API server to answer the node before the fault, found none'
listing "$device" > "$dir/listing" || refuse "expected queues of $device that tc lists, found none"
echo "$device" > "$dir/device"
echo "$device"
cat "$dir/places"
`;

/** \`ours\` says whether anything of the fault is there. \`$device\` is empty where nobody has surveyed this node for it. */
const oursScript = `
device=
if [ -e "$dir/device" ]; then read -r device < "$dir/device"
elif command -v tc > /dev/null; then
  device=$(tc qdisc show | sed -n "/ dev $detour /d; s/^qdisc [a-z]* $handle dev \\([^ ]*\\) root .*/\\1/p")
  for one in $(tc qdisc show | sed -n 's/^qdisc ingress [^ ]* dev \\([^ ]*\\) .*/\\1/p'); do
    if tc filter show dev "$one" ingress | grep -q -F "$detour"; then device=$one; fi
  done
fi
ours() {
  if [ -n "$device" ]; then
    queues=$(tc qdisc show dev "$device") || exit 2
    case $queues in *"qdisc "*" $handle root "*) return 0 ;; esac
  fi
  [ -e "/sys/class/net/$detour" ]
}
`;

/**
 * What kind does, with the device and the listing that the survey left. Fails where anything of the fault is there still. Arguments:
 * folder, handle, detour, the undo of kind.
 */
const undoScript = `
dir=$1 handle=$2 detour=$3
${oursScript}
ours || exit 0
bash -c "$4" undo "$device" "$handle" "$detour" "$(cat "$dir/listing" 2> /dev/null)" && exit 0
if ours; then exit 1; fi
`;

/**
 * Prints the device, the API servers, what handshakes took before and take now, and the queues with their counters. Arguments: folder,
 * handle, detour, the canary and how long it may wait.
 */
const verifyScript = `${readingScript}
dir=$1 handle=$2 detour=$3
${oursScript}
if ! ours; then
  if [ -z "$device" ]; then echo 'no queue of ours'
  elif ! [ -e "$dir/listing" ] || [ "$(listing "$device")" = "$(cat "$dir/listing")" ]; then
    echo "the queues and filters of $device are listed as before"
  else
    echo "no queue of ours; $device is not listed as before: $(listing "$device" | tr '\\n' ' ')"
  fi
  exit ${verifyCodes.gone}
fi
echo "device $device"
if [ -e "$dir/before" ]; then
  sed 's/^/peer /' "$dir/places"
  sed 's/^/before /' "$dir/before"
  canary "$4" "$5" | sed 's/^/now /'
fi
for one in "$device" "$detour"; do
  [ -e "/sys/class/net/$one" ] || continue
  echo "queues $one $(tc -s -j qdisc show dev "$one" | tr -d '\\n')"
done
exit ${verifyCodes.stands}
`;

const sh = (script: string, ...args: readonly string[]): Argv => ['sh', '-c', script, 'skipbeat-netem', ...args];

const ended = (stdout: string): CommandResult => ({
  ...{ node: null, command: '', ended: 'exited', exitCode: 0, stdout, stderr: '', durationMs: 0 },
});

/** Reads what `verify` printed, by the judgement of kind, which is asked nothing but what the node has answered already. */
const readNetem =
  (planned: Planned, mark: NetemPlace['mark']) =>
  async ({ code, out, err }: Printed, undone?: Printed | null): Promise<Attestation> => {
    const lines = out.split('\n');
    if (code === verifyCodes.gone) {
      const dropped = droppedText(undone?.out ?? '');
      return { state: 'absent', evidence: [out, ...(dropped === null ? [] : [dropped])].join('; ') };
    }
    if (code !== verifyCodes.stands) return { state: 'unreadable', evidence: err || `exit code ${code}` };
    const after = (word: string): readonly string[] =>
      lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
    const [device = ''] = after('device');
    const peers = after('peer').map((line): Peer => {
      const [address = '', port] = line.split(' ');
      return { address, port: Number(port) };
    });
    const queues = new Map(after('queues').map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]));
    const place: NetemPlace = { device, peers, mark };
    const { direction } = planned;
    const [target = null] = peers;
    const exec: NodeExec = ({ argv }) =>
      Promise.resolve(ended(argv[0] === 'timeout' ? after('now').join('\n') : (queues.get(argv.at(-1)) ?? '[]')));
    return verifyNetem({
      ...{ node: '', direction, target, ramp: rampOf(planned, 1) },
      attachments: [{ place, direction, listing: '', farIndex: null }],
      before: target === null ? null : readCanary(ended(after('before').join('\n'))),
    })(exec);
  };

/**
 * Delay, loss and the like between a node and its API servers alone, by the commands of kind, which the node makes of the
 * device and the addresses that it finds. A ramp is none here: it stands at its full strength from the first.
 */
export const netem: UnattendedKind<Planned> = (planned, { id, folder, apiServers }) => {
  const mark = markOf(id);
  const lines = commandLines(planned, mark).join('\n');
  const [full] = rampOf(planned, 1);
  const waitSeconds = full === undefined ? 0 : canaryWaitSeconds(full, planned.direction);
  const [, , , , canaryText = ''] = canary({ address: '', port: 0 }, canaryConnections, waitSeconds);
  const waiting = [canaryText, String(waitSeconds)];
  const undoing = undo({ device: '', ...mark, listing: '' })[2] ?? '';
  return {
    survey: sh(surveyScript, folder, placesText(apiServers), planned.direction, lines, applyScript, ...waiting),
    apply: sh(applyScript, folder, '', lines),
    undo: sh(undoScript, folder, mark.handle, mark.detour, undoing),
    verify: sh(verifyScript, folder, mark.handle, mark.detour, ...waiting),
    attest: readNetem(planned, mark),
    endsWhenAsked: true,
  };
};
