import { fullNodeName, nodePort } from '../../../cluster/index.ts';
import { succeeded } from '../../../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../../../common/errors.ts';
import { skipbeat } from '../../../common/invocation.ts';
import { failureLine, type NodeCommand } from '../../../node/index.ts';
import type { KindRun, RunningCluster } from '../context.ts';
import { loadEntrances } from '../load.ts';

/** ICMP's "destination unreachable", with which kube-proxy refuses, as a bit of `icmp_ratemask`. @see icmp(7), ip-sysctl */
const unreachableBit = 1 << 3;

/** What the kernel of a node says of its ICMP errors. */
type IcmpState = {
  /** Bit n: ICMP messages of type n are limited. */
  readonly ratemask: number;
  /** ICMP errors that were not sent for a limit since the node booted; null: this kernel does not count them. */
  readonly heldBack: number | null;
};

/** Prints what `readIcmpState` reads. */
const icmpStateScript = `cat /proc/sys/net/ipv4/icmp_ratemask && grep '^Icmp:' /proc/net/snmp`;

/** The counters of both limits, the one of the whole kernel and the one of each client (Linux 6.1 and later). */
const counters = ['OutRateLimitGlobal', 'OutRateLimitHost'];

/** @returns null where that is not what the script prints */
export const readIcmpState = (text: string): IcmpState | null => {
  const [mask = '', names = '', values = ''] = text.trim().split('\n').slice(-3);
  if (!/^\d+$/.test(mask) || !names.startsWith('Icmp: ') || !values.startsWith('Icmp: ')) return null;
  const numbers = values.split(' ');
  const places = names.split(' ').flatMap((name, place) => (counters.includes(name) ? [place] : []));
  const heldBack = places.reduce((sum, place) => sum + Number(numbers[place]), 0);
  if (Number.isNaN(heldBack)) return null;
  return { ratemask: Number(mask), heldBack: places.length === 0 ? null : heldBack };
};

export const limitsRefusals = ({ ratemask }: IcmpState): boolean => (ratemask & unreachableBit) !== 0;

/** The mask under which no refusal is limited, and everything else as before: 6160 of the kernel's own 6168. */
export const withoutRefusals = ({ ratemask }: IcmpState): number => ratemask & ~unreachableBit;

/** Connections that conntrack held: all, and those of them that nobody ever answered. */
type Forgotten = { readonly connections: number; readonly unanswered: number };

/** Of what `conntrack -D` prints: a line for each connection that it deleted. @see conntrack(8) */
export const readForgotten = (text: string): Forgotten => {
  const lines = text.split('\n').filter((line) => line.startsWith('tcp '));
  return { connections: lines.length, unanswered: lines.filter((line) => line.includes(' SYN_SENT ')).length };
};

const commandMs = 15_000;

/** What systemd-sysctl sets at a boot: a fault may take this node's power. */
const bootFile = '/etc/sysctl.d/90-skipbeat-entrance.conf';

const setMask = `
sysctl --quiet --write net.ipv4.icmp_ratemask="$1"
[ "$(cat /proc/sys/net/ipv4/icmp_ratemask)" = "$1" ]`;
const keepMaskScript = `set -e\necho "net.ipv4.icmp_ratemask = $1" >${bootFile}${setMask}`;
const restoreMaskScript = `set -e\nrm -f ${bootFile}${setMask}`;

/**
 * Deletes the connections to port $1, and prints each. conntrack ends with 1 where there was nothing to delete, and stops
 * with 1 at a connection that ended by itself since it was listed: the next call takes those that are left, for at most $2
 * seconds (10): what is cut off from here would go on in the node for ever.
 * @see conntrack(8)
 */
export const forgetScript = `
exec 3>&1
SECONDS=0
until said=$(conntrack -D -p tcp --orig-port-dst "$1" 2>&1 >&3) || [[ $said == *' 0 flow entries '* ]]; do
  [[ $said == *"such conntrack doesn't exist"* ]] && ((SECONDS < \${2:-10})) || { printf '%s\\n' "$said" >&2; exit 1; }
done
`;

const script = (node: string, text: string, ...args: readonly string[]): NodeCommand => ({
  node,
  argv: ['bash', '-c', text, 'skipbeat-entrance', ...args],
  timeoutMs: commandMs,
});

const notPrepared = (node: string, found: string): SkipbeatError =>
  new SkipbeatError('NODE_NOT_PREPARED', `${node} could not be prepared for the load: ${found}.`, {
    exitCode: exitCodes.environment,
    next: skipbeat('doctor'),
  });

type Entrance = { readonly node: string; readonly container: string };

const recordState = ({ recorder }: KindRun, node: string, moment: 'start' | 'end', state: IcmpState): void => {
  const [heldBack, limited] = [state.heldBack, limitsRefusals(state)];
  recorder.event({ type: 'entrance.icmp', moment, node, heldBack, limitsRefusals: limited });
};

/** @throws SkipbeatError NODE_NOT_PREPARED (exit 75) */
const runOnNode = async ({ exec, signal }: KindRun, command: NodeCommand): Promise<string> => {
  const result = await exec(command, signal);
  signal.throwIfAborted();
  if (succeeded(result)) return result.stdout;
  throw notPrepared(command.node, failureLine({ ...result, command: 'its script' }));
};

/** @throws SkipbeatError NODE_NOT_PREPARED (exit 75) */
const stateIn = (text: string, container: string): IcmpState => {
  const state = readIcmpState(text);
  if (state !== null) return state;
  throw notPrepared(container, `expected its ICMP counters, found ${JSON.stringify(text.split('\n').slice(-3))}`);
};

/** Has connections from before forgotten and, in the same call, reads the counters as the load finds them. */
const begin = async (run: KindRun, { node, container }: Entrance): Promise<void> => {
  const text = await runOnNode(run, script(container, forgetScript + icmpStateScript, String(nodePort)));
  run.recorder.event({ type: 'entrance.forgot', node, ...readForgotten(text) });
  recordState(run, node, 'start', stateIn(text, container));
};

/** A node that a fault touched may not be back: then the record says nothing of its end, which is a doubt of its own. */
const end = async (run: KindRun, { node, container }: Entrance): Promise<void> => {
  try {
    recordState(run, node, 'end', stateIn(await runOnNode(run, script(container, icmpStateScript)), container));
  } catch (thrown) {
    run.signal.throwIfAborted();
    run.recorder.event({ type: 'note', text: `what ${node} held back was not read: ${messageOf(thrown)}` });
  }
};

/** Takes refusals out of what the kernel of one entrance limits, for as long as the work takes. */
const withRefusals = async (
  run: KindRun,
  incarnation: string,
  { node, container }: Entrance,
  work: () => Promise<void>,
): Promise<void> => {
  const { options, recorder, exec } = run;
  const before = stateIn(await runOnNode(run, script(container, icmpStateScript)), container);
  const undo = script(container, restoreMaskScript, String(before.ratemask));
  const { clusterName: name, journal } = options;
  const entry = journal.add({ kind: 'settings', cluster: name, incarnation, undo: [undo] });
  try {
    await runOnNode(run, script(container, keepMaskScript, String(withoutRefusals(before))));
    await work();
  } finally {
    // Not with the run's signal: an undo comes to its end.
    const restored = await exec(undo);
    if (succeeded(restored)) entry.done();
    else {
      const found = failureLine({ ...restored, command: 'its script' });
      const text = `net.ipv4.icmp_ratemask of ${node} is not as before (${found}); cleanup restores it`;
      recorder.event({ type: 'note', text });
    }
  }
};

/**
 * Has the load enter through nodes that are as a new client of the Service would find them, and leaves them as they
 * were. The load stands for many clients, yet comes from one address, so two things of the kernel are not for it:
 *
 * - ICMP errors are limited, for one client and for all together, and kube-proxy refuses with them: most refusals would
 *   be seen as time-outs (of 200 at once 194; 103 with `icmp_ratelimit=0` alone). Refusals are taken out of the mask of
 *   what is limited, and what is held back all the same is counted.
 * - conntrack keeps a connection that nobody answered for 120 s, with the pod to which it was sent. Whoever is given its
 *   source port meanwhile is sent to that pod, though it is gone. `begin`, called just before the load, has what was
 *   left from before forgotten.
 *
 * It holds in the network namespaces of nodes of our own, and each undo is journalled first.
 * @throws SkipbeatError NODE_NOT_PREPARED (exit 75), and what the work throws
 */
export const throughEntrances = async (
  run: KindRun,
  cluster: RunningCluster,
  work: (begin: () => Promise<void>) => Promise<void>,
): Promise<void> => {
  const { plan, options } = run;
  const entrances = loadEntrances(plan, cluster).map(({ node }) => ({
    node,
    container: fullNodeName(options.clusterName, node),
  }));
  const atAll = async (act: (run: KindRun, entrance: Entrance) => Promise<void>): Promise<void> => {
    await Promise.all(entrances.map((entrance) => act(run, entrance)));
  };
  const through = async ([entrance, ...others]: readonly Entrance[]): Promise<void> => {
    if (entrance !== undefined) return withRefusals(run, cluster.incarnation, entrance, () => through(others));
    await work(() => atAll(begin));
    await atAll(end);
  };
  await through(entrances);
};
