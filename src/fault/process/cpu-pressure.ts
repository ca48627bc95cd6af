import { type CommandResult, succeeded } from '../../common/command.ts';
import { counted } from '../../common/text/counted.ts';
import { failureLine, type NodeCommand } from '../../node/index.ts';
import type { PlannedFaultOf } from '../../plan/index.ts';
import {
  type Attestation,
  type FaultKindOf,
  type NodeFault,
  notInjected,
  type ProofMoment,
  unreadable,
  type Verifier,
} from '../fault.ts';
import { containerOf, pasteable } from '../simple.ts';

const timeoutMs = 20_000;

/** A loop that outlives its fault by all other means ends by itself so much later. */
const spareSeconds = 120;
/** What the API server waits for without the fault is taken over so long. */
const baselineSeconds = 2;

/** The loops bear this word in their command line, with the fault's id. */
const word = (id: string): string => `skipbeat-busy-${id}`;

/** A pattern that finds the loops and not the command that searches for them: its own text has brackets. */
const pattern = (id: string): string => `^bash -c .* [s]kipbeat-busy-${id}$`;

/**
 * `$api` is the API server's process; exit 3: none runs. `waited` prints for how long all of its threads have run and
 * have waited for a processor so far, in ms (proc(5), schedstat; the process's own file is that of its first thread).
 * `folder PID` prints where a process stands among the cgroups for processors, of v2 or of v1.
 */
const server = `
api=$(pgrep --full "^([^ ]*/)?kube-apiserver( |$)" | head -n 1)
[ -n "$api" ] || exit 3
waited() {
  cat /proc/"$api"/task/*/schedstat 2> /dev/null |
    awk '{run += $1; wait += $2} END {printf "%.1f %.1f", run / 1e6, wait / 1e6}'
}
root=/sys/fs/cgroup/cpu
own='s/^[0-9]*:\\([^:]*,\\)*cpu\\(,[^:]*\\)*://p'
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then root=/sys/fs/cgroup own='s/^0:://p'; fi
folder() { echo "$root$(sed -n "$own" "/proc/$1/cgroup")"; }
`;

/** `used PATTERN FOLDER` prints how many loops there are, how many of them stand there, and their CPU time, in ticks of 10 ms. */
const used = `
used() {
  count=0 inside=0 ticks=0
  for pid in $(pgrep --full "$1"); do
    stat=$(cat "/proc/$pid/stat" 2> /dev/null) || continue
    set -- "$1" "$2" \${stat##*) }
    count=$((count + 1)) ticks=$((ticks + \${14} + \${15}))
    [ "$(folder "$pid")" = "$2" ] && inside=$((inside + 1))
  done
  echo "$count $inside $ticks"
}
`;

/** Over $1 seconds: what the API server's threads waited and ran. */
const baselineScript = `${server}
first=$(waited)
sleep "$1"
echo "$first $(waited)"
`;

/**
 * How many loops: as many as asked, or two for each processor that the API server may use, by its affinity and by the
 * narrowest quota above it. A group without a quota says \`max\` (v2) or -1 (v1).
 */
const sizing = `
sized() {
  [ "$1" -gt 0 ] && echo "$1" && return
  cpus=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$api/status" | tr , '\\n' |
    awk -F- '{count += ($2 == "" ? $1 : $2) - $1 + 1} END {print count * 1000}')
  group=$2
  while :; do
    quota=max period=1
    if [ -e "$group/cpu.max" ]; then read -r quota period < "$group/cpu.max"
    elif [ -e "$group/cpu.cfs_quota_us" ]; then
      read -r quota < "$group/cpu.cfs_quota_us"
      read -r period < "$group/cpu.cfs_period_us"
    fi
    case $quota in max | -*) ;; *) [ $((quota * 1000 / period)) -lt "$cpus" ] && cpus=$((quota * 1000 / period)) ;; esac
    [ "$group" = "$root" ] || [ -z "$group" ] && break
    group=\${group%/*}
  done
  echo $(((2 * cpus + 999) / 1000))
}
`;

/**
 * Starts loops that bear the word $4, each for $3 seconds at most, in the API server's own cgroup: they compete with its
 * threads one by one, whatever share the group has of the machine. Waits until all stand there and have used some CPU time.
 */
const startScript = `${server}${used}${sizing}
group=$(folder "$api")
loops=$(sized "$2" "$group")
for loop in $(seq "$loops"); do
  setsid sh -c 'echo $$ > "$1/cgroup.procs" && exec timeout --signal KILL "$2" bash -c "while :; do :; done" "$3"' \
    sh "$group" "$3" "$4" < /dev/null > /dev/null 2>&1 &
done
for try in $(seq 300); do
  now=$(used "$1" "$group")
  set -- "$1" $now
  [ "$2" -ge "$loops" ] && [ "$3" -ge "$loops" ] && [ "$4" -gt 0 ] && break
  sleep 0.01
done
echo "$loops $now $api $(waited)"
`;

/** Prints what the start printed, and what is now, before it ends the loops. */
const endScript = `
( ${server}${used}
  echo "$SKIPBEAT_TOLD $(used "$1" "$(folder "$api")") $api $(waited)" )
pkill --signal KILL --full "$1"
[ $? -le 1 ]
`;

const countScript = `
pgrep --full --count "$1"
true
`;

/** Of all threads of the API server, in ms. */
export type Waits = { readonly ranMs: number; readonly waitedMs: number };

const numbersOf = (text: string): readonly number[] =>
  text
    .trim()
    .split(/\s+/)
    .filter((one) => one !== '')
    .map(Number);

const since = (
  [ran = Number.NaN, waited = Number.NaN]: readonly number[],
  [ranNow = Number.NaN, waitedNow = Number.NaN]: readonly number[],
): Waits => ({ ranMs: ranNow - ran, waitedMs: waitedNow - waited });

/** What it waited for each ms that it ran. */
const waitShare = ({ ranMs, waitedMs }: Waits): number => waitedMs / ranMs;

/** It is to wait so many times as long as before; and so long for each ms that it runs, where it hardly waited before. */
const min = { times: 2, share: 0.25 } as const;

/** What is wrong with loops that were counted; null: nothing. */
const loopProblem = (loops: number, count: number, inside: number, ticks: number): string | null => {
  if (count < loops) return `${count} of ${counted(loops, 'busy loop')}`;
  if (inside < loops) return `${inside} of ${loops} busy loops stand in the cgroup of kube-apiserver`;
  return ticks > 0 ? null : `${counted(loops, 'busy loop')}, which used no CPU time`;
};

/**
 * Reads the proof from what the start and the end of the fault printed. That loops run says nothing about what they
 * took: at the end, the API server must have waited longer for its processors than before.
 * @param before null where nothing was measured
 */
export const readPressure = (before: Waits, moment: ProofMoment, stdout: string): Attestation => {
  const numbers = numbersOf(stdout);
  const [loops = Number.NaN, count = Number.NaN, inside = Number.NaN, ticks = Number.NaN, api, ...first] = numbers;
  if (numbers.length < 7 || numbers.some(Number.isNaN)) {
    return { state: 'unreadable', evidence: `expected the loops and kube-apiserver's waits, read "${stdout.trim()}"` };
  }
  if (moment === 'start') {
    const wrong = loopProblem(loops, count, inside, ticks);
    return wrong === null
      ? { state: 'present', evidence: `${counted(loops, 'busy loop')} in the cgroup of kube-apiserver ${api}` }
      : { state: 'unreadable', evidence: wrong };
  }
  const [countNow = Number.NaN, insideNow = Number.NaN, ticksNow = Number.NaN, apiNow, ...last] = numbers.slice(7);
  if (numbers.length !== 13) return { state: 'unreadable', evidence: 'kube-apiserver did not run at the end' };
  if (countNow === 0) return { state: 'absent', evidence: 'no busy loop' };
  const wrong = loopProblem(loops, countNow, insideNow, ticksNow);
  if (wrong !== null) return { state: 'unreadable', evidence: wrong };
  if (apiNow !== api) {
    return {
      state: 'unreadable',
      evidence: `kube-apiserver ${api} was started anew as ${apiNow}: its waits are not known`,
    };
  }
  const during = since(first, last);
  const evidence = `${counted(loops, 'busy loop')} used ${ticksNow * 10} ms of CPU time; kube-apiserver waited ${waitShare(during).toFixed(2)} ms for each ms that it ran, before ${waitShare(before).toFixed(2)} ms`;
  const [was, is] = [waitShare(before), waitShare(during)];
  const took = is >= min.share && is >= min.times * was;
  return took
    ? { state: 'present', evidence }
    : { state: 'unreadable', evidence: `they took nothing that counts: ${evidence}` };
};

const verify =
  (node: string, id: string): Verifier =>
  async (exec, signal) => {
    const result = await exec({ node, argv: ['sh', '-c', countScript, 'sh', pattern(id)], timeoutMs }, signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const count = Number(result.stdout.trim());
    if (count === 0) return { state: 'absent', evidence: 'no busy loop' };
    return { state: 'present', evidence: counted(count, 'busy loop') };
  };

type Planned = PlannedFaultOf<'cpu-pressure'>;

const run = (node: string, text: string, ...args: readonly string[]): NodeCommand => ({
  node,
  argv: ['sh', '-c', text, 'sh', ...args],
  timeoutMs,
});

const commandsOf = (node: string, { id, loops, occurrences }: Planned) => {
  const maxMs = Math.max(...occurrences.map(({ startMs, endMs }) => endMs - startMs));
  const seconds = Math.ceil(maxMs / 1000) + spareSeconds;
  return {
    apply: run(node, startScript, pattern(id), String(loops ?? 0), String(seconds), word(id)),
    undo: { ...run(node, endScript, pattern(id)), before: id },
  };
};

const numbers =
  (before: Waits) =>
  (result: CommandResult, moment: ProofMoment): Attestation =>
    succeeded(result) ? readPressure(before, moment, result.stdout) : unreadable(result, failureLine(result));

/**
 * Busy loops in the cgroup of the API server: they take CPU time from it, as a loaded master does. Proved by how long its
 * threads waited for a processor, before and meanwhile.
 */
export const cpuPressure: FaultKindOf<'cpu-pressure'> = {
  prepare: async (fault, site, signal) => {
    const nodes = await Promise.all(
      fault.targets.map(async (target): Promise<NodeFault> => {
        const node = containerOf(site, target);
        const result = await site.exec(run(node, baselineScript, String(baselineSeconds)), signal);
        signal.throwIfAborted();
        if (!succeeded(result)) throw notInjected(fault.kind, [failureLine(result)]);
        const read = numbersOf(result.stdout);
        const before = since(read.slice(0, 2), read.slice(2));
        if (!(before.ranMs > 0))
          throw notInjected(fault.kind, [`${node}: kube-apiserver did not run: ${result.stdout}`]);
        return {
          node,
          ...commandsOf(node, fault),
          attest: verify(node, fault.id),
          // On processors that are kept busy a probe from outside comes too late.
          readProof: numbers(before),
        };
      }),
    );
    return { nodes, close: () => Promise.resolve() };
  },
  verifyUndone: ({ node, before = '' }) => verify(node, before),
  commands: (fault, container) =>
    fault.targets.map((node) => {
      const { apply, undo } = commandsOf(container(node), fault);
      return { node, apply: [pasteable(apply)], undo: [pasteable(undo)] };
    }),
};
