import { type CommandResult, succeeded } from '../../common/command.ts';
import { failureLine, hollowCommand, readHollowCommand } from '../../node/index.ts';
import { type HollowFaultKind, hollowEffectOf } from '../../plan/index.ts';
import {
  type Attestation,
  type FaultKindOf,
  type HollowSite,
  type NodeFault,
  unreadable,
  type Verifier,
} from '../fault.ts';
import { type FaultOnHollow, withHollowPart } from '../hollow.ts';

/** Kinds that act upon the process itself. */
type ProcessKind = Extract<HollowFaultKind, 'kubelet-pause' | 'kubelet-stop'>;

type Effect = ReturnType<typeof hollowEffectOf<ProcessKind>>;

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

const verbs = {
  pause: { apply: 'kill -s STOP', undo: 'kill -s CONT' },
  end: { apply: 'kill -s TERM', undo: 'start again' },
} as const satisfies Record<Effect, object>;

/**
 * A fault of kubelets that hits hollow nodes, too: what keeps their heartbeats is stopped, or ended and started again, in
 * the place of the kubelets.
 */
export const withHollow = <K extends ProcessKind>(kind: K, real: FaultKindOf<K>): FaultOnHollow<K> => {
  const effect: Effect = hollowEffectOf<ProcessKind>(kind);
  return withHollowPart(kind, real, {
    prepare: (_, groups) =>
      Promise.resolve({
        nodes: groups.map((group) => groupFault(effect, group)),
        close: () => Promise.resolve(),
      }),
    verifyUndone: (command) => {
      const found = readHollowCommand(command);
      return found === null ? null : verify(effect, found.folder, found.group);
    },
    commands: () => {
      const { apply, undo } = verbs[effect];
      const what = '<the kwok process that keeps them>';
      return { apply: [`${apply} ${what}`], undo: [`${undo} ${what}`] };
    },
  });
};
