import { type CommandResult, succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import type { UndoCommand } from '../../journal/index.ts';
import { failureLine, type NodeCommand } from '../../node/index.ts';
import type { PlannedFaultOf } from '../../plan/index.ts';
import {
  type Attestation,
  type FaultKindOf,
  type NodeFault,
  notInjected,
  unreadable,
  type Verifier,
} from '../fault.ts';
import { containerOf, pasteable } from '../simple.ts';

type Planned = PlannedFaultOf<'etcd-disk-latency'>;

const timeoutMs = 20_000;
const baselineSeconds = 3;

/**
 * A sync of etcd's log waits for some five writes of etcd, its own and those of its database beside it, less what the
 * kernel lets through at once in a slice of 100 ms (block/blk-throttle.c). Seen on ext4 with 50, 30, 20, 10 and 5 writes
 * a second: 0.04, 0.12, 0.24, 0.57 and 1.1 s.
 */
const writesPerSync = 5;
const atOnceMs = 50;

/** How many writes a second etcd may make for its syncs to take so long. */
export const writesPerSecond = (delayMs: number): number =>
  Math.max(1, Math.floor((writesPerSync * 1000) / (delayMs + atOnceMs)));

/**
 * `$etcd` is the process; exit 3: none runs. `syncs` prints how often it has synced its log so far and the seconds that
 * this took, by its own metrics.
 */
const etcd = `
etcd=$(pgrep --full "^([^ ]*/)?etcd( |$)" | head -n 1)
[ -n "$etcd" ] || exit 3
syncs() {
  pki=/etc/kubernetes/pki
  curl --silent --show-error --fail --max-time 5 --cacert "$pki/etcd/ca.crt" \
    --cert "$pki/apiserver-etcd-client.crt" --key "$pki/apiserver-etcd-client.key" https://127.0.0.1:2379/metrics |
    awk '/^etcd_disk_wal_fsync_duration_seconds_sum /{sum = $2} /^etcd_disk_wal_fsync_duration_seconds_count /{count = $2}
      END {if (count == "") exit 1; print count, sum}'
}
`;

/**
 * Prints the disk under etcd's data (\`none WHY\` where a limit cannot hold it), the file that limits what etcd's cgroup
 * writes to it, what that says of the disk, and the syncs before and after $1 seconds. A partition is limited with its disk.
 */
const surveyScript = `${etcd}
dir=$(tr '\\0' '\\n' < "/proc/$etcd/cmdline" | sed -n 's/^--data-dir=//p')
number=$(stat -c %d "/proc/$etcd/root\${dir:-/var/lib/etcd}") || exit
disk=$(((number >> 8) & 4095)):$(((number & 255) | ((number >> 12) & 1048320)))
if [ -e "/sys/dev/block/$disk/partition" ]; then disk=$(cat "/sys/dev/block/$disk/../dev"); fi
case $disk in 0:*) disk="none its data is on $(stat -f -c %T "/proc/$etcd/root\${dir:-/var/lib/etcd}"), which is no disk of its own" ;; esac
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  file=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$etcd/cgroup")/io.max
else
  file=/sys/fs/cgroup/blkio$(sed -n 's/^[0-9]*:\\([^:]*,\\)*blkio\\(,[^:]*\\)*://p' "/proc/$etcd/cgroup")/blkio.throttle.write_iops_device
fi
[ -w "$file" ] || disk="none its cgroup has no limit on writes: there is no $file"
echo "$disk"
echo "$file"
grep "^$disk " "$file" 2> /dev/null || echo
syncs || exit
sleep "$1"
syncs
`;

/** Limits the writes of etcd to disk $2 by file $1, to $3 a second. */
const limitScript = `
case $1 in */io.max) echo "$2 wiops=$3" > "$1" ;; *) echo "$2 $3" > "$1" ;; esac
`;

/** A cgroup that is gone limits nobody. */
const freeScript = `
[ -e "$1" ] || exit 0
case $1 in */io.max) echo "$2 wiops=max" > "$1" ;; *) echo "$2 0" > "$1" ;; esac
`;

const limitsScript = `
[ -e "$1" ] || exit 0
grep "^$2 " "$1"
true
`;

/**
 * The limit as it stands, the process, and the syncs: from the end of the first that ends while this measures, so that it may
 * have begun before, over two more, or what $3 seconds bring.
 */
const probeScript = `${etcd}
grep "^$2 " "$1" || echo
echo "$etcd"
first=$(syncs) || exit
more=1
until=$(($(date +%s) + $3))
from=
while :; do
  now=$(syncs) || exit
  if [ "\${now%% *}" -ge $((\${first%% *} + more)) ]; then
    [ -n "$from" ] && break
    from=$now first=$now more=2
  fi
  [ "$(date +%s)" -ge "$until" ] && break
  sleep 0.1
done
echo "\${from:-$now}"
echo "$now"
`;

/** Syncs of etcd's log that have ended so far, and how long they took together. */
type Syncs = { readonly count: number; readonly seconds: number };

const readSyncs = (line: string | undefined): Syncs => {
  const [count = Number.NaN, seconds = Number.NaN] = (line ?? '').split(' ').map(Number);
  return { count, seconds };
};

/** Mean in ms of what ended between two readings; null where nothing did. */
const meanBetween = (from: Syncs, to: Syncs): number | null =>
  to.count > from.count ? ((to.seconds - from.seconds) * 1000) / (to.count - from.count) : null;

const meanText = (ms: number | null): string => (ms === null ? 'none' : `${ms.toFixed(1)} ms`);

/** Syncs took as long as asked: so far below, and so many times as long, is another fault. */
const tolerated = { min: 0.75, max: 5 } as const;

type Survey = { readonly disk: string; readonly file: string; readonly beforeMs: number | null };

export type DiskReading = {
  readonly delayMs: number;
  readonly beforeMs: number | null;
  /** The limit as it is listed; empty: none. */
  readonly limit: string;
  readonly from: Syncs;
  readonly to: Syncs;
};

/** Whether etcd's own syncs of its log take as long as asked. */
export const judgeDisk = ({ delayMs, beforeMs, limit, from, to }: DiskReading): Attestation => {
  if (limit === '') return { state: 'absent', evidence: 'nothing limits what etcd writes' };
  const meanMs = meanBetween(from, to);
  const evidence = `${limit} writes a second; etcd synced its log ${to.count - from.count} times in ${meanText(meanMs)} on the mean (asked ${delayMs} ms, before ${meanText(beforeMs)})`;
  if (meanMs === null) return { state: 'unreadable', evidence: `${evidence}: no sync ended while it was measured` };
  if (meanMs < delayMs * tolerated.min || meanMs < 2 * (beforeMs ?? 0)) {
    return { state: 'absent', evidence: `${evidence}: too short` };
  }
  if (meanMs > delayMs * tolerated.max) return { state: 'unreadable', evidence: `${evidence}: too long` };
  return { state: 'present', evidence };
};

const script = (node: string, text: string, ...args: readonly string[]): NodeCommand => ({
  node,
  argv: ['sh', '-c', text, 'sh', ...args],
  timeoutMs,
});

const impossible = (container: string, why: string): SkipbeatError =>
  new SkipbeatError('ETCD_DISK_NOT_LIMITED', `etcd-disk-latency on ${container}: ${why}. Nothing was touched.`, {
    exitCode: exitCodes.environment,
    next: 'choose kind etcd-latency, which needs no disk, or a machine whose engine keeps its volumes on a disk',
  });

/** @throws SkipbeatError ETCD_DISK_NOT_LIMITED (exit 75) */
export const readSurvey = (container: string, stdout: string): Survey => {
  const [disk = '', file = '', limit = '', first, last] = stdout.split('\n');
  if (disk.startsWith('none ')) throw impossible(container, disk.slice('none '.length));
  if (limit !== '' && !/ wiops=max/.test(limit)) {
    throw impossible(container, `expected no limit on what etcd writes, found "${limit}" in ${file}`);
  }
  const [from, to] = [readSyncs(first), readSyncs(last)];
  if (Number.isNaN(from.count + from.seconds + to.count + to.seconds)) {
    throw impossible(container, `expected etcd's wal_fsync_duration, read "${last ?? first ?? ''}"`);
  }
  return { disk, file, beforeMs: meanBetween(from, to) };
};

const probeDisk = (node: string, { disk, file, beforeMs }: Survey, delayMs: number): Verifier => {
  /** Of the first probe that saw a sync: the one before the end covers all since then. */
  let since: { readonly etcd: string; readonly from: Syncs } | null = null;
  return async (exec, signal, withinMs = timeoutMs) => {
    const seconds = Math.max(1, Math.floor(Math.min(withinMs, timeoutMs - 5000) / 1000 - 0.5));
    const result = await exec(script(node, probeScript, file, disk, String(seconds)), signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const [limit = '', etcd = '', first, last] = result.stdout.split('\n');
    if (since !== null && since.etcd !== etcd) {
      return { state: 'unreadable', evidence: `etcd ${since.etcd} was started anew as ${etcd}` };
    }
    since ??= { etcd, from: readSyncs(first) };
    return judgeDisk({ delayMs, beforeMs, limit: limit.replace(/^\S+ /, ''), from: since.from, to: readSyncs(last) });
  };
};

const verifyFree =
  ({ node, before = '' }: UndoCommand): Verifier =>
  async (exec, signal) => {
    const [file = '', disk = ''] = before.split(' ');
    const result: CommandResult = await exec(script(node, limitsScript, file, disk), signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const limit = result.stdout.trim();
    return limit === '' || / wiops=max/.test(limit)
      ? { state: 'absent', evidence: 'nothing limits what etcd writes' }
      : { state: 'present', evidence: `etcd writes no more than ${limit}` };
  };

const commandsOf = (node: string, { disk, file }: Pick<Survey, 'disk' | 'file'>, delayMs: number) => ({
  apply: script(node, limitScript, file, disk, String(writesPerSecond(delayMs))),
  undo: { ...script(node, freeScript, file, disk), before: `${file} ${disk}` },
});

const prepareNode = async (
  { kind, delayMs }: Planned,
  node: string,
  exec: Parameters<Verifier>[0],
  signal: AbortSignal,
): Promise<NodeFault> => {
  const result = await exec(script(node, surveyScript, String(baselineSeconds)), signal);
  signal.throwIfAborted();
  if (!succeeded(result)) throw notInjected(kind, [failureLine(result)]);
  const survey = readSurvey(node, result.stdout);
  return { node, ...commandsOf(node, survey, delayMs), attest: probeDisk(node, survey, delayMs) };
};

/**
 * A slow disk under etcd: its cgroup may make so few writes a second that each sync of its log takes as long as asked.
 * Proved by etcd's own measurement of its syncs.
 * @see blkio.throttle.write_iops_device (cgroup v1), io.max (cgroup v2)
 */
export const etcdDiskLatency: FaultKindOf<'etcd-disk-latency'> = {
  prepare: async (fault, site, signal) => {
    const nodes = await Promise.all(
      fault.targets.map((target) => prepareNode(fault, containerOf(site, target), site.exec, signal)),
    );
    return { nodes, close: () => Promise.resolve() };
  },
  verifyUndone: verifyFree,
  commands: ({ targets, delayMs }, container) =>
    targets.map((node) => {
      const place = { disk: '<disk of /var/lib/etcd>', file: "<limit on writes of etcd's cgroup>" };
      const { apply, undo } = commandsOf(container(node), place, delayMs);
      return { node, apply: [pasteable(apply)], undo: [pasteable(undo)] };
    }),
};
