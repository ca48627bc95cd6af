import { isHollow } from '../../common/kubernetes/hollow-names.ts';
import type { Path } from '../../common/plain-data.ts';
import { counted } from '../../common/text/counted.ts';
import { didYouMean } from '../read/did-you-mean.ts';
import type { Fields } from '../read/fields.ts';
import type { Problem } from '../read/problems.ts';
import { describeValue } from '../read/value-labels.ts';
import { nodeNames, roleNodes } from '../topology.ts';
import type { FaultTarget, NodeRole, target } from './fault-fields.ts';
import type { FaultKind } from './fault-kinds.ts';
import { checkHollowTarget, type HollowNodes, hollowTargets, readHollowTarget } from './hollow.ts';
import { faultKindsThat, faultTraits } from './read-fault.ts';

export type Size = { readonly controlPlanes: number; readonly workers: number; readonly hollow?: HollowNodes };

const ofRole = (role: NodeRole, size: Size): number => (role === 'worker' ? size.workers : size.controlPlanes);

/** The nodes that a target means, by their short names; of a leader all that it may be. */
export const targetNodes = (target: FaultTarget, size: Size): readonly string[] => {
  if ('nodes' in target) return target.nodes;
  if ('leader' in target) return roleNodes('control-plane', size.controlPlanes);
  if ('hollow' in target) return hollowTargets(target.hollow, size.hollow);
  const all = ofRole(target.role, size);
  return roleNodes(target.role, Math.min(all, target.count ?? all));
};

const checkRole = (role: NodeRole, count: number | null, size: Size, path: Path): readonly Problem[] => {
  const there = ofRole(role, size);
  const has = `this topology has ${counted(there, role)}`;
  if (there === 0) {
    return [{ path: [...path, 'role'], message: `expected a role that the topology has, received ${role}: ${has}` }];
  }
  if (count === null || count <= there) return [];
  return [{ path: [...path, 'count'], message: `expected at most ${there}, received ${count}: ${has}` }];
};

const checkNodes = (nodes: readonly string[], size: Size, path: Path): readonly Problem[] => {
  const known = nodeNames(size);
  return nodes.flatMap((node, index) => {
    if (known.includes(node)) return [];
    const shown = known.length > 8 ? [...known.slice(0, 7), '…', known.at(-1)] : known;
    const message = `expected a node of this topology, one of ${shown.join(', ')}, received ${describeValue(node)}${didYouMean(node, known)}`;
    return [{ path: [...path, 'nodes', index], message }];
  });
};

type Target = Fields<typeof target.shape>;

const checkTarget = ({ role, count, nodes, leader, hollow }: Target, size: Size, path: Path): readonly Problem[] => {
  const named = Object.entries({ role, nodes, leader, hollow }).flatMap(([key, value]) =>
    value === undefined ? [] : [key],
  );
  if (named.length !== 1) {
    const received = named.length === 0 ? 'none of them' : named.join(' and ');
    return [{ path, message: `expected exactly one of role, nodes, leader, hollow, received ${received}` }];
  }
  if (role === undefined && count !== undefined) {
    return [
      {
        path: [...path, 'count'],
        message: `expected count only beside role, received it beside ${named[0]}`,
        atKey: true,
      },
    ];
  }
  if (hollow != null) return checkHollowTarget(hollow, size.hollow, [...path, 'hollow']);
  if (leader !== undefined && size.controlPlanes === 0) return checkRole('control-plane', null, size, path);
  if (role != null) return checkRole(role, count ?? null, size, path);
  return nodes == null ? [] : checkNodes(nodes, size, path);
};

/** Nodes of a target as far as it can be read; whatever is wrong with it is reported elsewhere. */
const meant = ({ role, count, nodes, leader, hollow }: Target, size: Size): readonly string[] => {
  if (leader !== undefined) return roleNodes('control-plane', size.controlPlanes);
  if (nodes != null) return nodes;
  if (hollow != null) {
    const target = readHollowTarget(hollow);
    return target === null ? [] : hollowTargets(target, size.hollow);
  }
  return role == null ? [] : targetNodes({ role, count: count ?? null }, size);
};

/** A fault of a phase as the rules take it: of what the schema refuses there is null. */
export type TargetingFault = {
  readonly kind: FaultKind | null;
  /** null: none, or one that cannot be read. */
  readonly target: Target | null;
  /** When it begins in its phase; null where that cannot be read. */
  readonly afterMs: number | null;
  /** All that is written of it. */
  readonly written: Readonly<Record<string, unknown>>;
  readonly path: Path;
};

const orList = (kinds: readonly string[]): string =>
  [kinds.slice(0, -1).join(', '), ...kinds.slice(-1)].filter((part) => part !== '').join(' or ');

/** Null where a kind of fault can hit hollow nodes, else what is expected. */
const hollowKindProblem = (kind: FaultKind): string | null =>
  faultTraits(kind).onHollow !== null
    ? null
    : `expected ${orList(faultKindsThat(({ onHollow }) => onHollow !== null))} on hollow nodes, which have nothing but heartbeats, received ${kind}`;

/** Options of a fault that hollow nodes cannot bear, as far as they are written. */
const hollowOptionProblems = (
  kind: FaultKind,
  written: Readonly<Record<string, unknown>>,
  path: Path,
): readonly Problem[] =>
  Object.entries(faultTraits(kind).boundOnHollow ?? {}).flatMap(([option, { only, why }]) => {
    const value = written[option];
    // What is no word at all the schema refuses.
    return typeof value !== 'string' || value === only
      ? []
      : [
          {
            path: [...path, option],
            message: `expected ${only} on hollow nodes, for ${why}; received ${describeValue(value)}`,
          },
        ];
  });

/**
 * A node that runs would lose its pods, and its volumes while they are written to: who taints one has made sure that it is off.
 * @see kubernetes pkg/controller/volume/attachdetach/reconciler: by that taint a volume in use is detached from a Ready node, too
 */
const checkLost = (faults: readonly TargetingFault[], size: Size): readonly Problem[] =>
  faults.flatMap(({ kind, target, afterMs, path }) => {
    if (kind !== 'out-of-service' || target === null || afterMs === null) return [];
    const before = faults.filter(
      (other) =>
        other.kind !== null &&
        other.target !== null &&
        faultTraits(other.kind).silencesLeases !== 'never' &&
        (other.afterMs ?? 0) < afterMs,
    );
    const lost = new Set(before.flatMap((other) => (other.target === null ? [] : meant(other.target, size))));
    const others = meant(target, size).filter((node) => !lost.has(node));
    if (others.length === 0) return [];
    const message = `expected nodes that another fault of the phase has made silent before it begins, such as node-stop, received ${others.join(', ')}`;
    return [{ path: [...path, 'target'], message }];
  });

/** Checks the targets of a phase against the topology: they exist, and no kind of fault hits a node twice at a time. */
export const checkTargets = (faults: readonly TargetingFault[], size: Size): readonly Problem[] => {
  const hit = new Set<string>();
  const problems = faults.flatMap(({ kind, target, path, written }) => {
    if (target === null) return [];
    const here = [...path, 'target'];
    const nodes = meant(target, size);
    const problems = [...checkTarget(target, size, here)];
    if (kind === null) return problems;
    const hitsHollow = nodes.some(isHollow);
    const onHollow = hitsHollow ? hollowKindProblem(kind) : null;
    if (onHollow !== null) problems.push({ path: here, message: onHollow });
    if (hitsHollow) problems.push(...hollowOptionProblems(kind, written, path));
    if (faultTraits(kind).hits === 'controlPlane' && onHollow === null) {
      const others = nodes.filter((node) => !node.startsWith('control-plane'));
      if (others.length > 0) {
        const message = `expected control planes, for ${kind} hits what runs there, received ${others.join(', ')}`;
        problems.push({ path: here, message });
      }
    }
    const { workersAlone } = faultTraits(kind);
    const planes = workersAlone === null ? [] : nodes.filter((node) => node.startsWith('control-plane'));
    if (planes.length > 0) {
      const message = `expected workers, for ${workersAlone}, received ${planes.join(', ')}`;
      problems.push({ path: here, message });
    }
    for (const node of nodes) {
      const hitBy = `${kind} ${node}`;
      if (hit.has(hitBy)) {
        problems.push({
          path: here,
          message: `expected each node once for ${kind} in a phase, received ${node} again`,
        });
      }
      hit.add(hitBy);
    }
    return problems;
  });
  return [...problems, ...checkLost(faults, size)];
};
