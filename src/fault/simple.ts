import { quoteCommand } from '../common/command.ts';
import { type NodeCommand, placed } from '../node/index.ts';
import type { PlannedFault } from '../plan/index.ts';
import type { FaultKindOf, FaultSite, NodeFault } from './fault.ts';

/** The container of a short node name. */
export const containerOf = (site: Pick<FaultSite, 'nodes'>, node: string): string => {
  const found = site.nodes.find((one) => one.node === node);
  if (found === undefined) throw new Error(`no node ${node} in this cluster`);
  return found.container;
};

/** A command as a person would type it on this machine. */
export const pasteable = (command: NodeCommand): string => quoteCommand(placed(command));

/** A kind that needs nothing beside its nodes, and whose probe tells presence from absence. */
export const simpleKind = <K extends PlannedFault['kind']>(
  make: (container: string, fault: Extract<PlannedFault, { kind: K }>) => NodeFault,
  verifyUndone: FaultKindOf<K>['verifyUndone'],
): FaultKindOf<K> => ({
  prepare: (fault, site) =>
    Promise.resolve({
      nodes: fault.targets.map((node) =>
        make(containerOf(site, node), fault as unknown as Extract<PlannedFault, { kind: K }>),
      ),
      close: () => Promise.resolve(),
    }),
  verifyUndone,
  commands: (fault, container) =>
    fault.targets.map((node) => {
      const made = make(container(node), fault as unknown as Extract<PlannedFault, { kind: K }>);
      return { node, apply: made.apply === null ? [] : [pasteable(made.apply)], undo: [pasteable(made.undo)] };
    }),
});
