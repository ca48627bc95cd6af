import { type CommandResult, succeeded } from '../../../common/command.ts';
import { exitCodes, SkipbeatError } from '../../../common/errors.ts';
import { skipbeat } from '../../../common/invocation.ts';
import { sleepUntil } from '../../../common/wait.ts';
import type { UndoCommand } from '../../../journal/index.ts';
import {
  failureLine,
  hollowRelayCommand,
  hollowRelayPort,
  type NodeExec,
  readHollowRelayCommand,
} from '../../../node/index.ts';
import type { PlannedFaultOf } from '../../../plan/index.ts';
import type { Delays, RelayCounts } from '../../../relay/index.ts';
import {
  type Attestation,
  type FaultSite,
  type HollowPath,
  type HollowSite,
  type NodeFault,
  notInjected,
  type PreparedFault,
  unreadable,
  type Verifier,
} from '../../fault.ts';
import type { HollowPart } from '../../hollow.ts';
import { inTurn } from '../../netem/scripts.ts';
import { hasToAnswer, requestsWithin } from '../canary.ts';
import { judgeRelay } from '../judge.ts';
import { removal } from '../leftovers.ts';
import { askThrough } from '../own-canary.ts';
import { delaysAt, drainSpareMs, maxDelayMs } from '../relayed.ts';
import { insertCommand, listingCommand, marked, markOf, type Rule } from '../rules.ts';
import { apiServerPort, surveyNetwork } from '../survey.ts';

type Planned = PlannedFaultOf<'latency'>;

const timeoutMs = 30_000;
/** The rules are listed after the canary. */
const listMs = 500;
/** As long as a canary may take where nothing limits it: TLS and five requests, each of which may have to be sent again and again. */
const canaryMs = 60_000;

export type RelayAnswer = { readonly delays: Delays; readonly counts: RelayCounts };

/** What a relay answered; null: it is gone. @throws Error where it answered something else */
export const answerOfRelay = (result: CommandResult): RelayAnswer | null => {
  if (!succeeded(result)) throw new Error(failureLine(result));
  const text = result.stdout.trim();
  return text === 'gone' ? null : (JSON.parse(text) as RelayAnswer);
};

const isSame = (one: Delays, other: Delays): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * Packets between the relay of a group and its API server, as that one's node meets them: what the relay sends, and what it gets.
 * The relay's ports tell them from all others.
 */
export const relayMatches = (
  { localPorts: { from, count } }: HollowPath,
  gateway: string,
): readonly [Omit<Rule, 'target'>, Omit<Rule, 'target'>] => {
  const relay = `${from}:${from + count - 1}`;
  const tcp = { family: 4, table: 'filter' } as const;
  return [
    { ...tcp, chain: 'INPUT', match: ['-s', gateway, '-p', 'tcp', '--sport', relay, '--dport', String(apiServerPort)] },
    {
      ...tcp,
      chain: 'OUTPUT',
      match: ['-d', gateway, '-p', 'tcp', '--sport', String(apiServerPort), '--dport', relay],
    },
  ];
};

/**
 * Packets between the relay of a group and its API server that are lost, in the API server's node: counted all, dropped by
 * chance. What comes first here stands last.
 */
export const pathLosses = (
  { lossPercent, direction }: Pick<Planned, 'lossPercent' | 'direction'>,
  path: HollowPath,
  gateway: string,
): readonly Rule[] => {
  if (lossPercent === 0) return [];
  const chance = ['-m', 'statistic', '--mode', 'random', '--probability', String(lossPercent / 100)];
  const both = (rule: Omit<Rule, 'target'>): readonly Rule[] => [
    { ...rule, match: [...rule.match, ...chance], target: ['DROP'] },
    { ...rule, target: [] },
  ];
  const [sent, got] = relayMatches(path, gateway);
  return [...(direction === 'from' ? [] : both(sent)), ...(direction === 'to' ? [] : both(got))];
};

const verifyReleased =
  (folder: string, group: string): Verifier =>
  async (exec, signal) => {
    const result = await exec(hollowRelayCommand(folder, group, null), signal);
    if (!succeeded(result)) return unreadable(result, failureLine(result));
    const said = answerOfRelay(result);
    if (said === null) return { state: 'absent', evidence: `the relay of ${group} is gone, and delays nothing` };
    const { up, down } = said.delays;
    const isPlain = [up, down].every(({ delayMs, jitterMs }) => delayMs === 0 && jitterMs === 0);
    return isPlain
      ? { state: 'absent', evidence: `the relay of ${group} delays nothing` }
      : {
          state: 'present',
          evidence: `the relay of ${group} still delays ${up.delayMs} ms up, ${down.delayMs} ms down`,
        };
  };

export const withoutRelay = (kind: 'latency' | 'partition', group: string): SkipbeatError =>
  notInjected(kind, [`expected a relay of ${group} on its way to the API server, found none`]);

/**
 * What a round trip through the relay of a group takes before anything is done, ms.
 * @throws SkipbeatError CANARY_UNANSWERED (exit 75)
 */
export const askBefore = async (
  kind: 'latency' | 'partition',
  { folder, group }: HollowSite,
  signal: AbortSignal,
): Promise<number> => {
  const port = hollowRelayPort(folder, group);
  const beforeMs = await askThrough(port, requestsWithin(0, canaryMs), canaryMs, signal);
  if (beforeMs !== null) return beforeMs;
  throw new SkipbeatError(
    'CANARY_UNANSWERED',
    `${kind}: expected https://127.0.0.1:${port}/version to answer through the relay of ${group} before anything is done, found no answer. Nothing was touched.`,
    { exitCode: exitCodes.environment, next: skipbeat('doctor') },
  );
};

/** One group, ready to be hit. */
type Ready = {
  readonly nodes: readonly NodeFault[];
  readonly to: (step: number, signal: AbortSignal) => Promise<void>;
};

const begin = async (fault: Planned, site: FaultSite, group: HollowSite, signal: AbortSignal): Promise<Ready> => {
  const { path, folder, nodes } = group;
  if (path === undefined) throw withoutRelay('latency', group.group);
  const ask = (asked: Delays | null) => hollowRelayCommand(folder, group.group, asked);
  const { listing, gateway } = await surveyNetwork(path.container, site, signal);
  const mark = markOf(site.run, `${fault.id}-${group.group}`);
  const rules = pathLosses(fault, path, gateway);
  const port = hollowRelayPort(folder, group.group);
  const beforeMs = await askBefore('latency', group, signal);
  let step = 1;
  /** When the last of what was on its way at the step before has left the relay. */
  let drainedMs = 0;
  const attest = async (exec: NodeExec, aborted?: AbortSignal, withinMs = canaryMs): Promise<Attestation> => {
    const beganMs = performance.now();
    await sleepUntil(drainedMs, aborted);
    const asked = delaysAt(fault, step);
    const before = await exec(ask(null), aborted);
    if (!succeeded(before)) return unreadable(before, failureLine(before));
    const from = answerOfRelay(before);
    if (from === null) return { state: 'absent', evidence: `the relay of ${group.group} is gone` };
    const roundTripMs = maxDelayMs(asked.up) + maxDelayMs(asked.down);
    const forMs = Math.max(listMs, Math.min(canaryMs, withinMs - (performance.now() - beganMs) - listMs));
    const requests = requestsWithin(roundTripMs, forMs);
    const nowMs = await askThrough(port, Math.max(1, requests), forMs, aborted);
    const [after, listed] = await Promise.all([
      exec(ask(null), aborted),
      exec({ node: path.container, argv: listingCommand, timeoutMs }, aborted),
    ]);
    for (const result of [after, listed]) if (!succeeded(result)) return unreadable(result, failureLine(result));
    const to = answerOfRelay(after);
    if (to === null) return { state: 'absent', evidence: `the relay of ${group.group} is gone` };
    const { rules: found, ...packets } = marked(listed.stdout, mark);
    return judgeRelay({
      asked,
      lossPercent: fault.lossPercent,
      rules: { expected: rules.length, found },
      bypass: [
        ...(isSame(to.delays, asked) ? [] : [`it has other delays: ${JSON.stringify(to.delays)}`]),
        ...(from.counts.open === 0 ? [`kwok of ${group.group}, which has no connection through it`] : []),
      ],
      from: from.counts,
      to: to.counts,
      canary: { beforeMs, nowMs, fits: hasToAnswer(roundTripMs, fault.lossPercent, forMs) },
      packets,
    });
  };
  const relay: NodeFault = {
    node: group.group,
    covers: nodes,
    apply: ask(delaysAt(fault, 1)),
    undo: ask(delaysAt(fault, 0)),
    attest,
  };
  const losing: NodeFault = {
    node: path.container,
    // The group's own proof reads the rules, too.
    covers: [],
    apply: { node: path.container, argv: inTurn(rules.map((rule) => insertCommand(rule, mark))), timeoutMs },
    undo: removal(path.container, mark, null, listing),
    attest,
  };
  return {
    nodes: rules.length === 0 ? [relay] : [relay, losing],
    to: async (next, aborted) => {
      if (next === step) return;
      const before = delaysAt(fault, step);
      const result = await site.exec(ask(delaysAt(fault, next)), aborted);
      if (!succeeded(result)) throw notInjected('latency', [failureLine(result)]);
      step = next;
      drainedMs = performance.now() + drainSpareMs + Math.max(maxDelayMs(before.up), maxDelayMs(before.down));
    },
  };
};

const asked = ({ delayMs, jitterMs, direction, lossPercent }: Planned): string => {
  const way = { to: 'up', from: 'down', both: 'each way' } as const satisfies Record<Planned['direction'], string>;
  return `${delayMs} ± ${jitterMs} ms and ${lossPercent} % loss ${way[direction]}`;
};

/**
 * Delay and loss between kwok of a group and the API server: kwok's one connection leads through a relay of the group's
 * own, which stands from the start and adds nothing before. The delay is the relay's; packets are lost by the packet filter
 * of the API server's node, between that and the relay.
 */
export const hollowPath: HollowPart<'latency'> = {
  prepare: async (fault, groups, site, signal): Promise<PreparedFault> => {
    const ready = await Promise.all(groups.map((group) => begin(fault, site, group, signal)));
    return {
      nodes: ready.flatMap(({ nodes }) => nodes),
      close: () => Promise.resolve(),
      ramp: {
        steps: fault.rampSteps,
        switched: false,
        to: async (step, aborted) => {
          await Promise.all(ready.map(({ to }) => to(step, aborted)));
        },
      },
    };
  },
  verifyUndone: (undo: UndoCommand) => {
    const found = readHollowRelayCommand(undo);
    return found === null ? null : verifyReleased(found.folder, found.group);
  },
  commands: (fault) => ({
    apply: [`<the relay before the API server of the kwok process that keeps them> ${asked(fault)}`],
    undo: ['<the same relay> nothing'],
  }),
};
