import { type CommandResult, succeeded } from '../../../common/command.ts';
import { counted } from '../../../common/text/counted.ts';
import { failureLine, hollowRelayCommand, hollowRelayPort } from '../../../node/index.ts';
import type { PlannedFaultOf } from '../../../plan/index.ts';
import {
  type Attestation,
  type FaultSite,
  type HollowPath,
  type HollowSite,
  type NodeFault,
  notInjected,
  unreadable,
  type Verifier,
} from '../../fault.ts';
import type { HollowPart } from '../../hollow.ts';
import { inTurn } from '../../netem/scripts.ts';
import { removal } from '../leftovers.ts';
import { askThrough } from '../own-canary.ts';
import { insertCommand, listingCommand, type Marked, marked, markOf, type Rule } from '../rules.ts';
import { surveyNetwork } from '../survey.ts';
import { answerOfRelay, askBefore, type RelayAnswer, relayMatches, withoutRelay } from './latency.ts';

type Planned = PlannedFaultOf<'partition'>;

const timeoutMs = 30_000;
/** As long as a canary waits: a handshake and a request take some milliseconds where nothing is dropped. */
const canaryMs = { max: 1000, min: 300 } as const;
/** The relay is asked before the canary and after it, and then the rules are listed. */
const listMs = 600;

/** All packets between the relay of a group and its API server are dropped, in the API server's node. */
export const pathCut = (path: HollowPath, gateway: string): readonly Rule[] =>
  relayMatches(path, gateway).map((rule) => ({ ...rule, target: ['DROP'] }));

/** What was seen of the way of one group: its rules, a request of our own through the relay, and what the relay got. */
type SeenCut = {
  readonly rules: { readonly expected: number; readonly found: number };
  readonly packets: Marked['packets'];
  /** Its round trip in ms; null: it was not answered. */
  readonly canaryMs: number | null;
  /** What the relay had from the API server before the canary and after it, in bytes. */
  readonly bytesDown: { readonly from: number; readonly to: number };
};

/**
 * Whether a way is cut: all rules stand and have dropped something, a request through the relay is not answered, and meanwhile
 * the relay got nothing from the API server.
 */
export const judgeCut = ({ rules, packets, canaryMs: tripMs, bytesDown }: SeenCut): Attestation => {
  const dropped = [...packets].filter(([, count]) => count > 0).map(([chain, count]) => `${chain} ${count}`);
  const bytes = bytesDown.to - bytesDown.from;
  const evidence = [
    `${rules.found} of ${counted(rules.expected, 'rule')}`,
    `packets dropped: ${dropped.join(', ') || 'none'}`,
    `canary through the relay ${tripMs === null ? 'not answered' : 'answered'}`,
    bytes === 0 ? 'nothing came down to it' : `${counted(bytes, 'byte')} came down to it`,
  ].join('; ');
  const isCut = rules.found === rules.expected && dropped.length > 0 && tripMs === null && bytes === 0;
  return { state: isCut ? 'present' : 'absent', evidence };
};

const verify =
  ({ group, folder }: HollowSite, container: string, rules: number, mark: string): Verifier =>
  async (exec, signal, withinMs) => {
    const forMs = Math.max(canaryMs.min, Math.min(canaryMs.max, (withinMs ?? Number.POSITIVE_INFINITY) - listMs));
    const question = hollowRelayCommand(folder, group, null);
    const before = await exec(question, signal);
    const tripMs = await askThrough(hollowRelayPort(folder, group), 1, forMs, signal);
    const after = await exec(question, signal);
    const listed = await exec({ node: container, argv: listingCommand, timeoutMs }, signal);
    const failed = [before, after, listed].find((result: CommandResult) => !succeeded(result));
    if (failed !== undefined) return unreadable(failed, failureLine(failed));
    const answers = [answerOfRelay(before), answerOfRelay(after)];
    const [from, to] = answers.filter((answer): answer is RelayAnswer => answer !== null);
    if (from === undefined || to === undefined) return { state: 'absent', evidence: `the relay of ${group} is gone` };
    const { rules: found, packets } = marked(listed.stdout, mark);
    return judgeCut({
      rules: { expected: rules, found },
      packets,
      canaryMs: tripMs,
      bytesDown: { from: from.counts.down.bytesIn, to: to.counts.down.bytesIn },
    });
  };

const prepareGroup = async (
  fault: Planned,
  site: FaultSite,
  group: HollowSite,
  signal: AbortSignal,
): Promise<NodeFault> => {
  const { path, folder, nodes } = group;
  if (path === undefined) throw withoutRelay('partition', group.group);
  const { listing, gateway } = await surveyNetwork(path.container, site, signal);
  await askBefore('partition', group, signal);
  const said = await site.exec(hollowRelayCommand(folder, group.group, null), signal);
  if (!succeeded(said)) throw notInjected('partition', [failureLine(said)]);
  if ((answerOfRelay(said)?.counts.open ?? 0) === 0) {
    throw notInjected('partition', [`expected a connection of kwok through the relay of ${group.group}, found none`]);
  }
  const mark = markOf(site.run, `${fault.id}-${group.group}`);
  const rules = pathCut(path, gateway);
  return {
    node: path.container,
    covers: nodes,
    apply: { node: path.container, argv: inTurn(rules.map((rule) => insertCommand(rule, mark))), timeoutMs },
    undo: removal(path.container, mark, null, listing),
    attest: verify(group, path.container, rules.length, mark),
  };
};

/**
 * Cuts kwok of a group off from its API server: packets between that and the relay of the group are dropped in the API server's
 * node, both ways, those of connections that stand among them. Between kwok and the relay nothing changes: kwok gets no answers.
 */
export const hollowPartition: HollowPart<'partition'> = {
  prepare: async (fault, groups, site, signal) => ({
    nodes: await Promise.all(groups.map((group) => prepareGroup(fault, site, group, signal))),
    close: () => Promise.resolve(),
  }),
  // Rules are what is to be gone, as of real nodes.
  verifyUndone: () => null,
  commands: () => ({
    apply: ["<in the API server's node> drop all packets of the relay of the kwok process that keeps them, each way"],
    undo: ['<in the same node> drop them no more'],
  }),
};
