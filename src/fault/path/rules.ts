import type { Argv } from '../netem/commands.ts';

/** One packet filter rule of ours, put before all others of its chain. */
export type Rule = {
  readonly family: 4 | 6;
  readonly table: 'nat' | 'filter';
  readonly chain: 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';
  readonly match: readonly string[];
  /** Empty: it counts, and goes on to the next rule. */
  readonly target: readonly string[];
};

/** Seconds to wait for whoever else changes rules just then: kube-proxy, the network plug-in. */
export const lockSeconds = '10';

/**
 * The comment that all rules of one fault of one run bear, and nobody else's. iptables-save(8) prints it unquoted only
 * while it is made of these characters.
 */
export const markOf = (run: string, fault: string): string =>
  `skipbeat-${run}-${fault}`.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 200);

export const insertCommand = ({ family, table, chain, match, target }: Rule, mark: string): Argv => [
  family === 4 ? 'iptables' : 'ip6tables',
  ...['--wait', lockSeconds, '--table', table, '--insert', chain],
  // Before the other matches: in a listing, something always follows it.
  ...['--match', 'comment', '--comment', mark],
  ...match,
  ...(target.length === 0 ? [] : ['--jump', ...target]),
];

/**
 * Deletes whatever rule bears the mark, in both families, and nothing else; then puts a setting of the kernel back. Each
 * rule is deleted by its own full text, as iptables-save prints it: a table's rules at once, or one by one where that is
 * refused. Two that run at once are safe: it fails only where a rule is left. POSIX sh, for not every node has another.
 * Arguments: mark, setting or nothing, its value.
 */
const removeScript = `
failed=0
rules() { $1-save -t "$2" 2> /dev/null | grep -F -- "--comment $3 "; }
for family in iptables ip6tables; do
  for table in nat filter; do
    found=$(rules $family $table "$1" | sed 's/^-A /-D /')
    [ -n "$found" ] || continue
    printf '*%s\\n%s\\nCOMMIT\\n' "$table" "$found" | $family-restore --noflush --wait ${lockSeconds} 2> /dev/null && continue
    printf '%s\\n' "$found" | while read -r rule; do $family --wait ${lockSeconds} --table $table $rule; done
    [ -z "$(rules $family $table "$1")" ] || failed=1
  done
done
if [ -n "$2" ]; then sysctl --quiet --write "$2=$3" || failed=1; fi
exit $failed
`;

/** A setting of the node's kernel that has to be changed for a fault, with what it was before. */
export type Sysctl = { readonly name: string; readonly before: string; readonly during: string };

export const removeCommand = (mark: string, sysctl: Sysctl | null): Argv => [
  ...(['sh', '-c', removeScript, 'remove', mark] as const),
  ...(sysctl === null ? ['', ''] : [sysctl.name, sysctl.before]),
];

/** What `listingCommand` prints between the two families. */
const divider = '=== IPv6';

/**
 * When the node was started, then both families' rules with their counters. A node without the IPv6 program has none of its rules; one whose rules
 * cannot be listed fails, for what was not seen is not gone.
 */
export const listingCommand: Argv = [
  'bash',
  '-c',
  `echo "# started $(sed 's/.*) //' /proc/1/stat | cut -d ' ' -f 20)"; iptables-save --counters && echo '${divider}' && if command -v ip6tables-save > /dev/null; then ip6tables-save --counters; fi`,
];

/** When the node that printed a listing was started, in its kernel's clock ticks (man 5 proc); null where it does not print that. */
export const startOf = (listing: string): string | null => /^# started (\d+)$/m.exec(listing)?.[1] ?? null;

/** Chains that others keep changing while the cluster lives: kube-proxy's, the kubelet's, the network plug-ins'. */
const livelyChain = /^(:|-A )(KUBE-|CNI-|KIND-)/;

/** Without counters. */
const bare = (line: string): string => line.replace(/^\[\d+:\d+\] /, '').replace(/ \[\d+:\d+\]$/, '');

const rulesIn = (listing: string): readonly string[] =>
  listing
    .split('\n')
    .map((line) => bare(line.trimEnd()))
    .filter((line) => line !== '' && !line.startsWith('#'));

/**
 * A listing in the form in which two can be compared: without counters, without the chains that others keep changing,
 * and without rules of faults, which come and go by their own undo.
 */
export const comparable = (listing: string): string =>
  rulesIn(listing)
    .filter((line) => !livelyChain.test(line) && !/--comment "?skipbeat-/.test(line))
    .join('\n');

/** What a listing holds of the rules of one mark. */
export type Marked = {
  readonly rules: number;
  /** Packets that the rules of each chain have met. */
  readonly packets: ReadonlyMap<string, number>;
  /** Packets that were counted on their way, and those of them that were dropped at random. */
  readonly counted: number;
  readonly dropped: number;
};

export const marked = (listing: string, mark: string): Marked => {
  const packets = new Map<string, number>();
  let counted = 0;
  let dropped = 0;
  const lines = listing.split('\n').filter((line) => line.includes(`--comment ${mark} `));
  for (const line of lines) {
    const [, text = '0', chain = ''] = /^\[(\d+):\d+\] -A (\S+)/.exec(line) ?? [];
    const count = Number(text);
    packets.set(chain, (packets.get(chain) ?? 0) + count);
    if (line.includes(' --mode random ')) dropped += count;
    if (!line.includes(' -j ')) counted += count;
  }
  return { rules: lines.length, packets, counted, dropped };
};

/** Lines that the one has and the other has not, with a sign before each. */
export const difference = (before: string, now: string): readonly string[] => {
  const [old, current] = [before.split('\n'), now.split('\n')];
  return [
    ...old.filter((line) => !current.includes(line)).map((line) => `- ${line}`),
    ...current.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ];
};
