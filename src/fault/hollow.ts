import type { UndoCommand } from '../journal/index.ts';
import { type HollowFaultKind, hollowEffectOf, isHollow, nodesText, type PlannedFaultOf } from '../plan/index.ts';
import {
  type FaultCommands,
  type FaultKindOf,
  type FaultSite,
  type HollowSite,
  notInjected,
  type PreparedFault,
  type Verifier,
} from './fault.ts';

/** How a kind hits hollow nodes, whose heartbeats one process keeps for a whole group. */
export type HollowPart<K extends HollowFaultKind> = {
  readonly prepare: (
    fault: PlannedFaultOf<K>,
    groups: readonly HollowSite[],
    site: FaultSite,
    signal: AbortSignal,
  ) => Promise<PreparedFault>;
  /** null: the undo of real nodes. */
  readonly verifyUndone: (undo: UndoCommand) => Verifier | null;
  /** In words, for nothing of it can be pasted. */
  readonly commands: (fault: PlannedFaultOf<K>) => Pick<FaultCommands, 'apply' | 'undo'>;
};

/** A kind that hits hollow nodes, too: what `withHollowPart` made, and nothing else has the field. */
export type FaultOnHollow<K extends HollowFaultKind> = FaultKindOf<K> & {
  readonly effectOnHollow: ReturnType<typeof hollowEffectOf<K>>;
};

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

/** One fault of two parts, each with its own nodes. */
const together = (one: PreparedFault, other: PreparedFault): PreparedFault => {
  const ramps = [one.ramp, other.ramp].filter((ramp) => ramp !== undefined);
  const [first] = ramps;
  return {
    nodes: [...one.nodes, ...other.nodes],
    close: async () => {
      await Promise.all([one.close(), other.close()]);
    },
    ...(first === undefined
      ? {}
      : {
          ramp: {
            steps: first.steps,
            switched: ramps.some(({ switched }) => switched),
            to: async (step: number, signal: AbortSignal) => {
              await Promise.all(ramps.map((ramp) => ramp.to(step, signal)));
            },
          },
        }),
  };
};

/** A fault of real nodes that hits hollow nodes, too, in the way that `part` says. */
export const withHollowPart = <K extends HollowFaultKind>(
  kind: K,
  real: FaultKindOf<K>,
  part: HollowPart<K>,
): FaultOnHollow<K> => ({
  effectOnHollow: hollowEffectOf(kind),
  prepare: async (fault, site, signal) => {
    const hollow = fault.targets.filter(isHollow);
    if (hollow.length === 0) return real.prepare(fault, site, signal);
    const groups = groupsOf(kind, hollow, site);
    const rest = { ...fault, targets: fault.targets.filter((node) => !isHollow(node)) };
    const made = rest.targets.length === 0 ? null : await real.prepare(rest, site, signal);
    try {
      const ours = await part.prepare(fault, groups, site, signal);
      return made === null ? ours : together(made, ours);
    } catch (thrown) {
      await made?.close();
      throw thrown;
    }
  },
  verifyUndone: (undo) => part.verifyUndone(undo) ?? real.verifyUndone(undo),
  commands: (fault, container) => {
    const hollow = fault.targets.filter(isHollow);
    const rest = fault.targets.filter((node) => !isHollow(node));
    return [
      ...(rest.length === 0 ? [] : real.commands({ ...fault, targets: rest }, container)),
      ...(hollow.length === 0 ? [] : [{ node: nodesText(hollow), ...part.commands(fault) }]),
    ];
  },
});
