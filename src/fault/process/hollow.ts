import { type CommandResult, succeeded } from '../../common/command.ts';
import type { UndoCommand } from '../../journal/index.ts';
import { failureLine, hollowCommand, readHollowCommand } from '../../node/index.ts';
import { type HollowFaultKind, hollowEffectOf, isHollow, nodesText } from '../../plan/index.ts';
import {
  type Attestation,
  type FaultKindOf,
  type FaultSite,
  type HollowSite,
  type NodeFault,
  notInjected,
  unreadable,
  type Verifier,
} from '../fault.ts';

type Effect = ReturnType<typeof hollowEffectOf>;

/** What the process of a group is while the fault stands, as `hollowCommand` prints it. */
const isHit: Readonly<Record<Effect, (state: string) => boolean>> = {
  // proc(5): T is stopped by a signal.
  pause: (state) => / T( |$)/.test(state),
  end: (state) => state === 'gone',
};

const undo = { pause: 'continue', end: 'start' } as const satisfies Record<Effect, string>;

const read = (effect: Effect, group: string, result: CommandResult): Attestation => {
  if (!succeeded(result)) return unreadable(result, failureLine(result));
  const state = result.stdout.trim();
  const evidence =
    state === 'gone' ? `kwok of ${group} is gone` : `kwok ${state.replace(' ', ' is ')}, which keeps ${group}`;
  return { state: isHit[effect](state) ? 'present' : 'absent', evidence };
};

const verify =
  (effect: Effect, folder: string, group: string): Verifier =>
  async (exec, signal) =>
    read(effect, group, await exec(hollowCommand('state', folder, group), signal));

/** A group has one process: the fault of all of its nodes is one. */
const groupFault = (effect: Effect, { group, nodes, folder }: HollowSite): NodeFault => ({
  node: group,
  covers: nodes,
  apply: hollowCommand(effect, folder, group),
  undo: hollowCommand(undo[effect], folder, group),
  attest: verify(effect, folder, group),
  ...(effect === 'end' ? { endsWhenAsked: true } : {}),
});

/** The groups of which all nodes are targets; by the plan a group has no other nodes. @throws SkipbeatError FAULT_NOT_INJECTED */
const groupsOf = (
  kind: HollowFaultKind,
  targets: readonly string[],
  { hollow = [] }: FaultSite,
): readonly HollowSite[] => {
  const wanted = new Set(targets);
  const groups = hollow.filter(({ nodes }) => nodes.some((node) => wanted.has(node)));
  const hit = new Set(groups.flatMap(({ nodes }) => nodes));
  if (hit.size === wanted.size && targets.every((node) => hit.has(node))) return groups;
  throw notInjected(kind, [`expected groups of exactly ${nodesText(targets)}, found ${nodesText([...hit])}`]);
};

const verbs = {
  pause: { apply: 'kill -s STOP', undo: 'kill -s CONT' },
  end: { apply: 'kill -s TERM', undo: 'start again' },
} as const satisfies Record<Effect, object>;

/** A kind that hits hollow nodes, too: what `withHollow` made, and nothing else has the field. */
export type FaultOnHollow<K extends HollowFaultKind> = FaultKindOf<K> & { readonly effectOnHollow: Effect };

/**
 * A fault of kubelets that hits hollow nodes, too: what keeps their heartbeats is stopped, or ended and started again, in
 * the place of the kubelets.
 */
export const withHollow = <K extends HollowFaultKind>(kind: K, real: FaultKindOf<K>): FaultOnHollow<K> => ({
  effectOnHollow: hollowEffectOf(kind),
  prepare: async (fault, site, signal) => {
    const hollow = fault.targets.filter(isHollow);
    if (hollow.length === 0) return real.prepare(fault, site, signal);
    const groups = groupsOf(kind, hollow, site).map((group) => groupFault(hollowEffectOf(kind), group));
    const rest = await real.prepare(
      { ...fault, targets: fault.targets.filter((node) => !isHollow(node)) },
      site,
      signal,
    );
    return { ...rest, nodes: [...rest.nodes, ...groups] };
  },
  verifyUndone: (command: UndoCommand) => {
    const found = readHollowCommand(command);
    return found === null ? real.verifyUndone(command) : verify(hollowEffectOf(kind), found.folder, found.group);
  },
  commands: (fault, container) => {
    const hollow = fault.targets.filter(isHollow);
    const rest = real.commands({ ...fault, targets: fault.targets.filter((node) => !isHollow(node)) }, container);
    if (hollow.length === 0) return rest;
    const { apply, undo } = verbs[hollowEffectOf(kind)];
    const what = '<the kwok process that keeps them>';
    return [...rest, { node: nodesText(hollow), apply: [`${apply} ${what}`], undo: [`${undo} ${what}`] }];
  },
});
