import { succeeded } from '../common/command.ts';
import { failureLine, type NodeCommand } from '../node/index.ts';
import type { PlannedFaultOf } from '../plan/index.ts';
import { type Look, type NodeFault, unreadable } from './fault.ts';
import { simpleKind } from './simple.ts';

const timeoutMs = 15_000;

/** A loop that outlives its fault by all other means ends by itself so much later. */
const spareSeconds = 120;

/** The loops bear this word in their command line, with the fault's id. */
const word = (id: string): string => `skipbeat-busy-${id}`;

/** Starts $1 loops that bear the word $3, each for $2 seconds at most. */
const startScript = `
for loop in $(seq "$1"); do
  setsid timeout --signal KILL "$2" bash -c 'while :; do :; done' "$3" < /dev/null > /dev/null 2>&1 &
done
`;

/** A pattern that finds the loops and not the command that looks for them: its own text has brackets. */
const pattern = (id: string): string => `^bash -c .* [s]kipbeat-busy-${id}$`;

const endScript = `
pkill --signal KILL --full "$1"
[ $? -le 1 ]
`;

/** Prints how many loops there are and the CPU time that they used in half a second, in clock ticks of 10 ms. */
const useScript = `
used() { for pid in $pids; do sed 's/.*) //' "/proc/$pid/stat"; done | awk '{sum += $12 + $13} END {print sum + 0}'; }
pids=$(pgrep --full "$1")
before=$(used)
[ -n "$pids" ] && sleep 0.5
after=$(used)
echo "$(echo $pids | wc -w) $((after - before))"
`;

const look =
  (node: string, id: string, loops: number): Look =>
  async (commander, signal) => {
    const result = await commander({ node, argv: ['sh', '-c', useScript, 'sh', pattern(id)], timeoutMs }, signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const [count = Number.NaN, ticks = Number.NaN] = result.stdout.trim().split(' ').map(Number);
    const evidence = `${count} busy loops, which used ${ticks * 10} ms of CPU time in 500 ms`;
    if (count === 0) return { state: 'absent', evidence: 'no busy loop' };
    return { state: count >= loops && ticks > 0 ? 'present' : 'unreadable', evidence };
  };

const make = (node: string, { id, loops, occurrences }: PlannedFaultOf<'cpu-pressure'>): NodeFault => {
  const longestMs = Math.max(...occurrences.map(({ startMs, endMs }) => endMs - startMs));
  const seconds = Math.ceil(longestMs / 1000) + spareSeconds;
  const run = (text: string, ...args: readonly string[]): NodeCommand => ({
    node,
    argv: ['sh', '-c', text, 'sh', ...args],
    timeoutMs,
  });
  return {
    node,
    apply: run(startScript, String(loops), String(seconds), word(id)),
    undo: { ...run(endScript, pattern(id)), before: id },
    attest: look(node, id, loops),
  };
};

/** Busy loops in the node's own cgroup: they take CPU time from the control plane's processes, as a loaded master does. */
export const cpuPressure = simpleKind<'cpu-pressure'>(make, ({ node, before = '' }) => look(node, before, 1));
