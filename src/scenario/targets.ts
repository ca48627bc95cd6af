import { faultKindsThat } from './fault-kinds.ts';
import { didYouMean } from './nearest.ts';
import { isMapping, type Mapping, type Path, type Problem } from './problems.ts';
import { nodeNames, roleNodes } from './topology.ts';
import type { FaultTarget, NodeRole } from './types.ts';
import { describeValue } from './words.ts';

type Size = { readonly controlPlanes: number; readonly workers: number };

const ofRole = (role: NodeRole, size: Size): number => (role === 'worker' ? size.workers : size.controlPlanes);

/** The nodes that a target means, by their short names; of a leader all that it may be. */
export const targetNodes = (target: FaultTarget, size: Size): readonly string[] => {
  if ('nodes' in target) return target.nodes;
  if ('leader' in target) return roleNodes('control-plane', size.controlPlanes);
  const all = ofRole(target.role, size);
  return roleNodes(target.role, Math.min(all, target.count ?? all));
};

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

const checkRole = (role: NodeRole, count: unknown, size: Size, path: Path): readonly Problem[] => {
  const there = ofRole(role, size);
  const has = `this topology has ${plural(there, role)}`;
  if (there === 0) {
    return [{ path: [...path, 'role'], message: `expected a role that the topology has, received ${role}: ${has}` }];
  }
  if (typeof count !== 'number' || count <= there) return [];
  return [{ path: [...path, 'count'], message: `expected at most ${there}, received ${count}: ${has}` }];
};

const checkNodes = (nodes: readonly unknown[], size: Size, path: Path): readonly Problem[] => {
  const known = nodeNames(size);
  return nodes.flatMap((node, index) => {
    if (typeof node !== 'string' || known.includes(node)) return [];
    const shown = known.length > 8 ? [...known.slice(0, 7), '…', known.at(-1)] : known;
    const message = `expected a node of this topology, one of ${shown.join(', ')}, received ${describeValue(node)}${didYouMean(node, known)}`;
    return [{ path: [...path, 'nodes', index], message }];
  });
};

const checkTarget = (target: Mapping, size: Size, path: Path): readonly Problem[] => {
  const { role, count, nodes, leader } = target;
  const named = Object.entries({ role, nodes, leader }).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  if (named.length !== 1) {
    const received = named.length === 0 ? 'none of them' : named.join(' and ');
    return [{ path, message: `expected exactly one of role, nodes, leader, received ${received}` }];
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
  if (role === 'worker' || role === 'control-plane') return checkRole(role, count, size, path);
  return Array.isArray(nodes) ? checkNodes(nodes, size, path) : [];
};

/** Nodes of a target as far as it can be read; whatever is wrong with it is reported elsewhere. */
const meant = (target: Mapping, size: Size): readonly string[] => {
  const { role, count, nodes, leader } = target;
  if (leader !== undefined) return roleNodes('control-plane', size.controlPlanes);
  if (Array.isArray(nodes)) return nodes.filter((node) => typeof node === 'string');
  if (role !== 'worker' && role !== 'control-plane') return [];
  return targetNodes({ role, count: typeof count === 'number' ? count : null }, size);
};

/** Kinds that hit what runs on control planes alone. */
const controlPlaneKinds: ReadonlySet<string> = new Set(faultKindsThat(({ hits }) => hits === 'controlPlane'));

/**
 * Checks the targets of a phase against the topology: they exist, and no kind of fault hits a node twice at a time.
 * @param inject as written; what the schema refuses is passed over
 */
export const checkTargets = (inject: unknown, size: Size, path: Path): readonly Problem[] => {
  if (!Array.isArray(inject)) return [];
  const hit = new Set<string>();
  return inject.flatMap((fault, index) => {
    if (!isMapping(fault)) return [];
    const onControlPlanes = controlPlaneKinds.has(String(fault.kind));
    const target = fault.target ?? (onControlPlanes ? { role: 'control-plane' } : null);
    if (!isMapping(target)) return [];
    const here = [...path, index, 'target'];
    const problems = [...checkTarget(target, size, here)];
    if (onControlPlanes) {
      const others = meant(target, size).filter((node) => !node.startsWith('control-plane'));
      if (others.length > 0) {
        const message = `expected control planes, for ${fault.kind} hits what runs there, received ${others.join(', ')}`;
        problems.push({ path: here, message });
      }
    }
    for (const node of meant(target, size)) {
      const hitBy = `${String(fault.kind)} ${node}`;
      if (hit.has(hitBy)) {
        problems.push({
          path: here,
          message: `expected each node once for ${fault.kind} in a phase, received ${node} again`,
        });
      }
      hit.add(hitBy);
    }
    return problems;
  });
};
