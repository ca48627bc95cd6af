import { fullNodeName, nodePort } from '../../cluster/index.ts';
import { succeeded } from '../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { failureLine, type NodeCommand } from '../../node/index.ts';
import type { KindRun, StandingCluster } from './context.ts';
import {
  type IcmpState,
  icmpStateScript,
  limitsRefusals,
  readForgotten,
  readIcmpState,
  withoutRefusals,
} from './entrance-state.ts';
import { loadTarget } from './load.ts';

const commandMs = 15_000;

const setMaskScript = `
sysctl --quiet --write net.ipv4.icmp_ratemask="$1"
[ "$(cat /proc/sys/net/ipv4/icmp_ratemask)" = "$1" ]`;

/** conntrack ends with 1 where there was nothing to delete, too. @see conntrack(8) */
const forgetScript = `
said=$(conntrack -D -p tcp --orig-port-dst "$1" 2>&1) || [[ $said == *' 0 flow entries '* ]] || { echo "$said" >&2; exit 1; }
printf '%s\\n' "$said"
`;

const script = (node: string, text: string, ...args: readonly string[]): NodeCommand => ({
  node,
  argv: ['bash', '-c', text, 'skipbeat-entrance', ...args],
  timeoutMs: commandMs,
});

const notPrepared = (node: string, found: string): SkipbeatError =>
  new SkipbeatError('NODE_NOT_PREPARED', `${node} could not be prepared for the load: ${found}.`, {
    exitCode: exitCodes.environment,
    next: 'npm run skipbeat -- doctor',
  });

/** @throws SkipbeatError NODE_NOT_PREPARED (exit 75) */
const say = async ({ commander, signal }: KindRun, command: NodeCommand): Promise<string> => {
  const result = await commander(command, signal);
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

/**
 * Has the load enter through a node that is as a new client of the Service would find it, and leaves the node as it
 * was. The load stands for many clients, yet comes from one address, so two things of the kernel are not for it:
 *
 * - ICMP errors are limited, for one client and for all together, and kube-proxy refuses with them: most refusals would
 *   be seen as time-outs (of 200 at once 194; 103 with `icmp_ratelimit=0` alone). Refusals are taken out of the mask of
 *   what is limited, and what is held back all the same is counted.
 * - conntrack keeps a connection that nobody answered for 120 s, with the pod to which it was sent. Whoever is given its
 *   source port meanwhile is sent to that pod, though it is gone. `begin`, called just before the load, has what was
 *   left from before forgotten.
 *
 * It holds in the network namespace of a node of our own, and its undo is journalled first.
 * @throws SkipbeatError NODE_NOT_PREPARED (exit 75), and what the work throws
 */
export const throughEntrance = async (
  run: KindRun,
  cluster: StandingCluster,
  work: (begin: () => Promise<void>) => Promise<void>,
): Promise<void> => {
  const { plan, options, recorder, commander } = run;
  const { node } = loadTarget(plan, cluster);
  const container = fullNodeName(options.clusterName, node);
  const setMask = (mask: number): NodeCommand => script(container, setMaskScript, String(mask));
  const record = (moment: 'start' | 'end', state: IcmpState): void => {
    const [heldBack, limited] = [state.heldBack, limitsRefusals(state)];
    recorder.event({ type: 'entrance.icmp', moment, node, heldBack, limitsRefusals: limited });
  };
  const begin = async (): Promise<void> => {
    const text = await say(run, script(container, forgetScript + icmpStateScript, String(nodePort)));
    recorder.event({ type: 'entrance.forgot', node, ...readForgotten(text) });
    record('start', stateIn(text, container));
  };
  const stateNow = async (): Promise<IcmpState> =>
    stateIn(await say(run, script(container, icmpStateScript)), container);

  const before = await stateNow();
  const undo = setMask(before.ratemask);
  const { clusterName: name, journal } = options;
  const entry = journal.add({ kind: 'settings', cluster: name, incarnation: cluster.incarnation, undo: [undo] });
  try {
    await say(run, setMask(withoutRefusals(before)));
    await work(begin);
    record('end', await stateNow());
  } finally {
    // Not with the run's signal: an undo comes to its end.
    const restored = await commander(undo);
    if (succeeded(restored)) entry.done();
    else {
      const found = failureLine({ ...restored, command: 'its script' });
      const text = `net.ipv4.icmp_ratemask of ${node} is not as before (${found}); cleanup restores it`;
      recorder.event({ type: 'note', text });
    }
  }
};
