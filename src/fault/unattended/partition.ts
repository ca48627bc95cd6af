import type { CommandResult } from '../../common/command.ts';
import type { PlannedFaultOf } from '../../plan/index.ts';
import type { Attestation } from '../fault.ts';
import type { Argv } from '../netem/commands.ts';
import { type Isolation, rulesTowards } from '../path/isolation-rules.ts';
import { judgeIsolation } from '../path/partition.ts';
import { insertCommand, lockSeconds, marked, markOf, removeCommand } from '../path/rules.ts';
import { apiServersScript, placesText } from './api-servers.ts';
import { type Printed, type UnattendedKind, verifyCodes } from './unattended.ts';

/** In place of an address and its port. */
const [address, port] = ['ADDRESS', 'PORT'];

/** What is run between the node and one API server, of whichever family: as iptables-restore(8) reads it, one a line. */
const ruleLines = (isolation: Isolation, mark: string): readonly string[] =>
  rulesTowards(4, address, port, isolation).map((rule) => {
    const command = insertCommand(rule, mark);
    return command.slice(command.indexOf('--insert')).join(' ');
  });

/**
 * `lines 4`, `lines 6` print the rules for all places of a family. `put MORE…` puts them before all others, each family's at once.
 * `others` prints the rules that are nobody's who keeps changing them, and not the fault's.
 */
const rulesScript = `
lines() {
  while read -r address port; do
    case $1$address in 4*:* | 6*.*) continue ;; esac
    printf '%s\\n' "$rules" | sed "s/${address}/$address/; s/${port}/$port/"
  done < "$dir/places"
}
put() {
  for family in 4 6; do
    text=$(lines $family)
    [ -n "$text" ] || continue
    program=iptables-restore
    [ $family = 4 ] || program=ip6tables-restore
    printf '*filter\\n%s\\nCOMMIT\\n' "$text" | $program --noflush --wait ${lockSeconds} "$@" || return
  done
}
`;

/** `listed` prints the filter rules of both families, `others` those of them that nobody keeps changing and that are not the fault's. */
const listingScript = `
listed() {
  iptables-save --counters -t filter || return
  if command -v ip6tables-save > /dev/null; then ip6tables-save --counters -t filter; fi
}
others() { sed -n 's/^\\[[0-9:]*\\] -A /-A /p' | grep -v -E -e "^-A (KUBE|CNI|KIND)-" -e "--comment \\"?skipbeat-"; }
`;

/** How long a request to an API server is waited for, s: before the fault, and under it. */
const canarySeconds = { before: 3, under: 0.8 } as const;

/** Arguments: folder, mark, rules, places. */
const surveyScript = `${apiServersScript}${rulesScript}${listingScript}
dir=$1 mark=$2 rules=$3
need iptables iptables-save iptables-restore ip curl sed grep timeout getent systemctl
find_places "$4"
[ -z "$(lines 6)" ] || need ip6tables-save ip6tables-restore
answers=$(canaries ${canarySeconds.before})
case "$answers" in *' 0'*) ;; *) refuse "expected an API server to answer the node before the fault, found none: $answers" ;; esac
refusal=$(put --test 2>&1) || refuse "expected packet filter rules that the node takes, found $refusal"
before=$(listed) || refuse 'expected packet filter rules that can be listed, found none'
printf '%s\\n' "$before" | others > "$dir/others"
cat "$dir/places"
`;

/** Arguments: folder, rules. */
const applyScript = `${rulesScript}
dir=$1 rules=$2
put
`;

/**
 * Prints what there is of the fault's rules, what became of a request to each API server, and any address of the kubelet's own server
 * that no rule names; where there is nothing of the fault, what became of all other rules. Arguments: folder, mark.
 */
const verifyScript = `${apiServersScript}${listingScript}
dir=$1 mark=$2
if ! command -v iptables-save > /dev/null && ! [ -e "$dir/places" ]; then
  echo 'no rule of ours: the node has no iptables-save, and nothing was made there'
  exit ${verifyCodes.gone}
fi
now=$(listed) || exit 2
ours() { printf '%s\\n' "$now" | grep -F -- "--comment $mark "; }
if [ -z "$(ours)" ]; then
  printf 'no rule of ours'
  if [ -e "$dir/others" ]; then
    printf '%s\\n' "$now" | others > "$dir/others.now"
    went=$(grep -v -x -c -F -f "$dir/others.now" "$dir/others")
    came=$(grep -v -x -c -F -f "$dir/others" "$dir/others.now")
    if [ "$went$came" = 00 ]; then printf ', all others as before'
    else printf ', of others %s went and %s came meanwhile' "$went" "$came"; fi
  fi
  echo
  exit ${verifyCodes.gone}
fi
if [ -e "$dir/places" ]; then
  server_addresses > "$dir/server.now" &
  canaries ${canarySeconds.under}
  grep -v -x -F -f "$dir/places" "$dir/server.now" | while read -r address port; do
    case $(ip -o route get "$address" 2> /dev/null) in local*) ;; *) echo "open $address" ;; esac
  done
  now=$(listed) || exit 2
fi
ours
exit ${verifyCodes.stands}
`;

const sh = (script: string, ...args: readonly string[]): Argv => ['sh', '-c', script, 'skipbeat-partition', ...args];

/** A canary's line, as what its command came to. */
const canaryOf = (line: string): readonly [string, CommandResult] | null => {
  const [, place = '', code] = /^canary (\S+) (\d+)$/.exec(line) ?? [];
  if (code === undefined) return null;
  const nothing = { node: null, command: 'curl', ended: 'exited', stdout: '', stderr: '', durationMs: 0 } as const;
  return [place, { ...nothing, exitCode: Number(code) }];
};

/** Reads what `verify` printed, by the judgement of kind. @param rulesEach how many rules each API server takes */
export const readPartition = (rulesEach: number, mark: string, { code, out, err }: Printed): Attestation => {
  const [first = ''] = out.split('\n');
  if (code === verifyCodes.gone) return { state: 'absent', evidence: first };
  if (code !== verifyCodes.stands) return { state: 'unreadable', evidence: err || `exit code ${code}` };
  const lines = out.split('\n');
  const canaries = lines.map(canaryOf).filter((one) => one !== null);
  const open = lines.flatMap((line) => /^open (\S+)$/.exec(line)?.[1] ?? []);
  const judged = judgeIsolation(rulesEach * canaries.length, marked(out, mark), canaries);
  if (open.length === 0) return canaries.length > 0 ? judged : { ...judged, state: 'unreadable' };
  return {
    state: 'absent',
    evidence: `${judged.evidence}; the kubelet's server has another address by now: ${open.join(', ')}`,
  };
};

/**
 * Cuts a node off from the API servers by the rules of kind, which the node makes of the addresses that the cluster names
 * and of the one that its kubelet asks.
 */
export const partition: UnattendedKind<PlannedFaultOf<'partition'>> = (planned, { id, folder, apiServers }) => {
  const mark = markOf('agent', id);
  const rules = ruleLines(planned, mark);
  const text = rules.join('\n');
  return {
    survey: sh(surveyScript, folder, mark, text, placesText(apiServers)),
    apply: sh(applyScript, folder, text),
    undo: removeCommand(mark, null),
    verify: sh(verifyScript, folder, mark),
    attest: (printed) => Promise.resolve(readPartition(rules.length, mark, printed)),
    endsWhenAsked: false,
  };
};
