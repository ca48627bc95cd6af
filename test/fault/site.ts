import type { FaultSite } from '../../src/fault/index.ts';
import { startHold } from '../../src/node/index.ts';

export const nothingRuns = (): Promise<never> => Promise.reject(new Error('nothing is to be run'));

/** A cluster of these nodes, each with its role, on which nothing can be run. */
export const siteOf = (...roles: readonly (readonly [string, string])[]): FaultSite => ({
  ...{ cluster: 'skipbeat-x', incarnation: '1', run: 'r' },
  nodes: roles.map(([node, role]) => ({ node, role, container: `skipbeat-x-${node}`, address: '' })),
  exec: nothingRuns,
  hold: startHold,
  host: nothingRuns,
});
