import { type CommandResult, succeeded } from '../common/command.ts';
import { failureLine, type NodeCommand } from '../node/index.ts';
import type { PlannedFaultOf } from '../plan/index.ts';
import { type Attestation, type Look, type NodeFault, unreadable } from './fault.ts';
import { simpleKind } from './simple.ts';

const timeoutMs = 15_000;

/** A loop that outlives its fault by all other means ends by itself so much later. */
const spareSeconds = 120;

/** The loops bear this word in their command line, with the fault's id. */
const word = (id: string): string => `skipbeat-busy-${id}`;

/** A pattern that finds the loops and not the command that looks for them: its own text has brackets. */
const pattern = (id: string): string => `^bash -c .* [s]kipbeat-busy-${id}$`;

/** Prints how many loops there are and the CPU time that they have used so far, in clock ticks of 10 ms. $1: their pattern. */
const used = `
used() {
  pids=$(pgrep --full "$1")
  for pid in $pids; do sed 's/.*) //' "/proc/$pid/stat"; done |
    awk -v count="$(echo $pids | wc -w)" '{sum += $12 + $13} END {print count, sum + 0}'
}
`;

/** Starts $2 loops that bear the word $4, each for $3 seconds at most, and waits until they have used some CPU time. */
const startScript = `${used}
for loop in $(seq "$2"); do
  setsid timeout --signal KILL "$3" bash -c 'while :; do :; done' "$4" < /dev/null > /dev/null 2>&1 &
done
for try in $(seq 100); do
  now=$(used "$1")
  [ "\${now#* }" -gt 0 ] && break
  sleep 0.01
done
echo "$now"
`;

const endScript = `${used}
used "$1"
pkill --signal KILL --full "$1"
[ $? -le 1 ]
`;

const useScript = `${used}
used "$1"
`;

const read =
  (loops: number) =>
  (result: CommandResult): Attestation => {
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const [count = Number.NaN, ticks = Number.NaN] = result.stdout.trim().split(' ').map(Number);
    if (count === 0) return { state: 'absent', evidence: 'no busy loop' };
    const evidence = `${count} busy loops, which used ${ticks * 10} ms of CPU time so far`;
    return { state: count >= loops && ticks > 0 ? 'present' : 'unreadable', evidence };
  };

const look =
  (node: string, id: string, loops: number): Look =>
  async (commander, signal) =>
    read(loops)(await commander({ node, argv: ['sh', '-c', useScript, 'sh', pattern(id)], timeoutMs }, signal));

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
    apply: run(startScript, pattern(id), String(loops), String(seconds), word(id)),
    undo: { ...run(endScript, pattern(id)), before: id },
    attest: look(node, id, loops),
    // On processors that are kept busy a look from outside comes too late.
    told: read(loops),
  };
};

/** Busy loops in the node's own cgroup: they take CPU time from the control plane's processes, as a loaded master does. */
export const cpuPressure = simpleKind<'cpu-pressure'>(make, ({ node, before = '' }) => look(node, before, 1));
