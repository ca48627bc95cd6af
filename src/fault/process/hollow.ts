import { type CommandResult, succeeded } from '../../common/command.ts';
import type { UndoCommand } from '../../journal/index.ts';
import { failureLine, hollowCommand, readHollowCommand } from '../../node/index.ts';
import { isHollow, nodesText } from '../../plan/index.ts';
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

type Kind = 'kubelet-pause' | 'kubelet-stop';

/** What the process of a group is while the fault stands, as `hollowCommand` prints it. */
const isHit: Readonly<Record<Kind, (state: string) => boolean>> = {
  // proc(5): T is stopped by a signal.
  'kubelet-pause': (state) => / T( |$)/.test(state),
  'kubelet-stop': (state) => state === 'gone',
};

const apply = { 'kubelet-pause': 'pause', 'kubelet-stop': 'end' } as const;
const undo = { 'kubelet-pause': 'continue', 'kubelet-stop': 'start' } as const;

const read = (kind: Kind, group: string, result: CommandResult): Attestation => {
  if (!succeeded(result)) return unreadable(result, failureLine(result));
  const state = result.stdout.trim();
  const evidence =
    state === 'gone' ? `kwok of ${group} is gone` : `kwok ${state.replace(' ', ' is ')}, which keeps ${group}`;
  return { state: isHit[kind](state) ? 'present' : 'absent', evidence };
};

const verify =
  (kind: Kind, folder: string, group: string): Verifier =>
  async (exec, signal) =>
    read(kind, group, await exec(hollowCommand('state', folder, group), signal));

/** A group has one process: the fault of all of its nodes is one. */
const groupFault = (kind: Kind, { group, nodes, folder }: HollowSite): NodeFault => ({
  node: group,
  covers: nodes,
  apply: hollowCommand(apply[kind], folder, group),
  undo: hollowCommand(undo[kind], folder, group),
  attest: verify(kind, folder, group),
  ...(kind === 'kubelet-stop' ? { endsWhenAsked: true } : {}),
});

/** The groups of which all nodes are targets; by the plan a group has no other nodes. @throws SkipbeatError FAULT_NOT_INJECTED */
const groupsOf = (kind: Kind, targets: readonly string[], { hollow = [] }: FaultSite): readonly HollowSite[] => {
  const wanted = new Set(targets);
  const groups = hollow.filter(({ nodes }) => nodes.some((node) => wanted.has(node)));
  const hit = new Set(groups.flatMap(({ nodes }) => nodes));
  if (hit.size === wanted.size && targets.every((node) => hit.has(node))) return groups;
  throw notInjected(kind, [`expected groups of exactly ${nodesText(targets)}, found ${nodesText([...hit])}`]);
};

const verbs = {
  'kubelet-pause': { apply: 'kill -s STOP', undo: 'kill -s CONT' },
  'kubelet-stop': { apply: 'kill -s TERM', undo: 'start again' },
} as const;

/**
 * A fault of kubelets that hits hollow nodes, too: what keeps their heartbeats is stopped, or ended and started again, in
 * the place of the kubelets.
 */
export const withHollow = <K extends Kind>(kind: K, real: FaultKindOf<K>): FaultKindOf<K> => ({
  prepare: async (fault, site, signal) => {
    const hollow = fault.targets.filter(isHollow);
    if (hollow.length === 0) return real.prepare(fault, site, signal);
    const groups = groupsOf(kind, hollow, site).map((group) => groupFault(kind, group));
    const rest = await real.prepare(
      { ...fault, targets: fault.targets.filter((node) => !isHollow(node)) },
      site,
      signal,
    );
    return { ...rest, nodes: [...rest.nodes, ...groups] };
  },
  verifyUndone: (command: UndoCommand) => {
    const found = readHollowCommand(command);
    return found === null ? real.verifyUndone(command) : verify(kind, found.folder, found.group);
  },
  commands: (fault, container) => {
    const hollow = fault.targets.filter(isHollow);
    const rest = real.commands({ ...fault, targets: fault.targets.filter((node) => !isHollow(node)) }, container);
    if (hollow.length === 0) return rest;
    const what = '<the kwok process that keeps them>';
    return [
      ...rest,
      { node: nodesText(hollow), apply: [`${verbs[kind].apply} ${what}`], undo: [`${verbs[kind].undo} ${what}`] },
    ];
  },
});
